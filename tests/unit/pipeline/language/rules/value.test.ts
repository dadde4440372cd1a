/** What spoken words mean, beyond single numbers. Tried on the Swahili pack. */
import { describe, expect, it } from 'vitest';
import { digitSaid, wordsOfDigit } from '#pipeline/dialogue/closed-question.ts';
import { loadLanguage } from '#prompts/language.ts';
import { loadHotline } from '#prompts/load.ts';

const swahili = loadLanguage('sw');
const value = (words: string): string => {
  const heard = swahili.valueOf(words);
  return heard === undefined ? 'none' : swahili.writeValue(heard);
};

describe('and a half', () => {
  it.each([
    ['laki mbili na nusu', '250000'],
    ['milioni moja na nusu', '1500000'],
    ['elfu tano na nusu', '5500'],
    ['mbili na nusu', '2.5'],
    ['ishirini na tano na nusu', '25.5'],
    ['asilimia tano na nusu', '5.5%'],
    ['shilingi laki mbili na nusu', 'TZS 250000'],
    ['dola mbili na nusu', 'USD 2.50'],
    ['saa mbili na nusu asubuhi', '08:30'],
  ])('%s', (words, written) => {
    expect(value(words)).toBe(written);
  });
});

describe('a date that no calendar has', () => {
  it.each(['tarehe thelathini na moja februari', 'tarehe thelathini na moja juni', '31 aprili', '29 februari 2023'])(
    'must be asked about: %s',
    (words) => {
      expect(swahili.valueOf(words)).toMatchObject({ kind: 'date', confidence: 'folded' });
    },
  );

  it.each(['29 februari', '29 februari 2024', '31 januari'])('is not %s', (words) => {
    expect(swahili.valueOf(words)).toMatchObject({ kind: 'date', confidence: 'exact' });
  });
});

describe('words that every object has', () => {
  it.each(['constructor', 'toString', 'tostring', '__proto__', 'hasOwnProperty', 'valueOf'])(
    '%s means nothing',
    (word) => {
      expect(swahili.claims.isNumber(word)).toBe(false);
      expect(value(word)).toBe('none');
      expect(() => swahili.speakable(`${word} 5 ${word}`)).not.toThrow();
      expect(() => swahili.phonemes(word)).not.toThrow();
    },
  );
});

describe('a digit of a menu', () => {
  const { pack } = loadHotline('zahanati');

  it.each([
    ['namba moja', '1'],
    ['nambari tatu tafadhali', '3'],
    ['bonyeza tano', '5'],
    ['kitufe cha nne', '4'],
    ['number two', '2'],
  ])('is meant as one: %s', (text, digit) => {
    expect(digitSaid(text, pack)).toEqual({ digit, isNumbered: true });
  });

  it('may stand alone, and nothing else may', () => {
    expect(digitSaid('moja', pack)).toEqual({ digit: '1', isNumbered: false });
    expect(digitSaid('kumi', pack)).toBeUndefined();
    expect(digitSaid('habari', pack)).toBeUndefined();
  });

  it('has a word for every digit, those of English among them', () => {
    for (const digit of '0123456789') expect(wordsOfDigit(digit, pack), digit).not.toEqual([]);
    expect(wordsOfDigit('1', pack)).toEqual(expect.arrayContaining(['moja', 'mmoja', 'one']));
    expect(wordsOfDigit('0', pack)).toEqual(expect.arrayContaining(['sifuri', 'sufuri', 'ziro', 'zero']));
  });

  it('is among the words of numbers, which hold no space and no ordinal', () => {
    const words = swahili.numberWords ?? [];
    expect(words).toEqual(expect.arrayContaining(['kumi', 'na', 'laki', 'milioni', 'nukta']));
    for (const word of words) expect(word).toMatch(/^[a-z']+$/u);
    expect(words).not.toContain('wa');
  });
});

it('hears an English digit in Swahili only where a number was asked for', () => {
  expect(value('one')).toBe('none');
  expect(swahili.valueOf('one', { expects: 'number' })).toMatchObject({
    kind: 'number',
    value: 1,
    confidence: 'exact',
  });
});
