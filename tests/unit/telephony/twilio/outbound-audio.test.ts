import { describe, expect, it } from 'vitest';
import type { Clock } from '#kernel/clock.ts';
import { seededRandom } from '#telephony/phone/random.ts';
import type { WirePhone } from '#telephony/phone/wire-phone.ts';
import { ComfortNoise } from '#telephony/signal/comfort-noise.ts';
import type { TwilioMediaLeg } from '#telephony/twilio/media-leg.ts';
import type { LineFiller } from '#telephony/wire/quiet-line.ts';
import { linkedCall, type LinkedCall } from '../../../support/linked-call.ts';
import { framesOf, tone } from '../../../support/tone.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

interface Bench extends Omit<LinkedCall, 'leg'> {
  readonly clock: VirtualClock;
  readonly leg: TwilioMediaLeg;
  readonly marks: string[];
  /** What the caller heard of each 20 ms, from the tick at which the leg was there. */
  readonly heard: ('nothing' | 'filler' | 'speech')[];
}

const QUIET: LineFiller = (out) => void out.fill(8);

async function connected(
  opts: { filler?: LineFiller | undefined; network?: (clock: Clock) => Clock; phaseMs?: number } = { filler: QUIET },
): Promise<Bench> {
  const clock = new VirtualClock();
  const { filler, network } = opts;
  const { leg: opening, ...call } = linkedCall(clock, {
    ...(filler && { filler }),
    ...(network && { network: network(clock) }),
  });
  await clock.advance(1 + (network ? 100 : 0));
  const leg = await opening;
  const marks: string[] = [];
  leg.attach((event) => {
    if (event.kind === 'mark') marks.push(event.name);
  });
  const heard: Bench['heard'] = [];
  call.phone.onHeard(({ pcm, isSilent }) => {
    heard.push(!isSilent ? 'speech' : pcm.some((sample) => sample !== 0) ? 'filler' : 'nothing');
  });
  await clock.advance(opts.phaseMs ?? 0);
  return { ...call, clock, leg, marks, heard };
}

/** Messages keep their order and take `leastMs` to `mostMs`; both directions share one road. */
function slowNetwork(leastMs: number, mostMs: number, random: () => number): (clock: Clock) => Clock {
  return (clock) => {
    let lastMs = 0;
    return {
      nowMs: () => clock.nowMs(),
      wallMs: () => clock.wallMs(),
      after(ms, run) {
        lastMs = Math.max(lastMs, clock.nowMs() + ms + leastMs + (mostMs - leastMs) * random());
        return clock.after(lastMs - clock.nowMs(), run);
      },
      sleep: (ms, opts) => clock.sleep(ms, opts),
    };
  };
}

function say(leg: TwilioMediaLeg, ms: number, mark?: string): void {
  for (const frame of framesOf(tone(440, ms))) leg.send(frame);
  if (mark !== undefined) leg.mark(mark);
}

/** How long after `sinceMs` the caller first heard speech. */
function heardAfterMs(phone: WirePhone, sinceMs: number): number {
  return (phone.heardSpeechAfter(sinceMs) ?? Number.NaN) - sinceMs;
}

