import { describe, expect, it } from 'vitest';
import { rmsDbPcm16 } from '#pipeline/audio/level.ts';
import { Concealer } from '#telephony/signal/concealment.ts';
import {
  insertSilence,
  lossQuality,
  overLossyLine,
  repeatLastFrame,
  type LossQuality,
  type Stopgap,
} from '../../../support/signal-quality.ts';
import { framesOf, tone } from '../../../support/tone.ts';
import { seededRandom, voiceLike } from '../../../support/voice-like.ts';

const FRAME = 160;

function heardBy(concealer: Concealer, pcm: Int16Array): void {
  for (const frame of framesOf(pcm)) concealer.hear(frame);
}

/** A hum whose period is a whole number of samples, so that the perfect continuation is known. */
function hum(periodSamples: number, ms: number, from = 0): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, n) => {
    const angle = (2 * Math.PI * (n + from)) / periodSamples;
    return Math.round(4_000 * Math.sin(angle) + 2_500 * Math.sin(3 * angle + 1) + 1_200 * Math.sin(7 * angle + 2));
  });
}

function errorDb(heard: Int16Array, original: Int16Array): number {
  const error = heard.map((sample, n) => sample - original[n]!);
  return rmsDbPcm16(error) - rmsDbPcm16(original);
}

describe('a line that loses frames in bursts', () => {
  const voices = [95, 130, 210, 330].map((pitchHz, n) => ({
    pitchHz,
    seed: n + 1,
    pcm: voiceLike({ seconds: 40, seed: n + 1, pitchHz, formantScale: pitchHz > 200 ? 1.2 : 1 }),
  }));

  it.each([0.03, 0.05])('is nearer to what was said than silence or a repeated frame, at a loss of %d', (rate) => {
    for (const { pitchHz, seed, pcm } of voices) {
      const judge = (stopgap: Stopgap): LossQuality =>
        lossQuality(pcm, overLossyLine(pcm, { loss: { rate, burstFrames: 1.5 }, seed }, stopgap));
      const [silence, repeated, concealed] = [judge(insertSilence), judge(repeatLastFrame()), judge(new Concealer())];
      const which = `${pitchHz} Hz, seed ${seed}`;
      expect(concealed.distanceDb, which).toBeLessThan(silence.distanceDb - 3);
      expect(concealed.distanceDb, which).toBeLessThan(repeated.distanceDb - 0.5);
      expect(concealed.lostSnrDb, which).toBeGreaterThan(silence.lostSnrDb + 1);
      expect(concealed.lostSnrDb, which).toBeGreaterThan(repeated.lostSnrDb + 2);
      // No click: a joint is no larger a step than the voice itself takes beside it. The others reach 3 to 7.
      expect(concealed.worstJump, which).toBeLessThan(1.2);
    }
  });
});

