/** What a frame of 20 ms looks like on Asterisk's media socket, by the name that MEDIA_START gives the format. */
import type { AudioFormat } from '#pipeline/ports.ts';
import { aLaw, muLaw, type Law } from '../codec/g711.ts';

/** One of the formats that this program can be asked for: `c(ulaw)`, `c(alaw)` or `c(slin16)` in the dialplan. */
export interface WireFormat {
  readonly name: string;
  readonly audio: AudioFormat;
  readonly bytesPerSample: 1 | 2;
  /** Fills `dst` from its start with as many samples as fit in both; returns how many. Whole samples only. */
  decodeInto(dst: Int16Array, src: Uint8Array): number;
  /** Fills `dst` from its start with as many samples as fit in both. */
  encodeInto(dst: Uint8Array, src: Int16Array): void;
}

const NARROWBAND: AudioFormat = { sampleRateHz: 8_000, ptimeMs: 20 };
const WIDEBAND: AudioFormat = { sampleRateHz: 16_000, ptimeMs: 20 };

function companded(name: string, law: Law): WireFormat {
  return {
    name,
    audio: NARROWBAND,
    bytesPerSample: 1,
    decodeInto: (dst, src) => law.decodeInto(dst, src),
    encodeInto: (dst, src) => void law.encodeInto(dst, src),
  };
}

/** Signed 16-bit, little-endian: Asterisk sends its native order, and every machine it is packaged for is little-endian. */
const slin16: WireFormat = {
  name: 'slin16',
  audio: WIDEBAND,
  bytesPerSample: 2,
  decodeInto(dst, src) {
    const count = Math.min(dst.length, src.length >> 1);
    for (let i = 0; i < count; i++) dst[i] = (src[2 * i] as number) | ((src[2 * i + 1] as number) << 8);
    return count;
  },
  encodeInto(dst, src) {
    const count = Math.min(dst.length >> 1, src.length);
    for (let i = 0; i < count; i++) {
      const sample = src[i] as number;
      dst[2 * i] = sample & 0xff;
      dst[2 * i + 1] = (sample >> 8) & 0xff;
    }
  },
};

const FORMATS: ReadonlyMap<string, WireFormat> = new Map(
  [companded('ulaw', muLaw), companded('alaw', aLaw), slin16].map((format) => [format.name, format]),
);

/** Undefined for a format that this program does not speak. */
export function wireFormat(name: string): WireFormat | undefined {
  return FORMATS.get(name);
}

/** Samples of one frame. */
export function frameSamples({ sampleRateHz, ptimeMs }: AudioFormat): number {
  return (sampleRateHz * ptimeMs) / 1_000;
}
