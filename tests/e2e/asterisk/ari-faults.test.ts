import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { AriTrunk } from '#telephony/asterisk/ari-trunk.ts';
import { AllowList, parseNumber } from '#telephony/numbers.ts';
import type { DialRequest, PhoneNumber } from '#telephony/trunk.ts';
import { FakeAri, type FakeAnswer } from '../../support/fake-ari.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { settledOn, untilOn } from '../../support/virtual-wait.ts';

const parsed = parseNumber('0772123456');
const to: PhoneNumber = parsed.ok ? parsed.number : ('' as PhoneNumber);
const request: DialRequest = { callId: 'call-0001', to, ringSeconds: 20 };
const { signal } = new AbortController();

let fake: FakeAri;
let clock: VirtualClock;
let trunk: AriTrunk;
let troubles: [kind: string, sentence: string][];

beforeEach(async () => {
  fake = await FakeAri.start();
  clock = new VirtualClock();
  troubles = [];
  trunk = openTrunk();
});
afterEach(async () => {
  await settled(trunk[Symbol.asyncDispose]());
  await fake[Symbol.asyncDispose]();
});

function openTrunk(password = fake.password): AriTrunk {
  return new AriTrunk({
    url: fake.url,
    user: fake.user,
    password,
    endpoint: 'PJSIP/{number}@carrier',
    allowList: new AllowList(),
    clock,
    onTrouble: (kind, sentence) => troubles.push([kind, sentence]),
    releaseMedia: async () => undefined,
  });
}

const settled = <T>(work: Promise<T>): Promise<T> => settledOn(clock, work);
const until = (isTrue: () => boolean): Promise<void> => untilOn(clock, isTrue);
const connected = (): Promise<void> => until(() => fake.askedFor(/^GET \/bridges$/).length > 0);
const dialled = (): Promise<unknown> => settled(trunk.dial(request, { signal }).catch((error: unknown) => error));
const told = (error: unknown): unknown =>
  isInzwaError(error, 'INZWA_TRUNK_FAILED') ? { retryable: error.retryable, ...error.details } : error;

