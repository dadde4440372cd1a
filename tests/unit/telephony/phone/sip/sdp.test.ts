import { describe, expect, it } from 'vitest';
import { agree, answerSdp, offerSdp, parseSdp } from '#telephony/phone/sip/sdp.ts';

const LOCAL = { host: '127.0.0.1', port: 4_000, version: 1 };
const THEIRS = [
  'v=0',
  'o=- 1 1 IN IP4 10.0.0.1',
  's=Asterisk',
  'c=IN IP4 10.0.0.1',
  't=0 0',
  'm=audio 10020 RTP/AVP 9 97 8 0 96',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:97 opus/48000/2',
  'a=rtpmap:96 telephone-event/8000',
  'a=fmtp:96 0-16',
  'a=ptime:30',
  'a=maxptime:140',
];

describe('an SDP offer', () => {
  it('has our codecs in our order, keys, and 20 ms', () => {
    expect(offerSdp(LOCAL, ['PCMU', 'PCMA']).split('\r\n')).toEqual([
      'v=0',
      'o=- 4000 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      'm=audio 4000 RTP/AVP 0 8 101',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      'a=sendrecv',
      '',
    ]);
  });

  it('is read, with static types unnamed, and what we cannot speak left out', () => {
    expect(parseSdp(THEIRS.join('\r\n'))).toEqual({
      host: '10.0.0.1',
      port: 10_020,
      codecs: [
        { codec: 'PCMA', payloadType: 8 },
        { codec: 'PCMU', payloadType: 0 },
      ],
      telephoneEventType: 96,
      ptimeMs: 30,
      direction: 'sendrecv',
    });
  });

  it('is read with a dynamic type for A-law, its own connection and direction, and other media around it', () => {
    const text = [
      ...['v=0', 'c=IN IP4 10.0.0.9', 'a=inactive', 'm=video 1 RTP/AVP 31', 'a=recvonly'],
      ...['m=audio 5 RTP/AVP 107', 'c=IN IP4 10.0.0.1/127', 'a=rtpmap:107 pcma/8000/1', 'a=sendonly'],
      ...['m=video 7 RTP/AVP 31', 'c=IN IP4 10.0.0.8', 'a=inactive'],
    ].join('\n');
    expect(parseSdp(text)).toEqual({
      host: '10.0.0.1',
      port: 5,
      codecs: [{ codec: 'PCMA', payloadType: 107 }],
      direction: 'sendonly',
    });
  });

  it.each([
    ['nothing', ''],
    ['no audio', THEIRS.join('\r\n').replace('m=audio', 'm=video')],
    ['SRTP', THEIRS.join('\r\n').replace('RTP/AVP', 'RTP/SAVP')],
    ['no address', THEIRS.filter((line) => !line.startsWith('c=')).join('\r\n')],
    ['no port', THEIRS.join('\r\n').replace('10020', 'many')],
  ])('is not understood with %s', (_, text) => {
    expect(parseSdp(text)).toBeUndefined();
  });
});

describe('an SDP answer', () => {
  it('takes their first codec that is ours, with their numbers', () => {
    const agreed = agree(parseSdp(THEIRS.join('\r\n')), ['PCMU']);
    expect(agreed).toEqual({
      host: '10.0.0.1',
      port: 10_020,
      codec: 'PCMU',
      payloadType: 0,
      telephoneEventType: 96,
      direction: 'sendrecv',
    });
    const answer = answerSdp(LOCAL, agreed!);
    expect(answer).toContain('m=audio 4000 RTP/AVP 0 96\r\n');
    expect(answer).toContain('a=rtpmap:96 telephone-event/8000\r\n');
  });

  it.each([
    ['sendonly', 'recvonly'],
    ['recvonly', 'sendonly'],
    ['inactive', 'inactive'],
  ])('answers %s with %s', (theirs, ours) => {
    const agreed = agree(parseSdp([...THEIRS, `a=${theirs}`].join('\r\n')), ['PCMA']);
    expect(answerSdp(LOCAL, agreed!)).toContain(`a=${ours}\r\n`);
  });

  it('takes the old way of holding a call for what it is', () => {
    const held = parseSdp(THEIRS.join('\r\n').replaceAll('IN IP4 10.0.0.1', 'IN IP4 0.0.0.0'));
    expect(held?.direction).toBe('inactive');
  });

  it.each([
    ['nothing in common', THEIRS.join('\r\n').replace('9 97 8 0 96', '9 97 96')],
    ['a refused stream', THEIRS.join('\r\n').replace('10020', '0')],
    ['no description', ''],
  ])('is not given to %s', (_, text) => {
    expect(agree(parseSdp(text), ['PCMA', 'PCMU'])).toBeUndefined();
  });
});
