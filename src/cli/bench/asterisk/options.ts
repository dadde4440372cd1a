/** What the Asterisk bench can be asked for on the command line. */
import { parseArgs } from 'node:util';
import { InzwaError, messageOf } from '#kernel/errors.ts';

/** What can be measured by itself, in the order of the run. */
export const PARTS = ['greeting', 'interruption', 'memory', 'heard', 'recovery', 'crowd'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly isHelp: boolean;
  readonly isQuick: boolean;
  readonly seed: number;
  readonly jsonPath: string | undefined;
  readonly parts: ReadonlySet<Part>;
}

export const BENCH_HELP = `Usage: npm run bench:asterisk [-- options]

Starts a private Asterisk and the service, telephones them over SIP, and measures from the RTP that arrives. Takes about
a quarter of an hour.

  --quick         a tenth of everything, in less than three minutes; its percentiles are hints
  --seed N        the moments at which callers interrupt and servers die (default 1)
  --only PARTS    some of: ${PARTS.join(', ')} (separated by commas)
  --json FILE     writes {"figures": {"inviteToGreetingMs": {"p50", "p90", "p95", "max", "n"}, …}} to FILE

Close other programs: on a busy machine the figures are those of the machine.
`;

/** Throws INZWA_CONFIG_INVALID for what it does not know. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const values = parseOrThrow(args);
  if (values.seed !== undefined && !/^\d{1,9}$/u.test(values.seed)) {
    throw refusal(`--seed needs a whole number, not "${values.seed}"`);
  }
  return {
    isHelp: values.help ?? false,
    isQuick: values.quick ?? false,
    seed: Number(values.seed ?? '1'),
    jsonPath: values.json,
    parts: new Set(values.only === undefined ? PARTS : values.only.split(',').map(partOf)),
  };
}

function partOf(name: string): Part {
  const part = PARTS.find((known) => known === name.trim());
  if (part === undefined) throw refusal(`--only knows ${PARTS.join(', ')}, not "${name}"`);
  return part;
}

function parseOrThrow(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        seed: { type: 'string' },
        only: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw refusal(messageOf(error), error);
  }
}

function refusal(why: string, cause?: unknown): InzwaError {
  return new InzwaError('INZWA_CONFIG_INVALID', `${why}\n\n${BENCH_HELP}`, cause === undefined ? {} : { cause });
}
