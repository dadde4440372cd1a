/**
 * A small beam over one decoder. All hypotheses live in one batch row: what was fed stays where it is, and each hypothesis
 * sees only its own ancestors, so that nothing is copied when one dies and another forks.
 */
import { foldForRepeats, isAboutToRestart, restartCut } from './restart-cut.ts';
import type { Step, TokenGuide } from './token-guide.ts';

/** A token behind another; `behind` is a slot: the place of a fed token, counted from 0 over all that was fed. */
export interface Branch {
  readonly token: number;
  readonly behind: number;
}

/** Several texts being decoded with one beginning. */
export interface BranchingStream {
  /** shape [vocabulary]; log-probabilities of what follows the start, which is fed already; the empty text is suppressed. */
  begin(): Float32Array;
  /** Log-probabilities of what follows each branch, in order. The branches take the next free slots. */
  extend(branches: readonly Branch[]): Promise<readonly Float32Array[]>;
}

export interface BeamOptions {
  /** Tokens that were fed before the first of the text. */
  readonly startLength: number;
  readonly endOfText: number;
  readonly decode: (tokens: readonly number[]) => string;
  /** Hypotheses kept from step to step. */
  readonly width: number;
  /**
   * A text that grows is given up when it is liked less than the best that has ended by more than this, token for token:
   * 0 finds the best reading alone, and not every text that begins badly.
   */
  readonly within: number;
  /** The search ends when so many texts have ended; texts that sound the same count each. */
  readonly endings: number;
  /** Voiced time of the utterance, as in `decodeGreedily`. */
  readonly speechMs: number;
  readonly maxTokens: number;
  /** Runs before every step but the first; throws to stop. */
  readonly betweenSteps: () => Promise<void>;
}

export interface BeamReading<State> {
  /** Without the end token and without what was cut. */
  readonly tokens: readonly number[];
  /** The model's own mean log-probability of `tokens` and of the end token where there is one: no bonus in it. */
  readonly avgLogProb: number;
  /** The same with the guide's bonuses: what the readings are ordered by. */
  readonly liking: number;
  readonly isComplete: boolean;
  /** The guide's, behind the last of `tokens`. */
  readonly state: State | undefined;
}

/** A text that may still grow. The arrays have one entry per token; `states` has the guide's start in front of them. */
interface Hypothesis<State> {
  readonly tokens: readonly number[];
  readonly logProbs: readonly number[];
  readonly bonuses: readonly number[];
  readonly states: readonly State[];
  /** Sum of log-probabilities and bonuses. */
  readonly total: number;
}

interface Fed<State> {
  readonly hypothesis: Hypothesis<State>;
  /** Of its last token. */
  readonly slot: number;
  readonly next: Float32Array;
}

/**
 * Readings of different sound, best first; none only when the guide allows none. Ends when enough texts have ended, or none
 * that still grows may be told.
 */
export async function searchBeam<State>(
  stream: BranchingStream,
  guide: TokenGuide<State>,
  options: BeamOptions,
): Promise<readonly BeamReading<State>[]> {
  const { width, endOfText, maxTokens, decode, speechMs, within, endings } = options;
  const ended: BeamReading<State>[] = [];
  let slots = options.startLength;
  const empty = { tokens: [], logProbs: [], bonuses: [], states: [guide.start], total: 0 };
  let active: readonly Fed<State>[] = [{ hypothesis: empty, slot: slots - 1, next: stream.begin() }];
  for (;;) {
    const grown: { readonly hypothesis: Hypothesis<State>; readonly behind: number }[] = [];
    const over = new Set(active.filter((fed) => isAboutToRestart(decode(fed.hypothesis.tokens), fed.next, options)));
    for (const [rank, { from, step }] of bestSteps(active, guide, width).entries()) {
      if (step.token === endOfText) {
        if (rank < width) ended.push(endedReading(from.hypothesis, step));
        continue;
      }
      if (over.has(from) || grown.length === width) continue;
      const hypothesis = grow(from.hypothesis, step, guide);
      const kept = restartCut(hypothesis.tokens, decode, speechMs);
      if (kept === undefined) grown.push({ hypothesis, behind: from.slot });
      else ended.push(cutReading(hypothesis, kept, true));
    }
    const best = Math.max(...ended.map(({ liking }) => liking));
    const hopes = grown.filter(({ hypothesis }) => hypothesis.total / hypothesis.tokens.length > best - within);
    const isAtLimit = (hopes[0]?.hypothesis.tokens.length ?? 0) >= maxTokens;
    if (isAtLimit && ended.length === 0) {
      ended.push(...hopes.map(({ hypothesis }) => cutReading(hypothesis, hypothesis.tokens.length, false)));
    }
    if (hopes.length === 0 || isAtLimit || ended.length >= endings) {
      const told = ended.filter(({ liking }) => liking >= best - within);
      return distinct(told, decode);
    }
    await options.betweenSteps();
    const branches = hopes.map(({ hypothesis, behind }) => ({ token: hypothesis.tokens.at(-1) ?? endOfText, behind }));
    const rows = await stream.extend(branches);
    active = hopes.flatMap(({ hypothesis }, at) => {
      const next = rows[at];
      return next === undefined ? [] : [{ hypothesis, slot: slots + at, next }];
    });
    slots += branches.length;
  }
}

/** The best steps over all hypotheses: as many as are kept, and as many again because some of them may be ends. */
function bestSteps<State>(active: readonly Fed<State>[], guide: TokenGuide<State>, width: number) {
  return active
    .flatMap((from) => {
      const { states, total } = from.hypothesis;
      const state = states.at(-1) ?? guide.start;
      return guide
        .steps(state, from.next, width + 1)
        .map((step) => ({ from, step, total: total + step.logProb + step.bonus }));
    })
    .sort((a, b) => b.total - a.total)
    .slice(0, 2 * width);
}

function grow<State>(from: Hypothesis<State>, step: Step, guide: TokenGuide<State>): Hypothesis<State> {
  const state = from.states.at(-1) ?? guide.start;
  return {
    tokens: [...from.tokens, step.token],
    logProbs: [...from.logProbs, step.logProb],
    bonuses: [...from.bonuses, step.bonus],
    states: [...from.states, guide.after(state, step)],
    total: from.total + step.logProb + step.bonus,
  };
}

function endedReading<State>({ tokens, logProbs, states, total }: Hypothesis<State>, end: Step): BeamReading<State> {
  const count = tokens.length + 1;
  return {
    tokens,
    avgLogProb: (sum(logProbs) + end.logProb) / count,
    liking: (total + end.logProb + end.bonus) / count,
    isComplete: true,
    state: states[tokens.length],
  };
}

function cutReading<State>(
  { tokens, logProbs, bonuses, states }: Hypothesis<State>,
  kept: number,
  isComplete: boolean,
): BeamReading<State> {
  const avgLogProb = sum(logProbs.slice(0, kept)) / Math.max(1, kept);
  const liking = avgLogProb + sum(bonuses.slice(0, kept)) / Math.max(1, kept);
  return { tokens: tokens.slice(0, kept), avgLogProb, liking, isComplete, state: states[kept] };
}

/** Best first; of those that sound the same (case and punctuation apart) only the best. */
function distinct<State>(
  readings: readonly BeamReading<State>[],
  decode: (tokens: readonly number[]) => string,
): readonly BeamReading<State>[] {
  const heard = new Set<string>();
  return [...readings]
    .sort((a, b) => b.liking - a.liking)
    .filter(({ tokens }) => {
      const folded = foldForRepeats(decode(tokens));
      if (heard.has(folded)) return false;
      heard.add(folded);
      return true;
    });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
