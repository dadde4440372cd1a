import { expect, it } from 'vitest';
import { speechMs } from '#pipeline/recognition/speech-time.ts';

const RATE_HZ = 8000;
function sound(...parts: readonly (readonly [ms: number, amplitude: number])[]): Int16Array {
  return Int16Array.from(
    parts.flatMap(([ms, amplitude]) =>
      Array.from({ length: (ms * RATE_HZ) / 1000 }, (_, i) => Math.round(amplitude * Math.sin(i * 0.9))),
    ),
  );
}

it('counts speech, short pauses with it and long ones not', () => {
  expect(speechMs(sound([200, 0], [600, 8000], [300, 0]), RATE_HZ)).toBe(600);
  expect(speechMs(sound([400, 8000], [100, 0], [400, 8000]), RATE_HZ)).toBe(900);
  expect(speechMs(sound([400, 8000], [600, 0], [400, 8000]), RATE_HZ)).toBe(800);
});

it('takes line noise for silence, alone and behind speech', () => {
  expect(speechMs(sound([1000, 40]), RATE_HZ)).toBe(0);
  expect(speechMs(sound([500, 8000], [500, 100]), RATE_HZ)).toBe(500);
  expect(speechMs(new Int16Array(0), RATE_HZ)).toBe(0);
});

it('does not let one click be the measure', () => {
  expect(speechMs(sound([20, 32000], [500, 1000]), RATE_HZ)).toBe(520);
});
