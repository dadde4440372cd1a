import { describe, expect, it } from 'vitest';
import { FarEndBuffer } from '#telephony/phone/far-end-buffer.ts';

const filled = (value: number, length: number): Int16Array => new Int16Array(length).fill(value);

describe('FarEndBuffer', () => {
  it('plays in order whatever the size of what it was given, and silence where there is nothing', () => {
    const buffer = new FarEndBuffer();
    buffer.push(filled(1, 100));
    buffer.push(filled(2, 0));
    buffer.push(filled(3, 250));
    const frame = filled(9, 160);
    buffer.play(frame);
    expect([frame[99], frame[100]]).toEqual([1, 3]);
    buffer.play(frame);
    buffer.play(frame);
    expect([frame[29], frame[30], frame[159]]).toEqual([3, 0, 0]);
  });

  it('returns a mark in the tick after the one that played the last sample before it', () => {
    const buffer = new FarEndBuffer();
    const frame = new Int16Array(160);
    buffer.push(filled(1, 160));
    buffer.mark('one frame');
    buffer.push(filled(1, 80));
    buffer.mark('and a half');
    expect(buffer.play(frame)).toEqual([]);
    expect(buffer.play(frame)).toEqual(['one frame']);
    expect(buffer.play(frame)).toEqual(['and a half']);
    expect(buffer.play(frame)).toEqual([]);
  });

  it('returns a mark with nothing before it at once', () => {
    const buffer = new FarEndBuffer();
    buffer.mark('x');
    expect(buffer.play(new Int16Array(160))).toEqual(['x']);
  });

  it('forgets everything on clear and returns every mark that waited', () => {
    const buffer = new FarEndBuffer();
    const frame = new Int16Array(160);
    buffer.push(filled(1, 80));
    buffer.mark('being played');
    buffer.push(filled(1, 400));
    buffer.mark('waiting');
    buffer.play(frame);
    expect(buffer.clear()).toEqual(['being played', 'waiting']);
    expect(buffer.play(frame)).toEqual([]);
    expect(frame.every((sample) => sample === 0)).toBe(true);
  });
});
