import { describe, expect, it } from 'vitest';
import { kinds, ramp, stage } from './playout-stage.ts';

describe('a hold', () => {
  const loud = (ms: number): Int16Array => Int16Array.from({ length: ms * 8 }, (_, i) => 5_000 + (i % 2_000));

  it('lets what was sent sound, then nothing', async () => {
    const { clock, leg, playout } = stage();
    playout.beginSegment('Kiriniki inovhura');
    playout.push(ramp(16_000));
    await clock.advance(500);
    playout.hold();
    const sent = leg.frames.length;
    await clock.advance(2_000);
    expect(leg.frames.length).toBe(sent);
    expect(leg.clears.length).toBe(0);
    expect(playout.heard().samples).toBe(sent * 160);
  });

  it('that ends while the far end still plays is not heard at all', async () => {
    const { clock, leg, playout, events } = stage();
    playout.beginSegment('Kiriniki inovhura nguva dzesere');
    playout.push(ramp(16_000));
    playout.finish();
    await clock.advance(500);
    playout.hold();
    await clock.advance(150);
    expect(playout.goOn()).toBe(0);
    await clock.advance(3_000);
    expect(leg.sentAudio).toEqual(ramp(16_000));
    expect(kinds(events)).toEqual(['first-frame-sent', 'finished']);
    expect(leg.frames.every(({ atMs }) => atMs % 20 === 0)).toBe(true);
  });

  it('that was heard goes on from the beginning of the word, on the grid, and loses nothing', async () => {
    const { clock, leg, playout, events } = stage();
    playout.beginSegment('aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd');
    playout.push(loud(2_000));
    playout.finish();
    await clock.advance(607);
    playout.hold();
    // 607 ms and the lead: at 800 ms, within the second word, which began at 500 ms.
    await clock.advance(800);
    const againMs = playout.goOn();
    expect(againMs).toBeGreaterThanOrEqual(180);
    expect(againMs).toBeLessThanOrEqual(420);
    await clock.advance(3_000);
    const audio = loud(2_000);
    const back = againMs * 8;
    expect(leg.sentAudio.slice(0, 6_400)).toEqual(audio.slice(0, 6_400));
    expect(leg.sentAudio.slice(6_400, 6_400 + audio.length - 6_400 + back)).toEqual(audio.slice(6_400 - back));
    expect(leg.frames.every(({ atMs }) => atMs % 20 === 0)).toBe(true);
    expect(playout.underruns).toBe(0);
    expect(events.at(-1)).toMatchObject({ kind: 'finished', by: 'mark', heard: { samples: 16_000, isComplete: true } });
    expect(leg.marks).toHaveLength(1);
  });

  it('that ends in an interruption counts what was heard once, also when a word was said again', async () => {
    for (const tellsUnplayed of [true, false]) {
      const { clock, leg, playout } = stage();
      leg.tellsUnplayed = tellsUnplayed;
      playout.beginSegment('aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd');
      playout.push(loud(2_000));
      playout.finish();
      await clock.advance(600);
      playout.hold();
      await clock.advance(500);
      const againMs = playout.goOn();
      await clock.advance(100);
      playout.clear();
      // All that is played now had been heard before.
      expect(againMs).toBeGreaterThan(100);
      expect((await playout.settled()).samples).toBe(6_400);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('before the first frame keeps it back', async () => {
    const { clock, leg, playout, events } = stage();
    playout.hold();
    playout.beginSegment('Hongu');
    playout.push(ramp(1_600));
    playout.finish();
    await clock.advance(500);
    expect(leg.frames.length).toBe(0);
    playout.goOn();
    await clock.advance(500);
    expect(leg.sentAudio).toEqual(ramp(1_600));
    expect(events[0]).toEqual({ kind: 'first-frame-sent', atMs: 500 });
  });

  it('does not keep back the end of what has been sent to its end', async () => {
    const { clock, playout, events } = stage();
    playout.beginSegment('Hongu');
    playout.push(ramp(800));
    playout.finish();
    playout.hold();
    await clock.advance(200);
    expect(kinds(events)).toEqual(['first-frame-sent', 'finished']);
  });

  it('takes in what is synthesised meanwhile', async () => {
    const { clock, leg, playout } = stage();
    playout.beginSegment('imwe');
    playout.push(ramp(800));
    await clock.advance(20);
    playout.hold();
    playout.push(ramp(800, 801));
    playout.beginSegment('mbiri');
    playout.push(ramp(800, 1_601));
    playout.finish();
    await clock.advance(60);
    playout.goOn();
    await clock.advance(1_000);
    expect(leg.sentAudio).toEqual(ramp(2_400));
    expect(leg.marks.map(({ afterSamples }) => afterSamples)).toEqual([1_600, 2_400]);
  });

  it('tells when each frame will be heard', async () => {
    const plays: number[] = [];
    const { clock, playout } = stage({ onPlays: (_, atMs) => plays.push(atMs) });
    playout.push(ramp(3_200));
    playout.finish();
    await clock.advance(1_000);
    expect(plays).toEqual(Array.from({ length: 20 }, (_, n) => n * 20));
  });
});
