import { describe, expect, it } from 'vitest';
import { answerChallenge, parseChallenge } from '#telephony/phone/sip/digest.ts';

/** RFC 7616 §3.9.1: both answers to one challenge. */
const CREDENTIALS = { username: 'Mufasa', password: 'Circle of Life' };
const REQUEST = { method: 'GET', uri: '/dir/index.html', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' };
const challengeOf = (algorithm: string): string =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';

describe('the answer to a digest challenge', () => {
  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('is the one of RFC 7616 by %s', (algorithm, response) => {
    const answer = answerChallenge(parseChallenge(challengeOf(algorithm))!, CREDENTIALS, REQUEST);
    expect(answer).toContain(`response="${response}"`);
    expect(answer).toContain('qop=auth, nc=00000001, cnonce="f2/wE');
    expect(answer).toContain('opaque="FQhe/');
  });

  it('is the old one (RFC 2069) where no quality is offered', () => {
    const challenge = parseChallenge('digest realm="testrealm@host.com",nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"');
    const answer = answerChallenge(challenge!, { ...CREDENTIALS, password: 'CircleOfLife' }, REQUEST);
    expect(answer).toContain('response="1949323746fe6a43ef61f9606e7febea"');
    expect(answer).not.toContain('qop');
  });

  it('knows a nonce that was only too old', () => {
    expect(parseChallenge('Digest realm="a", nonce="b", stale=TRUE')?.isStale).toBe(true);
    expect(parseChallenge('Digest realm="a", nonce="b"')).toEqual({
      realm: 'a',
      nonce: 'b',
      algorithm: 'MD5',
      hasQopAuth: false,
      isStale: false,
    });
  });

  it.each([
    'Basic realm="a"',
    'Digest realm="a"',
    'Digest nonce="a"',
    'Digest realm="a", nonce="b", algorithm=AKAv1-MD5',
    '',
  ])('is not given to %j', (value) => {
    expect(parseChallenge(value)).toBeUndefined();
  });
});
