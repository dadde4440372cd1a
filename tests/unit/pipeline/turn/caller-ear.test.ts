import { describe, expect, it } from 'vitest';
import { CallerEar } from '#pipeline/turn/caller-ear.ts';
import { voiceLike } from '../../../support/voice-like.ts';
import { ScriptedSpeechScorer } from '../../../support/scripted-models.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

interface Stage {
  readonly ear: CallerEar;
  readonly scorer: ScriptedSpeechScorer;
  /** Lets the caller be heard; returns what the gate is told of each window. */
  readonly hear: (pcm: Int16Array) => Promise<number[]>;
  readonly audioMs: () => number;
}

function stage(): Stage {
  const scorer = new ScriptedSpeechScorer({ clock: new VirtualClock() });
  let samples = 0;
  const clock = { nowMs: () => samples / 8 };
  const ear = new CallerEar({ scorer, clock, audioMs: () => samples / 8 });
  return {
    ear,
    scorer,
    audioMs: () => samples / 8,
    async hear(pcm) {
      const told: number[] = [];
      for (let at = 0; at + 256 <= pcm.length; at += 256) {
        samples += 256;
        told.push(await ear.score(Float32Array.from(pcm.subarray(at, at + 256), (sample) => sample / 32_768)));
      }
      return told;
    },
  };
}

const voice = voiceLike({ seconds: 2, seed: 5, pitchHz: 140 });
const quieter = (pcm: Int16Array, db: number): Int16Array => pcm.map((sample) => sample * 10 ** (db / 20));
const silence = (ms: number): Int16Array => new Int16Array(ms * 8);

describe('how loud the caller usually is', () => {
  it('is not known before a turn was answered: nothing is faint', async () => {
    const { ear, hear, audioMs } = stage();
    await hear(quieter(voice, -14));
    expect(ear.isFaint(0, audioMs())).toBe(false);
  });

  it('tells speech in the room from the caller', async () => {
    const { ear, hear, audioMs } = stage();
    await hear(voice);
    ear.takeTurn(true, 0, audioMs());
    for (const [db, isFaint] of [
      [0, false],
      [-4, false],
      [-10, true],
      [-14, true],
    ] as const) {
      await hear(silence(512));
      const fromMs = audioMs();
      await hear(quieter(voice, db));
      expect(ear.isFaint(fromMs, audioMs()), `${db} dB`).toBe(isFaint);
    }
  });

  it('lets what is faint pass when it was not understood', async () => {
    const { ear, hear, audioMs } = stage();
    await hear(voice);
    expect(ear.takeTurn(false, 0, audioMs())).toBe(true);
    expect(ear.takeTurn(true, 0, audioMs())).toBe(true);
    const fromMs = audioMs();
    await hear(quieter(voice, -12));
    expect(ear.takeTurn(false, fromMs, audioMs())).toBe(false);
    expect(ear.takeTurn(true, fromMs, audioMs())).toBe(true);
  });

  it('follows a caller who moves away from the telephone', async () => {
    const { ear, hear, audioMs } = stage();
    await hear(voice);
    ear.takeTurn(true, 0, audioMs());
    for (let turn = 0; turn < 8; turn += 1) {
      const fromMs = audioMs();
      await hear(quieter(voice, -12));
      ear.takeTurn(true, fromMs, audioMs());
    }
    const fromMs = audioMs();
    await hear(quieter(voice, -12));
    expect(ear.isFaint(fromMs, audioMs())).toBe(false);
  });

  it('keeps its place in time when a window was skipped', async () => {
    const { ear, hear } = stage();
    await hear(quieter(voice, -14));
    for (let n = 0; n < 10; n += 1) ear.skip();
    await hear(voice);
    ear.takeTurn(true, 2_320, 4_320);
    expect(ear.isFaint(0, 1_900)).toBe(true);
  });
});

describe('the agent’s own voice', () => {
  it('is no speech to the gate; the model hears it all the same', async () => {
    const { ear, scorer, hear, audioMs } = stage();
    let windows = 0;
    const count = scorer.score.bind(scorer);
    scorer.score = (window) => {
      windows += 1;
      return count(window);
    };
    await hear(silence(512));
    const agent = voiceLike({ seconds: 3, seed: 9, pitchHz: 120 });
    const told: number[] = [];
    const echo = quieter(new Int16Array([...silence(128), ...agent]), -12);
    for (let at = 0; at + 1_280 <= echo.length; at += 1_280) {
      for (let n = 0; n < 1_280; n += 160) {
        const frame = agent.subarray(at + n, at + n + 160);
        if (frame.length > 0) ear.plays(frame, audioMs() + n / 8);
      }
      told.push(...(await hear(echo.subarray(at, at + 1_280))));
    }
    expect(told.filter((probability) => probability === 0).length).toBeGreaterThan(20);
    expect(told.filter((probability) => probability >= 0.5).length).toBeLessThan(3);
    expect(windows).toBe(told.length + 16);
    expect(ear.isStirring).toBe(false);
  });
});

describe('the scorer behind it', () => {
  it('is told who waits and when to begin anew, and may judge turns', async () => {
    const calls: string[] = [];
    const scorer = new ScriptedSpeechScorer({ clock: new VirtualClock() });
    const ear = new CallerEar({
      scorer: Object.assign(scorer, {
        wait: (isWaiting: boolean) => calls.push(`wait ${isWaiting}`),
        turnCompletion: () => Promise.resolve(0.7),
      }),
      clock: { nowMs: () => 0 },
      audioMs: () => 0,
    });
    ear.wait(true);
    ear.reset();
    expect(calls).toEqual(['wait true']);
    expect(scorer.resetCount).toBe(1);
    expect(await ear.turnCompletion?.(silence(100), { signal: new AbortController().signal })).toBe(0.7);
  });

  it('that cannot judge turns stays one that cannot', () => {
    const scorer = new ScriptedSpeechScorer({ clock: new VirtualClock() });
    expect(new CallerEar({ scorer, clock: { nowMs: () => 0 }, audioMs: () => 0 }).turnCompletion).toBeUndefined();
  });
});
