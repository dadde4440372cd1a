/** One caller, one agent, a real Asterisk between them: who hears what, and how it ends. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '#telephony/phone/random.ts';
import { timestampDistance } from '#telephony/phone/sip/rtp.ts';
import { HUNG_UP, PATIENCE_MS, TestRig, type RigCall } from '../../support/asterisk-rig.ts';
import { tone, toneLevelDbfs } from '../../support/tone.ts';
import type { TappedPacket } from '../../support/wire-tap.ts';

/** What the caller hums; the agent's voice is 400 Hz. */
const CALLER_HZ = 300;
/** Between the hiss of a quiet line and any voice. */
const SOUND_DBFS = -50;
const isVoice = ({ levelDbfs }: TappedPacket): boolean => levelDbfs > SOUND_DBFS;

let rig: TestRig;
beforeAll(async () => {
  rig = await TestRig.start({ env: { INZWA_MAX_CALLS: '20' } });
});
afterAll(() => rig[Symbol.asyncDispose]());
afterEach(() => rig.expectNothingLeft());

describe('a conversation', () => {
  it('has a greeting, an answer to a question, and silence for a caller who interrupts', async () => {
    const call = await rig.call();
    const { phone } = call;
    const greetingMs = (await phone.waitUntilSpeaking({ timeoutMs: PATIENCE_MS })) - phone.progress.inviteAtMs;
    expect(greetingMs).toBeLessThan(1_000);
    await phone.waitUntilQuiet({ silentMs: 300, timeoutMs: 20_000 });
    const greeting = await rig.eventOf(call, 'agent-said');
    expect(greeting).toMatchObject({ source: 'pack', isComplete: true, heardText: greeting.text });

    const question = await phone.say(tone(CALLER_HZ, 1_200));
    const answerAtMs = await phone.waitUntilSpeaking({ timeoutMs: PATIENCE_MS });
    expect(answerAtMs - question.lastVoicedAtMs).toBeGreaterThan(0);
    expect(await rig.eventOf(call, 'decision')).toMatchObject({ source: 'card', cardId: 'chitupa-chekuberekwa' });
    await rig.sleep(1_000);
    const answer = call.packets.filter(isVoice).slice(-20);
    expect(toneLevelDbfs(Int16Array.from(answer.flatMap(({ pcm }) => [...pcm])), 400)).toBeGreaterThan(-16);

    const silence = phone.waitUntilQuiet({ silentMs: 500, timeoutMs: PATIENCE_MS });
    const interruption = await phone.say(tone(CALLER_HZ, 1_500));
    const silentAfterMs = (await silence) - interruption.firstVoicedAtMs;
    expect(silentAfterMs).toBeLessThan(interruption.endAtMs - interruption.firstVoicedAtMs);
    // Nothing of the answer comes back while the caller speaks.
    expect(phone.heardSpeechAfter(interruption.firstVoicedAtMs + silentAfterMs)).toBeUndefined();
    phone.hangUp();
    await phone.ended;
  });

  it('is accounted for to the frame: what an interrupted caller heard is what came by RTP', async () => {
    const seed = Date.now() % 100_000;
    const random = seededRandom(seed);
    const interrupted = async (pausesMs: readonly number[]): Promise<void> => {
      const call = await rig.call();
      // Two things are interrupted: the greeting, by the question, and the answer to it.
      for (const [turn, pauseMs] of pausesMs.entries()) {
        const begun = await rig.eventOf(call, 'first-frame-sent', { where: (event) => event.turn === turn });
        await rig.sleep(pauseMs);
        await call.phone.say(tone(CALLER_HZ, 1_000));
        const said = await rig.eventOf(call, 'agent-said', { where: (event) => event.turn === turn });
        const heard = call.packets.filter(({ atMs }) => atMs >= begun.atMs && atMs < said.atMs + 200).filter(isVoice);
        const which = `seed ${seed}, turn ${turn} interrupted after ${pauseMs} ms`;
        expect(said.isComplete, which).toBe(false);
        expect(Math.abs(said.heardMs - heard.length * 20), which).toBeLessThanOrEqual(20);
        expect(said.text.startsWith(said.heardText), which).toBe(true);
      }
      call.phone.hangUp();
      await call.phone.ended;
    };
    const pauses = Array.from({ length: 10 }, () => [random() * 3_000, random() * 4_000]);
    await Promise.all(pauses.map(interrupted));
  });
});

