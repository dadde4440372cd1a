import { describe, expect, it } from 'vitest';
import { Playout } from '#pipeline/speech/playout.ts';
import { FakeLeg } from '../../../support/fake-leg.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { kinds, ramp, stage } from './playout-stage.ts';
import { seeded, StallingClock } from './stalling-clock.ts';

describe('pacing', () => {
  it('sends a lead of 200 ms at once, then a frame on every grid point', async () => {
    const { clock, leg, playout } = stage();
    await clock.advance(7);
    playout.beginSegment('Mhoroi');
    playout.push(ramp(8_000));
    playout.finish();
    await clock.advance(1_500);
    const times = leg.frames.map((frame) => frame.atMs);
    expect(times.slice(0, 10)).toEqual(Array(10).fill(7));
    expect(times.slice(10)).toEqual(Array.from({ length: 40 }, (_, n) => 27 + 20 * n));
    expect(leg.sentAudio).toEqual(ramp(8_000));
  });

  it('says when the first frame left', async () => {
    const { clock, playout, events } = stage();
    await clock.advance(33);
    playout.push(ramp(100));
    expect(events).toEqual([]);
    playout.push(ramp(100));
    expect(events).toEqual([{ kind: 'first-frame-sent', atMs: 33 }]);
  });

  it('fills the last frame with silence', async () => {
    const { clock, leg, playout } = stage();
    playout.push(ramp(170));
    playout.finish();
    await clock.advance(100);
    expect(leg.frames.length).toBe(2);
    expect(leg.frames[1]?.pcm.slice(8, 12)).toEqual(Int16Array.of(169, 170, 0, 0));
  });

  it('does not drift over a minute of timers that come up to 3 ms late', async () => {
    const random = seeded(11);
    const { clock, leg, playout } = stage({ wrap: (inner) => new StallingClock(inner, [], () => random() * 3) });
    playout.push(ramp(8_000 * 60));
    playout.finish();
    await clock.advance(61_000);
    expect(leg.frames.length).toBe(3_000);
    const offGrid = leg.frames.filter(({ atMs }) => Math.min(atMs % 20, 20 - (atMs % 20)) > 5);
    expect(offGrid.length).toBe(0);
    expect(leg.frames.at(-1)?.atMs).toBeLessThan(60_000 - 200 + 25);
  });

  it('makes up for a stall shorter than the lead, on the grid and without an underrun', async () => {
    const { clock, leg, playout, events } = stage({
      wrap: (inner) => new StallingClock(inner, [{ fromMs: 400, toMs: 533 }]),
    });
    playout.push(ramp(16_000));
    playout.finish();
    await clock.advance(2_500);
    expect(kinds(events)).not.toContain('underrun');
    // It woke at 533, 13 ms behind the grid, with audio left at the far end: what was owed went at 540.
    expect(leg.frames.filter(({ atMs }) => atMs === 540).length).toBe(8);
    expect(leg.frames.every(({ atMs }) => atMs % 20 === 0)).toBe(true);
    expect(leg.frames.at(-1)?.atMs).toBe(1_800);
  });

  it('counts a stall longer than the lead as an underrun and builds the lead up again', async () => {
    const { clock, leg, playout, events } = stage({
      wrap: (inner) => new StallingClock(inner, [{ fromMs: 400, toMs: 1_000 }]),
    });
    playout.push(ramp(16_000));
    playout.finish();
    await clock.advance(4_000);
    // Sent up to 380 ms, played out at 580 ms.
    expect(events.filter((event) => event.kind === 'underrun')).toEqual([{ kind: 'underrun', gapMs: 420 }]);
    expect(playout.underruns).toBe(1);
    expect(leg.frames.filter(({ atMs }) => atMs === 1_000).length).toBe(10);
    expect(leg.sentAudio).toEqual(ramp(16_000));
  });

  it('comes back on the grid after a stall, even when the far end is dry', async () => {
    const { clock, leg, playout } = stage({
      wrap: (inner) => new StallingClock(inner, [{ fromMs: 400, toMs: 907 }]),
    });
    playout.push(ramp(16_000));
    playout.finish();
    await clock.advance(4_000);
    expect(leg.frames.filter(({ atMs }) => atMs === 920).length).toBe(10);
    expect(leg.frames.every(({ atMs }) => atMs % 20 === 0)).toBe(true);
  });

  it('goes on when every timer comes too late for the grid', async () => {
    const { clock, leg, playout } = stage({ wrap: (inner) => new StallingClock(inner, [], () => 11) });
    playout.push(ramp(16_000));
    playout.finish();
    await clock.advance(4_000);
    expect(leg.sentAudio).toEqual(ramp(16_000));
  });

  it('sends the rest of a segment when the next one is late, rather than holding half a word back', async () => {
    const { clock, leg, playout } = stage();
    playout.push(ramp(1_000));
    await clock.advance(300);
    expect(leg.frames.length).toBe(7);
    playout.push(ramp(320, 5_000));
    playout.finish();
    await clock.advance(300);
    expect(leg.frames[7]?.pcm[0]).toBe(5_000);
    expect(playout.underruns).toBe(1);
  });

  it('tells by its lead when to synthesise more', async () => {
    const { clock, playout } = stage();
    expect(playout.leadMs).toBe(0);
    playout.push(ramp(8_000));
    expect(playout.leadMs).toBe(1_000);
    let isDrained = false;
    void playout.drained(400, { signal: new AbortController().signal }).then(() => (isDrained = true));
    await clock.advance(580);
    expect([isDrained, playout.leadMs]).toEqual([false, 420]);
    await clock.advance(40);
    expect(isDrained).toBe(true);
    const turn = new AbortController();
    const waiting = playout.drained(10, { signal: turn.signal });
    turn.abort(new Error('turn over'));
    await expect(waiting).rejects.toThrow('turn over');
  });
});

