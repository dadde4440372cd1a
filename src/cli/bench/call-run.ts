/** Makes the telephone calls of the call bench and brings home what was measured at the caller's end. */
import type { Clock } from '#kernel/clock.ts';
import type { CallEvent } from '#pipeline/events.ts';
import type { PhoneCall } from '#telephony/phone/phone-call.ts';
import { placeCall } from '#telephony/phone/twilio-phone.ts';
import type { Terminal } from '../terminal.ts';
import { audibleSpans } from '../demo/audible.ts';
import { Caller, type Answered, type LineAudio } from '../demo/caller.ts';
import type { ChildService } from '../demo/child-service.ts';
import { Patience } from '../demo/held-call.ts';
import { CALLER_NUMBER, HOTLINE_NUMBER } from '../demo/line.ts';
import { turnLatencies, type TurnLatency } from '../demo/latency.ts';
import type { PlannedTurn } from './call-plan.ts';
import { punctualityOf, type Punctuality } from './punctuality.ts';

export interface MeasuredTurn {
  readonly planned: PlannedTurn;
  readonly latency: TurnLatency;
}

export interface MeasuredCalls {
  /** Warm-up turns are not among them. */
  readonly turns: readonly MeasuredTurn[];
  readonly frames: readonly Punctuality[];
  /** Ticks of the telephone more than 5 ms late: its own share in whatever looks late. */
  readonly phoneLateTicks: number;
  readonly phoneTicks: number;
  readonly calls: number;
}

export interface CallRunOptions {
  readonly service: ChildService;
  readonly plan: readonly PlannedTurn[];
  /** Said first in every call and not counted. */
  readonly warmUp: readonly LineAudio[];
  /** PCM16 at 8000 Hz by text. */
  readonly audio: ReadonlyMap<string, Int16Array>;
  readonly fillers: ReadonlySet<string>;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called when the first call's warm-up is over. */
  readonly onWarm: () => Promise<void>;
}

/** A plan that needs more calls than this has met a service that hangs up on its callers. */
const MOST_CALLS = 10;
const EVENTS_SETTLE_MS = 300;

/** Goes through the plan in as few calls as the agent allows: where it hangs up, the next turn begins with a new call. */
export async function measureCalls(options: CallRunOptions): Promise<MeasuredCalls> {
  const turns: MeasuredTurn[] = [];
  const frames: Punctuality[] = [];
  let [phoneLateTicks, phoneTicks, calls, next] = [0, 0, 0, 0];
  while (next < options.plan.length && calls < MOST_CALLS) {
    calls += 1;
    const call = await Promise.race([measureOneCall(options, next, calls), options.service.died]);
    turns.push(...call.turns);
    frames.push(call.frames);
    phoneLateTicks += call.phone.lateTicks;
    phoneTicks += call.phone.ticks;
    // A call that ended before its first turn must not be dialled again for the same turn for ever.
    next += Math.max(call.turns.length, 1);
  }
  return { turns, frames, phoneLateTicks, phoneTicks, calls };
}

interface OneCall {
  readonly turns: readonly MeasuredTurn[];
  readonly frames: Punctuality;
  readonly phone: PhoneCall['pacing'];
}

async function measureOneCall(options: CallRunOptions, from: number, callNumber: number): Promise<OneCall> {
  const { service, clock, signal, warmUp } = options;
  const events: CallEvent[] = [];
  const patience = new Patience(options.fillers);
  const unsubscribe = service.onEvent((event) => {
    events.push(event);
    patience.hear(event);
  });
  try {
    await using phone = await placeCall({ ...service.address, from: CALLER_NUMBER, to: HOTLINE_NUMBER, clock, signal });
    const caller = new Caller(phone, { clock, signal, isAskedToWait: () => patience.isAskedToWait });
    await hearWarmUp(caller, warmUp);
    if (callNumber === 1) await options.onWarm();
    await followPlan(caller, options, from);
    phone.hangUp();
    await phone.ended;
    await clock.sleep(EVENTS_SETTLE_MS, { signal });
    const { heard, sampleRateHz, startedAtMs } = phone.recording();
    const trace = { startedAtMs, heard: audibleSpans(heard, sampleRateHz), fillers: options.fillers };
    const latencies = turnLatencies(caller.lines, events, trace).slice(warmUp.length);
    return {
      turns: latencies.flatMap((latency, index) => {
        const planned = options.plan[from + index];
        return planned === undefined ? [] : [{ planned, latency }];
      }),
      frames: punctualityOf(phone.receivedFrames),
      phone: phone.pacing,
    };
  } finally {
    unsubscribe();
  }
}

async function hearWarmUp(caller: Caller, lines: readonly LineAudio[]): Promise<void> {
  await caller.hearWelcome();
  for (const line of lines) {
    await caller.say(line);
    await caller.hearAnswerBegin();
    await caller.hearAnswerEnd();
  }
}

/** Until the plan is done or the call is over; says each line once, so that lines and plan stay in step. */
async function followPlan(caller: Caller, options: CallRunOptions, from: number): Promise<void> {
  for (const [index, planned] of options.plan.entries()) {
    if (index < from) continue;
    const line = { text: planned.text, pcm: options.audio.get(planned.text) ?? new Int16Array(0) };
    options.terminal.line(
      `${String(index + 1).padStart(4)}/${options.plan.length}  ${planned.kind.padEnd(12)}  ${line.text}`,
    );
    if ((await sayPlanned(caller, planned, line)) === 'call-over') return;
    if (options.plan[index + 1]?.kind === 'interruption') continue;
    if ((await caller.hearAnswerBegin()) === 'call-over') return;
    if ((await caller.hearAnswerEnd()) === 'call-over') return;
  }
}

async function sayPlanned(caller: Caller, planned: PlannedTurn, line: LineAudio): Promise<Answered> {
  if (planned.kind !== 'interruption') return caller.say(line);
  const interrupted = await caller.interrupt(line, planned.afterMs);
  // The answer was over, or never came: then it is a question like any other.
  return interrupted === 'silence' ? caller.say(line) : interrupted;
}
