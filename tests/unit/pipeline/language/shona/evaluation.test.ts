import { describe, expect, it } from 'vitest';
import { normaliseTranscript, withoutSpaces } from '#pipeline/language/shona/evaluation.ts';

describe('the published normaliser', () => {
  it.each([
    ['  Makadii,   henyu?! ', 'makadii henyu'],
    ["N’anga nen'anga", 'n anga nen anga'],
    ['muZimbabwe—kuHarare', 'muzimbabwe kuharare'],
    ['ﬁ ① Ａ', 'fi 1 a'],
    ['STRASSE straße', 'strasse strasse'],
    ['US$5.50 na 60%', 'us 5 50 na 60'],
    ['siyana-siyana', 'siyana siyana'],
    ['Jose\u0301', 'josé'],
    ['a\tb\r\nc\u00a0d', 'a b c d'],
    ['…', ''],
    ['', ''],
  ])('%j -> %j', (text, expected) => {
    expect(normaliseTranscript(text)).toBe(expected);
  });

  it('changes nothing the second time', () => {
    for (const text of ['N’anga, “VaMoyo” (2018)', 'ΣΊΣΥΦΟΣ ﷺ İstanbul ŉ ǰ', 'ß ẞ ﬅ']) {
      const once = normaliseTranscript(text);
      expect(normaliseTranscript(once)).toBe(once);
    }
  });
});

it('words that were joined are equal without spaces', () => {
  expect(withoutSpaces('Vanhu vari ku famba.')).toBe(withoutSpaces('vanhu varikufamba'));
  expect(withoutSpaces('Vanhu vari ku famba.')).toBe('vanhuvarikufamba');
});
