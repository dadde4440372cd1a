/** Speech as PCM16 at 8000 Hz, cut and put together with silences of known lengths. */
import { audibleSpans } from '../../demo/audible.ts';

const RATE_HZ = 8_000;
const SAMPLES_PER_MS = RATE_HZ / 1_000;
const STEP_SAMPLES = 40;
/** Where a word boundary is looked for around the place that the letters say. */
const SEARCH_MS = 110;
const QUIET_WINDOW_SAMPLES = 160;
const FADE_SAMPLES = 80;
/** A part of an utterance shorter than this is no part. */
const LEAST_PART_MS = 250;

/** Samples from `from` on, up to `to`, exclusive. */
export interface SampleSpan {
  readonly from: number;
  readonly to: number;
}

/** Without the silence at both ends; empty when nothing can be heard. */
export function trimmed(pcm: Int16Array): Int16Array {
  const spans = audibleSpans(pcm, RATE_HZ);
  const from = Math.round((spans[0]?.startMs ?? 0) * SAMPLES_PER_MS);
  const to = Math.round((spans.at(-1)?.endMs ?? 0) * SAMPLES_PER_MS);
  return pcm.slice(from, to);
}

/** Silences inside of `mostMs` and more are shortened to `mostMs`. */
export function withShortPauses(pcm: Int16Array, mostMs: number): Int16Array {
  const spans = audibleSpans(pcm, RATE_HZ, { joinMs: mostMs });
  const parts = spans.map(({ startMs, endMs }) =>
    pcm.subarray(Math.round(startMs * SAMPLES_PER_MS), Math.round(endMs * SAMPLES_PER_MS)),
  );
  const gaps = parts.slice(1).map(() => mostMs);
  return withGaps(parts, gaps).pcm;
}

/**
 * The sample at which a text is cut after a share of its letters: the quietest place near it, which in words of open
 * syllables is the closure before a consonant. Undefined when one of the parts would be too short to be one.
 */
export function cutAfter(pcm: Int16Array, share: number): number | undefined {
  const least = LEAST_PART_MS * SAMPLES_PER_MS;
  const middle = Math.round(share * pcm.length);
  const from = Math.max(least, middle - SEARCH_MS * SAMPLES_PER_MS);
  const to = Math.min(pcm.length - least, middle + SEARCH_MS * SAMPLES_PER_MS);
  let best: number | undefined;
  let bestPower = Infinity;
  for (let at = from; at <= to; at += STEP_SAMPLES) {
    const power = powerOf(pcm, at - QUIET_WINDOW_SAMPLES / 2, at + QUIET_WINDOW_SAMPLES / 2);
    if (power >= bestPower) continue;
    best = at;
    bestPower = power;
  }
  return best;
}

/** Parts with silences between them, one fewer than parts; the edges that were cut are faded so that they do not click. */
export function withGaps(
  parts: readonly Int16Array[],
  gapsMs: readonly number[],
): { readonly pcm: Int16Array; readonly gaps: readonly SampleSpan[] } {
  const gaps: SampleSpan[] = [];
  const lengths = parts.map(({ length }, n) => length + (n === 0 ? 0 : (gapsMs[n - 1] ?? 0) * SAMPLES_PER_MS));
  const pcm = new Int16Array(Math.round(lengths.reduce((sum, length) => sum + length, 0)));
  let at = 0;
  for (const [n, part] of parts.entries()) {
    if (n > 0) {
      const to = at + Math.round((gapsMs[n - 1] ?? 0) * SAMPLES_PER_MS);
      gaps.push({ from: at, to });
      at = to;
    }
    const copy = part.slice();
    if (n > 0) fade(copy, (index) => index);
    if (n < parts.length - 1) fade(copy, (index) => copy.length - 1 - index);
    pcm.set(copy, at);
    at += copy.length;
  }
  return { pcm, gaps };
}

/** The silence around the middle of each span, as far as nothing can be heard: what a line left of a gap. */
export function silencesAt(pcm: Int16Array, spans: readonly SampleSpan[]): readonly SampleSpan[] {
  const heard = audibleSpans(pcm, RATE_HZ, { joinMs: 0 });
  return spans.flatMap((span) => {
    const middleMs = (span.from + span.to) / 2 / SAMPLES_PER_MS;
    const before = heard.findLast(({ endMs }) => endMs <= middleMs);
    const after = heard.find(({ startMs }) => startMs >= middleMs);
    if (!before || !after || heard.some(({ startMs, endMs }) => startMs < middleMs && endMs > middleMs)) return [];
    return [{ from: Math.round(before.endMs * SAMPLES_PER_MS), to: Math.round(after.startMs * SAMPLES_PER_MS) }];
  });
}

function fade(pcm: Int16Array, nth: (index: number) => number): void {
  for (let index = 0; index < Math.min(FADE_SAMPLES, pcm.length); index += 1) {
    const at = nth(index);
    pcm[at] = Math.round(((pcm[at] ?? 0) * index) / FADE_SAMPLES);
  }
}

function powerOf(pcm: Int16Array, from: number, to: number): number {
  let sum = 0;
  for (let at = Math.max(0, from); at < Math.min(pcm.length, to); at += 1) sum += (pcm[at] ?? 0) ** 2;
  return sum;
}
