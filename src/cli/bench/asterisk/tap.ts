/**
 * Reads along on a telephone's sockets: every RTP packet with the moment it was there and where in it there is sound. No
 * jitter buffer, no recording, nothing that the service says: what stands here is what a carrier would have seen.
 */
import type { Clock } from '#kernel/clock.ts';
import { isAudibleStep, STEP_SAMPLES } from '#telephony/phone/audible.ts';
import { udpNetwork, type DatagramNetwork, type DatagramSocket } from '#telephony/phone/sip/datagram.ts';
import { parseRtp } from '#telephony/phone/sip/rtp.ts';
import { LAWS, PAYLOAD_TYPES, type SipCodec } from '#telephony/phone/sip/sdp.ts';
import type { TappedPacket } from './rtp-truth.ts';

const SAMPLES_PER_MS = 8;
const CODECS: ReadonlyMap<number, SipCodec> = new Map([
  [PAYLOAD_TYPES.PCMA, 'PCMA'],
  [PAYLOAD_TYPES.PCMU, 'PCMU'],
]);

/** Give it to a telephone as its network. */
export class RtpTap implements DatagramNetwork {
  readonly #clock: Clock;
  readonly #bySource = new Map<number, TappedPacket[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Audio packets of one source (SSRC) in the order of arrival; grows while they come. */
  packetsOf(ssrc: number): readonly TappedPacket[] {
    return this.#bySource.get(ssrc) ?? [];
  }

  async open(address: { readonly host: string; readonly port: number }): Promise<DatagramSocket> {
    const socket = await udpNetwork.open(address);
    return {
      address: socket.address,
      send: (bytes, to) => {
        socket.send(bytes, to);
      },
      listen: (listener) => {
        socket.listen((bytes, from) => {
          this.#note(bytes);
          listener(bytes, from);
        });
      },
      close: () => {
        socket.close();
      },
    };
  }

  #note(bytes: Uint8Array): void {
    const atMs = this.#clock.nowMs();
    const packet = parseRtp(bytes);
    const codec = packet && CODECS.get(packet.payloadType);
    if (!packet || codec === undefined) return;
    const pcm = new Int16Array(packet.payload.length);
    LAWS[codec].decodeInto(pcm, packet.payload);
    const list = this.#bySource.get(packet.ssrc) ?? [];
    this.#bySource.set(packet.ssrc, list);
    list.push({ atMs, sequence: packet.sequence, audible: audibleIn(pcm) });
  }
}

function audibleIn(pcm: Int16Array): TappedPacket['audible'] {
  let from: number | undefined;
  let to = 0;
  for (let at = 0; at < pcm.length; at += STEP_SAMPLES) {
    if (!isAudibleStep(pcm, at)) continue;
    from ??= at;
    to = Math.min(pcm.length, at + STEP_SAMPLES);
  }
  return from === undefined ? undefined : { fromMs: from / SAMPLES_PER_MS, toMs: to / SAMPLES_PER_MS };
}
