import { describe, expect, it } from 'vitest';
import { Hearer, spokenForm } from '#pipeline/language/rules/hear.ts';
import { parseRules } from '#pipeline/language/rules/rbnf.ts';
import { Speller } from '#pipeline/language/rules/spell.ts';

const ENGLISH = `
%cardinal:
-x: minus >>;
x.x: << point >>;
0: zero; one; two; three; four; five; six; seven; eight; nine; ten; eleven; twelve; thirteen; fourteen; fifteen; sixteen;
seventeen; eighteen; nineteen;
20: twenty[->>]; 30: thirty[->>]; 40: forty[->>]; 50: fifty[->>]; 60: sixty[->>]; 70: seventy[->>]; 80: eighty[->>];
90: ninety[->>];
100: << hundred[ >>];
1000: << thousand[ >>];
1,000,000: << million[ >>];
`;

/** Counts in scores, as French and Danish do in part: a radix of 20. */
const SCORES = `
%cardinal:
-x: minus >>; x.x: << point >>;
0: nil; 1: uno; 2: duo; 3: tri; 4: four; 5: five; 6: six; 7: seven; 8: eight; 9: nine; 10: ten[-and->>];
20/20: << score[ >>];
400/20: << great[ >>];
`;

const say = (rules: string, n: number, set = '%cardinal'): string => new Speller(parseRules(rules), set).whole(n, set);

describe('number rules', () => {
  it.each([
    [0, 'zero'],
    [13, 'thirteen'],
    [20, 'twenty'],
    [42, 'forty-two'],
    [100, 'one hundred'],
    [305, 'three hundred five'],
    [2_000_017, 'two million seventeen'],
    [-7, 'minus seven'],
  ])('say %d as "%s"', (n, words) => {
    expect(say(ENGLISH, n)).toBe(words);
  });

  it('say what stands behind a point digit by digit', () => {
    const speller = new Speller(parseRules(ENGLISH), '%cardinal');
    expect(speller.decimal(3, '140', '%cardinal')).toBe('three point one four zero');
    expect(speller.digitByDigit('112')).toBe('one one two');
  });

  it('divide by the radix of the rule', () => {
    expect([20, 45, 397, 400].map((n) => say(SCORES, n))).toEqual([
      'uno score',
      'duo score five',
      'ten-and-nine score ten-and-seven',
      'uno great',
    ]);
  });

  it('lower the divisor by one power for each > behind the base value', () => {
    // 1,100 as "eleven hundred".
    const rules = ENGLISH.replace('1000: <<', '1100>: << hundred[ >>]; 2000: <<');
    expect([1100, 1999, 2000].map((n) => say(rules, n))).toEqual([
      'eleven hundred',
      'nineteen hundred ninety-nine',
      'two thousand',
    ]);
  });

  it('ask other sets, and may be written with arrows', () => {
    const rules = `%a: 0: =%b=; 10: ten[ and →%b→]; 20: ←%b← tens[ and →→]; %b: 0: o; 1: i; 2: ii; 3: iii;`;
    expect([2, 12, 23].map((n) => say(rules, n, '%a'))).toEqual(['ii', 'ten and ii', 'ii tens and iii']);
  });

  it('read figures that a rule leaves digit by digit', () => {
    expect(say('%a: 0: o; 1: i; 2: ii; 3: iii; 10: =#,##0=;', 12, '%a')).toBe('i ii');
    // A digit that is itself a figure has no words at all.
    expect(say('%a: 0: o; 1: =0=;', 1, '%a').trim()).toBe('');
  });

  it.each([
    ['0: zero;', /before the first rule set/u],
    ['%a: 0: zero; ten-: ten;', /no base value/u],
    ['%a: 0: =%b=;', /asks for %b/u],
    ['%a: 1: one;', /no rule for 0/u],
    ['%a: 0: o; 10: <<>>; 20: <<$(cardinal,one{x}other{y})$;', /\$\(/u],
  ])('refuse %s', (rules, why) => {
    expect(() => parseRules(rules)).toThrow(why);
  });

  it('do not hang on a set that asks for itself', () => {
    expect(say('%a: 0: =%a=;', 5, '%a')).toBe('');
    expect(new Hearer(parseRules('%a: 0: =%a=; 1: one;'), 100).longest('one', ['%a'])).toEqual({ value: 1, end: 3 });
  });
});

describe('number rules read backwards', () => {
  const heard = (rules: string, text: string): number | undefined =>
    new Hearer(parseRules(rules), 999_999_999).longest(spokenForm(text), ['%cardinal'])?.value;

  it.each([
    ['forty two', 42],
    ['Forty-Two', 42],
    ['two million, seventeen', 2_000_017],
    ['three hundred five thousand and more', 305_000],
    ['hundred', undefined],
    // What no rule would have said so is no number: the longest that is one counts.
    ['twenty twelve', 20],
    ['one hundred zero', 100],
  ])('"%s" is %s', (text, value) => {
    expect(heard(ENGLISH, text)).toBe(value);
  });

  it('end at the end of a word', () => {
    expect(new Hearer(parseRules('%cardinal: 0: o; 1: on;'), 9).longest('one', ['%cardinal'])).toBeUndefined();
  });

  it.each([
    ['English', ENGLISH, 999_999_999],
    ['scores', SCORES, 7999],
  ])('come back as they were said: %s', (_, rules, largest) => {
    const seed = 20_261_126;
    const random = seeded(seed);
    const sets = parseRules(rules);
    const speller = new Speller(sets, '%cardinal');
    const hearer = new Hearer(sets, largest);
    for (let trial = 0; trial < 400; trial += 1) {
      const n = Math.floor(largest ** random());
      const words = spokenForm(speller.whole(n, '%cardinal'));
      expect(hearer.longest(words, ['%cardinal']), `seed ${seed}, ${n}`).toEqual({ value: n, end: words.length });
    }
  });
});

/** Park and Miller's generator, values in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
