import { describe, expect, it } from 'vitest';
import { DTMF_KEYS, dtmfFrequencies, dtmfTone, isDtmfKey } from '#telephony/signal/dtmf-tones.ts';
import { toneLevelDbfs } from '../../../support/tone.ts';

describe('the keys of a telephone', () => {
  it.each([
    ['1', 697, 1_209],
    ['5', 770, 1_336],
    ['9', 852, 1_477],
    ['0', 941, 1_336],
    ['#', 941, 1_477],
    ['A', 697, 1_633],
    ['D', 941, 1_633],
  ] as const)('sound as Q.23 says: %s', (key, lowHz, highHz) => {
    expect(dtmfFrequencies(key)).toEqual({ lowHz, highHz });
  });

  it('are sixteen, all of them different', () => {
    const pairs = new Set(DTMF_KEYS.map((key) => Object.values(dtmfFrequencies(key)).join(' ')));
    expect(pairs.size).toBe(16);
    expect([isDtmfKey('D'), isDtmfKey('d'), isDtmfKey('12'), isDtmfKey('')]).toEqual([true, false, false, false]);
  });

  it('have the level and the twist asked for, and last as long', () => {
    const pcm = dtmfTone('8', 200, { levelDbfs: -20, twistDb: 3 });
    expect(pcm).toHaveLength(1_600);
    expect(toneLevelDbfs(pcm, 852)).toBeCloseTo(-20, 0);
    expect(toneLevelDbfs(pcm, 1_336)).toBeCloseTo(-17, 0);
    expect(dtmfTone('8', 40, { sampleRateHz: 16_000 })).toHaveLength(640);
  });

  it('clip instead of turning over when they are too loud', () => {
    const pcm = dtmfTone('8', 100, { levelDbfs: 0 });
    expect([Math.max(...pcm), Math.min(...pcm)]).toEqual([32_767, -32_768]);
  });
});
