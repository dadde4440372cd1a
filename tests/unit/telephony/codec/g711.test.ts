import { describe, expect, it } from 'vitest';
import { aLaw, muLaw } from '#telephony/codec/g711.ts';

describe.each([muLaw, aLaw])('$name', (law) => {
  const allBytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);

  it('gives every byte back after a round trip (but for the two zeros of mu-law)', () => {
    const pcm = new Int16Array(256);
    const bytes = new Uint8Array(256);
    expect(law.decodeInto(pcm, allBytes)).toBe(256);
    expect(law.encodeInto(bytes, pcm)).toBe(256);
    const changed = [...bytes].filter((byte, i) => byte !== i).length;
    expect(changed).toBeLessThanOrEqual(1);
  });

  it('keeps a signal-to-noise ratio of more than 33 dB from -3 to -35 dBFS', () => {
    for (const dbfs of [-3, -15, -25, -35]) {
      const peak = 32_767 * 10 ** (dbfs / 20);
      const pcm = Int16Array.from({ length: 8_000 }, (_, i) => peak * Math.sin((2 * Math.PI * 1_004 * i) / 8_000));
      const bytes = new Uint8Array(pcm.length);
      const back = new Int16Array(pcm.length);
      law.encodeInto(bytes, pcm);
      law.decodeInto(back, bytes);
      const noise = pcm.reduce((sum, sample, i) => sum + (sample - back[i]!) ** 2, 0);
      const signal = pcm.reduce((sum, sample) => sum + sample ** 2, 0);
      expect(10 * Math.log10(signal / noise)).toBeGreaterThan(33);
    }
  });

  it('is silent with its silence byte and survives the extremes', () => {
    const pcm = new Int16Array(1);
    law.decodeInto(pcm, Uint8Array.of(law.silence));
    expect(Math.abs(pcm[0]!)).toBeLessThanOrEqual(8);
    const bytes = new Uint8Array(2);
    const back = new Int16Array(2);
    law.encodeInto(bytes, Int16Array.of(-32_768, 32_767));
    law.decodeInto(back, bytes);
    expect(back[0]).toBeLessThan(-31_000);
    expect(back[1]).toBeGreaterThan(31_000);
  });

  it('fills as much as fits and leaves the rest alone', () => {
    const pcm = new Int16Array(3).fill(7);
    expect(law.decodeInto(pcm, Uint8Array.of(law.silence, law.silence))).toBe(2);
    expect(pcm[2]).toBe(7);
    const bytes = new Uint8Array(1);
    expect(law.encodeInto(bytes, new Int16Array(5))).toBe(1);
    expect(bytes[0]).toBe(law.silence);
  });
});

describe('known values of G.711', () => {
  it.each([
    [muLaw, 0xff, 0],
    [muLaw, 0x00, -32_124],
    [muLaw, 0x80, 32_124],
    [aLaw, 0xd5, 8],
    [aLaw, 0x2a, -32_256],
    [aLaw, 0xaa, 32_256],
  ] as const)('%o: byte %i is %i', (law, byte, sample) => {
    const pcm = new Int16Array(1);
    law.decodeInto(pcm, Uint8Array.of(byte));
    expect(pcm[0]).toBe(sample);
  });
});
