/** `inzwa call`: dials one number through the trunk; who answers talks to the running service. */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { systemClock } from '#kernel/clock.ts';
import { AriTrunk } from '#telephony/asterisk/ari-trunk.ts';
import { AllowList, parseNumber } from '#telephony/numbers.ts';
import type { DialOutcome, DialResult, PhoneNumber, Trunk } from '#telephony/trunk.ts';
import { readConfig, type Config } from '../config.ts';
import { listenForInterrupt } from './interrupt.ts';
import { createTerminal, type Terminal } from './terminal.ts';

const HELP = `Usage: npm run inzwa -- call NUMBER [options]

Dials one number through Asterisk's trunk. Who answers talks to the service, which must be running (npm start) with the same
settings: INZWA_ARI_URL, INZWA_ARI_USER, INZWA_ARI_PASSWORD, INZWA_TRUNK_ENDPOINT, INZWA_NUMBER_FORMAT,
INZWA_DIAL_PREFIXES.

  --ring SECONDS   how long it may ring, 5 to 120 (default 30)
  --from NUMBER    the number shown (default: INZWA_CALLER_NUMBER, else what the trunk makes of it)
  --unchecked      do not ask the service on this machine first whether it takes calls: it runs on another one

Exit code 0: answered; 1: not, and the outcome says why; 2: a wrong option, setting or number.`;

const SENTENCES: Readonly<Record<DialOutcome, string>> = {
  answered: 'Answered; the service talks now.',
  busy: 'Busy.',
  'no-answer': 'Nobody answered.',
  rejected: 'The call was rejected.',
  'invalid-number': 'The carrier knows no such number.',
  congestion: 'The trunk or the network is full.',
  failed: 'The call failed.',
  cancelled: 'Given up before anybody answered.',
};

/** Exit code 0 only when somebody answered. */
export async function run(args: readonly string[]): Promise<number> {
  const asked = parse(args);
  if (asked === undefined) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const config = readConfig(process.env);
  const allowList = AllowList.parse(config.trunk.prefixes);
  const to = dialable(asked.number, allowList);
  const shown = asked.from ?? config.trunk.callerNumber;
  const from = shown === undefined ? undefined : numberOf(shown, 'the number to be shown');
  const terminal = createTerminal();
  using interrupt = listenForInterrupt();
  await using trunk = trunkOf(config, allowList, terminal);
  // Nobody's telephone rings for an apology.
  if (!asked.isUnchecked) await readyService(config);
  terminal.line('Dialling … (Ctrl-C gives up)');
  const request = { callId: randomUUID(), to, from, ringSeconds: asked.ringSeconds };
  const result = await trunk.dial(request, { signal: interrupt.signal });
  terminal.line(describe(result));
  return result.outcome === 'answered' ? 0 : 1;
}

function describe({ outcome, cause, sipStatus }: DialResult): string {
  const details = [
    cause === undefined ? undefined : `Q.850 cause ${cause}`,
    sipStatus === undefined ? undefined : `SIP ${sipStatus}`,
  ].filter((detail) => detail !== undefined);
  return details.length === 0 ? SENTENCES[outcome] : `${SENTENCES[outcome]} (${details.join(', ')})`;
}

async function readyService({ host, port }: Config): Promise<void> {
  const at = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}/readyz`;
  const response = await fetch(at).catch(() => undefined);
  await response?.body?.cancel();
  if (response?.ok) return;
  const what = response ? 'takes no calls now (its models are loading, or it is closing down)' : 'does not run';
  throw new InzwaError(
    'INZWA_CALL_REFUSED',
    `the service at ${host}:${port} ${what}, and who answered would hear an apology: start it (npm start), or say --unchecked`,
    { retryable: true },
  );
}

function trunkOf({ ari, trunk }: Config, allowList: AllowList, terminal: Terminal): Trunk {
  if (!ari) {
    throw new InzwaError(
      'INZWA_CONFIG_INVALID',
      'INZWA_ARI_URL, INZWA_ARI_USER and INZWA_ARI_PASSWORD are not set: there is no trunk to call through',
    );
  }
  return new AriTrunk({
    ...ari,
    url: `${ari.url}/ari`,
    // Of its own: one process has a Stasis application at a time, and takes whoever is in it for a call of its past.
    app: `inzwa-call-${process.pid}`,
    endpoint: `PJSIP/{number}@${trunk.endpoint}`,
    numberFormat: trunk.numberFormat,
    allowList,
    clock: systemClock,
    // An answered call is the service's; nothing here holds a media leg.
    releaseMedia: () => Promise.resolve(),
    onTrouble: (_kind, sentence) => terminal.line(sentence),
  });
}

function dialable(text: string, allowList: AllowList): PhoneNumber {
  const number = numberOf(text, 'NUMBER');
  const verdict = allowList.check(number);
  if (verdict === 'allowed') return number;
  throw new InzwaError(
    'INZWA_CONFIG_INVALID',
    `this number may not be dialled (${verdict.refused}): it must begin as INZWA_DIAL_PREFIXES says and be a mobile or fixed line; premium and satellite numbers never are`,
  );
}

function numberOf(text: string, what: string): PhoneNumber {
  const parsed = parseNumber(text);
  if (parsed.ok) return parsed.number;
  throw new InzwaError(
    'INZWA_CONFIG_INVALID',
    `${what} is no telephone number (${parsed.reason}): write it like 0771234567 or +263771234567`,
  );
}

interface Asked {
  readonly number: string;
  readonly from: string | undefined;
  readonly ringSeconds: number;
  readonly isUnchecked: boolean;
}

/** Undefined: help was asked for. */
function parse(args: readonly string[]): Asked | undefined {
  const refuse = (why: string): never => {
    throw new InzwaError('INZWA_CONFIG_INVALID', `${why}\n\n${HELP}`);
  };
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ring: { type: 'string', default: '30' },
        from: { type: 'string' },
        unchecked: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return refuse(messageOf(error));
  }
  const { values, positionals } = parsed;
  if (values.help) return undefined;
  const [number, ...more] = positionals;
  if (number === undefined || more.length > 0)
    return refuse('one NUMBER is needed, in quotation marks if it has spaces');
  const ringSeconds = Number(values.ring);
  if (!/^\d+$/.test(values.ring) || ringSeconds < 5 || ringSeconds > 120)
    return refuse('--ring needs 5 to 120 seconds');
  return { number, from: values.from, ringSeconds, isUnchecked: values.unchecked };
}