describe('an attempt with a faulty ARI', () => {
  it('is made once, in this order', async () => {
    expect(await dialled()).toEqual({ outcome: 'answered' });
    expect(fake.askedFor(/channels\/c/)).toEqual([
      'POST /channels/create',
      'POST /channels/call-0001/dial',
      'POST /channels/call-0001/continue',
    ]);
    const [created] = fake.asked.filter(({ path }) => path === '/channels/create');
    expect(created?.query.get('endpoint')).toBe(`PJSIP/${to}@carrier`);
  });

  it.each<[name: string, answer: FakeAnswer]>([
    ['500', { status: 500, body: { error: 'Allocation failed' } }],
    ['silence', 'silent'],
    ['a reset', 'reset'],
  ])('may be made again when no channel was made: %s', async (_name, answer) => {
    fake.answer(/create/, answer);
    expect(told(await dialled())).toMatchObject({ retryable: true });
    expect(fake.askedFor(/dial$/)).toEqual([]);
    expect(fake.askedFor(/^DELETE \/channels/)).toEqual(['DELETE /channels/call-0001']);
    expect(await dialled()).toEqual({ outcome: 'answered' });
  });

  it('is not made when its id is taken, and does not touch the other', async () => {
    await connected();
    fake.put('call-0001', { isInStasis: false });
    expect(told(await dialled())).toMatchObject({ retryable: false, failure: 'conflict' });
    expect(fake.askedFor(/dial$|^DELETE/)).toEqual([]);
  });

  it.each<[name: string, answer: FakeAnswer]>([
    ['500', { status: 500 }],
    ['silence', 'silent'],
    ['a reset', 'reset'],
  ])('is not made again when a telephone may have rung: %s', async (_name, answer) => {
    fake.answer(/dial$/, answer);
    expect(told(await dialled())).toMatchObject({ retryable: false, ambiguous: true });
    expect(fake.askedFor(/dial$/)).toHaveLength(1);
    expect(fake.channels.size).toBe(0);
  });

  it('waits for a channel that cannot be dialled yet', async () => {
    fake.answer(/dial$/, { status: 409 }, { status: 409 });
    expect(await dialled()).toEqual({ outcome: 'answered' });
    expect(fake.askedFor(/dial$/)).toHaveLength(3);
  });

  it('ends when a channel can never be dialled', async () => {
    fake.answer(/dial$/, ...Array.from({ length: 9 }, () => ({ status: 409 })));
    expect(told(await dialled())).toMatchObject({ retryable: false, failure: 'conflict' });
    expect(fake.channels.size).toBe(0);
  });

  it('ends as its channel did when that is gone before it is dialled', async () => {
    fake.answer(/dial$/, { status: 404 });
    const dialling = dialled();
    await until(() => fake.askedFor(/dial$/).length > 0);
    fake.destroy('call-0001', 34, 503);
    expect(await dialling).toEqual({ outcome: 'congestion', cause: 34, sipStatus: 503 });
  });

  it('may be made again when the channel never comes to the application', async () => {
    fake.handsOver = false;
    expect(told(await dialled())).toMatchObject({ retryable: true });
    expect(fake.channels.size).toBe(0);
  });

  it('says that somebody answered who could not be connected', async () => {
    fake.answer(/continue$/, { status: 500 });
    expect(told(await dialled())).toMatchObject({ retryable: false, answered: true });
    expect(fake.channels.size).toBe(0);
  });

  it('is answered when the callee hangs up at once', async () => {
    fake.answer(/continue$/, { status: 404 });
    expect(await dialled()).toEqual({ outcome: 'answered' });
  });

  it('is given up even when Asterisk does not hear it; an answer after that is hung up', async () => {
    fake.callee = 'rings';
    fake.answer(/^DELETE/, 'silent');
    const mind = new AbortController();
    const dialling = trunk.dial(request, { signal: mind.signal });
    await until(() => fake.channels.get('call-0001')?.state === 'Ringing');
    mind.abort();
    expect(await settled(dialling)).toEqual({ outcome: 'cancelled' });
    fake.changeState('call-0001', 'Up');
    await until(() => troubles.length > 0);
    expect(troubles.map(([kind]) => kind)).toEqual(['orphan']);
    expect(fake.channels.size).toBe(0);
  });
});

it('clears away what could not be removed at once', async () => {
  fake.callee = 'rings';
  fake.answer(/^DELETE/, { status: 500 }, 'reset');
  const mind = new AbortController();
  const dialling = trunk.dial(request, { signal: mind.signal });
  await until(() => fake.channels.get('call-0001')?.state === 'Ringing');
  mind.abort();
  expect(await settled(dialling)).toEqual({ outcome: 'cancelled' });
  await until(() => troubles.length > 1);
  expect(fake.channels.size).toBe(0);
  expect(troubles.map(([kind]) => kind)).toEqual(['clean-up-failed', 'orphan']);
});

describe('events that do not come', () => {
  it('are waited for a moment, and then the call may be tried again', async () => {
    await connected();
    fake.refusesEvents = true;
    fake.dropEvents();
    await until(() => troubles.length > 0);
    expect(told(await dialled())).toMatchObject({ retryable: true });
    expect(fake.askedFor(/create/)).toEqual([]);
    fake.refusesEvents = false;
    await clock.advance(10_000);
    expect(await dialled()).toEqual({ outcome: 'answered' });
  });

  it('are told of once for each reason, not once for each try', async () => {
    await connected();
    fake.refusesEvents = true;
    fake.dropEvents();
    const before = fake.connections;
    await until(() => fake.connections > before + 8);
    expect(troubles.map(([kind]) => kind)).toEqual(['events-lost', 'events-refused']);
    expect(troubles[1]?.[1]).toMatch(/ari\.conf/);
  });

  it('for a wrong password say where to look', async () => {
    const wrong = openTrunk('wrong');
    await until(() => troubles.length > 0);
    expect(troubles[0]).toEqual(['events-refused', expect.stringContaining('ari.conf')]);
    await settled(wrong[Symbol.asyncDispose]());
  });

  it('are noticed when the peer falls silent without a reset', async () => {
    await connected();
    fake.isDeaf = true;
    await until(() => troubles.length > 0);
    expect(troubles[0]?.[0]).toBe('events-lost');
    fake.isDeaf = false;
  });

  it('do not hide an answer that came meanwhile', async () => {
    fake.callee = 'rings';
    const dialling = dialled();
    await until(() => fake.channels.get('call-0001')?.state === 'Ringing');
    const before = fake.connections;
    fake.dropEvents();
    fake.channels.get('call-0001')!.state = 'Up';
    await until(() => fake.connections > before);
    expect(await dialling).toEqual({ outcome: 'answered' });
  });

  it('do not hide an end that came meanwhile, of which nobody knows more', async () => {
    fake.callee = 'rings';
    const dialling = dialled();
    await until(() => fake.channels.get('call-0001')?.state === 'Ringing');
    fake.dropEvents();
    fake.channels.delete('call-0001');
    expect(await dialling).toEqual({ outcome: 'failed' });
  });
});

