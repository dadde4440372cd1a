import { describe, expect, it } from 'vitest';
import { rmsDbPcm16 } from '#pipeline/audio/level.ts';
import { aLaw, muLaw } from '#telephony/codec/g711.ts';
import { isAudibleStep, STEP_SAMPLES } from '#telephony/phone/audible.ts';
import { ComfortNoise } from '#telephony/signal/comfort-noise.ts';
import { coded } from '../../../support/key-presses.ts';
import { toneLevelDbfs } from '../../../support/tone.ts';

function noise(samples: number, options?: ConstructorParameters<typeof ComfortNoise>[0]): Int16Array {
  const source = new ComfortNoise(options);
  const pcm = new Int16Array(samples);
  for (let at = 0; at < samples; at += 160) source.fill(pcm.subarray(at, at + 160));
  return pcm;
}

/** Power from `fromHz` to `toHz`, in dB, by summing the lines of one-second pieces. */
function bandDb(pcm: Int16Array, fromHz: number, toHz: number): number {
  let power = 0;
  for (let at = 0; at + 8_000 <= pcm.length; at += 8_000) {
    for (let hz = fromHz; hz < toHz; hz += 10) power += 10 ** (toneLevelDbfs(pcm.subarray(at, at + 8_000), hz) / 10);
  }
  return 10 * Math.log10(power);
}

describe('ComfortNoise', () => {
  it.each([-80, -73, -65, -58, -50])('has the level it was told: %d dBFS', (levelDbfs) => {
    const pcm = noise(80_000, { levelDbfs });
    expect(Math.abs(rmsDbPcm16(pcm) - levelDbfs)).toBeLessThan(0.3);
    const mean = pcm.reduce((sum, sample) => sum + sample, 0) / pcm.length;
    expect(Math.abs(mean)).toBeLessThan(0.5);
  });

  it('cannot be heard by the telephone in software, not for 5 ms in ten minutes', () => {
    const pcm = noise(8_000 * 600);
    for (const heard of [pcm, coded(pcm, muLaw), coded(pcm, aLaw)]) {
      let audible = 0;
      for (let at = 0; at < heard.length; at += STEP_SAMPLES) if (isAudibleStep(heard, at)) audible += 1;
      expect(audible).toBe(0);
    }
  });

  it.each([
    [muLaw, -65, 0.75, 0.5],
    [muLaw, -73, 0.4, 1.5],
    // Mu-law's smallest steps are 0 and ±8, -72 dBFS: quieter noise is sparse there, but not silence.
    [muLaw, -80, 0.15, 3],
    [aLaw, -65, 1, 1.5],
    // A-law knows nothing quieter than ±8.
    [aLaw, -73, 1, 4],
    [aLaw, -80, 1, 9],
  ])('stays noise through $name at %d dBFS', (law, levelDbfs, leastNonZero, mostOffDb) => {
    const pcm = coded(noise(80_000, { levelDbfs }), law);
    const nonZero = pcm.filter((sample) => sample !== 0).length / pcm.length;
    expect(nonZero).toBeGreaterThanOrEqual(leastNonZero);
    expect(Math.abs(rmsDbPcm16(pcm) - levelDbfs)).toBeLessThan(mostOffDb);
    // Both signs, in no order: no tone and no constant.
    let changes = 0;
    for (let i = 1; i < pcm.length; i++) if (Math.sign(pcm[i]!) !== Math.sign(pcm[i - 1]!)) changes += 1;
    expect(changes / pcm.length).toBeGreaterThan(0.2);
    expect(changes / pcm.length).toBeLessThan(0.8);
  });

  it('falls gently towards the high end, and has nothing at 0 Hz', () => {
    const pcm = noise(80_000);
    const [low, middle, high] = [bandDb(pcm, 300, 900), bandDb(pcm, 1_400, 2_000), bandDb(pcm, 2_800, 3_400)];
    expect(low - high).toBeGreaterThan(5);
    expect(low - high).toBeLessThan(11);
    expect(middle).toBeLessThan(low);
    expect(middle).toBeGreaterThan(high);
    expect(bandDb(pcm, 0, 30)).toBeLessThan(bandDb(pcm, 300, 330) - 6);
  });

  it('repeats nothing: no lag of 20 ms to 10 s matches', () => {
    const pcm = noise(160_000);
    const power = pcm.subarray(0, 4_000).reduce((sum, sample) => sum + sample * sample, 0);
    let worst = 0;
    for (let lag = 160; lag < 80_000; lag++) {
      let product = 0;
      // Every fourth sample: 1,000 of them leave a chance match of 0.16 (five sigma).
      for (let i = 0; i < 4_000; i += 4) product += pcm[i]! * pcm[i + lag]!;
      worst = Math.max(worst, Math.abs((4 * product) / power));
    }
    expect(worst).toBeLessThan(0.2);
  });

  it('has no tone: no line stands out of its neighbourhood', () => {
    const pcm = noise(80_000);
    const levels = Array.from({ length: 330 }, (_, n) => toneLevelDbfs(pcm, 100 + n * 10));
    const mean = 10 * Math.log10(levels.reduce((sum, db) => sum + 10 ** (db / 10), 0) / levels.length);
    expect(Math.max(...levels)).toBeLessThan(mean + 14);
  });

  it('is the same for one seed, and another for another, 0 included', () => {
    expect(noise(800, { seed: 7 })).toEqual(noise(800, { seed: 7 }));
    expect(noise(800, { seed: 7 })).not.toEqual(noise(800, { seed: 8 }));
    expect(rmsDbPcm16(noise(8_000, { seed: 0 }))).toBeGreaterThan(-66);
  });

  it.each([-81, -49, Number.NaN])('refuses %d dBFS', (levelDbfs) => {
    expect(() => new ComfortNoise({ levelDbfs })).toThrow(expect.objectContaining({ code: 'INZWA_CONFIG_INVALID' }));
  });
});