describe('the end of a turn', () => {
  it('comes with the last mark', async () => {
    const { clock, leg, playout, events } = stage();
    playout.beginSegment('Mhoroi,');
    playout.push(ramp(1_600));
    playout.beginSegment('makadii?');
    playout.push(ramp(1_600));
    playout.finish();
    await clock.advance(390);
    expect(kinds(events)).toEqual(['first-frame-sent']);
    await clock.advance(20);
    expect(events.at(-1)).toEqual({
      kind: 'finished',
      by: 'mark',
      heard: { text: 'Mhoroi, makadii?', samples: 3_200, isComplete: true },
    });
    expect(leg.marks.map(({ name, afterSamples }) => [name, afterSamples])).toEqual([
      ['t1:0', 1_600],
      ['t1:1', 3_200],
    ]);
    expect([playout.isPlaying, clock.pendingTimers]).toEqual([false, 0]);
  });

  it('comes by the clock when no mark does', async () => {
    const { clock, playout, events } = stage({ hasMarks: false });
    playout.beginSegment('Mhoroi');
    playout.push(ramp(1_600));
    playout.finish();
    await clock.advance(590);
    expect(kinds(events)).toEqual(['first-frame-sent']);
    await clock.advance(20);
    expect(events.at(-1)).toMatchObject({ kind: 'finished', by: 'clock', heard: { text: 'Mhoroi' } });
    expect(clock.pendingTimers).toBe(0);
  });

  it('comes at once when there was nothing to say', async () => {
    const { clock, leg, playout, events } = stage();
    playout.finish();
    await clock.advance(1);
    expect(kinds(events)).toEqual(['finished']);
    expect(leg.frames.length).toBe(0);
  });

  it('ignores marks of other turns and of segments not sent', async () => {
    const { clock, playout } = stage({ hasMarks: false });
    playout.beginSegment('imwe mbiri');
    playout.push(ramp(16_000));
    playout.beginSegment('nhatu ina');
    playout.push(ramp(16_000));
    await clock.advance(100);
    for (const name of ['t2:0', 't1:1', 't1:9', 't1:x', 'x']) playout.onMark(name);
    expect(playout.heard()).toEqual({ text: '', samples: 800, isComplete: false });
  });
});

