import { describe, expect, it } from 'vitest';
import type { Clock } from '#kernel/clock.ts';
import type { LegEvent } from '#pipeline/ports.ts';
import { aLaw, muLaw } from '#telephony/codec/g711.ts';
import { seededRandom } from '#telephony/phone/random.ts';
import { linkedAsterisk } from '../../../support/fake-asterisk.ts';
import { framesOf, tone } from '../../../support/tone.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const QUIET = 8;
type Options = Parameters<typeof linkedAsterisk>[1];

async function connected(opts: Options = {}, clock = new VirtualClock()) {
  const call = linkedAsterisk(clock, { filler: (out) => out.fill(QUIET), ...opts });
  await clock.advance(1);
  const leg = await call.leg;
  const events: LegEvent[] = [];
  leg.attach((event) => events.push(event.kind === 'frame' ? { ...event, pcm: event.pcm.slice() } : event));
  return { clock, ...call, leg, events };
}

/** Its timers fire later than asked for, as those of a busy event loop do. */
function lateClock(clock: VirtualClock, latenessMs: () => number): Clock {
  return {
    nowMs: () => clock.nowMs(),
    wallMs: () => clock.wallMs(),
    after: (ms, run) => clock.after(Math.max(0, ms) + latenessMs(), run),
    sleep: (ms, opts) => clock.sleep(ms, opts),
  };
}

const isSpeech = (frame: Uint8Array | undefined, law = muLaw): boolean => {
  const pcm = new Int16Array(160);
  law.decodeInto(pcm, frame ?? new Uint8Array(0));
  return pcm.some((sample) => Math.abs(sample) > 500);
};

describe('what the caller hears', () => {
  it('is never nothing: filler from the first moment on, a frame in each tick', async () => {
    const { clock, asterisk } = await connected();
    await clock.advance(2_000);
    expect(asterisk.played.length).toBeGreaterThan(95);
    expect(asterisk.played.slice(2).every((frame) => frame?.length === 160)).toBe(true);
    expect(asterisk.queuedFrames).toBeLessThanOrEqual(2);
  });

  it.each([0, 3, 7, 13, 19])('is a frame in each tick, though our timers are late (phase %i ms)', async (phaseMs) => {
    const clock = new VirtualClock();
    const random = seededRandom(phaseMs + 1);
    const late = lateClock(clock, () => 1 + random() * 18);
    const { asterisk, leg } = await connected({ phaseMs, clock: late }, clock);
    for (let turn = 0; turn < 30; turn++) {
      for (const frame of framesOf(tone(440, 100))) leg.send(frame);
      await clock.advance(50 + turn * 11.3);
      void leg.clear();
      await clock.advance(200);
    }
    expect(asterisk.played.slice(2)).not.toContain(undefined);
    expect(asterisk.queuedFrames).toBeLessThanOrEqual(3);
  });

  it('is a frame in each tick, also right after a flush, whenever it comes', async () => {
    for (let momentMs = 0; momentMs < 20; momentMs += 0.5) {
      const clock = new VirtualClock();
      // What setTimeout makes of 0.
      const { asterisk, leg } = await connected({ clock: lateClock(clock, () => 1) }, clock);
      for (const frame of framesOf(tone(440, 200))) leg.send(frame);
      await clock.advance(80 + momentMs);
      void leg.clear();
      const before = asterisk.played.length;
      await clock.advance(200);
      expect(asterisk.played.slice(before), `flushed at ${momentMs} ms`).not.toContain(undefined);
    }
  });

  it('is nothing between utterances where no filler is wanted', async () => {
    const { clock, leg, asterisk } = await connected({ filler: undefined });
    await clock.advance(200);
    for (const frame of framesOf(tone(440, 100))) leg.send(frame);
    await clock.advance(500);
    expect(asterisk.played.filter((frame) => frame !== undefined).length).toBe(5);
    expect(asterisk.pairing).toEqual(['START', 'STOP']);
  });

  it.each([0, 5, 30])(
    'begins with the first tick when the agent speaks %i ms after the call has begun',
    async (afterMs) => {
      const { clock, leg, asterisk } = await connected();
      await clock.advance(afterMs);
      const before = asterisk.played.length;
      for (const frame of framesOf(tone(440, 100))) leg.send(frame);
      await clock.advance(20);
      expect(isSpeech(asterisk.played.at(before))).toBe(true);
    },
  );

  it('begins within one tick: speech does not wait behind filler', async () => {
    const { clock, leg, asterisk } = await connected();
    await clock.advance(1_000);
    const before = asterisk.played.length;
    for (const frame of framesOf(tone(440, 100))) leg.send(frame);
    await clock.advance(21);
    expect(asterisk.played.slice(before).some((frame) => isSpeech(frame))).toBe(true);
  });

  it('keeps every frame of speech when it pauses for a moment', async () => {
    const { clock, leg, asterisk } = await connected();
    await clock.advance(300);
    for (let burst = 0; burst < 20; burst++) {
      for (const frame of framesOf(tone(440, 40))) leg.send(frame);
      await clock.advance(41 + burst * 3);
    }
    await clock.advance(200);
    expect(asterisk.played.filter((frame) => isSpeech(frame)).length).toBe(40);
  });

  it('pairs START and STOP of buffering strictly, also over flushes', async () => {
    const { clock, leg, asterisk } = await connected();
    for (let turn = 0; turn < 6; turn++) {
      for (const frame of framesOf(tone(440, 200))) leg.send(frame);
      leg.mark(`m${turn}`);
      await clock.advance(turn % 2 ? 100 : 900);
      if (turn % 2) void leg.clear();
      await clock.advance(300);
    }
    const open = { now: false };
    for (const step of asterisk.pairing) {
      expect(['START', 'STOP', 'FLUSH']).toContain(step);
      expect(open.now).toBe(step !== 'START');
      open.now = step === 'START';
    }
    expect(asterisk.pairing.filter((step) => step === 'FLUSH').length).toBe(3);
    expect(asterisk.commands.every((text) => text.length <= 128)).toBe(true);
  });
});

