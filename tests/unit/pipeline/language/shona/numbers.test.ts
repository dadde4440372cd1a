import { describe, expect, test } from 'vitest';
import { cardinal, digitByDigit, LARGEST_CARDINAL, ordinal, timesOver } from '#pipeline/language/shona/numbers.ts';

describe('cardinal', () => {
  test.each([
    [0, 'ziro'],
    [1, 'imwe'],
    [2, 'mbiri'],
    [10, 'gumi'],
    [12, 'gumi nembiri'],
    [16, 'gumi nenhanhatu'],
    [100, 'zana'],
    [201, 'mazana maviri neimwe'],
    [1000, 'chiuru'],
    [2026, 'zviuru zviviri nemakumi maviri nenhanhatu'],
    [12_345, 'zviuru gumi nezviviri zvine mazana matatu nemakumi mana neshanu'],
    [1_500_000, 'miriyoni imwe nezviuru mazana mashanu'],
    [100_000_001, 'mamiriyoni zana ane imwe'],
    [3_000_000_000, 'mabhiriyoni matatu'],
  ])('%i without a noun', (n, words) => {
    expect(cardinal(n)).toBe(words);
  });

  test.each([
    [2, 'gumi nevaviri', 'mumwe'],
    [4, 'gumi nemiviri', 'mumwe'],
    [6, 'gumi nemaviri', 'rimwe'],
    [8, 'gumi nezviviri', 'chimwe'],
    [10, 'gumi nembiri', 'imwe'],
  ] as const)('the last unit agrees with class %i', (nounClass, twelve, one) => {
    expect(cardinal(12, nounClass)).toBe(twelve);
    expect(cardinal(1, nounClass)).toBe(one);
  });

  test('thousands agree with chiuru whatever is counted', () => {
    expect(cardinal(22_000, 2)).toBe('zviuru makumi maviri nezviviri');
    expect(cardinal(2_001, 2)).toBe('zviuru zviviri nemumwe');
  });

  test('no two numbers up to a hundred thousand sound the same', () => {
    const said = new Map<string, number>();
    for (let n = 0; n < 100_000; n += 1) {
      const words = cardinal(n);
      expect(said.get(words), `${n}`).toBeUndefined();
      said.set(words, n);
    }
  });

  test.each([-1, 1.5, Number.NaN, LARGEST_CARDINAL + 1])('%d is refused', (n) => {
    expect(() => cardinal(n)).toThrow(RangeError);
  });
});

test('digits are said one by one, in the groups they were written in', () => {
  expect(digitByDigit('077 345')).toBe('ziro nomwe nomwe, nhatu ina shanu');
  expect(digitByDigit('077 345', 'english')).toBe('ziro sevheni sevheni, thrii foo faifi');
});

test.each([
  [1, 9, 'yekutanga'],
  [2, 5, 'rechipiri'],
  [4, 7, 'chechina'],
  [10, 1, 'wegumi'],
  [11, 1, 'wegumi nechimwe'],
  [20, 5, 'rechimakumi maviri'],
  [23, 2, 'vechimakumi maviri nezvitatu'],
] as const)('ordinal %i of class %i', (n, nounClass, words) => {
  expect(ordinal(n, nounClass)).toBe(words);
});

test.each([
  [1, 'kamwe'],
  [2, 'kaviri'],
  [5, 'kashanu'],
  [10, 'kagumi'],
  [12, 'kagumi nekaviri'],
  [30, 'kamakumi matatu'],
] as const)('%i times', (n, words) => {
  expect(timesOver(n)).toBe(words);
});
