/** Everything that is scored of one call, without its audio: small enough to keep of every call of a long run. */
import { ENDPOINTING_POLICY } from '#pipeline/listening/endpointer.ts';
import { PRE_ROLL_MS } from '#pipeline/listening/listener.ts';
import {
  endlessCallers,
  firstWords,
  recoveries,
  selfInterruptions,
  silences,
  speculation,
  staleAnswers,
  type Speculation,
} from './score-account.ts';
import { evaScore, type EvaScore } from './score-eva.ts';
import type { ScoredEvent } from './score-event.ts';
import { incursions, responses, selectivity, yields } from './score-panel.ts';
import { pauses } from './score-pauses.ts';
import type { CallTrace } from './trace.ts';

export interface CallScore {
  readonly callId: string;
  readonly line: string;
  readonly wire: CallTrace['wire'];
  readonly seed: number;
  readonly durationMs: number;
  readonly acts: number;
  readonly echo: CallTrace['echo'];
  /** Ordered by kind, then by time. */
  readonly events: readonly ScoredEvent[];
  readonly eva: EvaScore | undefined;
  /** Undefined for an agent that tells nothing of itself. */
  readonly speculation: Speculation | undefined;
}

/** Pure; the same trace gives the same score. */
export function scoreCall(trace: CallTrace): CallScore {
  return {
    callId: trace.id,
    line: trace.line,
    wire: trace.wire,
    seed: trace.seed,
    durationMs: trace.durationMs,
    acts: trace.acts.length,
    echo: trace.echo,
    events: [
      ...responses(trace),
      ...yields(trace),
      ...incursions(trace),
      ...selectivity(trace),
      ...pauses(trace),
      ...recoveries(trace),
      ...selfInterruptions(trace),
      ...firstWords(trace, PRE_ROLL_MS),
      ...staleAnswers(trace),
      ...endlessCallers(trace, ENDPOINTING_POLICY.maxUtteranceMs),
      ...silences(trace),
    ],
    eva: evaScore(trace),
    speculation: trace.events && speculation(trace.events),
  };
}
