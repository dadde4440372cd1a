import { describe, expect, it } from 'vitest';
import { rmsDb } from '#pipeline/audio/level.ts';
import { resample, Resampler } from '#pipeline/audio/resampler.ts';

const RATIOS = [
  [22_050, 8_000],
  [16_000, 8_000],
  [24_000, 8_000],
  [8_000, 16_000],
  [8_000, 22_050],
] as const;

/** One second at -3 dBFS RMS. */
function sine(hz: number, rateHz: number): Float32Array {
  return Float32Array.from({ length: rateHz }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rateHz));
}

/** Level of the middle half, where no edge is felt. */
function middleDb(samples: Float32Array): number {
  return rmsDb(samples, samples.length >> 2, (samples.length * 3) >> 2);
}

/** What is left of the middle half when the sine that should be there is taken away, relative to it. */
function residueDb(samples: Float32Array, hz: number, rateHz: number): number {
  const rest = samples.map((sample, i) => sample - Math.sin((2 * Math.PI * hz * i) / rateHz));
  return middleDb(rest) - middleDb(samples);
}

describe.each(RATIOS)('%i Hz to %i Hz', (fromHz, toHz) => {
  const narrow = Math.min(fromHz, toHz);

  it('passes the telephone band unchanged in level and in time', () => {
    for (const hz of [300, 1_000, 2_500, 3_400]) {
      const out = resample(sine(hz, fromHz), { fromHz, toHz });
      expect(Math.abs(middleDb(out) - middleDb(sine(hz, toHz))), `${hz} Hz`).toBeLessThan(0.05);
      expect(residueDb(out, hz, toHz), `images and delay at ${hz} Hz`).toBeLessThan(-60);
    }
  });

  it('holds back what would fold by more than 70 dB', () => {
    if (fromHz <= toHz) {
      // Going up there is nothing to fold; the images are in the residue, measured at 70 dB here.
      expect(residueDb(resample(sine(3_000, fromHz), { fromHz, toHz }), 3_000, toHz)).toBeLessThan(-70);
      return;
    }
    for (let hz = narrow / 2 + 50; hz < fromHz / 2; hz += 331) {
      const out = resample(sine(hz, fromHz), { fromHz, toHz });
      expect(middleDb(out) - middleDb(sine(hz, fromHz)), `${hz} Hz`).toBeLessThan(-70);
    }
  });

  it('gives ceil(n * ratio) samples, however it is pushed', () => {
    const input = sine(700, fromHz).subarray(0, 5_001);
    const whole = resample(input, { fromHz, toHz });
    expect(whole.length).toBe(Math.ceil((input.length * toHz) / fromHz));
    const stream = new Resampler({ fromHz, toHz });
    const pieces: number[] = [];
    for (let at = 0, size = 1; at < input.length; at += size, size = (size * 7) % 613 || 1) {
      pieces.push(...stream.push(input.subarray(at, at + size)));
    }
    pieces.push(...stream.flush());
    expect(pieces.length).toBe(whole.length);
    expect(pieces.every((sample, i) => Math.abs(sample - (whole[i] ?? 9)) < 1e-6)).toBe(true);
  });

  it('begins anew after a flush', () => {
    const stream = new Resampler({ fromHz, toHz });
    stream.push(sine(500, fromHz));
    stream.flush();
    const again = [...stream.push(new Float32Array(fromHz)), ...stream.flush()];
    expect(again.length).toBe(toHz);
    expect(again.every((sample) => sample === 0)).toBe(true);
  });
});

it('reuses its output buffer', () => {
  const stream = new Resampler({ fromHz: 16_000, toHz: 8_000 });
  const first = stream.push(new Float32Array(640)).buffer;
  stream.push(new Float32Array(640));
  const buffers = new Set(Array.from({ length: 20 }, () => stream.push(new Float32Array(320)).buffer));
  expect(buffers.size).toBe(1);
  expect(first.byteLength).toBeGreaterThan(0);
});

it('passes equal rates through', () => {
  const samples = sine(440, 8_000);
  expect(resample(samples, { fromHz: 8_000, toHz: 8_000 })).toEqual(samples);
});

it.each([
  [0, 8_000],
  [8_000.5, 8_000],
  [44_101, 8_000],
])('refuses %d Hz to %d Hz', (fromHz, toHz) => {
  expect(() => new Resampler({ fromHz, toHz })).toThrow(expect.objectContaining({ code: 'INZWA_SAMPLE_RATE' }));
});
