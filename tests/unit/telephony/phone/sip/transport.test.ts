import { describe, expect, it } from 'vitest';
import { SipHeaders } from '#telephony/phone/sip/headers.ts';
import { responseTo, serialiseSip, type SipRequest } from '#telephony/phone/sip/message.ts';
import type { ServerTransaction } from '#telephony/phone/sip/server-transaction.ts';
import { SipTransport } from '#telephony/phone/sip/transport.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';
import { VirtualNetwork } from '../../../../support/virtual-network.ts';

function requestOf(method: string, number = 1): SipRequest {
  const headers = new SipHeaders([
    ['From', '<sip:a@127.0.0.1>;tag=a'],
    ['To', '<sip:b@127.0.0.1>'],
    ['Call-ID', 'call'],
    ['CSeq', `${number} ${method}`],
  ]);
  return { kind: 'request', method, uri: 'sip:b@127.0.0.1', headers, body: '' };
}

async function wired(): Promise<{
  clock: VirtualClock;
  network: VirtualNetwork;
  ask: (method: string) => ReturnType<SipTransport['request']>;
  client: SipTransport;
  server: SipTransport;
  requests: ServerTransaction[];
  outcome: string[];
  times: (what: RegExp) => number[];
}> {
  const clock = new VirtualClock();
  const network = new VirtualNetwork(clock);
  network.delayMs = 0;
  const requests: ServerTransaction[] = [];
  const outcome: string[] = [];
  const times: [atMs: number, line: string][] = [];
  network.loses = ({ text }) => {
    times.push([clock.nowMs(), text.split('\r\n')[0] ?? '']);
    return false;
  };
  const open = async (): Promise<SipTransport> =>
    new SipTransport({
      socket: await network.open({ host: '127.0.0.1', port: 0 }),
      clock,
      onRequest: (transaction) => requests.push(transaction),
    });
  const [client, server] = [await open(), await open()];
  const ask = (method: string): ReturnType<SipTransport['request']> =>
    client.request(requestOf(method), server.address, {
      onResponse: ({ status }) => outcome.push(String(status)),
      onTimeout: () => outcome.push('timeout'),
    });
  return {
    ...{ clock, network, ask, client, server, requests, outcome },
    times: (what) => times.filter(([, line]) => what.test(line)).map(([atMs]) => atMs),
  };
}

