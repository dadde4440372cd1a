import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SmartTurnFeatures } from '#pipeline/listening/smart-turn-features.ts';
import { goldenClips } from '../../../support/smart-turn-clips.ts';

type Sample = readonly [band: number, frame: number, value: number];
const golden = JSON.parse(readFileSync('tests/fixtures/smart-turn/golden.json', 'utf8')) as Record<
  'short' | 'long' | 'quiet',
  { readonly features: readonly Sample[] }
>;
const features = new SmartTurnFeatures();
const at = (all: Float32Array, band: number, frame: number): number => all[band * 800 + frame] ?? Number.NaN;

describe('the features of Smart Turn', () => {
  it.each(['short', 'long', 'quiet'] as const)('are those of its reference (%s clip)', (name) => {
    const computed = features.compute(goldenClips()[name]);
    // Upsampled audio is mirrored at other points at the window's end: up to 0.03 in its last frame, 0.01 elsewhere.
    for (const [band, frame, value] of golden[name].features) {
      expect(Math.abs(at(computed, band, frame) - value), `band ${band}, frame ${frame}`).toBeLessThan(0.04);
    }
  });

  it('stand at the end of the window, with the same silence before them whatever their length', () => {
    const clip = goldenClips().short;
    const computed = features.compute(clip);
    const first = 800 - Math.ceil(clip.length / 80);
    for (const band of [0, 20, 79]) {
      const silence = at(computed, band, 0);
      for (let frame = 1; frame < first - 3; frame++) expect(at(computed, band, frame)).toBe(silence);
    }
    expect(at(computed, 10, 799)).not.toBe(at(computed, 10, 0));
  });

  it('are those of the last 8 s', () => {
    const { long } = goldenClips();
    expect(features.compute(long)).toEqual(features.compute(long.subarray(long.length - 64_000)));
  });

  it('of nothing are finite', () => {
    for (const pcm of [new Int16Array(0), new Int16Array(8000), new Int16Array(64_000).fill(-32_768)]) {
      const computed = features.compute(pcm);
      expect(computed).toHaveLength(64_000);
      expect(computed.every((value) => Number.isFinite(value))).toBe(true);
    }
  });
});
