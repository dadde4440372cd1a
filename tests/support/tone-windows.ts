/** Tones in recordings of a real line, where a busy machine may leave a gap: a gap turns the phase, so no sum runs over it. */
import { toneLevelDbfs } from './tone.ts';

const WINDOW_SAMPLES = 800;
/** The tones of tests lie at -15 dBFS; another tone's leakage into a window of 100 ms is 30 dB below. */
const THERE_DBFS = -30;

/** True when the frequency fills any 100 ms of a recording at 8000 Hz; tones must lie 200 Hz apart to be told apart. */
export function humsSomewhere(pcm: Int16Array, frequencyHz: number): boolean {
  for (let at = 0; at + WINDOW_SAMPLES <= pcm.length; at += WINDOW_SAMPLES / 4) {
    if (toneLevelDbfs(pcm.subarray(at, at + WINDOW_SAMPLES), frequencyHz) > THERE_DBFS) return true;
  }
  return false;
}
