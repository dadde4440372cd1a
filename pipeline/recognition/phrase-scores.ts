/** How likely each of many phrases is, given the audio: teacher-forced, in groups that the processor's cache can hold. */
import { causalMask } from './decoder-stream.ts';
import { phraseTree } from './phrase-tree.ts';
import type { Tensor } from 'onnxruntime-node';
import type { EncodedAudio, WhisperSessions } from './whisper-sessions.ts';

/** Rows per projection: their log-probabilities (3.3 MB at 16) stay in the cache. */
const PROJECTED_ROWS = 16;
/** Tokens per decoder run: attention costs their square, and the event loop waits for each run. */
const GROUP_TOKENS = 96;

export interface PhraseScoresOptions {
  readonly sessions: WhisperSessions;
  readonly audio: EncodedAudio;
  readonly plainBias: Tensor;
  /** What stands before every phrase; not empty. */
  readonly start: readonly number[];
  readonly endOfText: number;
  /** Runs between the steps; throws to stop. */
  readonly betweenSteps: () => Promise<void>;
}

/** Mean log-likelihood per token, end token included, of each phrase (its tokens); nothing is suppressed. */
export async function scorePhrases(
  phrases: readonly (readonly number[])[],
  { sessions, audio, plainBias, start, endOfText, betweenSteps }: PhraseScoresOptions,
): Promise<readonly number[]> {
  const { width } = sessions.shape;
  const past = start.length - 1;
  const before = { tokens: start.slice(0, past), positions: start.slice(0, past).map((_, at) => at) };
  const { state } = await sessions.decode(audio, sessions.emptyState, { ...before, mask: causalMask(past) });
  const scores = new Array<number>(phrases.length).fill(-Infinity);
  for (const group of groupsOf(phrases)) {
    await betweenSteps();
    const tree = phraseTree(
      start.slice(past),
      group.map((index) => phrases[index] ?? []),
      endOfText,
      past,
    );
    const { hidden } = await sessions.decode(audio, state, tree);
    const found = new Float32Array(tree.targets.length);
    for (let first = 0; first < tree.tokens.length; first += PROJECTED_ROWS) {
      const asked = [...tree.targets.entries()].filter(([, [row]]) => row >= first && row < first + PROJECTED_ROWS);
      await betweenSteps();
      const rows = hidden.subarray(first * width, (first + PROJECTED_ROWS) * width);
      const local = asked.map(([, [row, token]]) => [row - first, token] as const);
      const values = await sessions.likelihoods(rows, plainBias, local);
      asked.forEach(([at], i) => {
        found[at] = values[i] ?? -Infinity;
      });
    }
    group.forEach((index, i) => {
      const targets = tree.phrases[i] ?? [];
      scores[index] = targets.reduce((sum, target) => sum + (found[target] ?? 0), 0) / targets.length;
    });
  }
  return scores;
}

/** Indices of the phrases; what begins alike comes together, and each group has about GROUP_TOKENS tokens of its own. */
function groupsOf(phrases: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const order = [...phrases.keys()].sort((a, b) => compareTokens(phrases[a] ?? [], phrases[b] ?? []));
  const groups: number[][] = [];
  let room = 0;
  let previous: readonly number[] = [];
  for (const index of order) {
    const phrase = phrases[index] ?? [];
    let shared = 0;
    while (shared < phrase.length && phrase[shared] === previous[shared]) shared += 1;
    if (groups.length === 0 || phrase.length - shared > room) {
      groups.push([]);
      room = GROUP_TOKENS;
      shared = 0;
    }
    groups.at(-1)?.push(index);
    room -= phrase.length - shared;
    previous = phrase;
  }
  return groups;
}

function compareTokens(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