describe('clear', () => {
  it.each([0, 3, 7, 13, 19])('says exactly what was heard, at every phase of the far end (%i ms)', async (phaseMs) => {
    const { clock, leg, asterisk } = await connected({ phaseMs });
    await clock.advance(500);
    const before = asterisk.played.length;
    for (const frame of framesOf(tone(440, 200))) leg.send(frame);
    await clock.advance(97);
    const unplayed = leg.clear();
    await clock.advance(2);
    const heard = asterisk.played.slice(before).filter((frame) => isSpeech(frame)).length;
    expect((await unplayed)! / 160).toBe(10 - heard);
    await clock.advance(500);
    expect(asterisk.played.slice(before).filter((frame) => isSpeech(frame)).length).toBe(heard);
  });

  it('does not count filler that waited', async () => {
    const { clock, leg, asterisk } = await connected();
    for (const frame of framesOf(tone(440, 40))) leg.send(frame);
    await clock.advance(120);
    expect(asterisk.queuedFrames).toBeGreaterThan(0);
    const unplayed = leg.clear();
    await clock.advance(2);
    expect(await unplayed).toBe(0);
  });

  it('does not take a late answer for the next one', async () => {
    const { clock, leg, asterisk, legSocket } = await connected();
    asterisk.isFrozen = true;
    for (const frame of framesOf(tone(440, 200))) leg.send(frame);
    const first = leg.clear();
    await clock.advance(200);
    expect(await first).toBeUndefined();
    for (const frame of framesOf(tone(440, 200))) leg.send(frame);
    const second = leg.clear();
    for (const queue_length of [9, 5]) legSocket.receive(JSON.stringify({ event: 'STATUS', queue_length }));
    await clock.advance(2);
    expect(await second).toBe(5 * 160);
  });

  it('gives up a far end that does not answer', async () => {
    const { clock, leg, asterisk } = await connected();
    asterisk.isFrozen = true;
    leg.send(new Int16Array(160));
    const unplayed = leg.clear();
    await clock.advance(200);
    expect(await unplayed).toBeUndefined();
  });
});

