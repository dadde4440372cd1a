/**
 * Where the word began that was being said at a position of a turn: a turn that was held goes on from there. The voice tells
 * no times of words, so they are taken in proportion to the letters and then moved to the quietest place near by.
 */
import { rmsDbPcm16 } from '../audio/level.ts';
import { wordSpans, type Segment } from './heard.ts';

const FRAME_MS = 10;
/** How far the place that the letters give may be moved: about a syllable. */
const NEAR_MS = 120;
/** Nothing longer is said twice; the longest Shona words take about as long. */
const MOST_BACK_MS = 1_000;
/** A pause: 20 ms this quiet are between words, and nothing has to be said again. */
const PAUSE_DBFS = -50;

/**
 * Samples to go back from `position` (counted as in `segments`), 0 when it lies in a pause or at the beginning of a word.
 * `before`: the audio that ends at `position`; nothing in front of it is gone back to.
 */
export function samplesIntoWord(
  segments: readonly Segment[],
  position: number,
  before: Int16Array,
  sampleRateHz: number,
): number {
  const frame = (FRAME_MS * sampleRateHz) / 1000;
  const most = Math.min(before.length, (MOST_BACK_MS * sampleRateHz) / 1000);
  const levels: number[] = [];
  for (let back = frame; back <= most; back += frame) {
    levels.push(rmsDbPcm16(before, before.length - back, before.length - back + frame));
  }
  if (levels.length < 2 || Math.max(levels[0] ?? 0, levels[1] ?? 0) < PAUSE_DBFS) return 0;
  const segment = segments.findLast(({ start }) => start < position);
  if (segment?.end !== undefined && segment.end <= position) return 0;
  const segmentBack = segment ? Math.floor((position - segment.start) / frame) : levels.length;
  const word = segment && wordSpans(segment, sampleRateHz).findLast(({ start }) => start < position);
  const guess = word ? Math.round((position - word.start) / frame) : levels.length;
  const near = Math.round(NEAR_MS / FRAME_MS);
  const from = Math.max(1, Math.min(guess, levels.length) - near);
  const to = Math.min(levels.length, segmentBack, guess + near);
  if (to < from) return Math.min(segmentBack, levels.length) * frame;
  // `back` frames back begins behind frame `back`: the quietest boundary has quiet on both sides.
  let best = from;
  let quietest = Infinity;
  for (let back = from; back <= to; back += 1) {
    const level = (levels[back - 1] ?? 0) + (levels[back] ?? levels[back - 1] ?? 0);
    if (level > quietest) continue;
    quietest = level;
    best = back;
  }
  return best * frame;
}
