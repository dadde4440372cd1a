/** Twenty callers at once, each with a conversation of their own. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { punctualityOf } from '#src/cli/bench/punctuality.ts';
import { HUNG_UP, PATIENCE_MS, TestRig, type RigCall } from '../../support/asterisk-rig.ts';
import { tone } from '../../support/tone.ts';

const CALLS = 20;

let rig: TestRig;
beforeAll(async () => {
  rig = await TestRig.start({ env: { INZWA_MAX_CALLS: '25' } });
});
afterAll(() => rig[Symbol.asyncDispose]());
afterEach(() => rig.expectNothingLeft());

it('twenty calls at once are all greeted and answered, and nobody hears or says what is another’s', async () => {
  const calls: RigCall[] = [];
  for (let n = 0; n < CALLS; n++) calls.push(await rig.call());
  await rig.sleep(1_000);
  for (const { packets } of calls)
    expect(packets.filter(({ levelDbfs }) => levelDbfs > -20).length).toBeGreaterThan(40);

  const conversation = async (call: RigCall, n: number): Promise<void> => {
    const { phone } = call;
    // A key of each caller's own ends the greeting: 7 is nobody's, so what is said of it is short.
    await phone.sendDigits(keysFor(n));
    await phone.waitUntilQuiet({ silentMs: 400, timeoutMs: 20_000 });
    // They ask one after the other, so that an answer to another's question is heard as one.
    await rig.sleep(n * 120);
    const askedAtMs = clock.nowMs();
    await phone.say(tone(300, 600));
    const answerAtMs = await phone.waitUntilSpeaking({ timeoutMs: PATIENCE_MS });
    await rig.eventOf(call, 'decision', {
      where: ({ source, cardId }) => source === 'card' && cardId === 'chitupa-chekuberekwa',
    });
    await rig.sleep(4_000);
    expect(phone.heardSpeechAfter(askedAtMs)).toBe(answerAtMs);
    expect(keysOf(call)).toBe(keysFor(n));
  };
  await Promise.all(calls.map(conversation));

  const punctuality = calls.map(({ phone }) => punctualityOf(phone.receivedFrames));
  const sum = (of: (one: (typeof punctuality)[number]) => number): number =>
    punctuality.reduce((total, one) => total + of(one), 0);
  const share = sum(({ punctual }) => punctual) / sum(({ frames }) => frames);
  const lateTicks = calls.reduce((total, { phone }) => total + phone.pacing.lateTicks, 0);
  console.log(
    `RTP within 5 ms of the grid: ${(100 * share).toFixed(2)} % of ${sum(({ frames }) => frames)}; late ticks of the telephone itself: ${lateTicks}`,
  );
  for (const { phone } of calls) {
    expect(phone.rtpStats()).toMatchObject({ lost: 0, duplicates: 0, sources: 1 });
    phone.hangUp();
  }
  for (const call of calls) expect(HUNG_UP).toContainEqual((await rig.eventOf(call, 'call-ended')).cause);
  expect(rig.events.filter(({ kind }) => kind === 'stage-failed')).toEqual([]);
});

/** Two keys without a card behind them, another pair for each caller. */
function keysFor(n: number): string {
  const keys = '7*#ABCD';
  return `${keys[Math.floor(n / keys.length)] ?? ''}${keys[n % keys.length] ?? ''}`;
}

function keysOf({ callId }: RigCall): string {
  return rig.events.map((event) => (event.callId === callId && event.kind === 'dtmf' ? event.digit : '')).join('');
}
