import { describe, expect, it } from 'vitest';
import { TurnAborted } from '#kernel/abort.ts';
import type { Piece } from '#pipeline/dialogue/reply.ts';
import { announce } from '#pipeline/speech/announcement.ts';
import { FakeLeg } from '../../../support/fake-leg.ts';
import { tone } from '../../../support/tone.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

async function* pieces(...lengthsMs: readonly number[]): AsyncGenerator<Piece> {
  for (const [index, ms] of lengthsMs.entries()) {
    await Promise.resolve();
    yield { text: `piece ${index}`, pcm: tone(400, ms), isCached: true };
  }
}

const never = new AbortController().signal;

describe('an announcement', () => {
  it('is heard to its end, and nothing after it', async () => {
    const clock = new VirtualClock();
    const leg = new FakeLeg(clock);
    const heard = announce(leg, pieces(600, 400), { clock, signal: never });
    let isOver = false;
    void heard.then(() => (isOver = true));
    await clock.advance(900);
    expect(isOver).toBe(false);
    await clock.advance(600);
    expect(await heard).toBeUndefined();
    expect(leg.frames.length).toBe(50);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends with the caller who hangs up', async () => {
    const clock = new VirtualClock();
    const leg = new FakeLeg(clock);
    const heard = announce(leg, pieces(2_000), { clock, signal: never });
    await clock.advance(500);
    leg.callerHangsUp();
    expect(await heard).toMatchObject({ result: 'caller' });
    const sent = leg.frames.length;
    await clock.advance(2_000);
    expect(leg.frames.length).toBe(sent);
  });

  it('stops when its signal aborts', async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    const heard = announce(new FakeLeg(clock), pieces(2_000), { clock, signal: abort.signal });
    heard.catch(() => undefined);
    await clock.advance(500);
    abort.abort(new TurnAborted('drain'));
    await expect(heard).rejects.toMatchObject({ why: 'drain' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('without a sound is over at once', async () => {
    const clock = new VirtualClock();
    expect(await announce(new FakeLeg(clock), pieces(), { clock, signal: never })).toBeUndefined();
  });
});
