/** Makes the planned calls one after the other and brings home what was said and heard in each. */
import type { Clock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import type { CallEvent } from '#pipeline/events.ts';
import { audibleSpans } from '../../demo/audible.ts';
import type { Agent } from './agent.ts';
import { ActingCaller } from './caller.ts';
import type { CallerSounds } from './caller-sounds.ts';
import { CallLine } from './lines.ts';
import type { PlannedCall } from './planned-call.ts';
import type { CallerAct, CallTrace } from './trace.ts';

export interface RunCallsOptions {
  readonly plan: readonly PlannedCall[];
  readonly agent: Agent;
  /** `prepare` has been awaited for this plan: a call must not wait for its caller's voice. */
  readonly sounds: Pick<CallerSounds, 'of'>;
  readonly signal: AbortSignal;
  /** Called after each call and awaited. A recording is about 2 MB a minute: keep what is needed of it. */
  readonly onTrace: (trace: CallTrace, call: PlannedCall) => void | Promise<void>;
  readonly onAct?: (act: CallerAct, call: PlannedCall) => void;
}

export interface CallsRun {
  readonly calls: number;
  readonly acts: number;
  /** Calls that were not taken, or broke in a way that is no event of the call; nothing of them was scored. */
  readonly failed: readonly { readonly id: string; readonly why: string }[];
}

const OVER_WITHIN_MS = 10_000;

/** Goes on after a call that failed; rejects with the signal's reason when it aborts, and with what `onTrace` throws. */
export async function runCalls(options: RunCallsOptions): Promise<CallsRun> {
  const { plan, signal } = options;
  const failed: { id: string; why: string }[] = [];
  let acts = 0;
  for (const call of plan) {
    signal.throwIfAborted();
    const trace = await traceOf(call, options).catch((error: unknown) => {
      signal.throwIfAborted();
      failed.push({ id: call.id, why: messageOf(error) });
    });
    if (!trace) continue;
    acts += trace.acts.length;
    await options.onTrace(trace, call);
  }
  return { calls: plan.length - failed.length, acts, failed };
}

async function traceOf(call: PlannedCall, { agent, sounds, signal, onAct }: RunCallsOptions): Promise<CallTrace> {
  const rendered = await sounds.of(call, { signal });
  const line = new CallLine({ kind: call.line, echo: call.echo, seed: call.seed });
  const { phone, events, over } = await agent.connect({ wire: call.wire, callNumber: call.number, line, signal });
  const caller = new ActingCaller(call, phone, {
    clock: agent.clock,
    signal,
    sounds: rendered,
    onAct: onAct && ((act) => onAct(act, call)),
  });
  let broken: string | undefined;
  try {
    await caller.follow();
  } finally {
    phone.hangUp();
    await phone.ended;
    broken = await soon(over, agent.clock);
  }
  if (broken !== undefined) throw new Error(broken);
  const { caller: said, heard, sampleRateHz, startedAtMs } = phone.recording();
  const agentSpans = audibleSpans(heard, sampleRateHz).map(({ startMs, endMs }) => ({ fromMs: startMs, toMs: endMs }));
  if (caller.acts.length === 0 && agentSpans.length === 0) {
    throw new Error('the call was over before anything was said or heard');
  }
  return {
    id: call.id,
    line: call.line,
    wire: call.wire,
    seed: call.seed,
    acts: caller.acts,
    agent: agentSpans,
    durationMs: (heard.length * 1_000) / sampleRateHz,
    ...(call.echo && { echo: call.echo }),
    recording: { sampleRateHz, caller: said, heard },
    events: events?.map((event) => fromRecordingStart(event, startedAtMs)),
  };
}

/** An agent that does not notice that a call is over does not hold up the next one. */
async function soon(over: Promise<string | undefined>, clock: Clock): Promise<string | undefined> {
  const patience = new AbortController();
  const timeUp = clock.sleep(OVER_WITHIN_MS, { signal: patience.signal }).catch(() => undefined);
  const why = await Promise.race([over, timeUp]);
  patience.abort();
  return why ?? undefined;
}

function fromRecordingStart(event: CallEvent, startedAtMs: number): CallEvent {
  return { ...event, atMs: event.atMs - startedAtMs };
}
