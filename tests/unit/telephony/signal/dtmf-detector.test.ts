import { describe, expect, it } from 'vitest';
import { aLaw, muLaw } from '#telephony/codec/g711.ts';
import { Line } from '#telephony/phone/line-profile.ts';
import { Concealer } from '#telephony/signal/concealment.ts';
import { DtmfDetector } from '#telephony/signal/dtmf-detector.ts';
import { DTMF_KEYS, dtmfTone, type DtmfKey } from '#telephony/signal/dtmf-tones.ts';
import { coded, keyPresses, type KeyPresses } from '../../../support/key-presses.ts';
import { framesOf } from '../../../support/tone.ts';
import { seededRandom, voiceLike } from '../../../support/voice-like.ts';

const ALL = DTMF_KEYS.join('');
const FIVES: readonly DtmfKey[] = Array.from({ length: 16 }, () => '5');

function digitsIn(pcm: Int16Array, detector = new DtmfDetector()): string {
  return framesOf(pcm)
    .map((frame) => detector.hear(frame).digit ?? '')
    .join('');
}

/** Every key four times with other phases and pauses; what was heard each time. */
function heard(press: Omit<KeyPresses, 'keys' | 'seed'>, keys: readonly DtmfKey[] = DTMF_KEYS): Set<string> {
  return new Set([1, 2, 3, 4].map((seed) => digitsIn(keyPresses({ ...press, keys, seed }))));
}

describe('keys that ITU-T Q.24 wants accepted', () => {
  const lines = [
    { name: 'PCM', law: undefined },
    { name: 'mu-law', law: muLaw },
    { name: 'A-law', law: aLaw },
  ];
  const cases = lines.flatMap((line) =>
    [undefined, -20].flatMap((noiseDb) =>
      [-3, -10, -20, -30, -36].map((levelDbm0) => ({ ...line, noiseDb, levelDbm0 })),
    ),
  );
  it.each(cases)('50 ms on, 50 ms off: $levelDbm0 dBm0, noise $noiseDb dB, $name', ({ levelDbm0, noiseDb, law }) => {
    const press = { onMs: 50, offMs: 50, levelDbm0, ...(law && { law }), ...(noiseDb && { noiseDb }) };
    expect(heard(press)).toEqual(new Set([ALL]));
  });

  it.each([-0.015, 0.015])('off frequency by %d', (deviation) => {
    expect(heard({ onMs: 50, offMs: 50, levelDbm0: -25, deviation, noiseDb: -20, law: aLaw })).toEqual(new Set([ALL]));
  });

  it.each([-8, 4])('with a twist of %d dB', (twistDb) => {
    expect(heard({ onMs: 50, offMs: 50, levelDbm0: -20, twistDb, noiseDb: -20, law: muLaw })).toEqual(new Set([ALL]));
  });

  it.each([40, 45])('of %d ms', (onMs) => {
    expect(heard({ onMs, offMs: 50, levelDbm0: -20, noiseDb: -20, law: muLaw })).toEqual(new Set([ALL]));
  });

  it('the same key again after 23 ms, wherever the pause lies', () => {
    for (let offset = 0; offset < 40; offset++) {
      const pcm = new Int16Array(2_000);
      pcm.set(dtmfTone('5', 50), 200 + offset);
      pcm.set(dtmfTone('5', 50), 784 + offset);
      expect(digitsIn(coded(pcm, muLaw)), `offset ${offset}`).toBe('55');
    }
    expect(heard({ onMs: 50, offMs: 23, levelDbm0: -15, noiseDb: -20, law: muLaw }, FIVES)).toEqual(
      new Set([FIVES.join('')]),
    );
  });

  it('the same key again after a louder sound that holds its tones too', () => {
    const tone = dtmfTone('5', 300, { levelDbfs: -20 });
    const pcm = Int16Array.from({ length: 5_600 }, (_, n) => (tone[n % tone.length] ?? 0) / 2);
    const sound = Int16Array.from({ length: 2_400 }, (_, n) => 12_000 * Math.sin((2 * Math.PI * 1_010 * n) / 8_000));
    pcm.set(tone.subarray(0, 800), 0);
    for (let n = 0; n < sound.length; n++) pcm[800 + n]! += sound[n]!;
    pcm.set(tone.subarray(0, 800), 3_200);
    expect(digitsIn(pcm.subarray(0, 4_000))).toBe('55');
  });

  it('in noise of -12 dB', () => {
    expect(heard({ onMs: 50, offMs: 50, levelDbm0: -20, noiseDb: -12, law: aLaw })).toEqual(new Set([ALL]));
  });

  it('under the echo of a voice', () => {
    for (const [seed, pitchHz] of [110, 220].entries()) {
      const tones = keyPresses({ keys: DTMF_KEYS, onMs: 60, offMs: 80, levelDbm0: -15, seed: seed + 1 });
      const voice = voiceLike({ seconds: Math.ceil(tones.length / 8_000), seed: seed + 1, pitchHz });
      // The voice's loud parts are at -20 dBFS, the tones at -18 together: an echo 18 dB below them.
      const mixed = tones.map((sample, n) => sample + voice[n]! / 7);
      expect(digitsIn(coded(mixed, muLaw)), `voice of ${pitchHz} Hz`).toBe(ALL);
    }
  });
});

