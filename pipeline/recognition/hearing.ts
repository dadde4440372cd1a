/** Chooses the way to listen that a request asks for: plainly, with the lexicon, or within its closed set. */
import { listenWithin, type ClosedListening } from './closed-set.ts';
import { unprimedWords } from './lexicon-trie.ts';
import { DEFAULT_GUARD_LIMITS, doubtOf } from './transcript-guard.ts';
import type { Reading, TranscribeOptions, TranscriptDoubt } from '#pipeline/ports.ts';
import type { DecodedReading, Listening } from './listening.ts';

/** What of a Listening is asked here. */
export type OpenOrClosedListening = ClosedListening & Pick<Listening, 'noSpeechProb' | 'search'>;

export interface HearOptions extends Pick<TranscribeOptions, 'prompt' | 'lexicon' | 'closed' | 'alternatives'> {
  /** Voiced time of the utterance. */
  readonly speechMs: number;
}

export interface Heard extends Reading {
  /** Best first. */
  readonly alternatives: readonly Reading[];
  readonly doubt: TranscriptDoubt | undefined;
}

/**
 * Hypotheses kept where more than the likeliest token is looked at. Four against one, CER on the half of the sentences that
 * nothing was fitted on: as a card asks them 33.9 -> 27.3 %, worded otherwise 35.5 -> 31.5, about something else 33.4 -> 31.7,
 * for a fifth more of the decoder's time (tests/bench/lexicon-boost.ts, n 80, 80 and 30, primed).
 */
const WIDTH = 4;
const MAX_WIDTH = 8;
/**
 * LexiconBoostOptions.strength, the best of 0 to 3 on the fitted half that hears less than twice as many words of the lexicon
 * where nobody said them. With nothing else to lead the decoder 2 takes the CER from 46.3, 46.3 and 43.4 % to 42.2, 43.5 and
 * 34.1 on the other half. Behind a prompt, which leads it already, 0.5 takes 27.3, 31.5 and 31.7 % to 25.1, 29.9 and 31.6; from
 * 2 on, words of the lexicon turn up in sentences about something else (33 in 100 with 2, 140 with 3, 20 with none).
 */
const STRENGTH = { unprimed: 2, primed: 0.5 };

/**
 * Texts of a closed set are forced, so that their likelihood says little by itself: the set judges that. And of course such
 * an answer stands in the prompt.
 */
const CLOSED_LIMITS = { ...DEFAULT_GUARD_LIMITS, minAvgLogProb: -Infinity };

/** The best reading, judged, and the others that were asked for. An empty closed set is as none. */
export async function hear(listening: OpenOrClosedListening, options: HearOptions): Promise<Heard> {
  const { closed, alternatives: count = 0, speechMs, prompt } = options;
  const { noSpeechProb } = listening;
  if (closed !== undefined) {
    const { readings, isOutside } = await listenWithin(listening, closed);
    const [best, ...others] = readings;
    if (best !== undefined) {
      const doubt = doubtOf({ ...best, noSpeechProb, speechMs }, CLOSED_LIMITS);
      return heardOf(best, others.slice(0, count), doubt ?? (isOutside ? 'low-confidence' : undefined));
    }
  }
  const [best, ...others] = await listenOpenly(listening, options);
  return heardOf(best, others.slice(0, count), doubtOf({ ...best, noSpeechProb, speechMs, prompt }));
}

type Readings = readonly [DecodedReading, ...DecodedReading[]];

async function listenOpenly(
  listening: OpenOrClosedListening,
  { prompt, lexicon = [], alternatives = 0 }: HearOptions,
): Promise<Readings> {
  if (lexicon.length > 0 || alternatives > 0) {
    const [best, ...others] = await listening.search({
      words: unprimedWords(lexicon, prompt),
      strength: prompt === undefined ? STRENGTH.unprimed : STRENGTH.primed,
      width: Math.max(WIDTH, Math.min(alternatives + 1, MAX_WIDTH)),
      alternatives,
    });
    if (best !== undefined) return [best, ...others];
  }
  return [await listening.greedily()];
}

function heardOf(best: DecodedReading, others: readonly DecodedReading[], doubt: TranscriptDoubt | undefined): Heard {
  const alternatives = others.map(({ text, avgLogProb }) => ({ text, avgLogProb }));
  return { text: best.text, avgLogProb: best.avgLogProb, alternatives, doubt };
}
