/** How long somebody really spoke in an utterance, by energy alone: the measure that texts are held against. */

const FRAME_MS = 20;
/** Frames this far under the loudest one are pauses. Fricatives and weak endings of telephone speech stay above. */
const BELOW_PEAK_DB = 28;
/** Nothing quieter is speech: mu-law's idle noise and a quiet room lie under it. */
const FLOOR_DBFS = -52;
/** Shorter pauses are part of the speech (stops, geminates). */
const BRIDGED_FRAMES = 8;

/** Milliseconds of speech, pauses longer than 160 ms left out; 0 when nothing is louder than -52 dBFS. */
export function speechMs(pcm: Int16Array, sampleRateHz: number): number {
  const frameSamples = (sampleRateHz * FRAME_MS) / 1000;
  const levels: number[] = [];
  for (let start = 0; start + frameSamples <= pcm.length; start += frameSamples) {
    let energy = 0;
    for (let i = start; i < start + frameSamples; i++) energy += ((pcm[i] ?? 0) / 32768) ** 2;
    levels.push(10 * Math.log10(energy / frameSamples + 1e-12));
  }
  // The third loudest frame, so that a click is not the measure.
  const peak = [...levels].sort((a, b) => b - a)[2] ?? -Infinity;
  const threshold = Math.max(FLOOR_DBFS, peak - BELOW_PEAK_DB);
  let frames = 0;
  let last = -Infinity;
  for (const [i, level] of levels.entries()) {
    if (level < threshold) continue;
    frames += i - last <= BRIDGED_FRAMES ? i - last : 1;
    last = i;
  }
  return frames * FRAME_MS;
}
