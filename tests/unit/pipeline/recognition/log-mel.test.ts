import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LogMel } from '#pipeline/recognition/log-mel.ts';
import { RealFft } from '#pipeline/recognition/real-fft.ts';
import { goldenSignal } from './golden-signal.ts';

const golden = JSON.parse(readFileSync('tests/fixtures/whisper/golden.json', 'utf8')) as {
  readonly melSamples: readonly (readonly [band: number, frame: number, value: number])[];
};

describe('RealFft', () => {
  it.each([20, 80, 200, 400])('of %i samples is the power of the plain transform', (size) => {
    const frame = Float64Array.from({ length: size }, (_, i) => Math.sin(i * 1.3) + Math.cos(i * i * 0.01));
    const power = new Float64Array(size / 2 + 1);
    const fft = new RealFft(size);
    for (let round = 0; round < 2; round++) {
      fft.power(frame, power);
      for (let k = 0; k <= size / 2; k++) {
        let re = 0;
        let im = 0;
        frame.forEach((value, i) => {
          re += value * Math.cos((2 * Math.PI * k * i) / size);
          im -= value * Math.sin((2 * Math.PI * k * i) / size);
        });
        expect(power[k]).toBeCloseTo(re * re + im * im, 6);
      }
    }
  });

  it('refuses lengths it has no factors for', () => {
    expect(() => new RealFft(2 * 7)).toThrow('no transform for 14');
  });
});

describe('LogMel', () => {
  it('equals the reference features of the golden signal', () => {
    const mel = new LogMel(16000).compute(goldenSignal(), 3000);
    for (const [band, frame, value] of golden.melSamples) expect(mel[band * 3000 + frame]).toBeCloseTo(value, 4);
  });

  it('gives 8 kHz audio the features of the same audio at 16 kHz', () => {
    // Band-limited to 3 kHz, so that every other sample holds all of it.
    const tone = (rateHz: number): Int16Array =>
      Int16Array.from({ length: rateHz }, (_, i) => {
        const t = i / rateHz;
        return Math.round(8000 * Math.sin(2 * Math.PI * (300 + 900 * t) * t) + 3000 * Math.sin(2 * Math.PI * 2400 * t));
      });
    const wide = new LogMel(16000).compute(tone(16000), 120);
    const narrow = new LogMel(8000).compute(tone(8000), 120);
    let sum = 0;
    wide.forEach((value, i) => (sum += Math.abs(value - narrow[i]!)));
    expect(sum / wide.length).toBeLessThan(0.01);
  });

  it('fills what lies behind the audio with silence, 80 dB under the loudest band', () => {
    const mel = new LogMel(8000).compute(
      Int16Array.from({ length: 800 }, (_, i) => 9000 * Math.sin(i)),
      60,
    );
    const peak = Math.max(...mel);
    for (let band = 0; band < 80; band++) expect(mel[band * 60 + 59]).toBeCloseTo(peak - 2, 5);
  });

  it('takes 128 bands as the large models do', () => {
    expect(new LogMel(16000, 128).compute(new Int16Array(1600), 10)).toHaveLength(1280);
  });
});
