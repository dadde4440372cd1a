/** A call's RTP: what the handset says becomes packets, what comes becomes sound and keys, and everything is written down. */
import type { Clock } from '#kernel/clock.ts';
import { isAudibleStep, STEP_SAMPLES } from '../audible.ts';
import { seededRandom } from '../random.ts';
import type { DatagramSocket, SocketAddress } from './datagram.ts';
import { HeardTimeline } from './heard-timeline.ts';
import { KeyListener, KeyPresser, type PressedKey } from './rfc4733.ts';
import { parseRtp, RtpNumbering, serialiseRtp, type RtpPacket, type RtpRecord } from './rtp.ts';
import { LAWS, type AgreedAudio } from './sdp.ts';
import type { SipLineProfile } from './sip-phone-call.ts';

const FRAME_SAMPLES = 160;
/** Silent frames that silence suppression still sends: 60 ms. */
const HANGOVER_FRAMES = 3;
/** Packets that came before the answer told what they are; 2 s of them. */
const MOST_EARLY_PACKETS = 100;
/** A longer packet than this is no speech: 1 s. */
const LONGEST_PAYLOAD_BYTES = 8_000;

/** Owns the socket. */
export class CallMedia {
  readonly packets: RtpRecord[] = [];
  readonly sentPackets: RtpRecord[] = [];
  /** Those of `packets` that carry the agreed codec. */
  readonly audioPackets: RtpRecord[] = [];
  readonly pressedKeys: PressedKey[] = [];
  readonly keypad = new KeyPresser();

  readonly #socket: DatagramSocket;
  readonly #clock: Clock;
  readonly #line: SipLineProfile;
  readonly #random: () => number;
  readonly #numbering = new RtpNumbering();
  readonly #keys = new KeyListener();
  readonly #early: { readonly packet: RtpPacket; readonly atMs: number; readonly fromPort: number }[] = [];
  readonly #delayed = new Set<() => void>();
  #agreed: AgreedAudio | undefined;
  #timeline: HeardTimeline | undefined;
  #silentFrames = 0;
  #isTalkspurt = false;
  #isSending = true;
  #isClosed = false;

  constructor(opts: { readonly socket: DatagramSocket; readonly clock: Clock; readonly line: SipLineProfile }) {
    this.#socket = opts.socket;
    this.#clock = opts.clock;
    this.#line = opts.line;
    this.#random = seededRandom((opts.line.seed ?? 1) ^ 0x5eed);
    opts.socket.listen((bytes, from) => this.#arrive(bytes, from));
  }

  get address(): SocketAddress {
    return this.#socket.address;
  }

  get agreed(): AgreedAudio | undefined {
    return this.#agreed;
  }

  /** Also for a changed agreement. */
  agree(agreed: AgreedAudio): void {
    this.#agreed = agreed;
  }

  /** From here on packets are heard; what came shortly before is heard now. */
  begin(startedAtMs: number): void {
    this.#timeline = new HeardTimeline(startedAtMs);
    for (const { packet, atMs, fromPort } of this.#early.splice(0))
      this.#hear(packet, Math.max(atMs, startedAtMs), fromPort);
  }

  /** The handset's 20 ms; they are dropped, packet number and all, when a key is down, the line is held or silent. */
  transmit(frame: Int16Array, { tick, isLost }: { readonly tick: number; readonly isLost: boolean }): void {
    const agreed = this.#agreed;
    if (!agreed || !this.#isSending || agreed.direction === 'recvonly' || agreed.direction === 'inactive') {
      this.#isTalkspurt = false;
      return;
    }
    const key = this.keypad.next(tick);
    if (key && agreed.telephoneEventType !== undefined) {
      this.#isTalkspurt = false;
      this.#send(key.payload, isLost, {
        payloadType: agreed.telephoneEventType,
        marker: key.marker,
        tick: key.downTick,
      });
      return;
    }
    this.#silentFrames = isSilent(frame) ? this.#silentFrames + 1 : 0;
    if (this.#line.silenceSuppression && this.#silentFrames > HANGOVER_FRAMES) {
      this.#isTalkspurt = false;
      return;
    }
    const payload = new Uint8Array(frame.length);
    LAWS[agreed.codec].encodeInto(payload, frame);
    this.#send(payload, isLost, { payloadType: agreed.payloadType, marker: !this.#isTalkspurt, tick });
    this.#isTalkspurt = true;
  }

  /** The next 20 ms for the ear. */
  receive(frame: Int16Array): void {
    this.#timeline?.read(frame);
  }

  stopSending(): void {
    this.#isSending = false;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.keypad.close();
    for (const cancel of this.#delayed) cancel();
    this.#socket.close();
  }

  #send(
    payload: Uint8Array,
    isLost: boolean,
    { payloadType, marker, tick }: { readonly payloadType: number; readonly marker: boolean; readonly tick: number },
  ): void {
    const header = this.#numbering.next({ payloadType, marker, atSample: (tick - 1) * FRAME_SAMPLES });
    const delayMs = this.#random() * (this.#line.jitterMs ?? 0);
    if (isLost) return;
    if (delayMs === 0) {
      this.#depart({ ...header, payload });
      return;
    }
    const cancel = this.#clock.after(delayMs, () => {
      this.#delayed.delete(cancel);
      this.#depart({ ...header, payload });
    });
    this.#delayed.add(cancel);
  }

  #depart(packet: RtpPacket): void {
    if (!this.#agreed) return;
    this.sentPackets.push(recordOf(packet, this.#clock.nowMs()));
    this.#socket.send(serialiseRtp(packet), this.#agreed);
  }

  #arrive(bytes: Uint8Array, from: SocketAddress): void {
    const atMs = this.#clock.nowMs();
    const packet = parseRtp(bytes);
    if (!packet || this.#isClosed) return;
    if (this.#timeline) this.#hear(packet, atMs, from.port);
    else if (this.#early.length < MOST_EARLY_PACKETS) this.#early.push({ packet, atMs, fromPort: from.port });
  }

  #hear(packet: RtpPacket, atMs: number, fromPort: number): void {
    // Ports are given out again within seconds: a straggler of somebody else's call has another source.
    if (fromPort !== this.#agreed?.port) return;
    const record = recordOf(packet, atMs);
    this.packets.push(record);
    if (packet.payloadType === this.#agreed.telephoneEventType) {
      const key = this.#keys.hear(packet, atMs);
      if (key) this.pressedKeys.push(key);
    }
    // Comfort noise and what was never agreed is silence to the ear.
    if (packet.payloadType !== this.#agreed.payloadType || packet.payload.length > LONGEST_PAYLOAD_BYTES) return;
    this.audioPackets.push(record);
    const pcm = new Int16Array(packet.payload.length);
    LAWS[this.#agreed.codec].decodeInto(pcm, packet.payload);
    this.#timeline?.hear(packet, pcm, atMs);
  }
}

function recordOf({ payload, payloadType, marker, sequence, timestamp, ssrc }: RtpPacket, atMs: number): RtpRecord {
  return { atMs, payloadType, marker, sequence, timestamp, ssrc, payloadBytes: payload.length };
}

function isSilent(frame: Int16Array): boolean {
  for (let at = 0; at < frame.length; at += STEP_SAMPLES) if (isAudibleStep(frame, at)) return false;
  return true;
}
