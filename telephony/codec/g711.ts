/** G.711 between the wire's bytes and PCM16, by tables built once at load (256 + 65,536 entries for each law). */
import alawmulaw from 'alawmulaw';

/** One of the two laws of ITU-T G.711: one byte for each sample. */
export interface Law {
  readonly name: 'mu-law' | 'A-law';
  /** The byte that decodes to the sample nearest to zero. */
  readonly silence: number;
  /** Fills `dst` from its start with one sample per byte of `src`, as many as fit in both; returns how many. */
  decodeInto(dst: Int16Array, src: Uint8Array): number;
  /** Fills `dst` from its start with one byte per sample of `src`, as many as fit in both; returns how many. */
  encodeInto(dst: Uint8Array, src: Int16Array): number;
}

interface SampleCodec {
  decodeSample(byte: number): number;
  encodeSample(sample: number): number;
}

function tabulate(name: Law['name'], codec: SampleCodec): Law {
  const decoded = Int16Array.from({ length: 256 }, (_, byte) => codec.decodeSample(byte));
  // Indexed by the sample's two's complement, so that the hot loop needs no branch for the sign.
  const encoded = new Uint8Array(65_536);
  for (let sample = -32_768; sample < 32_768; sample++) encoded[sample & 0xffff] = codec.encodeSample(sample);
  return {
    name,
    silence: encoded[0] as number,
    decodeInto(dst, src) {
      const count = Math.min(dst.length, src.length);
      for (let i = 0; i < count; i++) dst[i] = decoded[src[i] as number] as number;
      return count;
    },
    encodeInto(dst, src) {
      const count = Math.min(dst.length, src.length);
      for (let i = 0; i < count; i++) dst[i] = encoded[(src[i] as number) & 0xffff] as number;
      return count;
    },
  };
}

/** North America, Japan, and every cloud telephone wire that says `audio/x-mulaw`. */
export const muLaw: Law = tabulate('mu-law', alawmulaw.mulaw);

/** Everywhere else: what a SIP trunk in Zimbabwe offers first. */
export const aLaw: Law = tabulate('A-law', alawmulaw.alaw);