describe('events that make no sense', () => {
  it('are left out, and the call goes on', async () => {
    fake.callee = 'rings';
    const dialling = dialled();
    await until(() => fake.channels.get('call-0001')?.state === 'Ringing');
    for (const text of ['{', '[]', '{"type":7}', '{"type":"StasisStart"}', '{"type":"Nobody"}', ''])
      fake.emitText(text);
    fake.emit({ type: 'ChannelDestroyed', channel: { id: 'call-0001' }, cause: 'busy' });
    fake.emit({ type: 'ChannelDestroyed', channel: { id: 'somebody-else' }, cause: 17 });
    fake.destroy('call-0001', 17, 486);
    expect(await dialling).toEqual({ outcome: 'busy', cause: 17, sipStatus: 486 });
    expect(new Set(troubles.map(([kind]) => kind))).toEqual(new Set(['bad-event']));
    expect(troubles).toHaveLength(6);
  });

  it('end a trunk whose name another has taken', async () => {
    await connected();
    const before = fake.connections;
    fake.emit({ type: 'ApplicationReplaced' });
    await until(() => troubles.length > 0);
    expect(troubles[0]?.[0]).toBe('application-taken');
    expect(told(await dialled())).toMatchObject({ retryable: true });
    expect(fake.connections).toBe(before);
  });
});

describe('what an earlier process left behind', () => {
  it('is cleared with the first connection, and nothing else is touched', async () => {
    await settled(trunk[Symbol.asyncDispose]());
    fake.asked.length = 0;
    fake.put('inzwa-media-0-old');
    fake.put('answered-by-the-old');
    fake.put('rang-for-the-old', { state: 'Ringing' });
    fake.put('in-the-dialplan', { isInStasis: false });
    for (const id of ['inzwa-bridge-old', 'somebody-elses']) fake.bridges.add(id);
    trunk = openTrunk();
    await until(() => fake.askedFor(/^DELETE \/bridges/).length > 0);
    expect(fake.askedFor(/^DELETE/)).toEqual([
      'DELETE /channels/inzwa-media-0-old',
      'DELETE /channels/rang-for-the-old',
      'DELETE /bridges/inzwa-bridge-old',
    ]);
    expect(fake.askedFor(/continue$/)).toEqual(['POST /channels/answered-by-the-old/continue']);
    expect([...fake.channels.keys()]).toEqual(['answered-by-the-old', 'in-the-dialplan']);
  });

  it('is told of when it cannot be cleared', async () => {
    await settled(trunk[Symbol.asyncDispose]());
    fake.answer(/^GET \/channels$/, { status: 500 });
    trunk = openTrunk();
    await until(() => troubles.length > 0);
    expect(troubles[0]?.[0]).toBe('clean-up-failed');
  });
});

it('hangs up with the cause that was asked for', async () => {
  await connected();
  fake.put('1795415122.1', { isInStasis: false });
  await settled(trunk.hangUp('1795415122.1', 'busy', { signal }));
  await settled(trunk.hangUp('1795415122.1', 'normal', { signal }));
  const asked = fake.asked.filter(({ method }) => method === 'DELETE');
  expect(asked.map(({ path, query }) => [path, query.get('reason_code')])).toEqual([
    ['/channels/1795415122.1', '17'],
    ['/channels/1795415122.1', '16'],
  ]);
});
