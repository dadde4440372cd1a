/** Questions with few answers: every phrase is held against the audio, or only some words can be decoded at all. */
import { wordsOf } from './lexicon-trie.ts';
import type { ClosedSet } from '#pipeline/ports.ts';
import type { DecodedReading, Listening } from './listening.ts';

/** What a closed set makes of the audio. */
export interface ClosedReadings {
  /** Best first, each of the set; empty when the set is. */
  readonly readings: readonly DecodedReading[];
  /** Something else was said, or nothing: what was decoded openly fits the audio so much better. */
  readonly isOutside: boolean;
}

/**
 * Of a phrase's log-likelihood in silence, which is taken off before phrases are compared: "no" is likely under any audio.
 * 68 ways to say yes or no in three manners, n 204: meaning right 185 times with none of it, 196 with half, 184 with all.
 */
const SILENCE_SHARE = 0.5;
/** Hypotheses kept while words are decoded. */
const WIDTH = 4;
/**
 * By so much, per token, may open decoding fit better than words of the set. Of 101 numbers 36 right, 16 wrong, 49 doubted; of
 * 220 other sentences 1 believed (tests/bench/closed-sets.ts). A number of a known range is better asked for as phrases: 61,
 * 10, 30 and 0.
 */
const MAX_GAP = 2;

/** Phrases that differ by more than capitals and punctuation, in the order given; of equal ones the first. */
function differentPhrases(texts: readonly string[]): readonly string[] {
  const byWords = new Map<string, string>();
  for (const text of texts) {
    const key = wordsOf(text).join(' ').toLowerCase();
    if (key !== '' && !byWords.has(key)) byWords.set(key, text);
  }
  return [...byWords.values()];
}

/** What of a Listening a closed set asks. */
export type ClosedListening = Pick<Listening, 'greedily' | 'words' | 'score'>;

export async function listenWithin(listening: ClosedListening, { kind, texts }: ClosedSet): Promise<ClosedReadings> {
  const phrases = differentPhrases(texts);
  if (phrases.length === 0) return { readings: [], isOutside: false };
  const open = await listening.greedily();
  if (kind === 'words') {
    const readings = await listening.words(phrases, WIDTH);
    return { readings, isOutside: gapOf(open, readings) > MAX_GAP };
  }
  const scored = await scoredPhrases(listening, phrases);
  // What the phrase gains by the audio over silence must outweigh what open decoding gains over the phrase. 68 ways to say
  // yes or no: 42 right, none wrong, 26 doubted; of 220 other sentences 3 believed (tests/bench/closed-sets.ts).
  const isOutside = (scored[0]?.gain ?? -Infinity) < gapOf(open, scored);
  return { readings: scored, isOutside };
}

function gapOf(open: DecodedReading, [best]: readonly DecodedReading[]): number {
  return open.avgLogProb - (best?.avgLogProb ?? -Infinity);
}

/** Best first by what speaks for a phrase in this audio, not in any: see SILENCE_SHARE. */
async function scoredPhrases(listening: ClosedListening, phrases: readonly string[]) {
  const scores = await listening.score(phrases);
  return phrases
    .map((text, index) => {
      const { inAudio, inSilence } = scores[index] ?? { inAudio: -Infinity, inSilence: 0 };
      const worth = inAudio - SILENCE_SHARE * inSilence;
      return { text, avgLogProb: inAudio, isComplete: true, gain: inAudio - inSilence, worth };
    })
    .sort((a, b) => b.worth - a.worth);
}
