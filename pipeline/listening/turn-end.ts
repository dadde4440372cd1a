/**
 * How much silence ends a turn. Silence is the floor; what the words say, and the sound where a model can tell, moves it
 * between two bounds, in a straight line over the log-odds that the caller has finished: when pauses inside a turn last as
 * if at random, that is the wait at which one more millisecond costs as much as it saves.
 */

/** What is known beyond silence: P(the caller has finished), in [0, 1]. Undefined is not known, or not yet. */
export interface TurnEvidence {
  /** By the words so far: which question was asked, whether they are all of one, whether digits are being dictated. */
  readonly words: number | undefined;
  /** By a turn model. */
  readonly sound: number | undefined;
}

export interface TurnEndPolicy {
  /** Never less, however certain. */
  readonly shortestMs: number;
  /** Never more, however unlikely: who has not finished by then is answered. */
  readonly longestMs: number;
  /** At even odds. */
  readonly evenMs: number;
  /** Less for each unit of log-odds (odds 2.7 times better). */
  readonly perLogOddMs: number;
  /** While the words are not known: they mostly are 200 to 400 ms into the silence, and nothing can be said before. */
  readonly unknownMs: number;
  /** Share of the turn model's log-odds that counts. */
  readonly soundWeight: number;
}

/**
 * Silence of the gate, which begins some 80 ms behind the last audible sample. @defaultValue fitted with tests/bench/turn-end.ts;
 * soundWeight 0: Smart Turn tells synthetic Shona pauses from ends no better than a coin (docs/turn-taking.md).
 */
export const TURN_END_POLICY = {
  shortestMs: 160,
  longestMs: 1_200,
  evenMs: 1_050,
  perLogOddMs: 300,
  unknownMs: 640,
  soundWeight: 0,
} as const satisfies TurnEndPolicy;

/** Log-odds of a model that is certain: beyond them it is not believed. */
const MOST_LOG_ODDS = 4;

export function neededSilenceMs({ words, sound }: TurnEvidence, policy: TurnEndPolicy = TURN_END_POLICY): number {
  if (words === undefined) return policy.unknownMs;
  const heard = sound === undefined ? 0 : policy.soundWeight * logOdds(sound);
  const ms = policy.evenMs - policy.perLogOddMs * (logOdds(words) + heard);
  return Math.min(policy.longestMs, Math.max(policy.shortestMs, ms));
}

function logOdds(probability: number): number {
  const odds = Math.log(probability / (1 - probability));
  return Number.isNaN(odds) ? 0 : Math.min(MOST_LOG_ODDS, Math.max(-MOST_LOG_ODDS, odds));
}
