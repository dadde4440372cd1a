import { describe, expect, it } from 'vitest';
import { decodeBase64Into, outboundWriter, parseMessage } from '#telephony/twilio/messages.ts';

const parsed = (value: unknown): ReturnType<typeof parseMessage> => parseMessage(JSON.stringify(value));

describe('parseMessage', () => {
  it('reads numbers written as strings or as numbers', () => {
    const media = { track: 'inbound', chunk: '7', timestamp: 120, payload: 'AAAA' };
    expect(parsed({ event: 'media', sequenceNumber: '9', streamSid: 'MZ1', media })).toMatchObject({
      ok: true,
      message: { sequenceNumber: 9, media: { chunk: 7, timestamp: 120 } },
    });
  });

  it('lets unknown fields through and fills what may be left out', () => {
    const start = { callSid: 'CA1', mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: '8000' }, brandNew: true };
    expect(parsed({ event: 'start', streamSid: 'MZ1', start, alsoNew: {} })).toMatchObject({
      ok: true,
      message: { start: { customParameters: {}, mediaFormat: { sampleRate: 8_000, channels: 1 } } },
    });
    expect(parsed({ event: 'connected' }).ok).toBe(true);
    expect(parsed({ event: 'stop', stop: {} }).ok).toBe(true);
  });

  it.each([
    ['not json', 'malformed-json'],
    ['', 'malformed-json'],
    ['null', 'bad-message'],
    ['"media"', 'bad-message'],
    ['{"event":7}', 'bad-message'],
    ['{"event":"__proto__"}', 'unknown-event'],
    ['{"event":"toString"}', 'unknown-event'],
    ['{"event":"dtmf","dtmf":{"digit":"12"}}', 'bad-message'],
    ['{"event":"dtmf","dtmf":{"digit":"E"}}', 'bad-message'],
    ['{"event":"media","media":{"payload":5}}', 'bad-message'],
    ['{"event":"media","sequenceNumber":"-1","media":{"payload":""}}', 'bad-message'],
    ['{"event":"start","streamSid":"MZ1","start":{}}', 'bad-message'],
  ])('%s is %s', (text, reason) => {
    expect(parseMessage(text)).toEqual({ ok: false, reason });
  });
});

describe('decodeBase64Into', () => {
  const dst = Buffer.alloc(12);
  it.each([
    ['', 0],
    ['AQI=', 2],
    ['AQ==', 1],
    ['AQID', 3],
  ])('%s holds %i bytes', (text, bytes) => {
    expect(decodeBase64Into(dst, text)).toBe(bytes);
  });

  it.each(['A', 'AAA', '!!!!', 'AA=A', '====', 'AA\nA', 'ÄÄÄÄ', 'AAAA'.repeat(5)])('refuses %s', (text) => {
    expect(decodeBase64Into(dst, text)).toBeUndefined();
  });
});

describe('outboundWriter', () => {
  it('writes JSON whatever the ids hold', () => {
    const write = outboundWriter('MZ"1');
    expect(JSON.parse(write.media('AAAA'))).toEqual({ event: 'media', streamSid: 'MZ"1', media: { payload: 'AAAA' } });
    expect(JSON.parse(write.mark('1:"x'))).toEqual({ event: 'mark', streamSid: 'MZ"1', mark: { name: '1:"x' } });
    expect(JSON.parse(write.clear())).toEqual({ event: 'clear', streamSid: 'MZ"1' });
  });
});