describe('what is no key press', () => {
  it.each([-0.035, 0.035])('tones off frequency by %d', (deviation) => {
    expect(heard({ onMs: 100, offMs: 50, levelDbm0: -15, deviation, law: muLaw })).toEqual(new Set(['']));
  });

  it('a tone of 23 ms', () => {
    expect(heard({ onMs: 23, offMs: 50, levelDbm0: -15, law: muLaw })).toEqual(new Set(['']));
  });

  it.each([-13, 9])('a twist of %d dB', (twistDb) => {
    expect(heard({ onMs: 100, offMs: 50, levelDbm0: -15, twistDb, law: muLaw })).toEqual(new Set(['']));
  });

  it('a tone alone, and the tones of exchanges and fax machines', () => {
    const signals = [
      [697],
      [1_336],
      [350, 440],
      [425],
      [400, 450],
      [480, 620],
      [1_100],
      [2_100],
      [950],
      [1_400],
      [1_800],
    ];
    for (const tones of signals) {
      const pcm = Int16Array.from({ length: 16_000 }, (_, n) =>
        tones.reduce((sum, hz) => sum + Math.round(5_000 * Math.sin((2 * Math.PI * hz * n) / 8_000)), 0),
      );
      expect(digitsIn(coded(pcm, aLaw)), tones.join('+')).toBe('');
    }
  });

  it('two tones that glide through the table together, as harmonics of a voice do', () => {
    for (const ratio of [1.55, 1.735, 1.92, 2]) {
      for (const hzPerSecond of [900, -900, 2_000]) {
        let [low, high] = [0, 0];
        const pcm = Int16Array.from({ length: 8_000 }, (_, n) => {
          const hz = (hzPerSecond > 0 ? 600 : 1_500) + (n / 8_000) * hzPerSecond;
          low += (2 * Math.PI * hz) / 8_000;
          high += (2 * Math.PI * hz * ratio) / 8_000;
          return Math.round(6_000 * Math.sin(low) + 5_000 * Math.sin(high));
        });
        expect(digitsIn(pcm), `ratio ${ratio}, ${hzPerSecond} Hz/s`).toBe('');
      }
    }
  });

  it('chords of an instrument', () => {
    const seed = 4;
    const random = seededRandom(seed);
    const pcm = new Int16Array(8_000 * 60);
    for (let at = 0; at < pcm.length; at += 2_400) {
      const root = 196 * 2 ** (Math.floor(random() * 30) / 12);
      const notes = (random() < 0.5 ? [0, 4, 7] : [0, 3, 7, 12]).map((step) => root * 2 ** (step / 12));
      for (let n = 0; n < 2_400; n++) {
        let sample = 0;
        for (const hz of notes) {
          for (let k = 1; k <= 6 && hz * k < 3_800; k++)
            sample += Math.sin((2 * Math.PI * hz * k * n) / 8_000) / k ** 1.5;
        }
        pcm[at + n] = Math.round(3_000 * sample * Math.exp(-n / 4_000));
      }
    }
    expect(digitsIn(coded(pcm, muLaw)), `seed ${seed}`).toBe('');
  });

  it('ten minutes of voices, of which less than one frame in a thousand is blanked', () => {
    let [blanked, frames] = [0, 0];
    for (const [n, pitchHz] of [85, 110, 140, 175, 210, 250, 300, 350, 400, 460].entries()) {
      const pcm = voiceLike({ seconds: 60, seed: n + 1, pitchHz, formantScale: 0.9 + n / 25 });
      const detector = new DtmfDetector();
      for (const frame of framesOf(coded(pcm, n % 2 === 0 ? muLaw : aLaw))) {
        const { digit, isTone } = detector.hear(frame);
        expect(digit, `seed ${n + 1}, ${pitchHz} Hz`).toBeUndefined();
        frames += 1;
        if (isTone) blanked += 1;
      }
    }
    expect(blanked / frames).toBeLessThan(0.001);
  });
});

