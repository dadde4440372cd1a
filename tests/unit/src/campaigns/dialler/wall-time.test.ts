import { describe, expect, it } from 'vitest';
import { WallTime } from '#src/campaigns/dialler/wall-time.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const HOUR_MS = 3_600_000;

describe('WallTime', () => {
  it('is the wall clock, however far it is set forward', async () => {
    const clock = new VirtualClock();
    const wall = new WallTime(clock);
    await clock.advance(5_000);
    clock.setWall(clock.wallMs() + HOUR_MS);
    expect(wall.times()).toEqual([clock.wallMs()]);
  });

  it('doubts a clock that was set back, and names the time that it would be', async () => {
    const clock = new VirtualClock();
    const wall = new WallTime(clock);
    wall.times();
    clock.setWall(clock.wallMs() - HOUR_MS);
    await clock.advance(1_000);
    expect(wall.times()).toEqual([clock.wallMs(), clock.wallMs() + HOUR_MS]);
  });

  it('takes no notice of a clock that is slewed', () => {
    const clock = new VirtualClock();
    const wall = new WallTime(clock);
    for (let minutes = 0; minutes < 10; minutes++) {
      clock.setWall(clock.wallMs() - 50_000);
      expect(wall.times()).toHaveLength(1);
    }
  });

  it('believes the clock after a day', async () => {
    const clock = new VirtualClock();
    const wall = new WallTime(clock);
    clock.setWall(clock.wallMs() - HOUR_MS);
    expect(wall.times()).toHaveLength(2);
    await clock.advance(25 * HOUR_MS);
    expect(wall.times()).toHaveLength(1);
  });
});
