/** WAV files in memory: writes PCM16, reads PCM of 8 to 32 bits, float32, mu-law and A-law, any number of channels. */
import { InzwaError } from '#kernel/errors.ts';
import { floatToPcm16 } from './pcm.ts';

export interface WavAudio {
  readonly sampleRateHz: number;
  /** PCM16, one array per channel, all of one length. */
  readonly channels: readonly Int16Array[];
}

/** `wFormatTag` of RFC 2361. */
const FORMAT = { pcm: 1, float: 3, aLaw: 6, muLaw: 7, extensible: 0xfffe } as const;
const HEADER_BYTES = 44;

/** A PCM16 WAV file; shorter channels are filled with silence to the longest. */
export function encodeWav({ sampleRateHz, channels }: WavAudio): Uint8Array {
  const length = Math.max(0, ...channels.map((channel) => channel.length));
  const blockBytes = 2 * channels.length;
  const bytes = new Uint8Array(HEADER_BYTES + length * blockBytes);
  const view = new DataView(bytes.buffer);
  const ascii = (at: number, text: string): void => {
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  };
  ascii(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  ascii(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT.pcm, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * blockBytes, true);
  view.setUint16(32, blockBytes, true);
  view.setUint16(34, 16, true);
  ascii(36, 'data');
  view.setUint32(40, length * blockBytes, true);
  channels.forEach((channel, index) => {
    for (let i = 0; i < channel.length; i++) {
      view.setInt16(HEADER_BYTES + i * blockBytes + 2 * index, channel[i] ?? 0, true);
    }
  });
  return bytes;
}

interface Layout {
  readonly tag: number;
  readonly channelCount: number;
  readonly sampleRateHz: number;
  readonly bits: number;
}

/** Throws INZWA_WAV_INVALID for anything else; a data chunk cut short (an interrupted recording) is read as far as it goes. */
export function decodeWav(bytes: Uint8Array): WavAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tagAt = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || tagAt(0) !== 'RIFF' || tagAt(8) !== 'WAVE')
    throw invalid('it does not begin with RIFF/WAVE');
  let layout: Layout | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = tagAt(at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (id === 'fmt ') layout = readLayout(view, body, size);
    if (id === 'data') {
      if (layout === undefined) throw invalid('its data comes before its format');
      return decodeData(view, body, Math.min(body + size, bytes.length), layout);
    }
    at = body + size + (size % 2);
  }
  throw invalid('it has no data');
}

function readLayout(view: DataView, at: number, size: number): Layout {
  if (size < 16 || at + size > view.byteLength) throw invalid('its format chunk is cut short');
  const tag = view.getUint16(at, true);
  const layout = {
    // An extensible format names the real one in the first two bytes of its GUID.
    tag: tag === FORMAT.extensible && size >= 26 ? view.getUint16(at + 24, true) : tag,
    channelCount: view.getUint16(at + 2, true),
    sampleRateHz: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
  if (layout.channelCount === 0 || layout.sampleRateHz === 0) throw invalid('it has no channels or no sample rate');
  return layout;
}

function decodeData(view: DataView, from: number, to: number, layout: Layout): WavAudio {
  const read = sampleReader(view, layout);
  const sampleBytes = layout.bits / 8;
  const blockBytes = sampleBytes * layout.channelCount;
  const length = Math.floor((to - from) / blockBytes);
  const channels = Array.from({ length: layout.channelCount }, (_, index) => {
    const channel = new Int16Array(length);
    for (let i = 0; i < length; i++) channel[i] = read(from + i * blockBytes + index * sampleBytes);
    return channel;
  });
  return { sampleRateHz: layout.sampleRateHz, channels };
}

function sampleReader(view: DataView, { tag, bits }: Layout): (at: number) => number {
  if (tag === FORMAT.pcm && bits === 16) return (at) => view.getInt16(at, true);
  if (tag === FORMAT.pcm && bits === 8) return (at) => (view.getUint8(at) - 128) << 8;
  // The upper 16 of 24 or 32 bits: what recorders of archives write.
  if (tag === FORMAT.pcm && bits === 24) return (at) => view.getInt16(at + 1, true);
  if (tag === FORMAT.pcm && bits === 32) return (at) => view.getInt16(at + 2, true);
  if (tag === FORMAT.muLaw && bits === 8) return (at) => muLawSample(view.getUint8(at));
  if (tag === FORMAT.aLaw && bits === 8) return (at) => aLawSample(view.getUint8(at));
  if (tag === FORMAT.float && bits === 32) {
    const [from, to] = [new Float32Array(1), new Int16Array(1)];
    return (at) => {
      from[0] = view.getFloat32(at, true);
      floatToPcm16(to, from);
      return to[0] ?? 0;
    };
  }
  throw invalid(`format ${tag} with ${bits} bits is not supported; use PCM16`);
}

/** ITU-T G.711 table 2a, expanded to 16 bits. */
function muLawSample(code: number): number {
  const inverted = ~code & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4)) - 0x84;
  return inverted & 0x80 ? -magnitude : magnitude;
}

/** ITU-T G.711 table 1a, expanded to 16 bits. */
function aLawSample(code: number): number {
  const toggled = code ^ 0x55;
  const exponent = (toggled & 0x70) >> 4;
  const mantissa = ((toggled & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
}

function invalid(reason: string): InzwaError {
  return new InzwaError('INZWA_WAV_INVALID', `not a WAV file that can be read: ${reason}`);
}
