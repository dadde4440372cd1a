import { describe, expect, it } from 'vitest';
import { muLaw } from '#telephony/codec/g711.ts';
import { EchoPath } from '#pipeline/turn/echo-path.ts';
import { seededRandom, voiceLike } from '../../../support/voice-like.ts';

const WINDOW = 256;
const WINDOW_MS = 32;
/** Silence before and behind what the agent says. */
const AROUND_MS = 500;
const AROUND = AROUND_MS * 8;

interface Line {
  readonly agent: Int16Array;
  readonly caller?: { readonly pcm: Int16Array; readonly atMs: number };
  readonly echo?: { readonly db: number; readonly delayMs: number; readonly untilMs?: number };
  readonly noiseDb?: number;
}

interface Window {
  readonly endMs: number;
  readonly db: number;
  readonly isEcho: boolean;
}

/** What the path makes of each window of a line over mu-law. `agent` is sent 200 ms ahead, as the playout does. */
function listen({ agent, caller, echo, noiseDb = -60 }: Line, path = new EchoPath(WINDOW_MS)): readonly Window[] {
  const random = seededRandom(3);
  const mix = Float64Array.from({ length: agent.length + 2 * AROUND }, () => {
    return (random() * 2 - 1) * 56_000 * 10 ** (noiseDb / 20);
  });
  const add = (pcm: Int16Array, at: number, gain: number): void => {
    pcm.forEach((sample, n) => {
      if (at + n < mix.length) mix[at + n]! += sample * gain;
    });
  };
  if (echo) add(agent.subarray(0, (echo.untilMs ?? Infinity) * 8), AROUND + echo.delayMs * 8, 10 ** (echo.db / 20));
  if (caller) add(caller.pcm, AROUND + caller.atMs * 8, 1);
  const pcm = Int16Array.from(mix, (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample))));
  const wire = new Uint8Array(pcm.length);
  muLaw.encodeInto(wire, pcm);
  muLaw.decodeInto(pcm, wire);
  const windows: Window[] = [];
  let played = 0;
  for (let at = 0; at + WINDOW <= pcm.length; at += WINDOW) {
    for (; played < agent.length && AROUND + played < at + WINDOW + 1_600; played += 160) {
      path.play(agent.subarray(played, played + 160), (AROUND + played) / 8, 8_000);
    }
    const energy = pcm.subarray(at, at + WINDOW).reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0);
    const endMs = (at + WINDOW) / 8;
    const isEcho = path.hear(Math.sqrt(energy / WINDOW), endMs);
    windows.push({ endMs, db: 10 * Math.log10(energy / WINDOW + 1e-12), isEcho });
  }
  return windows;
}

/** Where three windows in a row are loud enough for speech and not explained: there the gate could open. */
function opensAt(windows: readonly Window[], fromMs = 0): number | undefined {
  let run = 0;
  for (const { endMs, db, isEcho } of windows) {
    run = endMs > fromMs && db > -42 && !isEcho ? run + 1 : 0;
    if (run === 3) return endMs;
  }
  return undefined;
}

const voices = [1, 2, 3, 4].map((seed) => voiceLike({ seconds: 6, seed, pitchHz: 110 + 15 * seed }));
const callers = [11, 12, 13].map((seed) => voiceLike({ seconds: 2, seed, pitchHz: 190, formantScale: 1.15 }));

describe('the agent’s own voice from the line', () => {
  it.each([-8, -12, -18, -24])('is explained from its first sound on, at %i dB', (db) => {
    for (const agent of voices) {
      for (const delayMs of [60, 120, 207, 300]) {
        const windows = listen({ agent, echo: { db, delayMs } });
        expect(opensAt(windows), `${delayMs} ms`).toBeUndefined();
      }
    }
  });

  it('is not looked for where none comes back', () => {
    for (const agent of voices) expect(listen({ agent }).some(({ isEcho }) => isEcho)).toBe(false);
  });

  it('does not hide a caller who speaks over it', () => {
    for (const agent of voices) {
      for (const pcm of callers) {
        const onsetMs = AROUND_MS + 2_000;
        const firstLoud = pcm.findIndex((sample) => Math.abs(sample) > 1_000) / 8;
        const windows = listen({ agent, echo: { db: -12, delayMs: 120 }, caller: { pcm, atMs: 2_000 } });
        expect(opensAt(windows, onsetMs)! - onsetMs - firstLoud).toBeLessThan(350);
      }
    }
  });

  it('is not seen in a caller who speaks over the agent on a line without echo', () => {
    for (const agent of voices) {
      for (const pcm of callers) {
        const windows = listen({ agent, caller: { pcm, atMs: 1_300 } });
        const own = windows.filter(({ db }) => db > -40);
        expect(own.filter(({ isEcho }) => isEcho).length / own.length).toBeLessThan(0.03);
      }
    }
  });

  it('is forgotten when the line no longer returns it', () => {
    const agent = new Int16Array([...voices[0]!, ...voices[1]!]);
    const before = new EchoPath(WINDOW_MS);
    listen({ agent: agent.subarray(0, 24_000), echo: { db: -12, delayMs: 120 } }, before);
    expect(before.isKnown).toBe(true);
    const after = new EchoPath(WINDOW_MS);
    listen({ agent, echo: { db: -12, delayMs: 120, untilMs: 3_000 } }, after);
    expect(after.isKnown).toBe(false);
  });

  it('is nothing that was cut before it sounded', () => {
    const path = new EchoPath(WINDOW_MS);
    const [agent = new Int16Array(0)] = voices;
    path.hear(0, 32);
    path.play(agent.subarray(8_000, 9_600), 40, 8_000);
    path.cut();
    for (let n = 2; n < 30; n += 1) expect(path.hear(0.02 + 0.01 * (n % 3), n * 32)).toBe(false);
  });
});
