import { describe, expect, it } from 'vitest';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { SignatureCheck } from '#telephony/twilio/webhooks.ts';

const TOKEN = 'a'.repeat(32);
const FORM = { CallSid: 'CA1', From: '+263771234567', Body: 'mhoro & makadii' };
const check = new SignatureCheck({ authTokens: [TOKEN, 'b'.repeat(32)], publicUrl: 'https://voice.example.org/' });
const sign = (url: string, form: object = {}, token = TOKEN): string => getExpectedTwilioSignature(token, url, form);

describe('SignatureCheck', () => {
  it('reproduces the example of Twilio’s documentation', () => {
    const documented = new SignatureCheck({ authTokens: ['12345'], publicUrl: 'https://example.com' });
    const form = {
      CallSid: 'CA1234567890ABCDE',
      Caller: '+14158675310',
      Digits: '1234',
      From: '+14158675310',
      To: '+18005551212',
    };
    expect(documented.isSignedPost('/myapp.php?foo=1&bar=2', form, 'L/OH5YylLD5NRKLltdqwSvS0BnU=')).toBe(true);
  });

  it.each([
    'https://voice.example.org/twilio/voice',
    'https://voice.example.org/twilio/voice/',
    'https://voice.example.org:443/twilio/voice',
  ])('takes a form signed for %s', (url) => {
    expect(check.isSignedPost('/twilio/voice', FORM, sign(url, FORM))).toBe(true);
    expect(check.isSignedPost('/twilio/voice/', FORM, sign(url, FORM))).toBe(true);
  });

  it('takes the token that replaces the old one', () => {
    const signature = sign('https://voice.example.org/twilio/voice', FORM, 'b'.repeat(32));
    expect(check.isSignedPost('/twilio/voice', FORM, signature)).toBe(true);
  });

  it.each([
    ['another host', sign('https://evil.example.org/twilio/voice', FORM)],
    ['another form', sign('https://voice.example.org/twilio/voice', { ...FORM, CallSid: 'CA2' })],
    ['another token', sign('https://voice.example.org/twilio/voice', FORM, 'c'.repeat(32))],
    ['another query', sign('https://voice.example.org/twilio/voice?x=1', FORM)],
    ['nonsense', 'nonsense'],
    ['nothing', undefined],
  ])('refuses a signature over %s', (_, signature) => {
    expect(check.isSignedPost('/twilio/voice', FORM, signature)).toBe(false);
  });

  it.each([
    'wss://voice.example.org/twilio/media',
    'wss://voice.example.org/twilio/media/',
    'wss://voice.example.org:443/twilio/media',
    'https://voice.example.org/twilio/media',
  ])('takes an upgrade signed for %s', (url) => {
    expect(check.isSignedUpgrade('/twilio/media', sign(url))).toBe(true);
  });

  it('refuses an upgrade signed for another path, and says where the stream goes', () => {
    expect(check.isSignedUpgrade('/twilio/media', sign('wss://voice.example.org/twilio/other'))).toBe(false);
    expect(check.isSignedUpgrade('/twilio/media', undefined)).toBe(false);
    expect(check.streamUrl('/twilio/media')).toBe('wss://voice.example.org/twilio/media');
  });

  it('takes a query string as it was sent', () => {
    const signature = sign("https://voice.example.org/twilio/voice?a=it's", FORM);
    expect(check.isSignedPost("/twilio/voice?a=it's", FORM, signature)).toBe(true);
  });
});
