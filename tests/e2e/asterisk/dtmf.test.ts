/** Keys by the three ways that telephones have: each counts, and counts once. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestRig, type RigCall } from '../../support/asterisk-rig.ts';

const ALL_KEYS = '1234567890*#ABCD';
/** As fast as the standard lets anybody be (ITU-T Q.24: 40 ms on, 40 ms off is the least that counts). */
const QUICK = { onMs: 50, offMs: 50 };
const WAYS = ['rfc4733', 'info', 'inband'] as const;

let rig: TestRig;
beforeAll(async () => {
  rig = await TestRig.start();
});
afterAll(() => rig[Symbol.asyncDispose]());
afterEach(() => rig.expectNothingLeft());

/** Longer than any way takes, for those that come twice. */
const SETTLE_MS = 700;

function keysOf({ callId }: RigCall): string {
  return rig.events.map((event) => (event.callId === callId && event.kind === 'dtmf' ? event.digit : '')).join('');
}

describe.each(WAYS)('keys by %s', (by) => {
  it('count once each, however quickly they are pressed and although the agent speaks', async () => {
    const call = await rig.call();
    // Every key but the first is pressed into the answer to the one before.
    await rig.eventOf(call, 'first-frame-sent');
    await call.phone.sendDigits(ALL_KEYS, { by, ...QUICK });
    await rig.sleep(SETTLE_MS);
    expect(keysOf(call)).toBe(ALL_KEYS);
  });

  it('count once when they are held for a second, and the same key twice when it is pressed twice', async () => {
    const call = await rig.call();
    await call.phone.sendDigits('5', { by, onMs: 1_000, offMs: 100 });
    await call.phone.sendDigits('77', { by, onMs: 80, offMs: 80 });
    await rig.sleep(SETTLE_MS);
    expect(keysOf(call)).toBe('577');
  });

  it('are answered: a key takes the floor from the greeting and gets its card', async () => {
    const call = await rig.call();
    await rig.sleep(500);
    await call.phone.sendDigits('5', { by });
    expect(await rig.eventOf(call, 'decision')).toMatchObject({ source: 'card', cardId: 'nzvimbo', turn: 1 });
    expect(await rig.eventOf(call, 'agent-said')).toMatchObject({ turn: 0, isComplete: false });
    await rig.eventOf(call, 'first-frame-sent', { where: ({ turn }) => turn === 1 });
  });
});

describe('a gateway that tells of a key twice', () => {
  it.each([0, 150])('by its tones and by an event %i ms later, pressed it once', async (laterMs) => {
    const call = await rig.call();
    await rig.sleep(200);
    const tones = call.phone.sendDigits('8', { by: 'inband', onMs: 120 });
    await rig.sleep(laterMs);
    await Promise.all([tones, call.phone.sendDigits('8', { by: 'info' })]);
    await rig.sleep(SETTLE_MS);
    expect(keysOf(call)).toBe('8');
  });
});
