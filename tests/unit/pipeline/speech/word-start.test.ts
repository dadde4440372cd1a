import { describe, expect, it } from 'vitest';
import { samplesIntoWord } from '#pipeline/speech/word-start.ts';
import type { Segment } from '#pipeline/speech/heard.ts';

const RATE = 8_000;

/** Loud and quiet stretches in milliseconds, the first one loud. */
function sound(...stretches: readonly number[]): Int16Array {
  const parts = stretches.map((ms, n) =>
    Int16Array.from({ length: ms * 8 }, (_, i) => (n % 2 === 0 ? 8_000 * Math.sin(i) : 20 * Math.sin(i))),
  );
  const pcm = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    pcm.set(part, at);
    at += part.length;
  }
  return pcm;
}

function backMs(text: string, positionMs: number, audio: Int16Array, over: Partial<Segment> = {}): number {
  const segment: Segment = { text, start: 0, end: audio.length, isHeard: false, ...over };
  const before = audio.subarray(0, positionMs * 8);
  return samplesIntoWord([segment], positionMs * 8, before, RATE) / 8;
}

describe('the way back to the beginning of a word', () => {
  // Three words of nine letters and a space, 300 ms of sound and a short dip each.
  const three = sound(300, 40, 300, 40, 300, 40);

  it('ends in the dip in front of it', () => {
    expect(backMs('zvakanaka zvakanaka zvakanaka', 500, three)).toBeGreaterThanOrEqual(160);
    expect(backMs('zvakanaka zvakanaka zvakanaka', 500, three)).toBeLessThanOrEqual(200);
  });

  it('finds the dip when the letters are wrong by a syllable', () => {
    // By its letters the second word begins at 510 ms.
    const backTo = 600 - backMs('zvakanakazvak zvakanakazvak', 600, sound(460, 40, 520));
    expect(backTo).toBeGreaterThanOrEqual(455);
    expect(backTo).toBeLessThanOrEqual(505);
  });

  it('is none from a pause, and none from the end of a clause', () => {
    expect(backMs('zvakanaka zvakanaka zvakanaka', 330, three)).toBe(0);
    const ended = { text: 'hongu', start: 0, end: 2_400, isHeard: false };
    expect(samplesIntoWord([ended], 2_400, three.subarray(0, 2_400), RATE)).toBe(0);
  });

  it('does not leave the clause, whatever is quieter in front of it', () => {
    const audio = sound(300, 200, 700);
    const segments = [
      { text: 'mhoroi', start: 0, end: 4_800, isHeard: false },
      { text: 'kiriniki', start: 4_800, end: audio.length, isHeard: false },
    ];
    const position = 800 * 8;
    expect(samplesIntoWord(segments, position, audio.subarray(0, position), RATE)).toBeLessThanOrEqual(200 * 8);
  });

  it('is never longer than a second, also through a word that is', () => {
    const long = sound(4_000);
    expect(backMs('a'.repeat(60), 3_500, long)).toBeLessThanOrEqual(1_000);
  });
});
