/** Audio of which tests/fixtures/smart-turn/golden.json holds the reference features and probabilities. */
import { voiceLike } from './voice-like.ts';

/** PCM16 at 8 kHz: shorter than the window and no whole number of frames, longer than the window, and quiet with an offset. */
export function goldenClips(): Readonly<Record<'short' | 'long' | 'quiet', Int16Array>> {
  const voice = (seconds: number, seed: number): Int16Array => voiceLike({ seconds, seed, pitchHz: 140 + 20 * seed });
  return {
    short: voice(2.5, 1).slice(0, 18_577),
    long: voice(9.5, 2),
    quiet: voice(3, 3).map((sample) => sample / 40 + 25),
  };
}
