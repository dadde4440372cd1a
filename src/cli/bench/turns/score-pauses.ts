/**
 * Cut-offs against delay: at how many pauses inside an utterance the agent began to speak, and what it takes for that
 * restraint in delay. The same pauses say what an agent would do that waits for silence and nothing else.
 */
import { quantile } from '../statistics.ts';
import { firstBegun } from './score-floor.ts';
import { eventOf, inMs, type ScoredEvent } from './score-event.ts';
import type { CallTrace } from './trace.ts';

/** Sound that begins so soon after the caller has resumed was decided in the pause: nothing reacts faster. */
const DECIDED_IN_PAUSE_MS = 200;

/** One event for each pause of 200 ms and more of a caller who has not finished and whom the agent was not speaking over. */
export function pauses(trace: CallTrace): readonly ScoredEvent[] {
  return trace.acts
    .filter((act) => act.wantsAnswer)
    .flatMap((act) =>
      act.pauses.flatMap((pause) => {
        if (pause.toMs - pause.fromMs < LENGTHS[0]) return [];
        if (trace.agent.some(({ fromMs, toMs }) => fromMs < pause.fromMs && toMs > pause.fromMs)) return [];
        const begun = firstBegun(trace.agent, pause.fromMs, pause.toMs + DECIDED_IN_PAUSE_MS);
        const ms = begun && begun.fromMs - pause.fromMs;
        return [
          eventOf(trace, act, {
            kind: 'pause',
            fromMs: pause.fromMs,
            toMs: pause.toMs,
            isRight: begun === undefined,
            ms,
            verdict:
              ms === undefined
                ? `waited through a pause of ${inMs(pause.toMs - pause.fromMs)}`
                : `cut the caller off ${inMs(ms)} into a pause of ${inMs(pause.toMs - pause.fromMs)}`,
          }),
        ];
      }),
    );
}

export interface CutOffPoint {
  /** Pauses from this length on … */
  readonly fromMs: number;
  /** … to less than this. */
  readonly untilMs: number;
  readonly cut: number;
  readonly n: number;
}

const LENGTHS = [200, 300, 500, 700, 900, 1_200] as const;

/** Cut-offs by the length of the pause; lengths without a pause are left out. */
export function cutOffsByLength(events: readonly ScoredEvent[]): readonly CutOffPoint[] {
  return LENGTHS.map((fromMs, index) => {
    const untilMs = LENGTHS[index + 1] ?? Number.POSITIVE_INFINITY;
    const within = events.filter((event) => {
      const lengthMs = event.toMs - event.fromMs;
      return event.kind === 'pause' && lengthMs >= fromMs && lengthMs < untilMs;
    });
    return { fromMs, untilMs, cut: within.filter(({ isRight }) => !isRight).length, n: within.length };
  }).filter(({ n }) => n > 0);
}

export interface AgainstSilence {
  /** Share of the pauses at which the agent began to speak. */
  readonly cut: number;
  /** Its median delay from the end of a turn to its first sound. */
  readonly delayMs: number;
  /** Share of the same pauses that an agent cuts which speaks after this much silence, whatever was said. */
  readonly silenceCuts: number;
  /** How long such an agent must wait to cut no larger share than this one. */
  readonly silenceNeedsMs: number;
  /** Its whole curve, so that another agent's point can be put beside it. */
  readonly curve: readonly { readonly delayMs: number; readonly cut: number }[];
  readonly n: number;
}

const DELAYS_MS = [300, 400, 500, 600, 800, 1_000, 1_200] as const;

/** This agent's point beside the curve of silence alone. Undefined without a pause or without an answer. */
export function againstSilence(events: readonly ScoredEvent[]): AgainstSilence | undefined {
  const paused = events.filter(({ kind }) => kind === 'pause');
  const delays = events.flatMap(({ kind, ms }) => (kind === 'response' && ms !== undefined ? [ms] : []));
  if (paused.length === 0 || delays.length === 0) return undefined;
  const lengths = paused.map(({ fromMs, toMs }) => toMs - fromMs);
  const cutAfter = (delayMs: number): number => lengths.filter((length) => length >= delayMs).length / lengths.length;
  const cut = paused.filter(({ isRight }) => !isRight).length / paused.length;
  const delayMs = quantile(delays, 0.5);
  return {
    cut,
    delayMs,
    silenceCuts: cutAfter(delayMs),
    silenceNeedsMs: quantile(lengths, 1 - cut),
    curve: DELAYS_MS.map((ms) => ({ delayMs: ms, cut: cutAfter(ms) })),
    n: paused.length,
  };
}
