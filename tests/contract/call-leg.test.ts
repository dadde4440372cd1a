import { describe, expect, it } from 'vitest';
import type { CallLeg, EndCause, LegEvent } from '#pipeline/ports.ts';
import { narrowband } from '#pipeline/audio/narrowband-leg.ts';
import type { LineFiller } from '#telephony/wire/quiet-line.ts';
import { linkedAsterisk, type FakeFormat } from '../support/fake-asterisk.ts';
import { FakeLeg } from '../support/fake-leg.ts';
import { linkedAudioSocket } from '../support/linked-audiosocket.ts';
import { linkedCall } from '../support/linked-call.ts';
import { framesOf, tone } from '../support/tone.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** One leg with somebody at the far end of it. */
interface Bench {
  readonly clock: VirtualClock;
  readonly leg: CallLeg;
  /** The caller makes a sound of some frames. */
  readonly callerSays: (pcm: Int16Array) => Promise<void>;
  readonly callerPresses: (digit: string) => Promise<void>;
  readonly callerHangsUp: () => Promise<void>;
  readonly farEndHasEnded: () => boolean;
}

async function asteriskBench(format: FakeFormat): Promise<Bench> {
  const clock = new VirtualClock();
  const { asterisk, leg } = linkedAsterisk(clock, { format, filler: (out) => out.fill(8) });
  await clock.advance(10);
  return {
    clock,
    leg: narrowband(await leg),
    async callerSays(pcm) {
      if (format !== 'slin16') return asterisk.says(pcm, (ms) => clock.advance(ms));
      for (const frame of framesOf(pcm)) {
        const twice = new Int16Array(320);
        for (let i = 0; i < 320; i++) twice[i] = frame[i >> 1]!;
        asterisk.hear(new Uint8Array(twice.buffer));
        await clock.advance(20);
      }
    },
    async callerPresses(digit) {
      asterisk.press(digit);
      await clock.advance(20);
    },
    async callerHangsUp() {
      asterisk.hangUp();
      await clock.advance(20);
    },
    farEndHasEnded: () => asterisk.hasHungUp,
  };
}

async function twilioBench(filler?: LineFiller): Promise<Bench> {
  const clock = new VirtualClock();
  const call = linkedCall(clock, filler && { filler });
  await clock.advance(1);
  const leg = await call.leg;
  let hasEnded = false;
  void call.phone.ended.then(() => (hasEnded = true));
  return {
    clock,
    leg,
    async callerSays(pcm) {
      void call.phone.say(pcm);
      await clock.advance(pcm.length / 8 + 60);
    },
    async callerPresses(digit) {
      void call.phone.sendDigits(digit);
      await clock.advance(200);
    },
    async callerHangsUp() {
      call.phone.hangUp();
      await clock.advance(20);
    },
    farEndHasEnded: () => hasEnded,
  };
}

const IMPLEMENTATIONS: readonly { readonly name: string; readonly build: () => Promise<Bench> }[] = [
  { name: 'TwilioMediaLeg', build: () => twilioBench() },
  { name: 'TwilioMediaLeg on a line that is never silent', build: () => twilioBench((out) => out.fill(8)) },
  { name: 'AsteriskMediaLeg, mu-law', build: () => asteriskBench('ulaw') },
  { name: 'AsteriskMediaLeg, A-law', build: () => asteriskBench('alaw') },
  { name: 'AsteriskMediaLeg, slin16 as narrowband', build: () => asteriskBench('slin16') },
  {
    name: 'AudioSocketLeg',
    async build() {
      const clock = new VirtualClock();
      const { asterisk, leg } = linkedAudioSocket(clock, { filler: () => (out) => void out.fill(0) });
      await clock.advance(1);
      return {
        clock,
        leg: await leg,
        async callerSays(pcm) {
          asterisk.say(pcm);
          await clock.advance(pcm.length / 8);
        },
        async callerPresses(digit) {
          asterisk.press(digit);
          await clock.advance(10);
        },
        async callerHangsUp() {
          asterisk.callerHangsUp();
          await clock.advance(10);
        },
        farEndHasEnded: () => asterisk.leftBecause !== undefined,
      };
    },
  },
  {
    name: 'FakeLeg',
    async build() {
      const clock = new VirtualClock();
      const leg = new FakeLeg(clock);
      return {
        clock,
        leg,
        async callerSays(pcm) {
          leg.hear(...framesOf(pcm));
          await clock.advance(pcm.length / 8);
        },
        async callerPresses(digit) {
          leg.press(digit);
        },
        async callerHangsUp() {
          leg.callerHangsUp();
        },
        farEndHasEnded: () => leg.endedWith !== undefined,
      };
    },
  },
];

const SUCCESS: EndCause = { result: 'success', reason: 'goodbye' };
const marksOf = (events: readonly LegEvent[]): string[] => events.flatMap((e) => (e.kind === 'mark' ? [e.name] : []));
const endings = (events: readonly LegEvent[]): EndCause[] =>
  events.flatMap((e) => (e.kind === 'ended' ? [e.cause] : []));

