import { describe, expect, it } from 'vitest';
import {
  parseNameAddress,
  parseSipUri,
  q850Cause,
  SipHeaders,
  sipUri,
  splitOutside,
} from '#telephony/phone/sip/headers.ts';
import { cseqOf, parseSipMessage, responseTo, serialiseSip, type SipRequest } from '#telephony/phone/sip/message.ts';

const lines = (...text: string[]): Buffer => Buffer.from(text.join('\r\n'));

const INVITE = [
  'INVITE sip:101@127.0.0.1:5070 SIP/2.0',
  'v: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1, SIP/2.0/UDP 127.0.0.2;branch=z9hG4bK2',
  'Record-Route: <sip:127.0.0.3;lr>',
  'f: "Tariro, M" <sip:0771@127.0.0.1>;tag=a',
  't: <sip:101@127.0.0.1>',
  'i: abc',
  'CSEQ : 7   INVITE',
  'Subject: one',
  '  and two',
  'l: 4',
  '',
  'v=0\nrest that is not of the body',
];

describe('a SIP message', () => {
  it('is read with compact names, folded lines, blanks before the colon, and no more body than its length', () => {
    const message = parseSipMessage(lines(...INVITE));
    expect(message).toMatchObject({ kind: 'request', method: 'INVITE', uri: 'sip:101@127.0.0.1:5070', body: 'v=0\n' });
    const { headers } = message as SipRequest;
    expect(headers.list('Via').map((via) => via.slice(-9))).toEqual(['z9hG4bK1', 'z9hG4bK2'].map((b) => `=${b}`));
    expect(headers.get('subject')).toBe('one and two');
    expect(cseqOf(headers)).toEqual({ number: 7, method: 'INVITE' });
    expect(headers.get('Call-ID')).toBe('abc');
  });

  it('is read with bare line feeds, blank lines before it, without a length, and with one that is too long', () => {
    const text = INVITE.filter((line) => !line.startsWith('l:')).join('\n');
    expect(parseSipMessage(Buffer.from(`\r\n\r\n${text}`))?.body).toContain('rest that');
    const tooLong = INVITE.map((line) => (line === 'l: 4' ? 'l: 4000' : line));
    expect(parseSipMessage(lines(...tooLong))?.body).toContain('rest that');
  });

  it('is read when it is a response, also one without a reason', () => {
    const rest = INVITE.slice(1, 7);
    expect(parseSipMessage(lines('SIP/2.0 486 Busy Here', ...rest, '', ''))).toMatchObject({
      kind: 'response',
      status: 486,
      reason: 'Busy Here',
      body: '',
    });
    expect(parseSipMessage(lines('SIP/2.0 200', ...rest))).toMatchObject({ status: 200, reason: '' });
  });

  it.each([
    ['a keep-alive', '\r\n\r\n'],
    ['nothing', ''],
    ['noise', '\u0000\u00ff\u0001 not sip'],
    ['another version', ['INVITE sip:a SIP/3.0', ...INVITE.slice(1)].join('\r\n')],
    ['HTTP', ['GET / HTTP/1.1', ...INVITE.slice(1)].join('\r\n')],
    ['a status that is none', ['SIP/2.0 999 What', ...INVITE.slice(1)].join('\r\n')],
    ['no Via', INVITE.filter((line) => !line.startsWith('v:')).join('\r\n')],
    ['no Call-ID', INVITE.filter((line) => !line.startsWith('i:')).join('\r\n')],
    ['a CSeq without a number', INVITE.join('\r\n').replace('7   INVITE', 'x INVITE')],
    ['lines without a colon only', ['INVITE sip:a SIP/2.0', 'v', 'f', 't'].join('\r\n')],
  ])('is not made of %s', (_, text) => {
    expect(parseSipMessage(Buffer.from(text, 'latin1'))).toBeUndefined();
  });

  it('survives being cut off or altered at any byte', () => {
    const whole = lines(...INVITE);
    for (let at = 0; at < whole.length; at++) {
      const altered = Buffer.from(whole);
      altered[at] = (altered[at]! * 7 + at) & 0xff;
      expect(() => [parseSipMessage(whole.subarray(0, at)), parseSipMessage(altered)]).not.toThrow();
    }
  });

  it('is written so that it reads the same, with the length counted in bytes', () => {
    const headers = new SipHeaders([
      ['Via', 'SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1'],
      ['From', '<sip:a@b>;tag=1'],
      ['To', '<sip:c@d>'],
      ['Call-ID', 'x'],
      ['CSeq', '1 INFO'],
      ['Content-Length', '999'],
    ]);
    const bytes = serialiseSip({ kind: 'request', method: 'INFO', uri: 'sip:c@d', headers, body: 'mhoro è' });
    expect(bytes.toString()).toContain('Content-Length: 8\r\n\r\n');
    const read = parseSipMessage(bytes);
    expect(read).toMatchObject({ method: 'INFO', uri: 'sip:c@d', body: 'mhoro è' });
    expect(serialiseSip(read!).equals(bytes)).toBe(true);
  });

  it('cannot be given another header by a line break in a value', () => {
    const headers = new SipHeaders([['X-Test', 'a\r\nVia: forged']]);
    const text = serialiseSip({ kind: 'request', method: 'INFO', uri: 'sip:c@d', headers, body: '' }).toString();
    expect(text).toContain('X-Test: a Via: forged\r\n');
  });

  it('is answered with what an answer must copy, and a tag of our own once', () => {
    const request = parseSipMessage(lines(...INVITE)) as SipRequest;
    const response = responseTo(request, 486, { toTag: 'ours', headers: [['Reason', 'Q.850;cause=17']] });
    expect([...response.headers].map(([name]) => name)).toEqual([
      ...['v', 'Record-Route', 'From', 'To', 'Call-ID', 'CSeq', 'Reason'],
    ]);
    expect(response).toMatchObject({ status: 486, reason: 'Busy Here' });
    expect(response.headers.get('To')).toBe('<sip:101@127.0.0.1>;tag=ours');
    request.headers.set('To', '<sip:101@127.0.0.1>;tag=theirs');
    expect(responseTo(request, 200, { toTag: 'ours' }).headers.get('To')).toBe('<sip:101@127.0.0.1>;tag=theirs');
  });
});

