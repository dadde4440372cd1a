/**
 * Cut-offs against delay, causally: at every pause a policy knows only what the ear knew there. A turn is cut when the policy
 * would have answered inside it; the delay runs from its last audible sample to the decision, over the turns that end.
 */
import type { TurnObservation, PauseObservation } from './turn-end-observations.ts';

/** Silence (of the gate) that ends the turn, once the words are known and before; pure. */
export interface EndPolicy {
  needed(pause: PauseObservation, turn: TurnObservation): { readonly before: number; readonly after: number };
}

export interface Score {
  /** Share of the turns that were answered inside. */
  readonly cut: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Windows of 32 ms until the gate says that the caller goes on. */
const RESUME_MS = 64;
/** First unvoiced window: recognition starts. */
const SOFT_MS = 32;

/** `evidenceMs`: from the soft end until words and decision are known. */
export function score(turns: readonly TurnObservation[], policy: EndPolicy, evidenceMs: number): Score {
  let cut = 0;
  const delays: number[] = [];
  for (const turn of turns) {
    let isCut = false;
    for (const pause of turn.pauses) {
      const delayMs = pause.lastVoicedMs - pause.speechEndMs + silence(pause, policy.needed(pause, turn), evidenceMs);
      // JSON has no undefined: null.
      if (pause.resumesMs == null) delays.push(delayMs);
      else if (pause.speechEndMs + delayMs < pause.resumesMs + RESUME_MS) isCut = true;
    }
    if (isCut) cut += 1;
  }
  delays.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(delays[Math.floor(share * (delays.length - 1))] ?? 0);
  const meanMs = Math.round(delays.reduce((sum, ms) => sum + ms, 0) / Math.max(1, delays.length));
  return { cut: cut / turns.length, meanMs, p50Ms: at(0.5), p95Ms: at(0.95) };
}

function silence(_: PauseObservation, { before, after }: ReturnType<EndPolicy['needed']>, evidenceMs: number): number {
  const knownMs = SOFT_MS + evidenceMs;
  return before < knownMs ? before : Math.max(after, knownMs);
}

export interface Swept<P> {
  readonly parameters: P;
  readonly score: Score;
}

/** The fewest cut-offs at a mean delay within the budget. */
export function fewestCuts<P>(swept: readonly Swept<P>[], budgetMs: number): Swept<P> | undefined {
  return best(
    swept.filter(({ score: { meanMs } }) => meanMs <= budgetMs),
    ({ cut, meanMs }) => cut * 1e6 + meanMs,
  );
}

/** The least mean delay at a share of cut-offs within the budget. */
export function leastDelay<P>(swept: readonly Swept<P>[], budget: number): Swept<P> | undefined {
  return best(
    swept.filter(({ score: { cut } }) => cut <= budget),
    ({ cut, meanMs }) => meanMs * 10 + cut,
  );
}

function best<P>(swept: readonly Swept<P>[], cost: (score: Score) => number): Swept<P> | undefined {
  return swept.reduce<Swept<P> | undefined>(
    (least, next) => (least === undefined || cost(next.score) < cost(least.score) ? next : least),
    undefined,
  );
}

/** Area under the curve: how often an end has more of it than a pause; 0.5 tells nothing. */
export function areaUnderCurve(ends: readonly number[], pauses: readonly number[]): number {
  let sum = 0;
  for (const end of ends) for (const pause of pauses) sum += end > pause ? 1 : end === pause ? 0.5 : 0;
  return sum / Math.max(1, ends.length * pauses.length);
}
