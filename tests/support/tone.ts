/** Each party hums its own frequency; Goertzel says who can be heard in a recording. */

/** PCM16 at 8000 Hz; `dbfs` is the RMS level. */
export function tone(frequencyHz: number, ms: number, dbfs = -15): Int16Array {
  const peak = 32_768 * 10 ** (dbfs / 20) * Math.SQRT2;
  return Int16Array.from({ length: ms * 8 }, (_, i) =>
    Math.max(-32_768, Math.min(32_767, Math.round(peak * Math.sin((2 * Math.PI * frequencyHz * i) / 8_000)))),
  );
}

/** Level of one frequency in a recording at 8000 Hz, dBFS (RMS); -Infinity when it is not there at all. */
export function toneLevelDbfs(pcm: Int16Array, frequencyHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / 8_000);
  let [before, last] = [0, 0];
  for (const sample of pcm) [before, last] = [last, sample / 32_768 + coefficient * last - before];
  const power = last * last + before * before - coefficient * last * before;
  // The sum of a sine of RMS r over n samples has the magnitude n * r / sqrt(2).
  return 10 * Math.log10((2 * Math.max(0, power)) / pcm.length ** 2);
}

/** True when the frequency stands out of the recording at all (above -45 dBFS). */
export function hums(pcm: Int16Array, frequencyHz: number): boolean {
  return toneLevelDbfs(pcm, frequencyHz) > -45;
}

/** Frames of exactly one ptime; the rest is padded with silence. */
export function framesOf(pcm: Int16Array, frameSamples = 160): Int16Array[] {
  return Array.from({ length: Math.ceil(pcm.length / frameSamples) }, (_, n) => {
    const frame = new Int16Array(frameSamples);
    frame.set(pcm.subarray(n * frameSamples, (n + 1) * frameSamples));
    return frame;
  });
}