describe('XOFF', () => {
  it('holds speech and marks back until XON, in order, and counts what was held as unsent', async () => {
    const { clock, leg, asterisk, events, problems } = await connected();
    asterisk.tell({ event: 'MEDIA_XOFF' });
    await clock.advance(100);
    const before = asterisk.played.length;
    for (const frame of framesOf(tone(440, 100))) leg.send(frame);
    leg.mark('held');
    await clock.advance(200);
    expect(leg.unsentMs).toBe(100);
    expect(asterisk.played.slice(before).some((frame) => isSpeech(frame))).toBe(false);
    asterisk.tell({ event: 'MEDIA_XON' });
    await clock.advance(300);
    expect(asterisk.played.slice(before).filter((frame) => isSpeech(frame)).length).toBe(5);
    expect(events.filter((event) => event.kind === 'mark')).toEqual([{ kind: 'mark', name: 'held' }]);
    expect(problems).toContain('xoff');
  });

  it('ends a call whose far end takes nothing for a second', async () => {
    const { clock, leg, asterisk, events } = await connected();
    asterisk.tell({ event: 'MEDIA_XOFF' });
    await clock.advance(5);
    for (let n = 0; n < 60; n++) leg.send(new Int16Array(160));
    await clock.advance(10);
    expect(events.at(-1)).toEqual({ kind: 'ended', cause: { result: 'upstream', reason: 'socket-stalled' } });
  });
});

describe('what the agent hears', () => {
  it('is A-law where the dialplan asks for it', async () => {
    const { clock, leg, asterisk, events } = await connected({ format: 'alaw' });
    await asterisk.says(tone(440, 100), (ms) => clock.advance(ms));
    leg.send(tone(440, 20));
    await clock.advance(40);
    expect(events.filter((event) => event.kind === 'frame' && event.pcm.some((s) => s > 5_000)).length).toBe(5);
    expect(asterisk.played.some((frame) => isSpeech(frame, aLaw))).toBe(true);
  });

  it('comes in whole frames, however the messages are cut', async () => {
    const { clock, asterisk, events } = await connected();
    for (const length of [80, 240, 1, 159, 160]) asterisk.hear(new Uint8Array(length).fill(0x20));
    await clock.advance(40);
    const frames = events.filter((event) => event.kind === 'frame');
    expect(frames.length).toBe(4);
  });

  it('conceals what Asterisk’s jitter buffer says is missing, and then hears a gap', async () => {
    const { clock, asterisk, events, problems } = await connected();
    await asterisk.says(tone(200, 400), (ms) => clock.advance(ms));
    for (let n = 0; n < 5; n++) {
      asterisk.hear(new Uint8Array(0));
      await clock.advance(20);
    }
    const concealed = events.filter((event) => event.kind === 'frame' && event.isConcealed === true);
    expect(concealed.length).toBe(3);
    expect(events.filter((event) => event.kind === 'gap')).toEqual([
      { kind: 'gap', samples: 160 },
      { kind: 'gap', samples: 160 },
    ]);
    expect(problems.filter((problem) => problem === 'lost-frame').length).toBe(3);
  });

  it('drops the stale part of a burst after a freeze, and tells how much time it was', async () => {
    const { clock, asterisk, events, problems } = await connected();
    await asterisk.says(tone(200, 400), (ms) => clock.advance(ms));
    await clock.advance(8_000);
    const before = events.length;
    for (let n = 0; n < 400; n++) asterisk.hear(new Uint8Array(160).fill(0x20));
    await clock.advance(60);
    const after = events.slice(before);
    expect(after.filter((event) => event.kind === 'frame').length).toBe(10);
    expect(after.filter((event) => event.kind === 'gap')).toEqual([{ kind: 'gap', samples: 390 * 160 }]);
    expect(problems).toContain('stale-burst');
  });

  it('is kept when it comes before MEDIA_START', async () => {
    const clock = new VirtualClock();
    const { asterisk, leg } = linkedAsterisk(clock, { starts: false });
    await asterisk.says(tone(440, 100), (ms) => clock.advance(ms));
    asterisk.start();
    await clock.advance(2);
    const events: LegEvent[] = [];
    (await leg).attach((event) => events.push(event));
    expect(events.filter((event) => event.kind === 'frame').length).toBe(5);
  });
});

