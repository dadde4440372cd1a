import { describe, expect, it } from 'vitest';
import { rmsDbPcm16 } from '#pipeline/audio/level.ts';
import { pcm16ToFloat } from '#pipeline/audio/pcm.ts';
import { degrade, describeDegradation, LINES, parseDegradation, type Degradation } from '#src/cli/eval/degradation.ts';
import type { Recording } from '#src/cli/eval/read-audio.ts';
import { tone, toneLevelDbfs } from '../../../../support/tone.ts';

const { signal } = new AbortController();

/** Tones at 8000 Hz as a recording. */
function tones(frequencies: readonly number[], ms = 1000): Recording {
  const samples = new Float32Array(ms * 8);
  const one = new Float32Array(ms * 8);
  for (const frequency of frequencies) {
    pcm16ToFloat(one, tone(frequency, ms, -25));
    for (let i = 0; i < samples.length; i++) samples[i]! += one[i]!;
  }
  return { samples, sampleRateHz: 8_000 };
}

const through = async (recording: Recording, how: Degradation, seed = 1): Promise<Int16Array> =>
  (await degrade(recording, how, { seed, ffmpeg: undefined, signal })).pcm;

/** Signal to error in dB. */
function snrDb(clean: Int16Array, heard: Int16Array): number {
  const error = Int16Array.from(heard, (sample, i) => sample - (clean[i] ?? 0));
  return rmsDbPcm16(clean) - rmsDbPcm16(error);
}

describe('the band of a telephone', () => {
  it('lets 300 to 3400 Hz through unchanged', async () => {
    const inside = [320, 500, 1000, 2000, 3000, 3380];
    const heard = await through(tones(inside), { isBandLimited: true });
    for (const frequency of inside) expect(toneLevelDbfs(heard, frequency)).toBeCloseTo(-25, 0);
  });

  it('takes away what lies outside', async () => {
    const heard = await through(tones([60, 120, 1000, 3600, 3800]), { isBandLimited: true });
    for (const frequency of [60, 120, 3600, 3800]) expect(toneLevelDbfs(heard, frequency)).toBeLessThan(-75);
  });

  it('neither delays nor shortens', async () => {
    const recording = tones([1000]);
    const heard = await through(recording, { isBandLimited: true });
    expect(heard).toHaveLength(8000);
    const middle = heard.subarray(1000, 7000);
    const original = Int16Array.from(recording.samples.subarray(1000, 7000), (sample) => Math.round(sample * 32_768));
    expect(snrDb(original, middle)).toBeGreaterThan(40);
  });
});

describe('mu-law', () => {
  it('adds the noise of eight bits, about 38 dB under the voice', async () => {
    const recording = tones([440, 1100]);
    const heard = await through(recording, { isMuLaw: true });
    const snr = snrDb(await through(recording, { loss: { percent: 0, burstFrames: 1 } }), heard);
    expect(snr).toBeGreaterThan(34);
    expect(snr).toBeLessThan(42);
  });
});

describe('noise', () => {
  it.each([0, 15, 30])('lies %i dB under the speech, pauses not counted', async (noiseSnrDb) => {
    const speech = tones([440, 1100], 1000);
    const samples = new Float32Array(16_000);
    samples.set(speech.samples, 4_000);
    const heard = await through({ samples, sampleRateHz: 8_000 }, { noiseSnrDb });
    const noise = rmsDbPcm16(heard.subarray(0, 4_000));
    const clean = Int16Array.from(speech.samples, (sample) => Math.round(sample * 32_768));
    expect(rmsDbPcm16(clean) - noise).toBeCloseTo(noiseSnrDb, 0);
  });

  it('is the same for the same seed and leaves silence alone', async () => {
    const recording = tones([440]);
    const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => through(recording, { noiseSnrDb: 10 }, seed)));
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    const silence = { samples: new Float32Array(1600), sampleRateHz: 8_000 };
    expect(rmsDbPcm16(await through(silence, { noiseSnrDb: 10 }))).toBe(-100);
  });
});

describe('loss', () => {
  it('loses about the share that was asked for, in bursts, and conceals', async () => {
    const clean = await through(tones([440], 60_000), { loss: { percent: 0, burstFrames: 1 } });
    const heard = await through(tones([440], 60_000), { loss: { percent: 10, burstFrames: 3 } });
    const isTouched = Array.from({ length: 3_000 }, (_, n) => {
      const at = n * 160;
      return clean.subarray(at + 40, at + 160).some((sample, i) => Math.abs(sample - heard[at + 40 + i]!) > 2);
    });
    const share = isTouched.filter(Boolean).length / isTouched.length;
    expect(share).toBeGreaterThan(0.06);
    expect(share).toBeLessThan(0.14);
    const bursts = isTouched.filter((touched, n) => touched && isTouched[n - 1] !== true).length;
    expect((share * isTouched.length) / bursts).toBeGreaterThan(2);
    // Concealed: a tone goes on through a short burst, where silence would stand otherwise.
    expect(rmsDbPcm16(heard)).toBeGreaterThan(rmsDbPcm16(clean) - 1);
  });
});

describe('a clean line', () => {
  it.each([
    [8_000, 8_000],
    [16_000, 16_000],
    [22_050, 16_000],
    [44_100, 16_000],
    [48_000, 16_000],
  ])('turns %i Hz into %i Hz', async (sampleRateHz, expected) => {
    const recording = { samples: new Float32Array(sampleRateHz).fill(0.25), sampleRateHz };
    const line = await degrade(recording, {}, { seed: 1, ffmpeg: undefined, signal });
    expect(line.sampleRateHz).toBe(expected);
    expect(line.pcm).toHaveLength(expected);
    expect(line.pcm[expected / 2]).toBeCloseTo(8192, -1);
  });

  it('is 8000 Hz as soon as anything happens on it', async () => {
    const recording = { samples: new Float32Array(48_000), sampleRateHz: 48_000 };
    expect((await degrade(recording, { isMuLaw: true }, { seed: 1, ffmpeg: undefined, signal })).sampleRateHz).toBe(
      8_000,
    );
  });
});

describe('what is asked for', () => {
  it('is done in the order of a call, however it was written', () => {
    expect(parseDegradation('loss=3/2, mulaw,amr=4.75,noise=15,band')).toEqual({
      noiseSnrDb: 15,
      isBandLimited: true,
      codec: { kind: 'amr', kbits: 4.75 },
      isMuLaw: true,
      loss: { percent: 3, burstFrames: 2 },
    });
    expect(describeDegradation(parseDegradation('mulaw,noise=15'))).toBe('8 kHz, white noise at 15 dB SNR, mu-law');
    expect(describeDegradation({})).toBe('clean, at most 16 kHz');
  });

  it('is understood for every line that has a name', () => {
    for (const steps of Object.values(LINES)) expect(() => parseDegradation(steps)).not.toThrow();
  });

  it.each(['amr=5', 'loss', 'loss=x', 'loss=3/0', 'noise=', 'noise=200', 'gms', 'mulaw band'])(
    'is refused as %j',
    (text) => {
      expect(() => parseDegradation(text)).toThrow(expect.objectContaining({ code: 'INZWA_CONFIG_INVALID' }));
    },
  );

  it('needs ffmpeg for a codec, and says so', async () => {
    await expect(through(tones([440]), { codec: { kind: 'gsm' } })).rejects.toMatchObject({
      code: 'INZWA_FFMPEG_MISSING',
    });
  });
});