describe.each(IMPLEMENTATIONS)('CallLeg contract: $name', ({ build }) => {
  async function attached(): Promise<Bench & { readonly events: LegEvent[] }> {
    const bench = await build();
    const events: LegEvent[] = [];
    bench.leg.attach((event) => events.push(event.kind === 'frame' ? { ...event, pcm: event.pcm.slice() } : event));
    return { ...bench, events };
  }

  it('hands over whole frames of one ptime, in order', async () => {
    const { events, callerSays, leg } = await attached();
    await callerSays(tone(400, 200));
    const frames = events.flatMap((e) => (e.kind === 'frame' ? [e.pcm] : []));
    const samples = (leg.format.sampleRateHz * leg.format.ptimeMs) / 1_000;
    expect(frames.length).toBeGreaterThanOrEqual(10);
    expect(frames.every((pcm) => pcm.length === samples)).toBe(true);
    expect(frames.filter((pcm) => pcm.some((sample) => Math.abs(sample) > 1_000)).length).toBeGreaterThanOrEqual(10);
  });

  it('keeps what comes before attach and delivers it at once', async () => {
    const { leg, callerPresses } = await build();
    await callerPresses('7');
    const events: LegEvent[] = [];
    leg.attach((event) => events.push(event));
    expect(events.filter((e) => e.kind === 'dtmf')).toEqual([{ kind: 'dtmf', digit: '7' }]);
  });

  it('reports a mark when the audio before it has been played, not when it was sent', async () => {
    const { leg, events, clock } = await attached();
    for (const frame of framesOf(tone(600, 200))) leg.send(frame);
    leg.mark('phrase');
    await clock.advance(150);
    expect(marksOf(events)).toEqual([]);
    await clock.advance(150);
    expect(marksOf(events)).toEqual(['phrase']);
  });

  it('never reports a mark that a clear returned, and reports those after it', async () => {
    const { leg, events, clock } = await attached();
    for (const frame of framesOf(tone(600, 400))) leg.send(frame);
    leg.mark('same name');
    await clock.advance(60);
    void leg.clear();
    leg.send(new Int16Array(160));
    leg.mark('same name');
    leg.mark('after');
    await clock.advance(600);
    expect(marksOf(events)).toEqual(['same name', 'after']);
  });

  it('tells what a clear took back, exact to one frame, or that the far end does not tell', async () => {
    const { leg, clock } = await attached();
    for (const frame of framesOf(tone(600, 400))) leg.send(frame);
    await clock.advance(110);
    const clearing = leg.clear();
    await clock.advance(500);
    const unplayed = await clearing;
    if (unplayed === undefined) return;
    // Sent at any phase of the far end's 20 ms: 90 to 110 ms of it were played, or a frame less.
    expect(unplayed % 160).toBe(0);
    expect(unplayed).toBeGreaterThanOrEqual(3_200 - 880 - 160);
    expect(unplayed).toBeLessThanOrEqual(3_200 - 720 + 160);
  });

  it('refuses a frame that is not one ptime, and keeps no reference to the one it took', async () => {
    const { leg } = await attached();
    expect(() => leg.send(new Int16Array(80))).toThrow('80');
    const frame = new Int16Array(160).fill(1_000);
    leg.send(frame);
    frame.fill(0);
    expect(leg.unsentMs).toBeGreaterThanOrEqual(0);
  });

  it('ends once, with the first cause, when the caller hangs up', async () => {
    const { leg, events, callerHangsUp, clock } = await attached();
    await callerHangsUp();
    const hangingUp = leg.hangUp(SUCCESS);
    await clock.advance(3_000);
    await hangingUp;
    expect(endings(events)).toEqual([{ result: 'caller', reason: 'hung-up' }]);
  });

  it('ends once when we hang up, tells the far end, and is silent afterwards', async () => {
    const { leg, events, clock, callerPresses, farEndHasEnded } = await attached();
    const hangingUp = leg.hangUp(SUCCESS);
    await clock.advance(3_000);
    await hangingUp;
    await leg[Symbol.asyncDispose]();
    expect(endings(events)).toEqual([SUCCESS]);
    expect(farEndHasEnded()).toBe(true);
    leg.send(new Int16Array(160));
    leg.mark('late');
    void leg.clear();
    await callerPresses('1').catch(() => undefined);
    expect(events.at(-1)?.kind).toBe('ended');
  });

  it('is never re-entrant: hanging up inside an event delivers the end after it', async () => {
    const { leg, clock, callerPresses } = await build();
    const order: string[] = [];
    leg.attach((event) => {
      if (event.kind === 'frame') return;
      order.push(`${event.kind} in`);
      if (event.kind === 'dtmf') void leg.hangUp(SUCCESS);
      order.push(`${event.kind} out`);
    });
    await callerPresses('1');
    await clock.advance(3_000);
    expect(order).toEqual(['dtmf in', 'dtmf out', 'ended in', 'ended out']);
  });
});
