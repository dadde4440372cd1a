import { expect, it } from 'vitest';
import { piecesOf } from '#src/cli/eval/pieces.ts';
import { tone } from '../../../../support/tone.ts';

it('leaves a recording of 28 s whole', () => {
  const pcm = tone(440, 28_000);
  expect(piecesOf(pcm, 8_000)).toEqual([pcm]);
});

it('cuts a longer one in its pauses, and loses nothing', () => {
  const pcm = tone(440, 60_000);
  for (const pauseS of [9, 20, 31, 44, 53]) pcm.fill(0, pauseS * 8_000, pauseS * 8_000 + 4_000);
  const pieces = piecesOf(pcm, 8_000);
  expect(pieces.reduce((sum, piece) => sum + piece.length, 0)).toBe(pcm.length);
  let at = 0;
  for (const piece of pieces) {
    expect(piece.length).toBeLessThanOrEqual(28 * 8_000);
    expect(piece.length).toBeGreaterThan(4 * 8_000);
    at += piece.length;
    if (at < pcm.length) expect(pcm.subarray(at - 80, at + 80).every((sample) => sample === 0)).toBe(true);
  }
});

it('cuts speech without a pause all the same', () => {
  const pieces = piecesOf(tone(440, 90_000), 8_000);
  expect(pieces.every((piece) => piece.length <= 28 * 8_000)).toBe(true);
});