describe('a quiet line', () => {
  it('is never dead: filler in each 20 ms, with two frames in hand at most', async () => {
    const { clock, heard, phone } = await connected();
    await clock.advance(2_000);
    expect(heard.slice(1)).not.toContain('nothing');
    expect(heard).not.toContain('speech');
    expect(phone.receivedFrames.length - heard.length).toBeLessThanOrEqual(3);
  });

  it('goes over into speech and back without a hole', async () => {
    for (let phaseMs = 0; phaseMs < 20; phaseMs += 1) {
      const { clock, leg, heard } = await connected({ filler: QUIET, phaseMs });
      await clock.advance(300);
      say(leg, 200, 'm');
      await clock.advance(600);
      expect(heard.slice(1), `phase ${phaseMs} ms`).not.toContain('nothing');
      expect(heard.filter((what) => what === 'speech').length).toBe(10);
    }
  });

  it('does not begin inside speech that goes on before it has run out', async () => {
    for (let leftMs = 1; leftMs < 60; leftMs += 2) {
      const { clock, leg, heard } = await connected();
      await clock.advance(300);
      say(leg, 200);
      await clock.advance(200 - leftMs);
      say(leg, 200);
      await clock.advance(600);
      const spoken = heard.slice(heard.indexOf('speech'), heard.lastIndexOf('speech') + 1);
      expect(spoken, `${leftMs} ms before it has`).toEqual(Array.from({ length: 20 }, () => 'speech'));
    }
  });

  it('is filled again at once when speech was cleared', async () => {
    const { clock, leg, heard } = await connected();
    say(leg, 400, 'm');
    await clock.advance(105);
    void leg.clear();
    const before = heard.length;
    await clock.advance(200);
    expect(new Set(heard.slice(before))).toEqual(new Set(['filler']));
  });

  it('is silence to whoever measures by level', async () => {
    const noise = new ComfortNoise();
    const { clock, phone } = await connected({ filler: (out) => noise.fill(out) });
    await clock.advance(30_000);
    expect(phone.heardSpeechAfter(0)).toBeUndefined();
    const quiet = phone.waitUntilQuiet({ silentMs: 500, timeoutMs: 1_000 });
    await clock.advance(600);
    expect(await quiet).toBeGreaterThan(0);
    expect(phone.receivedFrames.every(({ isSilent }) => isSilent)).toBe(true);
  });

  it('is nothing at all where no filler is wanted', async () => {
    const { clock, leg, heard, phone, legSocket } = await connected({});
    await clock.advance(100);
    say(leg, 100);
    await clock.advance(500);
    expect(heard.filter((what) => what !== 'nothing').length).toBe(5);
    expect(phone.receivedFrames.length).toBe(5);
    expect(legSocket.sent.length).toBe(5);
  });

  it('gets no filler on top of what the socket does not take', async () => {
    const { clock, legSocket } = await connected();
    await clock.advance(200);
    legSocket.bufferedAmount = 1_000;
    const before = legSocket.sent.length;
    await clock.advance(1_000);
    expect(legSocket.sent.length).toBe(before);
    legSocket.bufferedAmount = 0;
    await clock.advance(100);
    expect(legSocket.sent.length).toBeGreaterThan(before);
  });

  it('ends with the call', async () => {
    const { clock, leg, legSocket } = await connected();
    void leg.hangUp({ result: 'ours', reason: 'test' });
    const before = legSocket.sent.length;
    await clock.advance(3_000);
    expect(legSocket.sent.length).toBe(before);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the first frame of speech', () => {
  it('does not wait behind filler', async () => {
    for (let phaseMs = 0; phaseMs < 20; phaseMs += 1) {
      const { clock, leg, phone } = await connected({ filler: QUIET, phaseMs });
      await clock.advance(1_000);
      const sinceMs = clock.nowMs();
      say(leg, 100);
      await clock.advance(200);
      expect(heardAfterMs(phone, sinceMs), `phase ${phaseMs} ms`).toBeLessThanOrEqual(20);
      expect(phone.clears.length).toBe(1);
    }
  });

  it('clears nothing when no filler was sent since the last', async () => {
    const { clock, leg, phone } = await connected();
    await clock.advance(500);
    say(leg, 100);
    await clock.advance(40);
    say(leg, 100, 'm');
    await clock.advance(20);
    expect(phone.clears.length).toBe(1);
  });

  it('waits for one frame of filler at most while a mark is out, and returns no mark unheard', async () => {
    for (let gapMs = 25; gapMs < 85; gapMs += 1) {
      const waits: number[] = [];
      for (const filler of [QUIET, undefined]) {
        const { clock, leg, phone, marks } = await connected({ filler, network: slowNetwork(60, 60, () => 0) });
        await clock.advance(500);
        say(leg, 200, 'first');
        // It is heard until 280 ms from now at the latest, and its mark is back 60 ms later.
        await clock.advance(200 + gapMs);
        const arrivesMs = clock.nowMs() + 60;
        say(leg, 200, 'second');
        await clock.advance(1_000);
        expect(marks).toEqual(['first', 'second']);
        expect(phone.marks.some(({ wasCleared }) => wasCleared)).toBe(false);
        expect(phone.clears.length).toBe(filler ? 1 : 0);
        waits.push(heardAfterMs(phone, arrivesMs));
      }
      expect(waits[0]! - waits[1]!, `after ${gapMs} ms`).toBeLessThanOrEqual(20);
    }
  });

  it('does not wait behind filler when speech was held without a mark', async () => {
    const { clock, leg, phone, marks } = await connected();
    await clock.advance(300);
    say(leg, 200);
    await clock.advance(700);
    const sinceMs = clock.nowMs();
    say(leg, 200, 'm');
    await clock.advance(400);
    expect(heardAfterMs(phone, sinceMs)).toBeLessThanOrEqual(20);
    expect(marks).toEqual(['m']);
  });
});

describe('over a network that takes 20 to 200 ms', () => {
  it.each([1, 2, 3, 4])(
    'no speech is lost, no mark comes back unheard, no problem is counted (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const { clock, leg, phone, marks, heard, problems } = await connected({
        filler: QUIET,
        network: slowNetwork(20, 200, random),
      });
      let [frames, expected] = [0, 0];
      for (let turn = 0; turn < 40; turn += 1) {
        const ms = 20 * (1 + Math.floor(random() * 10));
        const isMarked = random() < 0.7;
        frames += ms / 20;
        say(leg, ms, isMarked ? `m${++expected}` : undefined);
        await clock.advance(random() * 600);
      }
      await clock.advance(3_000);
      expect(heard.filter((what) => what === 'speech').length).toBe(frames);
      expect(marks).toEqual(Array.from({ length: expected }, (_, n) => `m${n + 1}`));
      expect(phone.marks.filter(({ wasCleared }) => wasCleared)).toEqual([]);
      expect(phone.clears.length).toBeGreaterThan(3);
      expect(problems).toEqual([]);
    },
  );
});

describe('marks of its own', () => {
  it('are no event, and no problem, whether they come back or are cleared', async () => {
    const { clock, leg, marks, problems, phone } = await connected();
    for (let turn = 0; turn < 5; turn += 1) {
      say(leg, 100);
      await clock.advance(101 + turn * 10);
      if (turn % 2) void leg.clear();
      await clock.advance(300);
    }
    expect([marks, problems]).toEqual([[], []]);
    expect(phone.marks.length).toBeGreaterThan(2);
  });
});
