import { describe, expect, it } from 'vitest';
import { readDocument } from '#telephony/phone/carrier/document.ts';
import { connectTwiml, refusalTwiml } from '#telephony/twilio/twiml.ts';

describe('a document of the agent', () => {
  it('is followed in order: the stream, what is said after it, the end', () => {
    const twiml = connectTwiml({
      streamUrl: 'wss://agent.example/media',
      token: 'a&b',
      fallback: { kind: 'say', text: 'Ndine urombo <3' },
    });
    expect(readDocument(twiml)).toEqual([
      { kind: 'stream', stream: { streamUrl: 'wss://agent.example/media', parameters: { token: 'a&b' } } },
      { kind: 'wait', ms: 2_000 },
      { kind: 'end' },
    ]);
  });

  it('that refuses says something and ends', () => {
    expect(readDocument(refusalTwiml({ kind: 'play', url: 'https://agent.example/sorry.wav' }))).toEqual([
      { kind: 'wait', ms: 2_000 },
      { kind: 'end' },
    ]);
  });

  it('may wait, and what follows its end is not followed', () => {
    expect(readDocument('<Response><Pause length="7"/><Pause/><Hangup/><Say>no</Say></Response>')).toEqual([
      { kind: 'wait', ms: 7_000 },
      { kind: 'wait', ms: 1_000 },
      { kind: 'end' },
    ]);
  });

  it('that says nothing ends the call', () => {
    expect(readDocument('<?xml version="1.0"?><Response/>')).toEqual([]);
  });
});
