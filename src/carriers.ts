/** The carriers that campaigns of this service call out by: whichever of Twilio and Asterisk is configured. */
import { InzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import { AsteriskCarrier } from '#telephony/asterisk/carrier.ts';
import type { Carrier } from '#telephony/carrier.ts';
import { parseNumber, type AllowList } from '#telephony/numbers.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { TwilioCarrier } from '#telephony/twilio/carrier.ts';
import type { TrunkLimits } from './campaigns/dialler/trunks.ts';
import type { Config } from './config.ts';
import type { Logger } from './observability/logger.ts';

type TwilioSettings = 'twilioAccountSid' | 'twilioAuthToken' | 'twilioApiBase';

export interface OwnCarrier {
  readonly carrier: Carrier;
  readonly limits: TrunkLimits;
}

export interface CarriersOptions {
  readonly config: Pick<Config, 'ari' | 'trunk' | 'publicUrl' | 'hasTwilioMachineDetection' | TwilioSettings>;
  readonly allowList: AllowList;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Below Twilio's one call a second for accounts that have not asked for more; and what an Asterisk does without noticing. */
const DEFAULT_CPS = { twilio: 0.9, asterisk: 5 } as const;

/** Paths of the webhooks of one attempt, below the public URL. */
export const ATTEMPT_PATHS = {
  answer: (attemptId: string) => `/twilio/attempts/${attemptId}/answer`,
  status: (attemptId: string) => `/twilio/attempts/${attemptId}/status`,
  machine: (attemptId: string) => `/twilio/attempts/${attemptId}/machine`,
} as const;

/** Twilio's own; a stand-in's may be anything after AC. */
const TWILIO_SID = /^AC[0-9a-f]{32}$/;
const ANY_SID = /^AC[0-9A-Za-z]{1,62}$/;

/** The trunks that are configured, with what each bears. */
export function trunkLimits(config: Pick<Config, 'ari' | 'trunk' | TwilioSettings>): readonly TrunkLimits[] {
  const { ari, trunk } = config;
  const kinds = [...(twilioAccount(config) ? ['twilio' as const] : []), ...(ari ? ['asterisk' as const] : [])];
  const { maxCalls, inboundReserve } = trunk;
  return kinds.map((kind) => ({ name: kind, kind, cps: trunk.cps ?? DEFAULT_CPS[kind], maxCalls, inboundReserve }));
}

/** Throws INZWA_CONFIG_INVALID for a caller number that is none. The carriers must be disposed of where they can be. */
export function openCarriers({ config, allowList, clock, logger }: CarriersOptions): readonly OwnCarrier[] {
  const { ari, trunk, publicUrl } = config;
  const shared = { allowList, clock, callerId: callerNumber(trunk.callerNumber) };
  const open = (kind: TrunkLimits['kind']): Carrier | undefined => {
    const twilio = twilioAccount(config);
    if (kind === 'twilio' && twilio) {
      if (config.twilioApiBase === undefined && /^https?:\/\/(?:127\.|localhost|\[::1\])/.test(publicUrl)) {
        logger.warn(
          'INZWA_PUBLIC_URL is not set: Twilio cannot ask here what to do with a call, so campaigns reach nobody',
        );
      }
      const urls = {
        answer: (attemptId: string) => publicUrl + ATTEMPT_PATHS.answer(attemptId),
        status: (attemptId: string) => publicUrl + ATTEMPT_PATHS.status(attemptId),
        ...(config.hasTwilioMachineDetection && {
          machine: (attemptId: string) => publicUrl + ATTEMPT_PATHS.machine(attemptId),
        }),
      };
      return new TwilioCarrier({ ...shared, ...twilio, baseUrl: config.twilioApiBase, urls });
    }
    if (kind === 'asterisk' && ari) {
      return new AsteriskCarrier({
        ...{ ...shared, ...ari, url: `${ari.url}/ari` },
        endpoint: trunk.endpoint,
        numberFormat: trunk.numberFormat,
        onTrouble: (trouble, sentence) => logger.warn({ kind: trouble }, sentence),
      });
    }
    return undefined;
  };
  return trunkLimits(config).flatMap((limits) => {
    const carrier = open(limits.kind);
    return carrier ? [{ carrier, limits }] : [];
  });
}

/** Undefined unless both credentials are there and the first looks like one. */
export function twilioAccount({
  twilioAccountSid: accountSid,
  twilioAuthToken: authToken,
  twilioApiBase,
}: Pick<Config, TwilioSettings>): { readonly accountSid: string; readonly authToken: string } | undefined {
  const form = twilioApiBase === undefined ? TWILIO_SID : ANY_SID;
  return accountSid !== undefined && form.test(accountSid) && authToken !== undefined
    ? { accountSid, authToken }
    : undefined;
}

function callerNumber(text: string | undefined): PhoneNumber | undefined {
  if (text === undefined) return undefined;
  const parsed = parseNumber(text);
  if (parsed.ok) return parsed.number;
  throw new InzwaError(
    'INZWA_CONFIG_INVALID',
    `INZWA_CALLER_NUMBER is no telephone number (${parsed.reason}): write it like +263771234567`,
  );
}