describe('a request that nobody answers', () => {
  it('is sent again with timer E and given up with timer F', async () => {
    const { clock, ask, server, times, outcome } = await wired();
    server.close();
    ask('OPTIONS');
    await clock.advance(40_000);
    expect(times(/^OPTIONS/)).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(outcome).toEqual(['timeout']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is sent again with timer A and given up with timer B when it is an INVITE', async () => {
    const { clock, ask, server, times, outcome } = await wired();
    server.close();
    ask('INVITE');
    await clock.advance(40_000);
    expect(times(/^INVITE/)).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    expect(outcome).toEqual(['timeout']);
  });

  it('is given up when the transport closes', async () => {
    const { clock, ask, client, outcome } = await wired();
    ask('OPTIONS');
    client.close();
    expect(outcome).toEqual(['timeout']);
    await clock.advance(1);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a request', () => {
  it('is handed over once, however often it comes, and each repetition is answered alike', async () => {
    const { clock, network, ask, requests, outcome, times } = await wired();
    const wasLost = network.loses;
    network.loses = (datagram) => wasLost(datagram) || (clock.nowMs() < 1_000 && datagram.text.startsWith('SIP/2.0'));
    ask('INFO');
    await clock.advance(100);
    requests[0]?.respond(responseTo(requests[0].request, 200));
    await clock.advance(2_000);
    expect(requests).toHaveLength(1);
    expect(times(/200 OK/)).toEqual([100, 500, 1_500]);
    expect(outcome).toEqual(['200']);
  });

  it('may take its time once there is a provisional answer, and is then asked for every 4 s', async () => {
    const { clock, ask, requests, times, outcome } = await wired();
    ask('INFO');
    await clock.advance(100);
    requests[0]?.respond(responseTo(requests[0].request, 100));
    await clock.advance(9_000);
    expect(times(/^INFO/)).toEqual([0, 4_100, 8_100]);
    requests[0]?.respond(responseTo(requests[0].request, 200));
    await clock.advance(100);
    expect(outcome).toEqual(['100', '100', '100', '200']);
  });

  it('with a branch of before RFC 3261, or noise, does no harm', async () => {
    const { clock, network, server, requests } = await wired();
    const stranger = await network.open({ host: '127.0.0.1', port: 0 });
    const old = requestOf('OPTIONS');
    old.headers.add('Via', 'SIP/2.0/UDP 127.0.0.1;branch=1');
    for (const bytes of [serialiseSip(old), serialiseSip(old), Buffer.from('\r\n\r\n'), Buffer.from([0, 1, 2])]) {
      stranger.send(bytes, server.address);
    }
    await clock.advance(10);
    expect(requests).toHaveLength(1);
    requests[0]?.respond(responseTo(old, 200));
    requests[0]?.respond(responseTo(old, 500));
    await clock.advance(10);
    expect(network.sipLines.filter((line) => /\d/.test(line))).toEqual(['200 OK']);
  });
});

describe('an INVITE', () => {
  it('rings as long as it likes, and its refusal is repeated until it is acknowledged', async () => {
    const { clock, network, ask, requests, times, outcome } = await wired();
    ask('INVITE');
    await clock.advance(60_000);
    expect(times(/^INVITE/)).toEqual([0]);
    const wasLost = network.loses;
    network.loses = (datagram) => wasLost(datagram) || (clock.nowMs() < 61_000 && datagram.text.startsWith('ACK'));
    requests[0]?.respond(responseTo(requests[0].request, 486));
    await clock.advance(10_000);
    expect(times(/486/)).toEqual([60_000, 60_500, 61_500]);
    expect(times(/^ACK/)).toEqual([60_000, 60_500, 61_500]);
    expect(outcome).toEqual(['100', '486']);
    await clock.advance(40_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('has its ACK of a refusal in the transaction: same branch, number and the answer’s To', async () => {
    const { clock, network, ask, requests } = await wired();
    ask('INVITE');
    await clock.advance(1);
    requests[0]?.respond(responseTo(requests[0].request, 603, { toTag: 'b' }));
    await clock.advance(1);
    const branch = /branch=\S+/;
    const [invite, ack] = ['INVITE', 'ACK'].map((method) => network.sipTexts.find((text) => text.startsWith(method))!);
    expect(branch.exec(ack!)?.[0]).toBe(branch.exec(invite!)?.[0]);
    expect(ack).toContain('CSeq: 1 ACK\r\n');
    expect(ack).toContain('To: <sip:b@127.0.0.1>;tag=b\r\n');
  });

  it('has a 2xx that is repeated until its own ACK, and each repetition reaches the caller', async () => {
    const { clock, ask, client, server, requests, times, outcome } = await wired();
    const acknowledged: string[] = [];
    ask('INVITE');
    await clock.advance(1);
    requests[0]?.listen({ acknowledged: (ack) => acknowledged.push(ack.method) });
    requests[0]?.respond(responseTo(requests[0].request, 200, { toTag: 'b' }));
    await clock.advance(2_000);
    expect(times(/200 OK/)).toEqual([1, 501, 1_501]);
    expect(outcome).toEqual(['100', '200', '200', '200']);
    client.sendAck({ ...requestOf('ACK'), uri: 'sip:b' }, server.address);
    client.sendAck({ ...requestOf('ACK'), uri: 'sip:b' }, server.address);
    await clock.advance(10_000);
    expect(times(/200 OK/)).toHaveLength(3);
    expect(acknowledged).toEqual(['ACK']);
  });

  it('tells when its 2xx was never acknowledged', async () => {
    const { clock, ask, requests } = await wired();
    let isForgotten = false;
    ask('INVITE');
    await clock.advance(1);
    requests[0]?.listen({ unacknowledged: () => (isForgotten = true) });
    requests[0]?.respond(responseTo(requests[0].request, 200));
    await clock.advance(33_000);
    expect(isForgotten).toBe(true);
  });

  it('is cancelled with its own branch; a CANCEL of nothing is answered with 481', async () => {
    const { clock, ask, client, server, requests, outcome, network } = await wired();
    const invite = ask('INVITE');
    await clock.advance(1);
    requests[0]?.listen({ cancelled: () => requests[0]?.respond(responseTo(requests[0].request, 487)) });
    client.cancel(invite, server.address);
    client.cancel(invite, server.address);
    await clock.advance(1);
    expect(outcome).toEqual(['100', '487']);
    expect(network.sipLines).toEqual(['INVITE', '100 Trying', 'CANCEL', '200 OK', '487 Request Terminated', 'ACK']);
    const stray = requestOf('CANCEL');
    stray.headers.add('Via', 'SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKnone');
    (await network.open({ host: '127.0.0.1', port: 0 })).send(serialiseSip(stray), server.address);
    await clock.advance(1);
    expect(network.sipLines.at(-1)).toMatch(/^481/);
    expect(requests).toHaveLength(1);
  });

  it('that is cancelled and never answered is given up after 32 s', async () => {
    const { clock, ask, client, server, outcome } = await wired();
    const invite = ask('INVITE');
    await clock.advance(1);
    client.cancel(invite, server.address);
    await clock.advance(31_000);
    expect(outcome).toEqual(['100']);
    await clock.advance(2_000);
    expect(outcome).toEqual(['100', 'timeout']);
  });
});
