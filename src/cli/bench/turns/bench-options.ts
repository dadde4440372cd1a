/** What the bench of turn taking can be asked for on the command line. */
import { parseArgs } from 'node:util';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { ALL_LINES, type LineKind } from './lines.ts';
import { ALL_CLASSES } from './plan-calls.ts';
import type { CallerClass } from './trace.ts';

export interface TurnsOptions {
  readonly isHelp: boolean;
  readonly isQuick: boolean;
  readonly seed: number;
  readonly classes: readonly CallerClass[];
  readonly lines: readonly LineKind[];
  /** Acts of each class. */
  readonly events: number;
  /** Undefined: this service, in this process. */
  readonly agentUrl: string | undefined;
  /** Leaves out of the delays what other programs took of the processor. */
  readonly isMachineShared: boolean;
  readonly jsonPath: string | undefined;
  readonly htmlPath: string | undefined;
}

const FULL_EVENTS = 300;
const QUICK_EVENTS = 12;
/** A quick run begins no call later after its own beginning, and is over in less than five minutes on any machine. */
export const QUICK_BEGIN_MS = 250_000;
export const QUICK_END_MS = 285_000;

export const TURNS_HELP = `Usage: npm run bench:turns [-- options]

Has seeded synthetic callers telephone an agent: they pause, interrupt, say "hm", cough, and talk to others. Scores from the
recordings who had the floor: the panel of tau-voice, EVA turn-taking, cut-offs against delay. No model judges anything.
A full run takes hours; Ctrl-C ends it with the figures so far.

  --quick         ${QUICK_EVENTS} events of each class, or as many calls as fit into five minutes
  --events N      events of each class, of endless a tenth (default ${FULL_EVENTS})
  --seed N        who calls, what is said and when (default 5)
  --classes LIST  some of: ${ALL_CLASSES.slice(0, 6).join(', ')},
                  ${ALL_CLASSES.slice(6).join(', ')}
  --lines LIST    some of: ${ALL_LINES.join(', ')}
  --agent URL     another agent, in real time: a ws(s):// socket that speaks Twilio's media wire, or an http(s)://
                  webhook that answers with such a socket (signed with TWILIO_AUTH_TOKEN, if that is set)
  --shared        leaves out of the delays what a model waited for a core that other programs had (Linux)
  --json FILE     writes {"figures": {"yieldMs": {"value", "n"}, …}, "details": {…every event…}} to FILE
  --html FILE     writes a page with the figures and the ten worst events, to look at and to listen to

Without --agent the service runs in this process, on a clock that jumps over idle time and stands by the wall clock while a
model computes. Close other programs, or use --shared: on a busy machine the delays are those of the machine.
`;

/** Throws INZWA_CONFIG_INVALID for what it does not know. */
export function parseTurnsOptions(args: readonly string[]): TurnsOptions {
  const values = parseOrThrow(args);
  const isQuick = values.quick ?? false;
  return {
    isHelp: values.help ?? false,
    isQuick,
    seed: whole('seed', values.seed, 5),
    classes: listed('classes', values.classes, ALL_CLASSES),
    lines: listed('lines', values.lines, ALL_LINES),
    events: whole('events', values.events, isQuick ? QUICK_EVENTS : FULL_EVENTS),
    agentUrl: values.agent,
    isMachineShared: values.shared ?? false,
    jsonPath: values.json,
    htmlPath: values.html,
  };
}

function whole(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^[1-9]\d{0,8}$/u.test(text)) throw refusal(`--${name} needs a whole number above 0, not "${text}"`);
  return Number(text);
}

function listed<T extends string>(name: string, text: string | undefined, known: readonly T[]): readonly T[] {
  if (text === undefined) return known;
  const wanted = text.split(',').map((part) => {
    const found = known.find((one) => one === part.trim());
    if (found === undefined) throw refusal(`--${name} knows ${known.join(', ')}, not "${part.trim()}"`);
    return found;
  });
  return [...new Set(wanted)];
}

function parseOrThrow(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        events: { type: 'string' },
        seed: { type: 'string' },
        classes: { type: 'string' },
        lines: { type: 'string' },
        agent: { type: 'string' },
        shared: { type: 'boolean' },
        json: { type: 'string' },
        html: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw refusal(messageOf(error), error);
  }
}

function refusal(why: string, cause?: unknown): InzwaError {
  return new InzwaError('INZWA_CONFIG_INVALID', `${why}\n\n${TURNS_HELP}`, cause === undefined ? {} : { cause });
}
