/** RTP's packets (RFC 3550 §5.1) and the numbers a sender gives them. */
import { randomBytes } from 'node:crypto';

export interface RtpHeader {
  /** 0 to 127. */
  readonly payloadType: number;
  /** First packet of a talkspurt or of a telephone event. */
  readonly marker: boolean;
  /** 16 bits. */
  readonly sequence: number;
  /** 32 bits, samples at 8000 Hz. */
  readonly timestamp: number;
  readonly ssrc: number;
}

export interface RtpPacket extends RtpHeader {
  readonly payload: Uint8Array;
}

/** One packet as it was sent or as it arrived, on the injected clock. */
export interface RtpRecord extends RtpHeader {
  readonly atMs: number;
  readonly payloadBytes: number;
}

const HEADER_BYTES = 12;

/** Undefined for what is no RTP: another version, RTCP on the same port (RFC 5761 §4), lengths that do not fit. */
export function parseRtp(datagram: Uint8Array): RtpPacket | undefined {
  if (datagram.length < HEADER_BYTES) return undefined;
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  const [flags, second] = [view.getUint8(0), view.getUint8(1)];
  if (flags >> 6 !== 2 || (second >= 192 && second <= 223)) return undefined;
  let start = HEADER_BYTES + 4 * (flags & 0x0f);
  if (flags & 0x10) {
    if (datagram.length < start + 4) return undefined;
    start += 4 + 4 * view.getUint16(start + 2);
  }
  const padding = flags & 0x20 ? view.getUint8(datagram.length - 1) : 0;
  const end = datagram.length - padding;
  if (start > end || (flags & 0x20 && padding === 0)) return undefined;
  return {
    payloadType: second & 0x7f,
    marker: second >= 0x80,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payload: datagram.subarray(start, end),
  };
}

export function serialiseRtp({ payloadType, marker, sequence, timestamp, ssrc, payload }: RtpPacket): Uint8Array {
  const datagram = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(datagram.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, payloadType | (marker ? 0x80 : 0));
  view.setUint16(2, sequence & 0xffff);
  view.setUint32(4, timestamp >>> 0);
  view.setUint32(8, ssrc >>> 0);
  datagram.set(payload, HEADER_BYTES);
  return datagram;
}

/** Signed distance from `before` to `after` of 16-bit sequence numbers, over their wrap. */
export function sequenceDistance(before: number, after: number): number {
  return ((after - before) << 16) >> 16;
}

/** Signed distance from `before` to `after` of 32-bit timestamps, over their wrap. */
export function timestampDistance(before: number, after: number): number {
  return (after - before) | 0;
}

/** Numbers the packets of one source: sequence by packet, timestamp by time, both from a random start (RFC 3550 §5.1). */
export class RtpNumbering {
  readonly ssrc: number;
  readonly #firstTimestamp: number;
  #sequence: number;

  /** A fixed start is for tests. */
  constructor(start?: { readonly ssrc: number; readonly sequence: number; readonly timestamp: number }) {
    const random = randomBytes(10);
    this.ssrc = start?.ssrc ?? random.readUInt32BE(0);
    this.#firstTimestamp = start?.timestamp ?? random.readUInt32BE(4);
    this.#sequence = start?.sequence ?? random.readUInt16BE(8);
  }

  /** Uses up one sequence number; `atSample` counts from the beginning of the call, sent or not. */
  next(opts: { readonly payloadType: number; readonly marker: boolean; readonly atSample: number }): RtpHeader {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) & 0xffff;
    return {
      payloadType: opts.payloadType,
      marker: opts.marker,
      sequence,
      timestamp: (this.#firstTimestamp + opts.atSample) >>> 0,
      ssrc: this.ssrc,
    };
  }
}
