/** Makes call after call until the plan or the time is over, scores each and lets its recording go at once. */
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import { scoreCall, type CallScore } from './score-call.ts';
import type { CallTrace } from './trace.ts';
import { WorstEvents, type EventClip } from './worst-events.ts';

export interface FailedCall {
  readonly id: string;
  readonly why: string;
}

/** Makes one call and tells its trace; resolves with it if it failed, rejects only when the signal aborts. */
export type CallOne<C> = (
  call: C,
  opts: { readonly signal: AbortSignal; readonly onTrace: (trace: CallTrace) => void },
) => Promise<readonly FailedCall[]>;

export interface CallAllOptions<C> {
  readonly plan: readonly C[];
  readonly callOne: CallOne<C>;
  /** On `clock`: no call begins after the first, and what is still going on at the second is dropped. */
  readonly time?: { readonly lastBeginsMs: number; readonly endsMs: number } | undefined;
  /** How many of the worst events are kept with their sound. */
  readonly worst: number;
  readonly onCall?: (call: C, index: number) => void;
  readonly clock: Pick<Clock, 'nowMs' | 'after'>;
  readonly signal: AbortSignal;
}

export interface CallsMade {
  readonly scores: readonly CallScore[];
  readonly worst: readonly EventClip[];
  readonly failed: readonly FailedCall[];
  readonly minutes: number;
  /** Why fewer calls than planned were made; undefined when all were. */
  readonly endedEarly: string | undefined;
}

/** Keeps what was measured when the time is over or the signal aborts; rejects when it aborts before there is anything. */
export async function callAll<C>(options: CallAllOptions<C>): Promise<CallsMade> {
  const { plan, callOne, time, clock, signal } = options;
  const startMs = clock.nowMs();
  const scores: CallScore[] = [];
  const worst = new WorstEvents(options.worst);
  const failed: FailedCall[] = [];
  const over = new AbortController();
  const cancel = time && clock.after(time.endsMs - startMs, () => over.abort(new InzwaError('INZWA_CANCELLED', OVER)));
  const either = AbortSignal.any([signal, over.signal]);
  const onTrace = (trace: CallTrace): void => {
    const score = scoreCall(trace);
    scores.push(score);
    worst.add(trace, score.events);
  };
  let begun = 0;
  try {
    for (const [index, call] of plan.entries()) {
      if (either.aborted || (time && clock.nowMs() > time.lastBeginsMs)) break;
      options.onCall?.(call, index);
      failed.push(...(await callOne(call, { signal: either, onTrace })));
      begun = index + 1;
    }
  } catch (error) {
    if (!either.aborted || (signal.aborted && scores.length === 0)) throw error;
  } finally {
    cancel?.();
  }
  const endedEarly = begun === plan.length ? undefined : signal.aborted ? 'it was interrupted' : OVER;
  return { scores, worst: worst.worst(), failed, minutes: (clock.nowMs() - startMs) / 60_000, endedEarly };
}

const OVER = 'its time was over';
