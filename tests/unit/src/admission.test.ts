import { describe, expect, it } from 'vitest';
import { Admission } from '#src/admission.ts';
import { LoadMeter } from '#src/load-meter.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const skipped = (atMs: number) => ({ kind: 'vad-skipped', callId: 'CA1', atMs, audioMs: atMs }) as const;

describe('a load meter', () => {
  it('counts the time in which something runs once, however much runs', async () => {
    const clock = new VirtualClock();
    const meter = new LoadMeter({ clock, windowMs: 1_000 });
    await clock.advance(1_000);
    const first = meter.begin();
    await clock.advance(200);
    const second = meter.begin();
    await clock.advance(100);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    await clock.advance(100);
    expect(meter.share()).toBeCloseTo(0.4);
    second[Symbol.dispose]();
    await clock.advance(600);
    expect(meter.share()).toBeCloseTo(0.4);
    await clock.advance(300);
    expect(meter.share()).toBeCloseTo(0.1);
    await clock.advance(5_000);
    expect(meter.share()).toBe(0);
  });

  it('knows nothing at first, and no more than has passed of its window', async () => {
    const clock = new VirtualClock();
    const meter = new LoadMeter({ clock, windowMs: 1_000 });
    expect(meter.share()).toBe(0);
    using _job = meter.begin();
    await clock.advance(100);
    expect(meter.share()).toBe(1);
  });
});

async function admission({ calls, isEarElsewhere = false }: { calls: number; isEarElsewhere?: boolean }): Promise<{
  admission: Admission;
  clock: VirtualClock;
}> {
  const clock = new VirtualClock();
  const it_ = new Admission({ clock, isEarElsewhere });
  for (let call = 0; call < calls; call++) it_.callOpened(`CA${call}`);
  await clock.advance(20_000);
  return { admission: it_, clock };
}

/** The ear is busy for this share of the next twenty seconds. */
async function work(meter: LoadMeter, clock: VirtualClock, share: number): Promise<void> {
  for (let second = 0; second < 20; second++) {
    const job = meter.begin();
    await clock.advance(1_000 * share);
    job[Symbol.dispose]();
    await clock.advance(1_000 * (1 - share));
  }
}

describe('admission', () => {
  it('takes the first call however things stand', () => {
    const it_ = new Admission({ clock: new VirtualClock(), isEarElsewhere: false });
    for (let i = 0; i < 10; i++) it_.heard({ source: 'card', totalMs: 9_000 });
    expect(it_.refusal()).toBeUndefined();
  });

  it('refuses while more than one turn in twenty waits too long, and takes calls again when that is past', async () => {
    const { admission: it_, clock } = await admission({ calls: 3 });
    for (let i = 0; i < 30; i++) it_.heard({ source: 'card', totalMs: 500 });
    it_.heard({ source: 'card', totalMs: 1_501 });
    expect(it_.refusal()).toBeUndefined();
    it_.heard({ source: 'pack', totalMs: 1_600 });
    expect(it_.refusal()).toBe('slow');
    await clock.advance(60_001);
    expect(it_.refusal()).toBeUndefined();
  });

  it('does not mind a language model that takes its time', async () => {
    const { admission: it_ } = await admission({ calls: 1 });
    for (let i = 0; i < 10; i++) it_.heard({ source: 'llm', totalMs: 2_500 });
    expect(it_.refusal()).toBeUndefined();
  });

  it('refuses when the engines would be too busy with one call more', async () => {
    const { admission: it_, clock } = await admission({ calls: 5 });
    await work(it_.ear, clock, 0.2);
    expect(it_.expectedShare()).toBeCloseTo(0.25625);
    expect(it_.refusal()).toBeUndefined();
    await work(it_.ear, clock, 0.27);
    expect(it_.refusal()).toBe('engines');
  });

  it('goes by the busier engine', async () => {
    const { admission: it_, clock } = await admission({ calls: 5 });
    await work(it_.mouth, clock, 0.28);
    expect(it_.refusal()).toBe('engines');
  });

  it('does not count an ear that is a server elsewhere', async () => {
    const { admission: it_, clock } = await admission({ calls: 5, isEarElsewhere: true });
    await work(it_.ear, clock, 0.9);
    expect(it_.refusal()).toBeUndefined();
    await work(it_.mouth, clock, 0.9);
    expect(it_.refusal()).toBe('engines');
  });

  it('takes no more of a crowd that comes at once than the self-test says can be served', () => {
    const it_ = new Admission({ clock: new VirtualClock(), isEarElsewhere: false });
    it_.turnWorkMs = 400;
    let taken = 0;
    while (it_.refusal() === undefined && taken < 50) it_.callOpened(`CA${taken++}`);
    expect(taken).toBe(6);
    it_[Symbol.dispose]();
  });

  it('refuses while the ear lags behind what is said', async () => {
    const { admission: it_, clock } = await admission({ calls: 2 });
    for (let i = 0; i < 6; i++) it_.observe(skipped(clock.nowMs()));
    expect(it_.refusal()).toBe('hearing');
    await clock.advance(10_001);
    expect(it_.refusal()).toBeUndefined();
  });

  it('refuses while the event loop is late', () => {
    const due: { readonly atMs: number; readonly run: () => void }[] = [];
    let nowMs = 0;
    const clock = Object.assign(new VirtualClock(), {
      nowMs: () => nowMs,
      after: (ms: number, run: () => void) => {
        due.push({ atMs: nowMs + ms, run });
        return () => undefined;
      },
    });
    const it_ = new Admission({ clock, isEarElsewhere: false });
    it_.callOpened('CA1');
    const tick = (lateMs: number): void => {
      const next = due.shift()!;
      nowMs = next.atMs + lateMs;
      next.run();
    };
    for (let i = 0; i < 36; i++) tick(2);
    for (let i = 0; i < 4; i++) tick(65);
    expect(it_.refusal()).toBeUndefined();
    tick(65);
    expect(it_.refusal()).toBe('loop');
    for (let i = 0; i < 40; i++) tick(2);
    expect(it_.refusal()).toBeUndefined();
  });

  it('leaves no timer behind when the last call has ended', async () => {
    const { admission: it_, clock } = await admission({ calls: 2 });
    it_.callEnded('CA0');
    it_.callEnded('CA1');
    expect(clock.pendingTimers).toBe(0);
  });
});
