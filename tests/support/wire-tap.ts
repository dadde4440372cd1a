/** UDP that remembers what came in: every RTP packet with its sound, as the wire had it and before any telephone judged it. */
import { systemClock } from '#kernel/clock.ts';
import { aLaw, muLaw } from '#telephony/codec/g711.ts';
import {
  udpNetwork,
  type DatagramNetwork,
  type DatagramSocket,
  type SocketAddress,
} from '#telephony/phone/sip/datagram.ts';
import { parseRtp, type RtpPacket } from '#telephony/phone/sip/rtp.ts';

const LAWS = new Map([
  [0, muLaw],
  [8, aLaw],
]);

export interface TappedPacket extends RtpPacket {
  readonly atMs: number;
  readonly pcm: Int16Array;
  /** RMS below a full-scale square wave; -Infinity for digital silence. */
  readonly levelDbfs: number;
}

export class WireTap implements DatagramNetwork {
  /** G.711 packets by socket, in the order in which the sockets were opened; signalling has a socket too, and none. */
  readonly sockets: TappedPacket[][] = [];

  async open(address: SocketAddress): Promise<DatagramSocket> {
    const socket = await udpNetwork.open(address);
    const packets: TappedPacket[] = [];
    this.sockets.push(packets);
    return {
      address: socket.address,
      send: (bytes, to) => socket.send(bytes, to),
      listen: (listener) =>
        socket.listen((bytes, from) => {
          const packet = parseRtp(bytes);
          const law = packet && LAWS.get(packet.payloadType);
          if (law) packets.push(tapped(packet, law));
          listener(bytes, from);
        }),
      close: () => socket.close(),
    };
  }
}

function tapped(packet: RtpPacket, law: typeof aLaw): TappedPacket {
  const pcm = new Int16Array(packet.payload.length);
  law.decodeInto(pcm, packet.payload);
  return { ...packet, atMs: systemClock.nowMs(), pcm, levelDbfs: levelOf(pcm) };
}

/** RMS below a full-scale square wave; -Infinity for digital silence. */
export function levelOf(pcm: Int16Array): number {
  let sum = 0;
  for (const sample of pcm) sum += sample * sample;
  return 10 * Math.log10(sum / pcm.length / 32_768 ** 2);
}
