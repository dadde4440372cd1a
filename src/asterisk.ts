/** What a service needs besides its media route to be the agent of an Asterisk: ARI, and whom to put through to. */
import { InzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { AriClient } from '#telephony/asterisk/ari-client.ts';
import { AllowList, parseNumber, writeNumber } from '#telephony/numbers.ts';
import { AsteriskCalls, type HandOver } from './asterisk-calls.ts';
import type { Config } from './config.ts';
import type { Logger } from './observability/logger.ts';

export interface AsteriskCallsOptions {
  readonly config: Pick<Config, 'ari' | 'trunk'>;
  readonly hotline: Pick<Hotline, 'id' | 'human'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a person's telephone rings before the caller is ours again. */
const RING_SECONDS = 30;

/** Throws INZWA_CONFIG_INVALID when the allow-list of numbers is empty or malformed. */
export function asteriskCalls({ config, hotline, clock, logger }: AsteriskCallsOptions): AsteriskCalls {
  const allowed = AllowList.parse(config.trunk.prefixes);
  const human = config.ari && humanOf(hotline, config, allowed, logger);
  const ari = config.ari && new AriClient({ ...config.ari, url: `${config.ari.url}/ari`, clock });
  return new AsteriskCalls({
    clock,
    logger,
    human,
    setVariables: ari && ((channelId, variables, opts) => ari.setVariables(channelId, variables, opts)),
  });
}

/** The hotline's person as the trunk wants the number; undefined, and said in the log, when it may not be dialled. */
function humanOf(
  hotline: AsteriskCallsOptions['hotline'],
  { trunk }: AsteriskCallsOptions['config'],
  allowed: AllowList,
  logger: Logger,
): HandOver | undefined {
  if (!hotline.human) return undefined;
  const parsed = parseNumber(hotline.human.number);
  const verdict = parsed.ok ? allowed.check(parsed.number) : { refused: parsed.reason };
  if (parsed.ok && verdict === 'allowed') {
    return { target: writeNumber(parsed.number, trunk.numberFormat), ringSeconds: RING_SECONDS };
  }
  const { code, message } = new InzwaError(
    'INZWA_NUMBER_REFUSED',
    `the person of hotline ${hotline.id} is told to callers but not connected: their number may not be dialled`,
  );
  logger.warn({ code, hotline: hotline.id, why: verdict }, message);
  return undefined;
}
