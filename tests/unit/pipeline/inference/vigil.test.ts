import { describe, expect, it } from 'vitest';
import { JOB_LIMIT_MS, PING_MS, Vigil } from '#pipeline/inference/vigil.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const STALL_MS = 1_500;

function rig(answers: () => boolean = () => true): {
  clock: VirtualClock;
  vigil: Vigil;
  hangs: string[];
  pings: () => number;
} {
  const clock = new VirtualClock();
  const hangs: string[] = [];
  let pings = 0;
  const vigil = new Vigil({
    clock,
    stallMs: STALL_MS,
    ping: () => {
      pings += 1;
      if (answers()) queueMicrotask(() => vigil.pong());
    },
    onHang: (what) => hangs.push(what),
  });
  return { clock, vigil, hangs, pings: () => pings };
}

describe('a vigil', () => {
  it('asks nothing of a worker that has no work or is being loaded', async () => {
    const { clock, vigil, pings } = rig(() => false);
    vigil.add(1, 'asr.transcribe');
    await clock.advance(60_000);
    vigil.remove(1);
    vigil.up();
    await clock.advance(60_000);
    expect(pings()).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('tells of a thread that does not answer', async () => {
    const { clock, vigil, hangs } = rig(() => false);
    vigil.up();
    vigil.add(1, 'vad.score');
    await clock.advance(STALL_MS - 1);
    expect(hangs).toEqual([]);
    await clock.advance(PING_MS);
    expect(hangs).toEqual(['its thread did not answer for 1500 ms']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('forgives a thread that is held for a while', async () => {
    let isHeld = true;
    const { clock, vigil, hangs } = rig(() => !isHeld);
    vigil.up();
    vigil.add(1, 'asr.transcribe');
    await clock.advance(1_000);
    isHeld = false;
    await clock.advance(10_000);
    expect(hangs).toEqual([]);
  });

  it('tells of a job that never ends though the thread answers, counted from its start', async () => {
    const { clock, vigil, hangs } = rig();
    vigil.up();
    vigil.add(1, 'asr.transcribe');
    // In the queue behind others.
    await clock.advance(JOB_LIMIT_MS['asr.transcribe'] + 1_000);
    expect(hangs).toEqual([]);
    vigil.progress(1);
    await clock.advance(JOB_LIMIT_MS['asr.transcribe'] - 1);
    expect(hangs).toEqual([]);
    await clock.advance(2 * PING_MS);
    expect(hangs).toEqual(['asr.transcribe was not done after 30000 ms']);
  });

  it('counts a stream from its last chunk', async () => {
    const { clock, vigil, hangs } = rig();
    vigil.up();
    vigil.add(1, 'tts.synthesize');
    for (let chunk = 0; chunk < 5; chunk++) {
      vigil.progress(1);
      await clock.advance(JOB_LIMIT_MS['tts.synthesize'] - PING_MS);
    }
    expect(hangs).toEqual([]);
  });

  it('is quiet again when the work is done, and after its end', async () => {
    const { clock, vigil, hangs } = rig(() => false);
    vigil.up();
    vigil.add(1, 'vad.score');
    await clock.advance(500);
    vigil.remove(1);
    await clock.advance(10_000);
    vigil.add(2, 'vad.score');
    vigil.end();
    await clock.advance(10_000);
    expect(hangs).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});
