/** Loopback ports for a private Asterisk, free a moment ago and not given to another instance of this process. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { InzwaError } from '#kernel/errors.ts';

export interface AsteriskPorts {
  readonly sipUdp: number;
  readonly sipTls: number;
  readonly http: number;
  /** Audio: the range is even at its start, and every call takes two. */
  readonly rtpFirst: number;
  readonly rtpLast: number;
}

/** Below Linux's ephemeral ports (32768), so that no client socket takes one between the probe and the use. */
const RTP_LOW = 11_000;
const RTP_HIGH = 31_000;
const ATTEMPTS = 50;
const given = new Set<number>();

/** Throws INZWA_ASTERISK_START when nothing is free. @defaultValue rtpPorts 400, enough for 100 calls with two legs each */
export async function freePorts({
  address = '127.0.0.1',
  rtpPorts = 400,
}: { readonly address?: string; readonly rtpPorts?: number } = {}): Promise<AsteriskPorts> {
  const [sipUdp, sipTls, http] = [
    await single(() => freeUdp(address, 0)),
    await single(() => freeTcp(address)),
    await single(() => freeTcp(address)),
  ];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const rtpFirst = RTP_LOW + 2 * Math.floor((Math.random() * (RTP_HIGH - RTP_LOW - rtpPorts)) / 2);
    const rtpLast = rtpFirst + rtpPorts - 1;
    const range = Array.from({ length: rtpPorts }, (_, index) => rtpFirst + index);
    if (range.some((port) => given.has(port))) continue;
    // Asterisk itself steps over a port that is taken, so both ends stand for the range.
    if (!(await isFreeUdp(address, rtpFirst)) || !(await isFreeUdp(address, rtpLast))) continue;
    for (const port of range) given.add(port);
    return { sipUdp, sipTls, http, rtpFirst, rtpLast };
  }
  throw new InzwaError('INZWA_ASTERISK_START', `no ${rtpPorts} UDP ports in a row are free on ${address}.`, {
    retryable: true,
  });
}

async function single(probe: () => Promise<number>): Promise<number> {
  for (;;) {
    const port = await probe();
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}

function freeUdp(address: string, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const socket = createSocket('udp4');
  socket.once('error', reject);
  socket.bind({ address, port, exclusive: true }, () => {
    const bound = socket.address().port;
    socket.close(() => {
      resolve(bound);
    });
  });
  return promise;
}

async function isFreeUdp(address: string, port: number): Promise<boolean> {
  return freeUdp(address, port).then(
    () => true,
    () => false,
  );
}

function freeTcp(address: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen(0, address, () => {
    const bound = server.address();
    server.close(() => {
      resolve(typeof bound === 'object' && bound !== null ? bound.port : 0);
    });
  });
  return promise;
}
