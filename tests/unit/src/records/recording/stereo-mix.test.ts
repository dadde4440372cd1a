import { describe, expect, it } from 'vitest';
import { StereoMix } from '#src/records/recording/stereo-mix.ts';
import { muLaw } from '#telephony/codec/g711.ts';

const frame = (value: number, samples = 160): Int16Array => new Int16Array(samples).fill(value);

/** Both sides as they come out, as one value for each frame of 20 ms (mu-law keeps these exactly enough). */
function mixed(play: (mix: StereoMix) => void): { readonly left: number[]; readonly right: number[] } {
  const bytes: number[] = [];
  play(new StereoMix((part) => bytes.push(...part)));
  const pcm = new Int16Array(bytes.length);
  muLaw.decodeInto(pcm, Uint8Array.from(bytes));
  const side = (offset: number): number[] =>
    Array.from({ length: pcm.length / 320 }, (_, n) => Math.round((pcm[n * 320 + offset] ?? 0) / 1_000));
  return { left: side(0), right: side(1) };
}

describe('two sides of a call', () => {
  it('lie beside each other in the time of the caller', () => {
    const { left, right } = mixed((mix) => {
      mix.heard(frame(1_000));
      mix.said(frame(8_000));
      mix.heard(frame(2_000));
      mix.heard(frame(3_000));
    });
    expect(left).toEqual([1, 2, 3]);
    expect(right).toEqual([0, 8, 0]);
  });

  it('leave out what was sent ahead and taken back before it was heard', () => {
    const { right } = mixed((mix) => {
      for (let n = 0; n < 5; n++) mix.said(frame(8_000));
      mix.heard(frame(0));
      mix.heard(frame(0));
      mix.cleared();
      mix.heard(frame(0));
      mix.said(frame(4_000));
      mix.heard(frame(0));
    });
    expect(right).toEqual([8, 8, 0, 4]);
  });

  it('go on in silence over what the wire lost', () => {
    const { left, right } = mixed((mix) => {
      mix.said(frame(8_000));
      mix.said(frame(8_000));
      mix.lost(320);
      mix.heard(frame(1_000));
    });
    expect(left).toEqual([0, 0, 1]);
    expect(right).toEqual([8, 8, 0]);
  });

  it('do not wait for a line that sends nothing while its caller is silent', () => {
    const { left, right } = mixed((mix) => {
      for (let n = 0; n < 150; n++) mix.said(frame(8_000));
    });
    expect(left).toHaveLength(50);
    expect(right.every((value) => value === 8)).toBe(true);
  });
});