describe('the end of a call', () => {
  it('comes from the caller at any time, and leaves nothing behind', async () => {
    const stages: Record<string, (call: RigCall) => Promise<unknown>> = {
      'during the greeting': () => rig.sleep(500),
      'while the agent thinks': async ({ phone }) => {
        await rig.sleep(300);
        await phone.say(tone(CALLER_HZ, 1_000));
        await rig.sleep(100);
      },
      'during an answer': async (call) => {
        await rig.sleep(300);
        await call.phone.say(tone(CALLER_HZ, 1_000));
        await rig.eventOf(call, 'first-frame-sent', { where: ({ turn }) => turn === 1 });
        await rig.sleep(400);
      },
      'while nobody speaks': async (call) => {
        await rig.eventOf(call, 'agent-said');
        await rig.sleep(500);
      },
    };
    const endings = await Promise.all(
      Object.entries(stages).map(async ([stage, untilThen]) => {
        const call = await rig.call();
        await untilThen(call);
        call.phone.hangUp();
        const ending = await call.phone.ended;
        const { cause } = await rig.eventOf(call, 'call-ended');
        expect(HUNG_UP, stage).toContainEqual(cause);
        return [stage, ending.by];
      }),
    );
    expect(endings).toEqual(Object.keys(stages).map((stage) => [stage, 'caller']));
  });

  it('comes before it began, when the caller gives up at any moment of the set-up', async () => {
    for (const afterMs of [0, 2, 4, 6, 8, 12, 16, 24, 40]) {
      const given = new AbortController();
      const dialled = rig.dial({ signal: given.signal });
      dialled.catch(() => undefined);
      await rig.sleep(afterMs);
      given.abort(new Error('enough'));
      await dialled.then(
        async (call) => expect((await call.ended).by).toBe('caller'),
        (error: unknown) => expect(error).toMatchObject({ message: 'enough' }),
      );
    }
  });

  it('comes from the agent when the caller says nothing; until then there was RTP without a pause', async () => {
    // Without ARI nobody can tell the dialplan that this was a proper end; it finds out by itself.
    await using without = await TestRig.start({ hasAri: false });
    const silent = async (on: TestRig): Promise<RigCall> => {
      const call = await on.call();
      expect(await call.phone.ended).toMatchObject({ by: 'agent', details: { q850: 16 } });
      expect(on.events.filter(({ kind }) => kind === 'call-started').at(-1)?.callId).toBe(call.callId);
      const said = on.events.filter(({ callId, kind }) => callId === call.callId && kind === 'agent-said');
      expect(said).toMatchObject([{ source: 'pack' }, { source: 'pack' }, { source: 'pack' }]);
      expect((await on.eventOf(call, 'call-ended')).cause).toEqual({ result: 'caller', reason: 'silent' });
      await on.expectNothingLeft();
      return call;
    };
    const calls = await Promise.all([silent(rig), silent(without)]);

    for (const { packets } of calls) {
      expect(packets.length * 20).toBeGreaterThan(20_000);
      // By the timestamps: what this process was late to take has still come.
      const pausesMs = packets
        .slice(1)
        .map((packet, n) => timestampDistance(packets[n]?.timestamp ?? 0, packet.timestamp) / 8);
      expect(Math.max(...pausesMs)).toBeLessThanOrEqual(60);
      const hiss = packets.filter((packet) => !isVoice(packet)).map(({ levelDbfs }) => levelDbfs);
      expect(hiss.length * 20).toBeGreaterThan(15_000);
      expect(hiss.filter((level) => level > -80).length).toBeGreaterThan(0.9 * hiss.length);
    }
  });
});
