import { expect, it } from 'vitest';
import { UtteranceBuffer } from '#pipeline/listening/utterance-buffer.ts';

it('returns what was pushed by absolute position, across the seam of the ring', () => {
  const buffer = new UtteranceBuffer(10, 2);
  buffer.push(Int16Array.from({ length: 15 }, (_, i) => i));
  buffer.push(Int16Array.from({ length: 10 }, (_, i) => 15 + i));
  expect([...buffer.slice(10, 22)]).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]);
  expect(buffer.endSample).toBe(25);
});

it('gives only what is still kept and already heard', () => {
  const buffer = new UtteranceBuffer(10, 1);
  buffer.push(Int16Array.from({ length: 8 }, (_, i) => i));
  buffer.pushSilence(7);
  expect([...buffer.slice(-5, 100)]).toEqual([5, 6, 7, 0, 0, 0, 0, 0, 0, 0]);
});
