import { describe, expect, it } from 'vitest';
import { PacedSender } from '#telephony/asterisk/audiosocket/paced-sender.ts';
import { LinkedByteSocket } from '../../../../support/linked-audiosocket.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

/** A clock whose owner is busy: its time goes on without the timers that fall due meanwhile. */
class StallingClock extends VirtualClock {
  #stalledMs = 0;

  override nowMs(): number {
    return super.nowMs() + this.#stalledMs;
  }

  stall(ms: number): void {
    this.#stalledMs += ms;
  }
}

interface Bench {
  readonly clock: StallingClock;
  readonly socket: LinkedByteSocket;
  readonly sender: PacedSender;
  readonly marks: { readonly name: string; readonly atMs: number }[];
  readonly told: string[];
  /** When what was sent: the value of its samples. Filler counts -1, -2, … */
  readonly sent: () => (readonly [number, number])[];
}

function bench(opts: { readonly fills?: boolean } = {}): Bench {
  const clock = new StallingClock();
  const socket = new LinkedByteSocket(clock);
  const marks: Bench['marks'] = [];
  const told: string[] = [];
  let fillers = 0;
  const sender = new PacedSender({
    callId: 'c1',
    format: { sampleRateHz: 8_000, ptimeMs: 20 },
    socket,
    clock,
    filler: (opts.fills ?? true) ? (out) => void out.fill(-++fillers) : undefined,
    onMark: (name) => marks.push({ name, atMs: clock.nowMs() }),
    onLate: () => told.push('late'),
    onStalled: () => {
      told.push('stalled');
      sender.stop();
    },
  });
  return {
    clock,
    socket,
    sender,
    marks,
    told,
    sent: () => socket.sent.map(({ atMs, bytes }) => [atMs, Buffer.from(bytes).readInt16LE(3)] as const),
  };
}

const speech = (value: number): Int16Array => new Int16Array(160).fill(value);

describe('PacedSender', () => {
  it('sends one frame on each point of the grid, though ten were given at once', async () => {
    const { clock, sender, sent } = bench({ fills: false });
    await clock.advance(7);
    for (let n = 1; n <= 10; n++) sender.send(speech(n));
    expect(sender.unsentMs).toBe(200);
    await clock.advance(253);
    expect(sent()).toEqual(Array.from({ length: 10 }, (_, n) => [20 + 20 * n, n + 1]));
    expect(sender.unsentMs).toBe(0);
  });

  it('never lets the line fall silent, and filler gives way to speech at once', async () => {
    const { clock, sender, sent } = bench();
    await clock.advance(50);
    sender.send(speech(7));
    await clock.advance(40);
    expect(sent()).toEqual([
      [0, -1],
      [20, -2],
      [40, -3],
      [60, 7],
      [80, -4],
    ]);
  });

  it('keeps no reference to the frame it took', async () => {
    const { clock, sender, sent } = bench();
    const frame = speech(5);
    await clock.advance(1);
    sender.send(frame);
    frame.fill(9);
    await clock.advance(20);
    expect(sent().at(-1)).toEqual([20, 5]);
  });

  it('reports a mark when the time of the audio before it is over', async () => {
    const { clock, sender, marks } = bench();
    await clock.advance(5);
    sender.send(speech(1));
    sender.mark('one');
    sender.send(speech(2));
    sender.mark('two');
    await clock.advance(200);
    expect(marks).toEqual([
      { name: 'one', atMs: 40 },
      { name: 'two', atMs: 60 },
    ]);
    sender.mark('nothing before it');
    expect(marks).toHaveLength(2);
    await clock.advance(20);
    expect(marks.at(-1)).toEqual({ name: 'nothing before it', atMs: 220 });
  });

  it('clears exactly what was not sent, with its marks, and goes on', async () => {
    const { clock, sender, marks, sent } = bench();
    await clock.advance(5);
    for (let n = 1; n <= 10; n++) sender.send(speech(n));
    sender.mark('lost');
    await clock.advance(60);
    expect(sender.clear()).toBe(7 * 160);
    expect(sender.clear()).toBe(0);
    expect(sender.unsentMs).toBe(0);
    sender.send(speech(50));
    sender.mark('after');
    await clock.advance(100);
    expect(sent().filter(([, value]) => value > 0)).toEqual([
      [20, 1],
      [40, 2],
      [60, 3],
      [80, 50],
    ]);
    expect(marks).toEqual([{ name: 'after', atMs: 100 }]);
  });

  it('sends up to three frames after a stall that a jitter buffer hides, and is on its grid again', async () => {
    const { clock, sender, sent, told } = bench({ fills: false });
    await clock.advance(1);
    for (let n = 1; n <= 10; n++) sender.send(speech(n));
    await clock.advance(22);
    clock.stall(60);
    await clock.advance(60);
    expect(sent().map(([atMs]) => atMs)).toEqual([20, 100, 100, 100, 100, 120, 140]);
    expect(sent().map(([, value]) => value)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(told).toEqual(['late']);
  });

  it('leaves out what it owes after a longer stall, loses no speech by it, and never bursts', async () => {
    const { clock, sender, sent, told, marks } = bench({ fills: false });
    await clock.advance(1);
    for (let n = 1; n <= 10; n++) sender.send(speech(n));
    sender.mark('end');
    await clock.advance(22);
    clock.stall(5_000);
    await clock.advance(200);
    expect(sent().map(([atMs]) => atMs)).toEqual([20, ...Array.from({ length: 9 }, (_, n) => 5_040 + 20 * n)]);
    expect(sent().map(([, value]) => value)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(marks).toEqual([{ name: 'end', atMs: 5_220 }]);
    expect(told).toEqual(['late']);
  });

  it('never sends two frames on one point, when a timer comes too early', async () => {
    const { clock, sent } = bench();
    const timers = clock.after.bind(clock);
    clock.after = (ms, run) => timers(ms > 4 ? ms - 3 : ms, run);
    await clock.advance(200);
    const times = sent().map(([atMs]) => Math.round(atMs / 20));
    expect(new Set(times).size).toBe(times.length);
    expect(times.length).toBeGreaterThanOrEqual(10);
  });

  it('holds a second and no more: whoever sends further is not heard any more', async () => {
    const { clock, sender, sent, told } = bench();
    await clock.advance(1);
    for (let n = 1; n <= 50; n++) sender.send(speech(n));
    expect([sender.unsentMs, told]).toEqual([1_000, []]);
    sender.send(speech(51));
    expect(told).toEqual(['stalled']);
    await clock.advance(200);
    expect(sent()).toEqual([[0, -1]]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('stops when the far side takes nothing for a second, filler included', async () => {
    const { clock, socket, sender, sent, told } = bench();
    await clock.advance(1);
    socket.bufferedAmount = 50 * 323;
    await clock.advance(20);
    expect([sender.unsentMs, told]).toEqual([1_000, []]);
    socket.bufferedAmount += 323;
    await clock.advance(40);
    expect(told).toEqual(['stalled']);
    expect(sent()).toHaveLength(2);
  });

  it('refuses a frame that is not one ptime', () => {
    const { sender } = bench();
    expect(() => sender.send(new Int16Array(80))).toThrow('80 samples');
  });

  it('gives up the oldest of marks without end', async () => {
    const { clock, sender, marks } = bench();
    for (let n = 0; n < 300; n++) sender.mark(`m${n}`);
    await clock.advance(20);
    expect(marks).toHaveLength(256);
    expect(marks[0]?.name).toBe('m44');
  });
});
