import { describe, expect, it } from 'vitest';
import { quietEndMs, quietStartMs } from '#pipeline/audio/voiced-edges.ts';
import { voicedSpan } from '#telephony/phone/audible.ts';
import { tone } from '../../../support/tone.ts';

const RATE_HZ = 8_000;

/** Silence, a tone, silence, in milliseconds. */
function around(beforeMs: number, toneMs: number, afterMs: number, room = 0): Int16Array {
  const pcm = new Int16Array(((beforeMs + toneMs + afterMs) * RATE_HZ) / 1_000);
  for (let i = 0; i < pcm.length; i++) pcm[i] = i % 2 === 0 ? room : -room;
  pcm.set(tone(300, toneMs), (beforeMs * RATE_HZ) / 1_000);
  return pcm;
}

describe('the edges of what is voiced', () => {
  it('are found to 5 ms, where the telephone finds them', () => {
    for (const [beforeMs, toneMs, afterMs] of [
      [280, 700, 155],
      [0, 1_000, 0],
      [20, 35, 400],
    ] as const) {
      const pcm = around(beforeMs, toneMs, afterMs);
      const span = voicedSpan(pcm)!;
      expect(Math.abs(quietEndMs(pcm, RATE_HZ) - ((pcm.length - span.to) * 1_000) / RATE_HZ)).toBeLessThanOrEqual(5);
      expect(Math.abs(quietStartMs(pcm, RATE_HZ) - (span.from * 1_000) / RATE_HZ)).toBeLessThanOrEqual(5);
    }
  });

  it('hold through the noise of a room, which is far below the voice', () => {
    expect(quietEndMs(around(100, 700, 160, 60), RATE_HZ)).toBe(160);
  });

  it('are all of it where nothing is voiced', () => {
    expect(quietEndMs(new Int16Array(800), RATE_HZ)).toBe(100);
    expect(quietStartMs(new Int16Array(800), RATE_HZ)).toBe(100);
    expect(quietEndMs(new Int16Array(0), RATE_HZ)).toBe(0);
  });
});
