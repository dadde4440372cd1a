/**
 * Where a recording can be heard, and where it is silent: the ground truth of every latency that the demo and the bench
 * print. It knows samples only; nothing the service says about itself enters here.
 */

/**
 * A block of 5 ms counts as audible from −50 dBFS (RMS) on: 30 dB below ordinary speech, 15 dB above the comfort noise
 * that a telephone network may add (anchors 2.3: −65 to −60 dBm0).
 */
const AUDIBLE_DBFS = -50;
const AUDIBLE_RMS = 32_768 * 10 ** (AUDIBLE_DBFS / 20);
const BLOCK_MS = 5;

/** A stretch of a recording in milliseconds from its first sample; `endMs` is where the last audible sample ends. */
export interface AudibleSpan {
  readonly startMs: number;
  readonly endMs: number;
}

export interface AudibleOptions {
  /** Silences shorter than this stay inside a span. @defaultValue 200: longer than the closure of any Shona consonant. */
  readonly joinMs?: number;
}

/** Every audible stretch, in order. The ends are exact to the sample, not to the 5 ms block. */
export function audibleSpans(
  pcm: Int16Array,
  sampleRateHz: number,
  { joinMs = 200 }: AudibleOptions = {},
): readonly AudibleSpan[] {
  const blockSamples = Math.round((sampleRateHz * BLOCK_MS) / 1000);
  const msPerSample = 1000 / sampleRateHz;
  const spans: { startMs: number; endMs: number }[] = [];
  for (let start = 0; start < pcm.length; start += blockSamples) {
    const end = Math.min(pcm.length, start + blockSamples);
    if (rmsOf(pcm, start, end) < AUDIBLE_RMS) continue;
    let first = start;
    while (first < end - 1 && Math.abs(pcm[first] ?? 0) < AUDIBLE_RMS) first += 1;
    let last = end - 1;
    while (last > first && Math.abs(pcm[last] ?? 0) < AUDIBLE_RMS) last -= 1;
    const startMs = first * msPerSample;
    const endMs = (last + 1) * msPerSample;
    const previous = spans.at(-1);
    if (previous && startMs - previous.endMs < joinMs) previous.endMs = endMs;
    else spans.push({ startMs, endMs });
  }
  return spans;
}

/** The first audible moment at or after `fromMs`: `fromMs` itself when a span is under way there. */
export function firstAudibleAfter(spans: readonly AudibleSpan[], fromMs: number): number | undefined {
  const span = spans.find(({ endMs }) => endMs > fromMs);
  return span === undefined ? undefined : Math.max(span.startMs, fromMs);
}

/** The last audible moment inside [fromMs, untilMs): undefined when nothing was audible there. */
export function lastAudibleWithin(spans: readonly AudibleSpan[], fromMs: number, untilMs: number): number | undefined {
  const span = spans.findLast(({ startMs, endMs }) => startMs < untilMs && endMs > fromMs);
  return span === undefined ? undefined : Math.min(span.endMs, untilMs);
}

/** How long something was audible inside [fromMs, untilMs). */
export function audibleMsWithin(spans: readonly AudibleSpan[], fromMs: number, untilMs: number): number {
  let sumMs = 0;
  for (const { startMs, endMs } of spans) sumMs += Math.max(0, Math.min(endMs, untilMs) - Math.max(startMs, fromMs));
  return sumMs;
}

/** RMS level of samples [start, end) in dB below full scale; −Infinity for digital silence. */
export function levelDbfs(pcm: Int16Array, start = 0, end = pcm.length): number {
  return 20 * Math.log10(rmsOf(pcm, start, end) / 32_768);
}

function rmsOf(pcm: Int16Array, start: number, end: number): number {
  let sum = 0;
  for (let index = start; index < end; index += 1) {
    const sample = pcm[index] ?? 0;
    sum += sample * sample;
  }
  return Math.sqrt(sum / Math.max(1, end - start));
}
