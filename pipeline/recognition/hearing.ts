/** Chooses the way to listen that a request asks for: plainly, with the lexicon, or within its closed set. */
import { listenWithin, type ClosedListening } from './closed-set.ts';
import { unprimedWords } from './lexicon-trie.ts';
import { foldForRepeats } from './restart-cut.ts';
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

/** Hypotheses kept where more than the likeliest token is looked at. */
const WIDTH = 4;
const MAX_WIDTH = 8;
/** As LexiconBoostOptions.strength. */
const STRENGTH = 3;
/** A reading that was led by the lexicon may be so much less likely, token for token, than one that was not. */
const LED_PREFERENCE = 0.1;

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

/**
 * Plainly, unless more is asked for. Behind a prompt the lexicon is listened for beside the open search, not in its place:
 * the prompt leads the decoder already, and led twice it hears the lexicon's words everywhere.
 */
async function listenOpenly(
  listening: OpenOrClosedListening,
  { prompt, lexicon = [], alternatives = 0 }: HearOptions,
): Promise<Readings> {
  if (lexicon.length === 0 && alternatives === 0) return [await listening.greedily()];
  const width = Math.max(WIDTH, Math.min(alternatives + 1, MAX_WIDTH));
  const words = unprimedWords(lexicon, prompt);
  const led = words.size === 0 ? [] : await listening.search({ words, strength: STRENGTH, width, alternatives });
  const open =
    prompt === undefined && led.length > 0
      ? []
      : await listening.search({ words: new Set(), strength: 0, width, alternatives });
  const [best, ...others] = merged(led, open);
  return best === undefined ? [await listening.greedily()] : [best, ...others];
}

/** Best first; of those that sound the same only one. */
function merged(led: readonly DecodedReading[], open: readonly DecodedReading[]): readonly DecodedReading[] {
  const ranked = [
    ...led.map((reading) => ({ reading, worth: reading.avgLogProb + LED_PREFERENCE })),
    ...open.map((reading) => ({ reading, worth: reading.avgLogProb })),
  ].sort((a, b) => b.worth - a.worth);
  const heard = new Set<string>();
  return ranked.flatMap(({ reading }) => {
    const folded = foldForRepeats(reading.text);
    if (heard.has(folded)) return [];
    heard.add(folded);
    return [reading];
  });
}

function heardOf(best: DecodedReading, others: readonly DecodedReading[], doubt: TranscriptDoubt | undefined): Heard {
  const alternatives = others.map(({ text, avgLogProb }) => ({ text, avgLogProb }));
  return { text: best.text, avgLogProb: best.avgLogProb, alternatives, doubt };
}