describe('one press, one digit', () => {
  it('however long it lasts', () => {
    const press = { onMs: 3_000, offMs: 100, levelDbm0: -15, noiseDb: -15, law: muLaw };
    expect(heard(press, ['7', '7', '#'])).toEqual(new Set(['77#']));
  });

  it.each([5, 10])('when it is interrupted for %d ms', (ms) => {
    for (let offset = 0; offset < 160; offset += 7) {
      const pcm = new Int16Array(1_920);
      pcm.set(dtmfTone('6', 150), 200 + offset);
      pcm.fill(0, 700 + offset, 700 + offset + ms * 8);
      expect(digitsIn(pcm), `offset ${offset}`).toBe('6');
    }
  });

  it('when it fades, slowly or at once', () => {
    const tone = dtmfTone('0', 600, { levelDbfs: -12 });
    const slowly = tone.map((sample, n) => sample * 10 ** (-(n / tone.length) * 1.25));
    const atOnce = tone.map((sample, n) => (n < 1_600 ? sample : sample / 5));
    for (const pcm of [slowly, atOnce]) expect(digitsIn(coded(pcm, aLaw))).toBe('0');
  });

  it('when a frame is cut out of it and its phase jumps', () => {
    for (const key of DTMF_KEYS) {
      const tone = dtmfTone(key, 200);
      const pcm = new Int16Array(2_400);
      pcm.set(tone.subarray(0, 800), 160);
      pcm.set(tone.subarray(960), 960);
      expect(digitsIn(pcm)).toBe(key);
    }
  });

  it('turns into the next key without a pause', () => {
    const pcm = new Int16Array(2_400);
    pcm.set(dtmfTone('1', 100), 160);
    pcm.set(dtmfTone('9', 100), 960);
    expect(digitsIn(pcm)).toBe('19');
  });

  it('is over when the line says that it sent nothing', () => {
    const detector = new DtmfDetector();
    const tone = dtmfTone('3', 80);
    expect(digitsIn(tone, detector)).toBe('3');
    expect(digitsIn(tone, detector)).toBe('');
    detector.reset();
    expect(digitsIn(tone, detector)).toBe('3');
  });

  it('survives 3 % of frames lost in bursts and concealed', () => {
    let [pressed, recognised, surplus] = [0, 0, 0];
    for (let seed = 1; seed <= 12; seed++) {
      const pcm = keyPresses({ keys: DTMF_KEYS, onMs: 100, offMs: 100, levelDbm0: -20, law: aLaw, seed });
      const line = new Line({ loss: { rate: 0.03, burstFrames: 1.5 }, seed });
      const [concealer, detector] = [new Concealer(), new DtmfDetector()];
      let digits = '';
      for (const frame of framesOf(pcm)) {
        if (line.losesFrame()) concealer.conceal(frame);
        else concealer.hear(frame);
        digits += detector.hear(frame).digit ?? '';
      }
      pressed += DTMF_KEYS.length;
      let from = 0;
      for (const key of DTMF_KEYS) {
        const found = digits.indexOf(key, from);
        if (found < 0) continue;
        recognised += 1;
        surplus += found - from;
        from = found + 1;
      }
      surplus += digits.length - from;
    }
    expect(recognised / pressed).toBeGreaterThan(0.98);
    expect(surplus / pressed).toBeLessThan(0.01);
  });
});

describe('the frames that a recogniser must not hear', () => {
  it('are those with a tone, from 20 ms after its beginning at the latest to one frame after its end', () => {
    for (let offset = 0; offset < 160; offset += 11) {
      for (const key of DTMF_KEYS) {
        const from = 480 + offset;
        const to = from + 640;
        const pcm = new Int16Array(2_400);
        pcm.set(dtmfTone(key, 80, { levelDbfs: -20 }), from);
        const detector = new DtmfDetector();
        for (const [n, frame] of framesOf(coded(pcm, muLaw)).entries()) {
          const { isTone } = detector.hear(frame);
          const toneSamples = Math.min(to, (n + 1) * 160) - Math.max(from, n * 160);
          const isAfter20Ms = (n + 1) * 160 >= from + 160;
          if (toneSamples > 0 && isAfter20Ms) expect(isTone, `${key} at ${offset}, frame ${n}`).toBe(true);
          if ((n + 1) * 160 <= from || n * 160 >= to + 160)
            expect(isTone, `${key} at ${offset}, frame ${n}`).toBe(false);
        }
      }
    }
  });

  it('are told with the digit, which comes within 50 ms of the press', () => {
    for (let offset = 0; offset < 160; offset += 11) {
      const pcm = new Int16Array(1_600);
      pcm.set(dtmfTone('8', 100), 160 + offset);
      const detector = new DtmfDetector();
      const at = framesOf(pcm).findIndex((frame) => detector.hear(frame).digit === '8');
      expect((at + 1) * 160 - (160 + offset)).toBeLessThanOrEqual(50 * 8);
    }
    const detector = new DtmfDetector();
    for (const frame of framesOf(dtmfTone('8', 100))) {
      const { digit, isTone } = detector.hear(frame);
      if (digit !== undefined) expect(isTone).toBe(true);
    }
  });
});