describe('what was heard', () => {
  it('counts words in proportion to their letters', async () => {
    const { clock, playout } = stage();
    playout.beginSegment('aaaa bbbb cccc dddd');
    playout.push(ramp(8_000));
    playout.finish();
    await clock.advance(260);
    expect(playout.heard()).toEqual({ text: 'aaaa', samples: 2_080, isComplete: false });
    await clock.advance(500);
    expect(playout.heard().text).toBe('aaaa bbbb cccc');
  });

  it('believes a mark before the clock', async () => {
    const { clock, leg, playout } = stage({ hasMarks: false });
    playout.beginSegment('imwe mbiri');
    playout.push(ramp(1_280));
    playout.beginSegment('nhatu ina');
    playout.push(ramp(8_000));
    await clock.advance(40);
    expect(leg.marks.map(({ name }) => name)).toEqual(['t1:0']);
    expect(playout.heard().text).toBe('');
    playout.onMark('t1:0');
    expect(playout.heard()).toEqual({ text: 'imwe mbiri', samples: 1_280, isComplete: false });
  });

  it('does not count what still waits in our own socket', async () => {
    const { clock, leg, playout } = stage();
    playout.push(ramp(8_000));
    await clock.advance(200);
    expect(playout.heard().samples).toBe(1_600);
    leg.unsentMs = 300;
    expect(playout.heard().samples).toBe(800);
  });
});

describe('barge-in', () => {
  it('tells the far end to forget, and says what was heard', async () => {
    const { clock, leg, playout, events } = stage();
    playout.beginSegment('Kiriniki inovhura nguva dzesere');
    playout.push(ramp(16_000));
    playout.finish();
    await clock.advance(1_000);
    const heard = playout.clear();
    expect(heard).toEqual({ text: 'Kiriniki', samples: 8_000, isComplete: false });
    expect(leg.clears).toEqual([{ atMs: 1_000, afterSamples: 9_600 }]);
    playout.push(ramp(1_600));
    playout.beginSegment('x');
    playout.finish();
    expect([playout.clear(), playout.heard()]).toEqual([heard, heard]);
    await clock.advance(5_000);
    expect(leg.frames.length).toBe(60);
    expect(leg.clears.length).toBe(1);
    expect(kinds(events)).toEqual(['first-frame-sent']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('may come from inside an event', async () => {
    const clock = new VirtualClock();
    const leg = new FakeLeg(clock);
    const playout: Playout = new Playout({ leg, clock, turnId: 't', onEvent: () => playout.clear() });
    playout.push(ramp(8_000));
    await clock.advance(1_000);
    expect(leg.frames.length).toBe(1);
  });

  it('sends nothing of the turn afterwards, whenever it comes', async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
    const random = seeded(seed);
    for (let round = 0; round < 60; round++) {
      const stallFrom = random() * 2_000;
      const stall = { fromMs: stallFrom, toMs: stallFrom + random() * 600 };
      const { clock, leg, playout, events } = stage({
        wrap: (inner) => new StallingClock(inner, [stall], () => random() * 4),
        hasMarks: random() < 0.7,
      });
      const clearAtMs = random() * 3_000;
      let pushed = 0;
      let cleared: { samples: number; frames: number; marks: number } | undefined;
      while (clock.nowMs() < 4_000) {
        const dice = random();
        const untilClear = clearAtMs - clock.nowMs();
        await clock.advance(cleared || untilClear > 150 ? random() * 150 : Math.max(0, untilClear));
        if (!cleared && clock.nowMs() >= clearAtMs - 1e-6) {
          const heard = playout.clear();
          cleared = { samples: heard.samples, frames: leg.frames.length, marks: leg.marks.length };
        }
        if (dice < 0.2) playout.beginSegment(`izwi ${pushed}`);
        else if (dice < 0.9) {
          const piece = ramp(Math.ceil(random() * 4_000), (pushed % 8_000) + 1);
          playout.push(piece);
          if (!cleared) pushed += piece.length;
        } else if (dice > 0.97) playout.finish();
      }
      const story = `seed ${seed} round ${round}`;
      expect(leg.frames.length, story).toBe(cleared?.frames);
      expect(leg.marks.length, story).toBe(cleared?.marks);
      expect(cleared?.samples, story).toBeLessThanOrEqual(pushed);
      expect(playout.isPlaying, story).toBe(false);
      expect(clock.pendingTimers, story).toBe(0);
      expect(events.filter((event) => event.kind === 'first-frame-sent').length, story).toBeLessThanOrEqual(1);
    }
  });
});
