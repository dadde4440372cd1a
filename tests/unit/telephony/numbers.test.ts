import { describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { AllowList, parseNumber, writeNumber } from '#telephony/numbers.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';

function number(text: string): PhoneNumber {
  const parsed = parseNumber(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.reason}`);
  return parsed.number;
}

describe('a number as people and carriers write it', () => {
  it.each([
    '0771234567',
    '771234567',
    '263771234567',
    '00263771234567',
    '+263771234567',
    '+2630771234567',
    '2630771234567',
    '+263 (0) 77 123 4567',
    '077.123.4567',
    '077-123-4567',
    '077\u2013123\u20134567',
    ' 077 123 4567 ',
    "'+263771234567",
    '\u202a+263 77 123 4567\u202c',
    '\uff0b263771234567',
    '٠٧٧١٢٣٤٥٦٧',
  ])('is read from %j', (text) => {
    expect(parseNumber(text)).toEqual({ ok: true, number: '+263771234567' });
  });

  it('is read as another country’s when that is the default', () => {
    expect(parseNumber('082 123 4567', { defaultCountry: 'ZA' })).toEqual({ ok: true, number: '+27821234567' });
    expect(parseNumber('+263771234567', { defaultCountry: 'ZA' })).toEqual({ ok: true, number: '+263771234567' });
  });

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ["'", 'empty'],
    ['anonymous', 'withheld'],
    ['Anonymous', 'withheld'],
    ['UNAVAILABLE', 'withheld'],
    ['tendai', 'not-a-number'],
    ['sip:tendai@example.org', 'not-a-number'],
    ['sip:+263771234567@example.org', 'not-a-number'],
    ['0771234567;ext=5', 'not-a-number'],
    ['077CALLME', 'not-a-number'],
    ['2.63772E+11', 'not-a-number'],
    ['0771234567/0772345678', 'not-a-number'],
    ['077+1234567', 'not-a-number'],
    ['+', 'not-a-number'],
    ['()', 'not-a-number'],
    ['-', 'not-a-number'],
    ['0', 'too-short'],
    ['112', 'too-short'],
    ['0771', 'too-short'],
    ['+2782386', 'too-short'],
    ['07712345678901', 'too-long'],
    ['+441212345678901234', 'too-long'],
    ['263772123456.0', 'invalid'],
    ['+2637712345', 'invalid'],
    ['+999123456789', 'invalid'],
    ['1'.repeat(300), 'too-long'],
    ['a'.repeat(300), 'too-long'],
    ['\0', 'not-a-number'],
  ])('is not read from %j: %s', (text, reason) => {
    expect(parseNumber(text)).toEqual({ ok: false, reason });
  });

  it('is written as a carrier wants it', () => {
    const harare = number('0242 700000');
    expect(writeNumber(harare, 'e164')).toBe('+263242700000');
    expect(writeNumber(harare, 'e164-without-plus')).toBe('263242700000');
    expect(writeNumber(harare, 'national')).toBe('0242700000');
    expect(writeNumber(number('+27821234567'), 'national')).toBe('0027821234567');
    expect(writeNumber(number('+27821234567'), 'national', { country: 'ZA' })).toBe('0821234567');
  });
});

describe('what may be dialled', () => {
  const zimbabwe = new AllowList();

  it('is Zimbabwe’s mobile and fixed lines, when nothing else is said', () => {
    expect(zimbabwe.check(number('0771234567'))).toBe('allowed');
    expect(zimbabwe.check(number('0242700000'))).toBe('allowed');
    expect(zimbabwe.check(number('0800 4321'))).toEqual({ refused: 'other-kind' });
    expect(zimbabwe.check(number('08644 123456'))).toEqual({ refused: 'other-kind' });
    expect(zimbabwe.check(number('+27821234567'))).toEqual({ refused: 'outside-list' });
  });

  it('is what the operator’s list admits', () => {
    const two = AllowList.parse(' +263, +27 ,');
    expect(two.check(number('+27821234567'))).toBe('allowed');
    expect(two.check(number('+27861234567'))).toEqual({ refused: 'other-kind' });
    expect(two.check(number('+442079460018'))).toEqual({ refused: 'outside-list' });
    expect(AllowList.parse('+2638644').check(number('08644 123456'))).toBe('allowed');
  });

  it.each([
    ['+19005551234', 'premium-rate'],
    ['+979123456789', 'satellite'],
    ['+870773111632', 'satellite'],
    ['+881612345678', 'satellite'],
    ['+8821612345678', 'satellite'],
    ['+80012345678', 'satellite'],
  ])('is never %s, even where the list admits it', (text, refused) => {
    const everything = new AllowList(['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((digit) => `+${digit}`));
    expect(everything.check(number(text))).toEqual({ refused });
    expect(new AllowList([text]).check(number(text))).toEqual({ refused });
  });

  it('is nothing that was called a number without being read as one', () => {
    for (const text of ['', '0771234567', '+263', '+263 771234567', '+2630771234567', '+263771234567;x']) {
      expect(zimbabwe.check(text as PhoneNumber)).toEqual({ refused: 'invalid' });
    }
  });

  it.each(['', ' , ', '263', '+', '+26x', '+0'])('is refused as a setting: %j', (setting) => {
    let thrown: unknown;
    try {
      AllowList.parse(setting);
    } catch (error) {
      thrown = error;
    }
    expect(isInzwaError(thrown, 'INZWA_CONFIG_INVALID')).toBe(true);
  });

  it('is, of ten thousand numbers made up at random, none outside the list', () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = mulberry32(seed);
    const below = (n: number): number => Math.floor(random() * n);
    const list = AllowList.parse('+263,+27,+870,+1900');
    // Real prefixes too: numbers made only of random digits are hardly ever valid.
    const heads = [
      '+26377',
      '+26371',
      '+263242',
      '+263',
      '+2638644',
      '+27',
      '+2782',
      '+2786',
      '+44',
      '+4420',
      '+1',
      '+1900',
    ];
    const tails = ['+870', '+881', '+882', '+883', '+979', '+800', '+808', '0', '00', '077', '', '+', '00263', '263'];
    const starts = [...heads, ...tails];
    let allowed = 0;
    for (let n = 0; n < 10_000; n++) {
      const digits = Array.from({ length: below(13) }, () => below(10)).join('');
      const text = `${starts[below(starts.length)] ?? ''}${digits}`;
      const parsed = parseNumber(text);
      if (!parsed.ok || list.check(parsed.number) !== 'allowed') continue;
      allowed++;
      expect(parsed.number, `seed ${seed}, from ${text}`).toMatch(/^\+(?:263[1-9]\d{4,9}|27[1-9]\d{5,8})$/);
      expect(parsed.number, `seed ${seed}, from ${text}`).not.toMatch(/^\+(?:26380|26386|26390|2780|2786[01]|2790)/);
    }
    expect(allowed, `seed ${seed}`).toBeGreaterThan(50);
  });
});

/** A small seeded generator, so that a failure can be repeated. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
