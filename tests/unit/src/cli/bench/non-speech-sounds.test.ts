import { describe, expect, it } from 'vitest';
import { clicks, faxAndModem, idleLine, keyPresses, lineTones } from '#src/cli/bench/non-speech/line-sounds.ts';
import { holdMusic, singing } from '#src/cli/bench/non-speech/music.ts';
import { breath, coughs, handling, noise, street, yard } from '#src/cli/bench/non-speech/room-sounds.ts';
import { RATE_HZ, amplitudeOf, atLevel, mixInto, rms, tones, type Random } from '#src/cli/bench/non-speech/sound.ts';
import { Tally } from '#src/cli/bench/non-speech/tally.ts';
import { seededRandom } from '#src/cli/bench/statistics.ts';

const MAKERS: Readonly<Record<string, (random: Random) => Float32Array>> = {
  idleLine,
  lineTones,
  keyPresses,
  faxAndModem,
  clicks,
  noise,
  street,
  yard,
  breath,
  coughs,
  handling,
  holdMusic,
  singing,
};

describe.each(Object.entries(MAKERS))('%s', (name, make) => {
  it('is the same sound for the same seed and another one for another', () => {
    const bytes = (seed: number) => Buffer.from(make(seededRandom(seed)).buffer);
    expect(bytes(5).equals(bytes(5))).toBe(true);
    expect(bytes(5).equals(bytes(6))).toBe(false);
  });

  it('is some seconds of finite numbers that a line can carry', () => {
    for (let seed = 100; seed < 103; seed += 1) {
      const sound = make(seededRandom(Math.imul(seed, 0x9e37_79b1)));
      const seconds = sound.length / RATE_HZ;
      const label = `${name}, seed ${seed}`;
      expect(seconds, label).toBeGreaterThan(0.3);
      expect(seconds, label).toBeLessThan(40);
      expect(sound.every(Number.isFinite), label).toBe(true);
      const level = 20 * Math.log10(rms(sound));
      expect(level, label).toBeGreaterThan(-85);
      expect(level, label).toBeLessThan(-6);
    }
  });
});

describe('the building blocks', () => {
  it('set levels', () => {
    expect(rms(atLevel(tones([440], 1), -20))).toBeCloseTo(amplitudeOf(-20), 5);
    expect(atLevel(new Float32Array(8), -20)).toEqual(new Float32Array(8));
  });

  it('mix from before the start to behind the end', () => {
    const target = new Float32Array(4);
    mixInto(target, Float32Array.of(1, 2, 3), -1);
    mixInto(target, Float32Array.of(5, 6), 3, 2);
    expect(Array.from(target)).toEqual([2, 3, 0, 10]);
  });
});

describe('Tally', () => {
  const transcript = {
    kind: 'transcript',
    turn: 1,
    utteranceId: 'x#1',
    text: 'x',
    confidence: 0.4,
    window: 'short',
    timings: { melMs: 1, encoderMs: 1, decoderMs: 1 },
  } as const;

  it('counts what acts, what is doubted and what only asks again', () => {
    const tally = new Tally();
    tally.count('music', { atSeconds: 1, events: [{ ...transcript, doubt: 'sparse' }] });
    tally.count('music', {
      atSeconds: 2,
      events: [transcript, { kind: 'decision', turn: 1, source: 'pack', intent: 'not-understood' }],
    });
    tally.count('music', { atSeconds: 3.14, events: [transcript, { kind: 'decision', turn: 1, source: 'llm' }] });
    tally.count('music', {
      atSeconds: 4,
      events: [transcript, { kind: 'decision', turn: 1, source: 'pack', intent: 'human' }],
    });
    tally.count('talk', {
      atSeconds: 5,
      events: [transcript, { kind: 'decision', turn: 1, source: 'card', cardId: 'hours' }],
    });
    tally.close('music', 60, 7);
    tally.close('talk', 30, 1);
    const figures = tally.figures();
    expect(figures.minutes).toBe(1.5);
    expect(figures).toMatchObject({ utterancesOpened: 8, transcripts: 5, notUnderstood: 1, doubts: { sparse: 1 } });
    expect(figures.acted.map(({ kind, at, decision }) => [kind, at, decision])).toEqual([
      ['music', 3.1, 'llm'],
      ['music', 4, 'intent:human'],
      ['talk', 5, 'card:hours'],
    ]);
  });
});