describe('the end', () => {
  it('tells the dialplan what comes next before it lets go', async () => {
    const order: string[] = [];
    const { clock, leg, asterisk } = await connected({
      release: async (cause) => {
        order.push(`${cause.reason}, hung up: ${asterisk.hasHungUp}`);
      },
    });
    void leg.hangUp({ result: 'success', reason: 'goodbye' });
    await clock.advance(50);
    expect(order).toEqual(['goodbye, hung up: false']);
    expect(asterisk.hasHungUp).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not wait for ever for a dialplan that cannot be told', async () => {
    const { clock, leg, asterisk, problems } = await connected({
      release: (_cause, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    });
    void leg.hangUp({ result: 'success', reason: 'goodbye' });
    await clock.advance(1_100);
    expect(asterisk.hasHungUp).toBe(true);
    expect(problems).toContain('end-call-failed');
  });

  it.each([
    [1000, { result: 'caller', reason: 'hung-up' }],
    [1006, { result: 'upstream', reason: 'socket-lost' }],
    [1011, { result: 'upstream', reason: 'socket-closed' }],
  ])('by a socket that closes with %i', async (code, cause) => {
    const { clock, legSocket, events } = await connected();
    legSocket.farSideClosed(code);
    await clock.advance(5);
    expect(events.at(-1)).toEqual({ kind: 'ended', cause });
    expect(clock.pendingTimers).toBeLessThanOrEqual(1);
  });
});

describe('a socket that Asterisk had let go of when we wrote', () => {
  it('is that of a caller who hung up', async () => {
    const { clock, legSocket, events } = await connected();
    legSocket.farSideClosed(1006, true);
    await clock.advance(5);
    expect(events.at(-1)).toEqual({ kind: 'ended', cause: { result: 'caller', reason: 'hung-up' } });
  });
});

describe('bad input', () => {
  it.each([
    ['no JSON', 'x', 'malformed-json'],
    ['an unknown event', '{"event":"MEDIA_DANCE"}', 'unknown-event'],
    ['a mark of nobody', '{"event":"MEDIA_MARK_PROCESSED","correlation_id":"999"}', 'unknown-mark'],
    ['a second start', '{"event":"MEDIA_START","channel_id":"1","format":"ulaw"}', 'second-start'],
    ['an error', '{"event":"ERROR","error_text":"Unable to parse JSON command"}', 'error-event'],
    ['a digit that is none', '{"event":"DTMF_END","digit":"12"}', 'bad-message'],
  ])('%s is counted and the call goes on', async (_, text, problem) => {
    const { clock, leg, asterisk, legSocket, problems, events } = await connected();
    legSocket.receive(text);
    await clock.advance(5);
    expect(problems).toContain(problem);
    await asterisk.says(tone(440, 40), (ms) => clock.advance(ms));
    expect(events.some((event) => event.kind === 'frame')).toBe(true);
    expect(leg.unsentMs).toBe(0);
  });

  it('nonsense without end ends the call', async () => {
    const { clock, legSocket, events } = await connected();
    for (let n = 0; n < 250; n++) legSocket.receive('nonsense');
    await clock.advance(5);
    expect(events.at(-1)).toEqual({ kind: 'ended', cause: { result: 'upstream', reason: 'protocol' } });
  });
});
