/** What a listener has heard of segments of speech, when this many of their samples have been played. */

export interface Segment {
  readonly text: string;
  /** First sample, counted from the start of the turn. */
  readonly start: number;
  /** One past its last sample; undefined while more may come. */
  readonly end: number | undefined;
  /** Its mark came back. */
  readonly isHeard: boolean;
}

export interface Heard {
  /** The words that were played to their end, joined by single spaces. */
  readonly text: string;
  /** Samples played, without the silence that filled frames. */
  readonly samples: number;
  /** Every segment that was begun was heard to its end. */
  readonly isComplete: boolean;
}

/** Letters a second of careful speech: 14 in Shona read by VITS at its own pace. Only for segments still being synthesised. */
const CHARACTERS_PER_SECOND = 14;

/** Words within a segment are taken to last in proportion to their letters. */
export function heardUntil(segments: readonly Segment[], playedSamples: number, sampleRateHz: number): Heard {
  const words: string[] = [];
  let isComplete = true;
  let samples = playedSamples;
  for (const segment of segments) {
    const end = segment.end ?? segment.start + estimatedSamples(segment.text, sampleRateHz);
    if (segment.isHeard || (segment.end !== undefined && segment.end <= playedSamples)) {
      words.push(...wordsOf(segment.text));
      samples = Math.max(samples, end);
      continue;
    }
    isComplete = false;
    const share = (playedSamples - segment.start) / Math.max(1, end - segment.start);
    if (share > 0) words.push(...wordsUntil(segment.text, share));
  }
  return { text: words.join(' '), samples, isComplete };
}

/** When the words of a segment are said, in samples from the start of the turn: in proportion to their letters. */
export function wordSpans(
  segment: Segment,
  sampleRateHz: number,
): readonly { readonly start: number; readonly end: number }[] {
  const end = segment.end ?? segment.start + estimatedSamples(segment.text, sampleRateHz);
  const words = wordsOf(segment.text);
  const whole = words.reduce((sum, word) => sum + word.length + 1, 0);
  let letters = 0;
  return words.map((word) => {
    const from = letters;
    letters += word.length + 1;
    const at = (count: number): number => segment.start + Math.round(((end - segment.start) * count) / whole);
    return { start: at(from), end: at(letters) };
  });
}

function wordsUntil(text: string, share: number): string[] {
  const words = wordsOf(text);
  const lengths = words.map((word) => word.length + 1);
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  let spoken = 0;
  return words.filter((_, index) => {
    spoken += lengths[index] ?? 0;
    return spoken <= whole * share;
  });
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== '');
}

function estimatedSamples(text: string, sampleRateHz: number): number {
  return Math.ceil((text.length / CHARACTERS_PER_SECOND) * sampleRateHz);
}
