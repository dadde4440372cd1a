/** What a caller of stub engines says: a hum, because loudness is all that they hear. */

const SAMPLES_PER_MS = 8;
/** Not the stub voice's own, so that the two can be told apart in a recording. */
const HUM_HZ = 300;
const AMPLITUDE = 8_000;
/** Long enough to take the floor, short enough to be over before the answer. */
const HUM_MS = 700;

/** PCM16 at 8000 Hz; voiced from its first sample to its last. */
export function hum(durationMs = HUM_MS): Int16Array {
  const step = (2 * Math.PI * HUM_HZ) / (SAMPLES_PER_MS * 1_000);
  return Int16Array.from({ length: durationMs * SAMPLES_PER_MS }, (_, index) => AMPLITUDE * Math.sin(step * index));
}
