/** The telephone against another SIP program, written here line by line: what two telephones of ours never do to each other. */
import { describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { answerChallenge, parseChallenge } from '#telephony/phone/sip/digest.ts';
import { parseParameters, SipHeaders } from '#telephony/phone/sip/headers.ts';
import { responseTo, serialiseSip, type SipRequest, type SipResponse } from '#telephony/phone/sip/message.ts';
import type { ServerTransaction } from '#telephony/phone/sip/server-transaction.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import type { SipPhoneCall } from '#telephony/phone/sip/sip-phone-call.ts';
import { SipTransport } from '#telephony/phone/sip/transport.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';
import { VirtualNetwork } from '../../../../support/virtual-network.ts';

const SECRET = { username: 'tariro', password: 's3cret' };
const SDP = 'v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n';
const CHALLENGE = 'Digest realm="carrier", nonce="abc", qop="auth"';

type Answer = readonly [status: number, headers?: readonly (readonly [string, string])[], body?: string];

/** Answers each request with what `answers` returns for it, and can ask the telephone something of its own. */
async function peered(
  answers: (request: SipRequest) => Answer,
  opts: { readonly credentials?: typeof SECRET } = { credentials: SECRET },
): Promise<{
  clock: VirtualClock;
  network: VirtualNetwork;
  phone: SipPhone;
  requests: SipRequest[];
  /** Of the same requests, for a later answer. */
  transactions: ServerTransaction[];
  dial: () => Promise<SipPhoneCall>;
  ask: (request: SipRequest) => Promise<SipResponse>;
  address: { host: string; port: number };
}> {
  const clock = new VirtualClock();
  const network = new VirtualNetwork(clock);
  const { signal } = new AbortController();
  const requests: SipRequest[] = [];
  const transactions: ServerTransaction[] = [];
  const peer: SipTransport = new SipTransport({
    socket: await network.open({ host: '127.0.0.1', port: 0 }),
    clock,
    onRequest: (transaction: ServerTransaction) => {
      requests.push(transaction.request);
      transactions.push(transaction);
      const [status, headers = [], body = ''] = answers(transaction.request);
      transaction.respond(responseTo(transaction.request, status, { toTag: 'peer', headers, body }));
    },
  });
  const phone = await SipPhone.open({ clock, network, signal, ...opts });
  const dial = (): Promise<SipPhoneCall> => {
    const placing = phone.call({ target: { ...peer.address, user: '101' }, from: '0771', signal });
    placing.catch(() => undefined);
    return placing;
  };
  const ask = (request: SipRequest): Promise<SipResponse> =>
    new Promise((resolve, reject) => {
      peer.request(
        request,
        { host: phone.host, port: phone.port },
        {
          onResponse: (response) => {
            if (response.status >= 200) resolve(response);
          },
          onTimeout: () => reject(new Error('no answer')),
        },
      );
    });
  return { clock, network, phone, requests, transactions, dial, ask, address: peer.address };
}

/** A request of the peer within the call that `invite` began. */
function within(invite: SipRequest, method: string, number: number, body = '', type = 'application/sdp'): SipRequest {
  const headers = new SipHeaders([
    ['From', `${invite.headers.get('To') ?? ''};tag=peer`],
    ['To', invite.headers.get('From') ?? ''],
    ['Call-ID', invite.headers.get('Call-ID') ?? ''],
    ['CSeq', `${number} ${method}`],
    ['Content-Type', type],
  ]);
  return { kind: 'request', method, uri: 'sip:phone@127.0.0.1', headers, body };
}

function outOfDialog(method: string, body: string, more: readonly (readonly [string, string])[] = []): SipRequest {
  const headers = new SipHeaders([
    ['From', '"T" <sip:0772@127.0.0.1>;tag=peer'],
    ['To', '<sip:777@127.0.0.1>'],
    ['Call-ID', 'from-peer'],
    ['CSeq', `1 ${method}`],
    ['Contact', '<sip:peer@127.0.0.1:20000>'],
    ...more,
  ]);
  return { kind: 'request', method, uri: 'sip:777@127.0.0.1', headers, body };
}

/** 401 or 407 until the credentials fit, then `then`. */
function guarded(request: SipRequest, status: 401 | 407, then: Answer): Answer {
  const [name, ask] =
    status === 401 ? ['Authorization', 'WWW-Authenticate'] : ['Proxy-Authorization', 'Proxy-Authenticate'];
  const given = request.headers.get(name);
  const { parameters } = parseParameters((given ?? '').replace(/,\s*/g, ';').replace('Digest ', 'Digest;'));
  const cnonce = parameters.get('cnonce') ?? '';
  const right = answerChallenge(parseChallenge(CHALLENGE)!, SECRET, {
    method: request.method,
    uri: request.uri,
    cnonce,
  });
  return given === right ? then : [status, [[ask, CHALLENGE]]];
}

const answered: Answer = [200, [['Contact', '<sip:peer@127.0.0.1:20000>']], SDP];

describe('a carrier that asks for credentials', () => {
  it('gets them for the INVITE and the BYE', async () => {
    const { clock, phone, network, requests, dial } = await peered((request) =>
      request.method === 'INVITE' ? guarded(request, 407, answered) : guarded(request, 401, [200]),
    );
    const placing = dial();
    await clock.advance(50);
    const call = await placing;
    call.hangUp();
    await clock.advance(50);
    await call.ended;
    expect(network.sipLines.filter((line) => line !== '100 Trying')).toEqual([
      ...['INVITE', '407 Unknown', 'ACK', 'INVITE', '200 OK', 'ACK'],
      ...['BYE', '401 Unknown', 'BYE', '200 OK'],
    ]);
    expect(requests.map(({ headers }) => headers.get('CSeq'))).toEqual(['1 INVITE', '2 INVITE', '3 BYE', '4 BYE']);
    expect(new Set(requests.map(({ headers }) => headers.get('Call-ID'))).size).toBe(1);
    await phone[Symbol.asyncDispose]();
  });

  it.each([
    ['wrong credentials', { credentials: { ...SECRET, password: 'wrong' } }, 2],
    ['none', {}, 1],
  ])('refuses %s, and is not asked for ever', async (_, opts, times) => {
    const { clock, requests, dial } = await peered((request) => guarded(request, 401, answered), opts);
    const placing = dial();
    await clock.advance(50);
    const why = await placing.catch((error: unknown) => error);
    expect(isInzwaError(why, 'INZWA_PHONE_REFUSED') && why.details['status']).toBe(401);
    expect(requests).toHaveLength(times);
  });

  it('may call a nonce stale once more', async () => {
    let asked = 0;
    const { clock, requests, dial } = await peered(() => {
      asked++;
      return asked < 3 ? [401, [['WWW-Authenticate', `${CHALLENGE}, stale=${asked === 2}`]]] : answered;
    });
    const placing = dial();
    await clock.advance(50);
    await placing;
    expect(requests).toHaveLength(3);
  });

  it('registers the telephone, for as long as it grants, again and again, until it leaves', async () => {
    let refusals = 1;
    const { clock, phone, requests, address, network } = await peered((request) => {
      if (refusals-- > 0) return [423, [['Min-Expires', '120']]];
      const contact = `${request.headers.get('Contact') ?? ''};expires=100`;
      return guarded(request, 401, [200, [['Contact', `<sip:other@h>;expires=7, ${contact}`]]]);
    });
    const registering = phone.register({ registrar: address, credentials: SECRET, expiresS: 60 });
    await clock.advance(50);
    const registration = await registering;
    expect(registration.expiresS).toBe(100);
    expect(requests.map(({ headers }) => headers.get('Expires'))).toEqual(['60', '120', '120']);
    await clock.advance(51_000);
    expect(requests.at(-1)?.headers.get('Expires')).toBe('100');
    const closing = phone[Symbol.asyncDispose]();
    await clock.advance(50);
    await closing;
    expect(requests.at(-1)?.headers.get('Expires')).toBe('0');
    expect(requests.map(({ headers }) => Number(headers.get('CSeq')?.split(' ')[0]))).toEqual(
      requests.map((_, n) => n + 1),
    );
    expect(network.openSockets).toBe(1);
  });

  it('is told apart from one that does not answer', async () => {
    const { clock, phone } = await peered(() => [403]);
    const silent = phone.register({ registrar: { host: '127.0.0.9', port: 9 }, credentials: SECRET });
    const outcome = silent.catch((error: unknown) => isInzwaError(error, 'INZWA_PHONE_REFUSED') && error.details);
    await clock.advance(33_000);
    expect(await outcome).toMatchObject({ status: undefined });
  });
});

describe('a call whose other side', () => {
  const begin = async (): Promise<Awaited<ReturnType<typeof peered>> & { call: SipPhoneCall; invite: SipRequest }> => {
    const peer = await peered((request) => (request.method === 'INVITE' ? answered : [200]));
    const placing = peer.dial();
    await peer.clock.advance(50);
    return { ...peer, call: await placing, invite: peer.requests[0]! };
  };

  it('holds it gets no sound until it takes it back', async () => {
    const { clock, call, invite, ask } = await begin();
    const sent = async (): Promise<number> => {
      const before = call.sentPackets.length;
      await clock.advance(200);
      return call.sentPackets.length - before;
    };
    const reinvite = async (number: number, body: string): Promise<SipResponse> => {
      const asking = ask(within(invite, 'INVITE', number, body));
      await clock.advance(10);
      return asking;
    };
    expect(await sent()).toBe(10);
    expect((await reinvite(1, `${SDP}a=sendonly\r\n`)).body).toContain('a=recvonly');
    expect(await sent()).toBe(0);
    const back = await reinvite(2, SDP);
    expect(back.body).toContain('a=sendrecv');
    expect(back.body).toMatch(/o=- \d+ 3 IN/);
    expect(await sent()).toBe(10);
    expect(call.sentPackets.filter(({ marker }) => marker)).toHaveLength(2);
  });

  it('moves its media gets the sound there', async () => {
    const { clock, call, invite, ask, network } = await begin();
    const asking = ask(within(invite, 'UPDATE', 1, SDP.replace('9000', '9100')));
    await clock.advance(100);
    expect((await asking).status).toBe(200);
    expect(network.sent.at(-1)?.to.port).toBe(9_100);
    expect(call.codec).toBe('PCMA');
  });

  it('asks within it is answered', async () => {
    const { clock, call, invite, ask } = await begin();
    const statuses: number[] = [];
    const questions: [string, string, string?][] = [
      ['OPTIONS', ''],
      ['UPDATE', ''],
      ['INVITE', ''],
      ['INVITE', SDP.replace('8 101', '9')],
      ['MESSAGE', 'hello'],
      ['INFO', 'Signal=5\r\nDuration=160\r\n', 'application/dtmf-relay'],
      ['INFO', 'Signal= * \r\n', 'application/dtmf-relay'],
      ['INFO', '7', 'application/dtmf'],
      ['INFO', 'Signal=banana', 'application/dtmf-relay'],
      ['INFO', '<xml/>', 'application/media_control+xml'],
      ['BYE', ''],
      ['BYE', ''],
    ];
    for (const [index, [method, body, type]] of questions.entries()) {
      const asking = ask(within(invite, method, index + 1, body, type));
      await clock.advance(10);
      statuses.push((await asking).status);
    }
    expect(statuses).toEqual([200, 200, 200, 488, 405, 200, 200, 200, 200, 200, 200, 481]);
    expect(call.pressedKeys.map(({ digit, durationMs }) => [digit, durationMs])).toEqual([
      ['5', 160],
      ['*', 0],
      ['7', 0],
    ]);
    expect(await call.ended).toEqual({ by: 'agent', reason: 'BYE' });
  });

  it('asks while it rings is answered as well', async () => {
    const { clock, dial, ask, requests, transactions } = await peered(() => [
      180,
      [['Contact', '<sip:p@127.0.0.1:20000>']],
    ]);
    const placing = dial();
    await clock.advance(50);
    const asking = ask(within(requests[0]!, 'UPDATE', 1));
    await clock.advance(10);
    expect((await asking).status).toBe(200);
    const sdp = { toTag: 'peer', headers: [['Contact', '<sip:p@127.0.0.1:20000>']], body: SDP } as const;
    transactions[0]!.respond(responseTo(requests[0]!, 200, sdp));
    await clock.advance(10);
    expect((await placing).progress.answeredAtMs).toBeGreaterThan(60);
  });

  it('is reached over the route it recorded', async () => {
    const { clock, network, dial } = await peered((request) =>
      request.method === 'INVITE'
        ? [
            200,
            [
              ['Record-Route', '<sip:far.example;lr>, <sip:127.0.0.1:20000;lr>'],
              ['Contact', '<sip:peer@127.0.0.1:4444>'],
            ],
            SDP,
          ]
        : [200],
    );
    const placing = dial();
    await clock.advance(50);
    const call = await placing;
    call.hangUp();
    await clock.advance(50);
    await call.ended;
    const bye = network.sent.find(({ text }) => text.startsWith('BYE'))!;
    expect(bye.text).toMatch(/^BYE sip:peer@127\.0\.0\.1:4444 SIP/);
    expect(bye.text).toMatch(/Route: <sip:127\.0\.0\.1:20000;lr>\r\nRoute: <sip:far\.example;lr>/);
  });

  it('answers without a codec of ours is hung up on', async () => {
    const { clock, network, dial } = await peered((request) =>
      request.method === 'INVITE'
        ? [200, [['Contact', '<sip:peer@127.0.0.1:20000>']], SDP.replace('8 101', '18')]
        : [200],
    );
    const placing = dial();
    await clock.advance(50);
    expect(isInzwaError(await placing.catch((error: unknown) => error), 'INZWA_PHONE_REFUSED')).toBe(true);
    expect(network.sipLines.slice(-3)).toEqual(['ACK', 'BYE', '200 OK']);
    expect(network.openSockets).toBe(2);
  });
});

describe('a telephone that is called', () => {
  it('by somebody who makes no offer, makes one', async () => {
    const { clock, phone, ask, network, address } = await peered(() => [200]);
    phone.expect({ kind: 'answer' });
    const asking = ask(outOfDialog('INVITE', ''));
    await clock.advance(10);
    const response = await asking;
    expect(response.body).toContain('m=audio');
    expect(phone.incoming[0]).toMatchObject({ number: '777', from: '0772', displayName: 'T' });
    expect(phone.incoming[0]!.call!.sentPackets).toEqual([]);
    const ack = outOfDialog('ACK', SDP);
    ack.headers.set('To', response.headers.get('To') ?? '');
    ack.headers.set('Via', 'SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKack');
    const socket = await network.open({ host: address.host, port: 9_000 });
    socket.send(serialiseSip(ack), { host: phone.host, port: phone.port });
    await clock.advance(100);
    expect(phone.incoming[0]!.call!.sentPackets.length).toBeGreaterThan(2);
  });

  it('and never gets its ACK, hangs up after 32 s', async () => {
    const { clock, phone, ask, requests } = await peered(() => [200]);
    phone.expect({ kind: 'answer' });
    void ask(outOfDialog('INVITE', SDP));
    await clock.advance(33_000);
    expect(requests.map(({ method }) => method)).toEqual(['BYE']);
    expect(await phone.incoming[0]!.call!.ended).toMatchObject({ by: 'caller' });
  });

  it('by somebody who gives up with a BYE, takes that as well', async () => {
    const { clock, phone, ask, network } = await peered(() => [200]);
    phone.expect({ kind: 'ring' });
    const asking = ask(outOfDialog('INVITE', SDP));
    await clock.advance(10);
    const ringing = network.sipTexts.find((text) => text.startsWith('SIP/2.0 180'))!;
    const bye = outOfDialog('BYE', '');
    bye.headers.set('CSeq', '2 BYE');
    bye.headers.set('To', /To: (.*)/.exec(ringing)![1]!);
    const ending = ask(bye);
    await clock.advance(10);
    expect([(await ending).status, (await asking).status]).toEqual([200, 487]);
    expect(phone.incoming[0]!.progress.finalStatus).toBe(487);
  });

  it.each([
    ['wants reliable ringing', 'INVITE', [['Require', '100rel']], 420],
    ['asks what it can', 'OPTIONS', [], 200],
    ['sends it a message', 'MESSAGE', [], 405],
    ['talks of a call it does not know', 'BYE', [['To', '<sip:777@h>;tag=gone']], 481],
  ] as const)('by somebody who %s, says so', async (_, method, more, status) => {
    const { clock, phone, ask } = await peered(() => [200]);
    const request = outOfDialog(method, '');
    for (const [name, value] of more) request.headers.set(name, value);
    const asking = ask(request);
    await clock.advance(10);
    const response = await asking;
    expect(response.status).toBe(status);
    expect(response.headers.get('To')).toContain(';tag=');
    expect(phone.incoming).toEqual([]);
  });
});
