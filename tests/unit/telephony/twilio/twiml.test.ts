import { describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { readConnectStream } from '#telephony/phone/read-twiml.ts';
import { connectTwiml, refusalTwiml } from '#telephony/twilio/twiml.ts';

const STREAM = { streamUrl: 'wss://voice.example.org/twilio/media', token: `a&<"'b` };

describe('connectTwiml', () => {
  it('connects the stream with its token and speaks the fallback after it', () => {
    const twiml = connectTwiml({ ...STREAM, fallback: { kind: 'say', text: 'Tiregerere & mufonezve' } });
    expect(readConnectStream(twiml)).toEqual({ streamUrl: STREAM.streamUrl, parameters: { token: STREAM.token } });
    expect(twiml).toMatch(/<\/Connect><Say>Tiregerere &amp; mufonezve<\/Say><Hangup\/><\/Response>$/);
  });

  it('names the language of what is read, or plays a recording', () => {
    const said = connectTwiml({ ...STREAM, fallback: { kind: 'say', text: 'x', language: 'sw-KE' } });
    expect(said).toContain('<Say language="sw-KE">x</Say>');
    const played = connectTwiml({ ...STREAM, fallback: { kind: 'play', url: 'https://voice.example.org/a.wav' } });
    expect(played).toContain('</Connect><Play>https://voice.example.org/a.wav</Play>');
  });
});

describe('refusalTwiml', () => {
  it('says why and hangs up', () => {
    expect(refusalTwiml({ kind: 'say', text: 'busy' })).toMatch(/<Response><Say>busy<\/Say><Hangup\/><\/Response>$/);
  });
});

describe('readConnectStream', () => {
  const refusal = (twiml: string): string | undefined => {
    try {
      readConnectStream(twiml);
    } catch (error) {
      return isInzwaError(error, 'INZWA_PHONE_REFUSED') ? error.message : 'another error';
    }
    return undefined;
  };

  it('refuses an answer without a stream, or without a word after it', () => {
    expect(refusal(refusalTwiml({ kind: 'say', text: 'busy' }))).toContain('connects no stream');
    expect(refusal('<Response><Connect><Stream/></Connect><Say>x</Say></Response>')).toContain('connects no stream');
    expect(refusal('<Response><Connect><Stream url="wss://x"/></Connect></Response>')).toContain('nothing is spoken');
  });

  it('takes an answer without a word after the stream from an agent that need not have one', () => {
    const twiml = '<Response><Connect><Stream url="wss://x"/></Connect></Response>';
    expect(readConnectStream(twiml, { needsFallback: false }).streamUrl).toBe('wss://x');
  });

  it('reads either quote, character references and parameters without a value', () => {
    const twiml = `<Response><Connect><Stream url='wss://x/?a&amp;b'><Parameter name="k" value="&#x41;&#66;&apos;&what;"/>
      <Parameter name='empty'/><Parameter value="nameless"/></Stream></Connect><Play>x</Play></Response>`;
    expect(readConnectStream(twiml)).toEqual({
      streamUrl: 'wss://x/?a&b',
      parameters: { k: `AB'&what;`, empty: '' },
    });
  });
});
