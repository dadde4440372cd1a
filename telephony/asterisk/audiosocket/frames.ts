/**
 * AudioSocket's framing: a kind, a length (16 bits, big endian), a payload. TCP may cut it anywhere. No payload is kept
 * whole: audio is handed on as it comes and the unknown is skipped, so a connection costs a few bytes whatever it is sent.
 */
import type { WireProblem } from '../../wire/media-socket.ts';

/** As in Asterisk's res_audiosocket; 0x11 to 0x18 are slin at 12 to 192 kHz, since 2025. */
const KIND = { hangUp: 0x00, uuid: 0x01, dtmf: 0x03, slin8: 0x10, slin12: 0x11, slin192: 0x18, error: 0xff } as const;

const HEADER_BYTES = 3;
const UUID_BYTES = 16;
const DIGITS = '0123456789*#ABCD';

/** Samples handed on at once: one ptime at 8 kHz, so most frames come in one piece. */
const PIECE_SAMPLES = 160;

/** One frame from Asterisk, or a piece of an audio frame. */
export type InboundFrame =
  /** Lower case, with hyphens. */
  | { readonly kind: 'uuid'; readonly uuid: string }
  | { readonly kind: 'dtmf'; readonly digit: string }
  /** PCM16 at 8000 Hz, at most 20 ms, valid until the sink returns. No samples: a frame without audio in it. */
  | { readonly kind: 'audio'; readonly pcm: Int16Array }
  | { readonly kind: 'hang-up' }
  /** Asterisk's own codes: 1 the caller hung up, 2 a frame could not be forwarded, 4 out of memory. */
  | { readonly kind: 'error'; readonly code: number | undefined }
  | { readonly kind: 'problem'; readonly problem: WireProblem };

const EMPTY = new Int16Array(0);

/** Bytes in, frames out, synchronously and in order; never throws, whatever it is fed. */
export class FrameParser {
  #sink: ((frame: InboundFrame) => void) | undefined;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerFill = 0;
  #use: 'audio' | 'keep' | 'skip' = 'skip';
  /** Payload bytes that have not come yet. */
  #left = 0;
  readonly #kept = new Uint8Array(UUID_BYTES);
  #keptFill = 0;
  readonly #pcm = new Int16Array(PIECE_SAMPLES);
  #pcmFill = 0;
  /** The lower half of a sample whose upper half has not come yet. */
  #lowByte: number | undefined;

  /** Replaces the sink, also from inside it: the next frame goes to the new one. */
  listen(sink: (frame: InboundFrame) => void): void {
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#headerFill < HEADER_BYTES) {
        this.#header[this.#headerFill++] = bytes[at++] as number;
        if (this.#headerFill === HEADER_BYTES) this.#begin();
        continue;
      }
      const until = Math.min(bytes.length, at + this.#left);
      this.#left -= until - at;
      this.#take(bytes, at, until);
      at = until;
      if (this.#left === 0) this.#finish();
    }
  }

  #begin(): void {
    const [kind, high, low] = this.#header as unknown as readonly [number, number, number];
    this.#left = (high << 8) | low;
    this.#keptFill = 0;
    const problem = problemOf(kind, this.#left);
    if (kind === KIND.slin8) this.#use = 'audio';
    else this.#use = problem === undefined && kind !== KIND.hangUp ? 'keep' : 'skip';
    if (problem !== undefined) this.#sink?.({ kind: 'problem', problem });
    // At once, whatever it carries: who hangs up may never send the rest.
    if (kind === KIND.hangUp) this.#sink?.({ kind: 'hang-up' });
    if (kind === KIND.slin8 && this.#left === 0) this.#sink?.({ kind: 'audio', pcm: EMPTY });
    if (this.#left === 0) this.#finish();
  }

  #take(bytes: Uint8Array, at: number, until: number): void {
    if (this.#use === 'audio') this.#takeAudio(bytes, at, until);
    if (this.#use !== 'keep') return;
    // Only an error's payload can be longer than there is room, and its first byte is all that counts.
    const kept = bytes.subarray(at, Math.min(until, at + this.#kept.length - this.#keptFill));
    this.#kept.set(kept, this.#keptFill);
    this.#keptFill += kept.length;
  }

  #takeAudio(bytes: Uint8Array, at: number, until: number): void {
    for (let i = at; i < until; i++) {
      const byte = bytes[i] as number;
      if (this.#lowByte === undefined) {
        this.#lowByte = byte;
        continue;
      }
      this.#pcm[this.#pcmFill++] = (byte << 8) | this.#lowByte;
      this.#lowByte = undefined;
      if (this.#pcmFill === PIECE_SAMPLES) this.#flush();
    }
    this.#flush();
  }

  #flush(): void {
    if (this.#pcmFill === 0) return;
    const pcm = this.#pcm.subarray(0, this.#pcmFill);
    this.#pcmFill = 0;
    this.#sink?.({ kind: 'audio', pcm });
  }

  #finish(): void {
    this.#headerFill = 0;
    this.#lowByte = undefined;
    if (this.#use === 'keep') this.#sink?.(this.#interpret());
  }

  #interpret(): InboundFrame {
    const kept = this.#kept.subarray(0, this.#keptFill);
    switch (this.#header[0]) {
      case KIND.uuid:
        return { kind: 'uuid', uuid: uuidOf(kept) };
      case KIND.dtmf: {
        const digit = String.fromCharCode(kept[0] as number);
        return DIGITS.includes(digit) ? { kind: 'dtmf', digit } : { kind: 'problem', problem: 'bad-message' };
      }
      default:
        return { kind: 'error', code: kept[0] };
    }
  }
}

function problemOf(kind: number, length: number): WireProblem | undefined {
  switch (kind) {
    case KIND.hangUp:
    case KIND.error:
      return undefined;
    case KIND.uuid:
      return length === UUID_BYTES ? undefined : 'bad-message';
    case KIND.dtmf:
      return length === 1 ? undefined : 'bad-message';
    case KIND.slin8:
      return length % 2 === 0 ? undefined : 'odd-bytes';
    default:
      return kind >= KIND.slin12 && kind <= KIND.slin192 ? 'other-rate' : 'unknown-event';
  }
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Bytes of one audio frame of this many samples on the wire. */
export function audioFrameBytes(samples: number): number {
  return HEADER_BYTES + 2 * samples;
}

/** Fills `dst` from its start with one whole audio frame; it needs `audioFrameBytes(pcm.length)` bytes. */
export function encodeAudioInto(dst: Uint8Array, pcm: Int16Array): void {
  const length = 2 * pcm.length;
  dst[0] = KIND.slin8;
  dst[1] = length >> 8;
  dst[2] = length & 0xff;
  for (let i = 0, at = HEADER_BYTES; i < pcm.length; i++, at += 2) {
    const sample = pcm[i] as number;
    dst[at] = sample & 0xff;
    dst[at + 1] = (sample >> 8) & 0xff;
  }
}

/** Asterisk leaves the application AudioSocket() when it reads this, and the dialplan goes on. */
export const HANG_UP_FRAME = Uint8Array.of(KIND.hangUp, 0, 0);
