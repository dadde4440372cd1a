import { describe, expect, it } from 'vitest';
import { BurstGate } from '#telephony/wire/burst-gate.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const PTIME_MS = 20;

interface Heard {
  readonly frame: number;
  readonly atMs: number;
}

/** Frames carry their number; one buffer is reused for all of them, as a leg does. */
class Wire {
  readonly clock = new VirtualClock();
  readonly heard: Heard[] = [];
  /** Reports of stale frames, each with how many frames had been delivered before it. */
  readonly stale: { readonly frames: number; readonly after: number }[] = [];
  readonly gate = new BurstGate({
    clock: this.clock,
    ptimeMs: PTIME_MS,
    onFrame: (frame) => this.heard.push({ frame: frame[0]!, atMs: this.clock.nowMs() }),
    onStale: (frames) => this.stale.push({ frames, after: this.heard.length }),
  });
  readonly #buffer = new Int16Array(160);
  #sent = 0;

  /** So many frames at once. */
  burst(frames: number): void {
    for (let n = 0; n < frames; n++) {
      this.#buffer.fill(this.#sent++);
      this.gate.push(this.#buffer);
    }
  }

  async live(frames: number): Promise<void> {
    for (let n = 0; n < frames; n++) {
      this.burst(1);
      await this.clock.advance(PTIME_MS);
    }
  }

  get frames(): readonly number[] {
    return this.heard.map(({ frame }) => frame);
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}

describe('BurstGate', () => {
  it('passes live frames at once', async () => {
    const wire = new Wire();
    await wire.live(500);
    expect(wire.heard).toEqual(range(0, 500).map((frame) => ({ frame, atMs: frame * PTIME_MS })));
    expect(wire.stale).toEqual([]);
    expect(wire.clock.pendingTimers).toBe(0);
  });

  it('passes what jitter of up to 200 ms bunches, at once and for ever', async () => {
    const wire = new Wire();
    let sent = 0;
    for (let round = 0; round < 200; round++) {
      const late = 1 + ((round * 7) % 11);
      await wire.clock.advance(late * PTIME_MS);
      wire.burst(late);
      sent += late;
      expect(wire.heard.length).toBe(sent);
    }
    expect(wire.stale).toEqual([]);
  });

  it('passes the frames of a sender whose clock is 0.1 % fast, for an hour', async () => {
    const wire = new Wire();
    for (let n = 0; n < 180_000; n++) {
      wire.burst(1);
      if (wire.heard.length !== n + 1) break;
      if (n % 1_000 !== 999) await wire.clock.advance(PTIME_MS);
    }
    expect(wire.heard.length).toBe(180_000);
  }, 30_000);

  it('delivers every frame after silence suppression: the first 10 ms late, the others at once', async () => {
    const wire = new Wire();
    await wire.live(50);
    await wire.clock.advance(7_000);
    await wire.live(50);
    expect(wire.frames).toEqual(range(0, 100));
    expect(wire.stale).toEqual([]);
    expect(wire.heard.slice(50, 53).map(({ atMs }) => atMs - 8_000)).toEqual([10, 20, 40]);
  });

  it('loses nothing of a resumption that jitter bunches', async () => {
    const wire = new Wire();
    await wire.live(10);
    await wire.clock.advance(2_000);
    wire.burst(6);
    await wire.clock.advance(120);
    await wire.live(10);
    expect(wire.frames).toEqual(range(0, 26));
    expect(wire.stale).toEqual([]);
  });

  it('keeps the newest 200 ms of a freeze of 8 s, and reports the rest before it delivers', async () => {
    const wire = new Wire();
    await wire.live(50);
    await wire.clock.advance(8_000);
    wire.burst(400);
    await wire.clock.advance(9);
    expect(wire.heard.length).toBe(50);
    await wire.clock.advance(1);
    expect(wire.stale).toEqual([{ frames: 390, after: 50 }]);
    expect(wire.frames.slice(50)).toEqual(range(440, 450));
    expect(wire.clock.pendingTimers).toBe(0);
  });

  it('goes on with live frames that follow a burst without a pause', async () => {
    const wire = new Wire();
    await wire.live(50);
    await wire.clock.advance(8_000);
    wire.burst(400);
    await wire.clock.advance(5);
    await wire.live(200);
    expect(wire.stale).toEqual([{ frames: 391, after: 50 }]);
    expect(wire.frames.slice(50)).toEqual(range(441, 650));
    expect(wire.heard.slice(60).every(({ atMs }, n) => atMs === 9_025 + n * PTIME_MS)).toBe(true);
  });

  it('does not take the second part of a burst for live audio', async () => {
    const wire = new Wire();
    await wire.live(50);
    await wire.clock.advance(8_000);
    wire.burst(200);
    await wire.clock.advance(15);
    wire.burst(200);
    await wire.clock.advance(20);
    await wire.live(50);
    expect(wire.stale.reduce((sum, { frames }) => sum + frames, 0)).toBeGreaterThanOrEqual(375);
    expect(wire.frames.slice(-60)).toEqual(range(440, 500));
  });

  it('knows a second burst, later and right after the first', async () => {
    const wire = new Wire();
    await wire.live(50);
    for (const pauseMs of [3_000, 3_000, 60_000]) {
      await wire.clock.advance(pauseMs);
      wire.burst(pauseMs / PTIME_MS);
      await wire.live(50);
    }
    expect(wire.stale.map(({ frames }) => frames)).toEqual([141, 141, 2_991]);
  });

  it('waits until the sockets were read when its timer is late', async () => {
    const wire = new Wire();
    await wire.live(1);
    await wire.clock.advance(8_000);
    wire.burst(390);
    // The timer falls due, and before anything else runs the rest of the burst is read.
    wire.clock.after(10, () => {
      wire.burst(10);
    });
    await wire.clock.advance(60);
    expect(wire.stale).toEqual([{ frames: 390, after: 1 }]);
    expect(wire.frames.slice(1)).toEqual(range(391, 401));
  });

  it('is not hurried by a second freeze while it holds', async () => {
    const clock = new VirtualClock();
    // As after a freeze: time has passed, but no timer has run.
    let frozenMs = 0;
    const frames: number[] = [];
    const gate = new BurstGate({
      clock: {
        nowMs: () => clock.nowMs() + frozenMs,
        wallMs: () => clock.wallMs(),
        after: (ms, run) => clock.after(ms, run),
        sleep: (ms, opts) => clock.sleep(ms, opts),
      },
      ptimeMs: PTIME_MS,
      onFrame: (frame) => frames.push(frame[0]!),
      onStale: () => undefined,
    });
    const push = (n: number): void => {
      gate.push(new Int16Array(160).fill(n));
    };
    push(0);
    frozenMs += 2_000;
    for (let n = 1; n <= 100; n++) push(n);
    frozenMs += 2_000;
    for (let n = 101; n <= 200; n++) push(n);
    expect(frames).toEqual([0]);
    await clock.advance(20);
    expect(frames).toEqual([0, ...range(191, 201)]);
  });

  it('hears a sender that is never quiet in pieces, without holding more than 200 ms', async () => {
    const wire = new Wire();
    await wire.live(10);
    await wire.clock.advance(1_000);
    for (let n = 0; n < 1_000; n++) {
      wire.burst(1);
      await wire.clock.advance(4);
    }
    expect(wire.heard.length).toBeGreaterThanOrEqual(80);
    expect(wire.heard.length).toBeLessThan(250);
    const dropped = wire.stale.reduce((sum, { frames }) => sum + frames, 0);
    expect(dropped + wire.heard.length).toBeGreaterThanOrEqual(1_010 - 130);
  });

  it('keeps copies: a frame that waited is what it was when it came', async () => {
    const wire = new Wire();
    await wire.clock.advance(1_000);
    wire.burst(1);
    await wire.clock.advance(1_000);
    wire.burst(5);
    await wire.clock.advance(10);
    expect(wire.frames).toEqual(range(0, 6));
  });

  it('delivers nothing once it is disposed of, not even from within a delivery', async () => {
    const wire = new Wire();
    await wire.live(1);
    await wire.clock.advance(1_000);
    wire.burst(50);
    wire.gate[Symbol.dispose]();
    wire.burst(1);
    await wire.clock.advance(1_000);
    expect(wire.heard.length).toBe(1);
    expect(wire.clock.pendingTimers).toBe(0);

    const clock = new VirtualClock();
    let heard = 0;
    const gate: BurstGate = new BurstGate({
      clock,
      ptimeMs: PTIME_MS,
      onFrame: () => {
        heard += 1;
        if (heard === 3) gate[Symbol.dispose]();
      },
      onStale: () => undefined,
    });
    gate.push(new Int16Array(160));
    await clock.advance(1_000);
    for (let n = 0; n < 50; n++) gate.push(new Int16Array(160));
    await clock.advance(1_000);
    expect(heard).toBe(3);
  });
});