describe('Concealer', () => {
  it('leaves good frames as they are, and delays none', () => {
    const pcm = voiceLike({ seconds: 2, seed: 3, pitchHz: 140 });
    const concealer = new Concealer();
    for (const frame of framesOf(pcm)) {
      const before = frame.slice();
      concealer.hear(frame);
      expect(frame).toEqual(before);
    }
  });

  it.each([40, 57, 80, 103, 120])('goes on with a steady voice of period %d as if nothing were lost', (period) => {
    const concealer = new Concealer();
    heardBy(concealer, hum(period, 100));
    const out = new Int16Array(FRAME);
    expect(concealer.conceal(out)).toBe(true);
    const original = hum(period, 20, 800);
    expect(errorDb(out.subarray(0, 80), original.subarray(0, 80))).toBeLessThan(-30);
    // Only the fade is missing from the second half, and the frame after it.
    expect(errorDb(out.subarray(80), original.subarray(80))).toBeLessThan(-16);
    const next = hum(period, 20, 960);
    const received = next.slice();
    concealer.hear(next);
    expect(errorDb(next.subarray(0, 24), received.subarray(0, 24))).toBeLessThan(-16);
    expect(next.subarray(24)).toEqual(received.subarray(24));
  });

  it('fades by a fifth every 10 ms from 10 ms on, and is silent after 60 ms', () => {
    const concealer = new Concealer();
    heardBy(concealer, hum(80, 100));
    const filled = new Int16Array(3 * FRAME);
    for (let n = 0; n < 3; n++) expect(concealer.conceal(filled.subarray(n * FRAME, (n + 1) * FRAME))).toBe(true);
    const full = rmsDbPcm16(hum(80, 10));
    // The mean of each 10 ms lies in the middle of its fade.
    for (const [step, gain] of [1, 0.9, 0.7, 0.5, 0.3, 0.1].entries()) {
      const level = rmsDbPcm16(filled, step * 80, (step + 1) * 80) - full;
      expect(Math.abs(level - 20 * Math.log10(gain)), `${step * 10} ms`).toBeLessThan(1.2);
    }
    for (let n = 0; n < 200; n++) {
      const out = new Int16Array(FRAME).fill(99);
      expect(concealer.conceal(out)).toBe(false);
      expect(out.every((sample) => sample === 0)).toBe(true);
    }
    // Speech that comes back is let in within 3 ms, without a click.
    const back = hum(80, 20, 7);
    const received = back.slice();
    concealer.hear(back);
    expect(Math.abs(back[0]!)).toBeLessThan(500);
    expect(back.subarray(24)).toEqual(received.subarray(24));
  });

  it('conceals again after a single good frame', () => {
    const concealer = new Concealer();
    heardBy(concealer, hum(80, 100));
    const out = new Int16Array(FRAME);
    for (let n = 0; n < 5; n++) concealer.conceal(out);
    concealer.hear(hum(80, 20));
    expect(concealer.conceal(out)).toBe(true);
    expect(rmsDbPcm16(out)).toBeGreaterThan(-30);
  });

  it('makes nothing out of silence, and nothing before anything was heard', () => {
    const concealer = new Concealer();
    const out = new Int16Array(FRAME).fill(99);
    expect(concealer.conceal(out)).toBe(true);
    expect(out.every((sample) => sample === 0)).toBe(true);
    heardBy(concealer, new Int16Array(800));
    concealer.conceal(out);
    expect(out.every((sample) => sample === 0)).toBe(true);
  });

  it('forgets the line when it is told to', () => {
    const concealer = new Concealer();
    heardBy(concealer, tone(440, 100));
    concealer.conceal(new Int16Array(FRAME));
    concealer.reset();
    const frame = tone(440, 20);
    const received = frame.slice();
    concealer.hear(frame);
    expect(frame).toEqual(received);
    concealer.reset();
    const out = new Int16Array(FRAME).fill(99);
    concealer.conceal(out);
    expect(out.every((sample) => sample === 0)).toBe(true);
  });

  it('is never more than twice as loud as what it heard, whatever that was', () => {
    const seed = 20_261_123;
    const random = seededRandom(seed);
    const signals: Record<string, (n: number) => number> = {
      'white noise': () => (random() * 2 - 1) * 12_000,
      'full-scale square': (n) => (n % 46 < 23 ? 32_767 : -32_768),
      'two pure tones': (n) => 8_000 * (Math.sin(n * 0.7461) + Math.sin(n * 1.0493)),
      'one pure tone': (n) => 30_000 * Math.sin(n * 2.9),
      clicks: (n) => (n % 173 === 0 ? 32_767 : 0),
      'a constant': () => 9_000,
      'an onset': (n) => (n > 760 ? 9_000 * Math.sin(n * 0.3) : 0),
    };
    for (const [name, wave] of Object.entries(signals)) {
      const concealer = new Concealer();
      const pcm = Int16Array.from({ length: 800 }, (_, n) => Math.round(wave(n)));
      heardBy(concealer, pcm);
      const loudest = pcm.subarray(400).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      for (let n = 0; n < 3; n++) {
        const out = new Int16Array(FRAME);
        concealer.conceal(out);
        const peak = out.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
        expect(peak, `${name}, frame ${n}, seed ${seed}`).toBeLessThanOrEqual(Math.min(32_768, loudest * 2));
      }
    }
  });
});