describe('a SIP header', () => {
  it('is found whatever its spelling, replaced in its place, and removed', () => {
    const headers = new SipHeaders([
      ['f', '1'],
      ['X-A', 'a'],
      ['From', '2'],
    ]);
    expect([headers.get('FROM'), headers.list('from'), headers.get('X-B')]).toEqual(['1', ['1', '2'], undefined]);
    headers.set('From', '3');
    expect([...headers]).toEqual([
      ['From', '3'],
      ['X-A', 'a'],
    ]);
    const copy = headers.copy();
    headers.remove('x-a');
    expect([[...headers].length, [...copy].length]).toEqual([1, 2]);
  });

  it('is divided at commas outside quotes and brackets only', () => {
    expect(splitOutside('"a, \\", b" <sip:x,y@z>;q=1 , <sip:c@d>,,', ',')).toEqual([
      '"a, \\", b" <sip:x,y@z>;q=1',
      '<sip:c@d>',
    ]);
  });

  it.each([
    ['"Tariro \\"T\\" M" <sip:0771@h;transport=udp>;tag=x', 'Tariro "T" M', 'sip:0771@h;transport=udp', 'x'],
    ['Tariro <sip:0771@h>;tag="x"', 'Tariro', 'sip:0771@h', 'x'],
    ['<sip:0771@h>', '', 'sip:0771@h', undefined],
    ['sip:0771@h;tag=x', '', 'sip:0771@h', 'x'],
    ['tel:+263771;tag=x', '', 'tel:+263771', 'x'],
    ['"never closed <sip:0771@h>', '', '"never closed <sip:0771@h>', undefined],
    ['<sip:0771@h', '', 'sip:0771@h', undefined],
    ['', '', '', undefined],
  ])('names an address: %s', (value, displayName, uri, tag) => {
    const read = parseNameAddress(value);
    expect([read.displayName, read.uri, read.parameters.get('tag')]).toEqual([displayName, uri, tag]);
  });

  it.each([
    ['sip:0771@127.0.0.1:5070;transport=udp', '0771', '127.0.0.1', 5_070],
    ['sips:%2B263771:pass@h', '+263771', 'h', 5_060],
    ['sip:+263771;phone-context=x@h?a=b', '+263771', 'h', 5_060],
    ['SIP:h', '', 'h', 5_060],
    ['sip:a@[::1]:9', 'a', '[::1]', 9],
    ['tel:+263771;ext=1', '+263771', '', 5_060],
    ['sip:%zz@h', '%zz', 'h', 5_060],
    ['nonsense', '', '', 5_060],
  ])('has a URI: %s', (uri, user, host, port) => {
    expect(parseSipUri(uri)).toEqual({ user, host, port });
  });

  it('escapes in a URI what would end its user', () => {
    const uri = sipUri({ user: '+263 7"71@x;y', host: '127.0.0.1', port: 5_060 });
    expect(uri).toBe('sip:+263%207%2271%40x%3By@127.0.0.1:5060');
    expect(parseSipUri(uri).user).toBe('+263 7"71@x;y');
  });

  it.each([
    ['Q.850;cause=17;text="User busy"', 17],
    ['SIP;cause=200;text="Call completed, elsewhere", q.850 ;cause="16"', 16],
    ['SIP;cause=486', undefined],
    ['Q.850;cause=many', undefined],
    ['', undefined],
  ])('gives a cause by Q.850: %s', (value, cause) => {
    expect(q850Cause(new SipHeaders([['Reason', value]]))).toBe(cause);
  });
});
