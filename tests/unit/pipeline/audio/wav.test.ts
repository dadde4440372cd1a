import { describe, expect, it } from 'vitest';
import { decodeWav, encodeWav } from '#pipeline/audio/wav.ts';

/** A WAV file around raw sample bytes. */
function wav(tag: number, bits: number, channels: number, data: Uint8Array, extraChunk = false): Uint8Array {
  const out: number[] = [];
  const text = (s: string): void => void out.push(...Buffer.from(s, 'latin1'));
  const u16 = (v: number): void => void out.push(v & 255, v >> 8);
  const u32 = (v: number): void => {
    u16(v & 0xffff);
    u16(v >>> 16);
  };
  text('RIFF');
  u32(36 + data.length);
  text('WAVEfmt ');
  u32(16);
  u16(tag);
  u16(channels);
  u32(8_000);
  u32((8_000 * bits * channels) / 8);
  u16((bits * channels) / 8);
  u16(bits);
  if (extraChunk) {
    text('LIST');
    u32(3);
    out.push(1, 2, 3, 0);
  }
  text('data');
  u32(data.length);
  return Uint8Array.from([...out, ...data]);
}

describe('WAV', () => {
  it('reads back what it wrote, mono and stereo', () => {
    const left = Int16Array.of(0, 1, -1, 32_767, -32_768);
    const right = Int16Array.of(5, 4, 3, 2, 1);
    expect(decodeWav(encodeWav({ sampleRateHz: 8_000, channels: [left] }))).toEqual({
      sampleRateHz: 8_000,
      channels: [left],
    });
    expect(decodeWav(encodeWav({ sampleRateHz: 22_050, channels: [left, right] })).channels).toEqual([left, right]);
  });

  it('fills the shorter channel with silence', () => {
    const file = encodeWav({ sampleRateHz: 8_000, channels: [Int16Array.of(7, 8), Int16Array.of(9)] });
    expect(decodeWav(file).channels).toEqual([Int16Array.of(7, 8), Int16Array.of(9, 0)]);
  });

  it('reads mu-law by the values of G.711 table 2a', () => {
    const codes = Uint8Array.of(0xff, 0x7f, 0x80, 0x00, 0xef, 0x8f, 0xfe);
    expect(decodeWav(wav(7, 8, 1, codes)).channels[0]).toEqual(Int16Array.of(0, 0, 32_124, -32_124, 132, 16_764, 8));
  });

  it('reads A-law by the values of G.711 table 1a', () => {
    const codes = Uint8Array.of(0xd5, 0x55, 0xaa, 0x2a);
    expect(decodeWav(wav(6, 8, 1, codes)).channels[0]).toEqual(Int16Array.of(8, -8, 32_256, -32_256));
  });

  it('reads the upper 16 bits of PCM24 and PCM32, also of several channels', () => {
    const pcm24 = Uint8Array.of(0xff, 0x34, 0x12, 0x00, 0x00, 0x80, 0x01, 0xff, 0xff, 0x00, 0xff, 0x7f);
    const expected = [Int16Array.of(0x1234, -1), Int16Array.of(-32_768, 32_767)];
    expect(decodeWav(wav(1, 24, 2, pcm24)).channels).toEqual(expected);
    const pcm32 = Uint8Array.of(0, 0, 0x34, 0x12, 0xff, 0xff, 0, 0x80);
    expect(decodeWav(wav(1, 32, 1, pcm32)).channels[0]).toEqual(Int16Array.of(0x1234, -32_768));
  });

  it('reads PCM8 and float32, and skips chunks of odd length', () => {
    expect(decodeWav(wav(1, 8, 1, Uint8Array.of(128, 255, 0), true)).channels[0]).toEqual(
      Int16Array.of(0, 32_512, -32_768),
    );
    const floats = new Uint8Array(Float32Array.of(0, 0.5, -2).buffer);
    expect(decodeWav(wav(3, 32, 1, floats)).channels[0]).toEqual(Int16Array.of(0, 16_384, -32_768));
  });

  it('reads a recording that was cut short as far as it goes', () => {
    const file = encodeWav({ sampleRateHz: 8_000, channels: [Int16Array.of(1, 2, 3, 4)] });
    expect(decodeWav(file.subarray(0, file.length - 3)).channels[0]).toEqual(Int16Array.of(1, 2));
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', Buffer.from('this is not audio at all, whatever its name says')],
    ['no data', wav(1, 16, 1, new Uint8Array(0)).subarray(0, 36)],
    ['20 bits', wav(1, 20, 1, new Uint8Array(6))],
    ['no channels', wav(1, 16, 0, new Uint8Array(4))],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeWav(bytes)).toThrow(expect.objectContaining({ code: 'INZWA_WAV_INVALID' }));
  });
});
