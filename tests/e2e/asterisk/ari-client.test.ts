import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systemClock as clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import { AriClient, failureOf, isAmbiguous } from '#telephony/asterisk/ari-client.ts';
import { FakeAri, type FakeAnswer } from '../../support/fake-ari.ts';

let fake: FakeAri;
let client: AriClient;
const { signal } = new AbortController();

beforeEach(async () => {
  fake = await FakeAri.start();
  client = new AriClient({ ...fakeAddress(), clock, timeoutMs: 200 });
});
afterEach(() => fake[Symbol.asyncDispose]());

function fakeAddress(): { url: string; user: string; password: string } {
  return { url: fake.url, user: fake.user, password: fake.password };
}

function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a question to ARI', () => {
  it.each<[name: string, answer: FakeAnswer, failure: string, get: boolean, post: boolean]>([
    ['is refused', { status: 400, body: { message: 'Missing' } }, 'refused', false, false],
    ['has a wrong password', { status: 401 }, 'unauthorised', false, false],
    ['names what is gone', { status: 404, body: { message: 'Channel not found' } }, 'gone', false, false],
    ['comes at the wrong time', { status: 409 }, 'conflict', false, false],
    ['comes in a wrong state', { status: 412 }, 'conflict', false, false],
    ['meets a fault', { status: 500, body: { error: 'Allocation failed' } }, 'server-error', true, false],
    [
      'meets a proxy without an Asterisk',
      { status: 502, body: '<html>Bad Gateway</html>' },
      'server-error',
      true,
      false,
    ],
    ['is answered with what is not JSON', { status: 200, body: '<html>' }, 'bad-answer', true, false],
    ['is not answered', 'silent', 'no-answer', true, false],
    ['is cut off', 'reset', 'no-answer', true, false],
  ])('that %s is told as such, and whether it may be asked again', async (_name, answer, failure, get, post) => {
    fake.answer(/./, answer, answer);
    for (const [method, mayBeAsked] of [
      ['GET', get],
      ['POST', post],
    ] as const) {
      const error = await thrownBy(client.ask(method, '/channels/x/dial'));
      expect(failureOf(error)).toBe(failure);
      expect(isInzwaError(error, 'INZWA_TRUNK_FAILED') && error.retryable).toBe(mayBeAsked);
      expect(isAmbiguous(error)).toBe(get);
    }
    expect(fake.asked).toHaveLength(2);
  });

  it('that nobody hears was certainly not heard', async () => {
    const gone = await FakeAri.start();
    const nowhere = new AriClient({ ...fakeAddress(), url: gone.url, clock });
    await gone[Symbol.asyncDispose]();
    const error = await thrownBy(nowhere.ask('POST', '/channels/create'));
    expect(failureOf(error)).toBe('unreachable');
    expect(isInzwaError(error) && error.retryable).toBe(true);
    expect(isAmbiguous(error)).toBe(false);
  });

  it('shows no number in its error, neither ours nor ARI’s', async () => {
    fake.answer(/./, { status: 400, body: { message: 'Invalid endpoint PJSIP/+263771234567@carrier' } });
    const query = { endpoint: 'PJSIP/+263771234567@carrier' };
    const error = await thrownBy(client.ask('POST', '/channels/create', { query, body: { to: '+263771234567' } }));
    expect(isInzwaError(error) && error.message).toContain('Invalid endpoint PJSIP/+…@carrier');
    expect(JSON.stringify(error)).not.toContain('771234567');
  });

  it('that is given up ends with the signal’s reason', async () => {
    fake.answer(/./, 'silent');
    const mind = new AbortController();
    const asking = thrownBy(client.ask('GET', '/channels', { signal: mind.signal }));
    const reason = new Error('changed my mind');
    mind.abort(reason);
    expect(await asking).toBe(reason);
    expect(await thrownBy(client.ask('GET', '/channels', { signal: mind.signal }))).toBe(reason);
  });

  it('is not led elsewhere', async () => {
    fake.answer(/./, { status: 302 });
    expect(failureOf(await thrownBy(client.ask('GET', '/channels')))).toBeDefined();
  });

  it('has an answer of the right shape, or none', async () => {
    fake.answer(/./, { status: 200, body: [{ id: 1 }] });
    const schema = z.array(z.object({ id: z.string() }));
    expect(failureOf(await thrownBy(client.read('/channels', schema)))).toBe('bad-answer');
    expect(await client.read('/channels', schema)).toEqual([]);
  });
});

it('does not mind removing what is gone', async () => {
  fake.put('x');
  expect(await client.remove('/channels/x')).toBe(true);
  expect(await client.remove('/channels/x')).toBe(false);
});

it('writes variables for the dialplan in their order, on the channel that they are for', async () => {
  await client.setVariables('1795415122.1', { INZWA_TARGET: '+263771234567', INZWA_NEXT: 'dial' }, { signal });
  expect(
    fake.asked.map(({ method, path, query }) => [method, path, query.get('variable'), query.get('value')]),
  ).toEqual([
    ['POST', '/asterisk/variable', 'SHARED(INZWA_TARGET,1795415122.1)', '+263771234567'],
    ['POST', '/asterisk/variable', 'SHARED(INZWA_NEXT,1795415122.1)', 'dial'],
  ]);
});
