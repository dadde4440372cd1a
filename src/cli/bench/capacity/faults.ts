/** One engine at fault in the middle of a call, each way in turn: how soon the caller hears the next step, and that the call goes on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { CallEvent } from '#pipeline/events.ts';
import { placeCall } from '#telephony/phone/twilio-phone.ts';
import type { PhoneCall } from '#telephony/phone/phone-call.ts';
import { hum } from '../asterisk/hum.ts';
import { ChildService } from '../../demo/child-service.ts';
import { CALLER_NUMBER, HOTLINE_NUMBER } from '../../demo/line.ts';
import type { Terminal } from '../../terminal.ts';

/** Engine and way. `slow`: three seconds late; `hangs`: never answers and does not look at its signal. */
export const FAULTS = [
  'recognition:slow',
  'recognition:fails',
  'recognition:hangs',
  'dialogue:slow',
  'dialogue:fails',
  'dialogue:hangs',
  'speech:slow',
  'speech:fails',
  'speech:hangs',
] as const;
export type Fault = (typeof FAULTS)[number];

export const SLOW_MS = 3_000;

const PROGRAM = fileURLToPath(new URL('faulty-service.ts', import.meta.url));
/** Longer than the pauses between the stub voice's sentences. */
const FINISHED_AFTER_MS = 700;
const LONGEST_MS = 90_000;
const ANSWER_MS = 10_000;

export interface FaultOutcome {
  readonly fault: Fault;
  /** From the end of the turn in which the fault is, as the service found it, to the first sound after it; undefined: none. */
  readonly nextStepMs: number | undefined;
  /** The turn behind it was answered by its card. */
  readonly isRecovered: boolean;
  /** Why the call was lost; undefined: it was not. */
  readonly lost: string | undefined;
}

export interface FaultsOptions {
  /** @defaultValue all of them */
  readonly faults?: readonly Fault[];
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export function isFault(text: string): text is Fault {
  return FAULTS.some((fault) => fault === text);
}

/** One service and one call for each fault. */
export async function measureFaults(options: FaultsOptions): Promise<readonly FaultOutcome[]> {
  // What is rendered here must not come into the user's cache.
  const folder = await mkdtemp(join(tmpdir(), 'inzwa-faults-'));
  try {
    const outcomes: FaultOutcome[] = [];
    for (const fault of options.faults ?? FAULTS) {
      const outcome = await measureFault(fault, folder, options);
      const { nextStepMs, isRecovered, lost } = outcome;
      const shown = nextStepMs === undefined ? 'nothing heard' : `next step after ${Math.round(nextStepMs)} ms`;
      options.terminal.line(
        `  ${fault}: ${shown}${isRecovered ? '' : ', not recovered'}${lost ? `, lost: ${lost}` : ''}`,
      );
      outcomes.push(outcome);
    }
    return outcomes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureFault(fault: Fault, folder: string, { clock, signal }: FaultsOptions): Promise<FaultOutcome> {
  await using service = await ChildService.start({
    ...{ clock, signal },
    env: { INZWA_MODELS_DIR: join(folder, fault.replace(':', '-')), INZWA_LOG_LEVEL: 'error' },
    command: [PROGRAM, '--fault', fault, '--events-fd', '3'],
  });
  const events: CallEvent[] = [];
  service.onEvent((event) => events.push(event));
  let lost: string | undefined;
  let heardAtMs: number | undefined;
  const asked: number[] = [];
  await using phone = await placeCall({ ...service.address, from: CALLER_NUMBER, to: HOTLINE_NUMBER, clock, signal });
  try {
    await phone.waitUntilSpeaking({ timeoutMs: ANSWER_MS });
    for (let turn = 1; turn <= 3; turn += 1) {
      await phone.waitUntilQuiet({ silentMs: FINISHED_AFTER_MS, timeoutMs: LONGEST_MS });
      asked.push(clock.nowMs());
      await phone.say(hum());
      const atMs = await phone.waitUntilSpeaking({ timeoutMs: ANSWER_MS });
      if (turn === 2) heardAtMs = atMs;
      await answered(phone, events, asked.at(-1) ?? 0, clock, signal);
    }
  } catch (error) {
    signal.throwIfAborted();
    lost = messageOf(error);
  }
  const [, second = Number.POSITIVE_INFINITY, third = Number.POSITIVE_INFINITY] = asked;
  const ended = events.find(({ kind, atMs }) => kind === 'end-of-turn' && atMs > second);
  return {
    fault,
    nextStepMs: ended && heardAtMs !== undefined ? heardAtMs - ended.atMs : undefined,
    isRecovered: events.some((event) => event.kind === 'decision' && event.atMs > third && event.source === 'card'),
    lost,
  };
}

/** Until a word of the answer itself has begun, beyond any "one moment" before it. */
async function answered(
  phone: PhoneCall,
  events: readonly CallEvent[],
  sinceMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const isBegun = (): boolean =>
    events.some((event) => event.kind === 'first-audio' && event.turn > 0 && event.atMs > sinceMs);
  for (let waitedMs = 0; !isBegun() && waitedMs < ANSWER_MS; waitedMs += 50) await clock.sleep(50, { signal });
  await phone.waitUntilSpeaking({ timeoutMs: ANSWER_MS });
}
