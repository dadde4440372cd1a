import { describe, expect, it } from 'vitest';
import {
  cutAfter,
  silencesAt,
  trimmed,
  withGaps,
  withShortPauses,
} from '../../../../../../src/cli/bench/turns/cutting.ts';

/** Milliseconds of a 200 Hz square wave, or of silence. */
const sound = (ms: number, level = 8_000): Int16Array =>
  Int16Array.from({ length: ms * 8 }, (_, n) => (n % 40 < 20 ? level : -level));
const silence = (ms: number): Int16Array => new Int16Array(ms * 8);
const joined = (...parts: readonly Int16Array[]): Int16Array => Int16Array.from(parts.flatMap((part) => [...part]));

describe('cutting speech', () => {
  it('takes the silence off both ends', () => {
    expect(trimmed(joined(silence(100), sound(300), silence(250)))).toHaveLength(300 * 8);
    expect(trimmed(silence(100))).toHaveLength(0);
  });

  it('shortens long pauses and leaves short ones', () => {
    const said = joined(sound(300), silence(400), sound(300), silence(80), sound(300));
    expect(withShortPauses(said, 150)).toHaveLength((300 + 150 + 300 + 80 + 300) * 8);
  });

  it('cuts at the quietest place near a share', () => {
    const said = joined(sound(480), sound(40, 300), sound(480));
    const at = cutAfter(said, 0.45);
    expect(at).toBeGreaterThanOrEqual(480 * 8);
    expect(at).toBeLessThanOrEqual(520 * 8);
  });

  it('cuts nothing that would leave a part too short to be one', () => {
    expect(cutAfter(sound(450), 0.5)).toBeUndefined();
    expect(cutAfter(sound(2_000), 0.02)).toBeUndefined();
  });

  it('knows the silences that it put in, to the sample, also when a line moved their edges', () => {
    const { pcm, gaps } = withGaps([sound(400), sound(500), sound(300)], [700, 1_200]);
    expect(pcm).toHaveLength((400 + 700 + 500 + 1_200 + 300) * 8);
    expect(gaps).toEqual([
      { from: 400 * 8, to: 1_100 * 8 },
      { from: 1_600 * 8, to: 2_800 * 8 },
    ]);
    const late = joined(silence(5), pcm);
    const [first, second] = silencesAt(late, gaps);
    // Faded edges: within the fade of 10 ms.
    expect(Math.abs((first?.from ?? 0) / 8 - 405)).toBeLessThan(10);
    expect(Math.abs((first?.to ?? 0) / 8 - 1_105)).toBeLessThan(10);
    expect(Math.abs((second?.to ?? 0) / 8 - 2_805)).toBeLessThan(10);
  });
});
