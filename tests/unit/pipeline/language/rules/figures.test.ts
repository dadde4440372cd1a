/** Figures that stand together: ranges, powers, long runs. Tried on the Swahili pack. */
import { describe, expect, it } from 'vitest';
import { loadLanguage } from '#prompts/language.ts';

const swahili = loadLanguage('sw');
const say = (text: string): string => swahili.speakable(text);

describe('a range of times is told by one clock throughout', () => {
  const own = 'saa mbili na nusu hadi saa nne';
  it.each([
    ['saa 2:30-4:00', own],
    ['saa 2:30 - 4:00', own],
    ['saa 2:30–4:00', own],
    ['saa 2:30 – 4:00', own],
    ['saa 2:30 hadi 4:00', own],
    ['saa 2:30 hadi saa 4:00', own],
    ['saa 2:30 mpaka 10:00', 'saa mbili na nusu mpaka saa kumi'],
    ['saa 2:00 - 10:00', 'saa mbili hadi saa kumi'],
    ['saa 2:00 asubuhi hadi 10:00 jioni', 'saa mbili asubuhi hadi saa kumi jioni'],
    ['saa 2 - 10', 'saa mbili hadi kumi'],
    ['kati ya saa 2:00 na 4:00', 'kati ya saa mbili na saa nne'],
    ['saa 2:00 na 16:00', 'saa mbili na saa kumi jioni'],
  ])('the Swahili one behind "saa": %s', (text, words) => {
    expect(say(text)).toBe(words);
  });

  const written = 'saa mbili asubuhi hadi saa kumi na nusu jioni';
  it.each([
    ['8:00-16:30', written],
    ['8:00 - 16:30', written],
    ['8:00–16:30', written],
    ['8:00 hadi 16:30', written],
    // No Swahili clock shows 16: the whole range is a written one.
    ['saa 8:00-16:30', written],
    ['saa 8:00 - 16:30', written],
    ['saa 8:00 hadi 16:30', written],
    ['8am - 4:30pm', written],
  ])('the written one without it: %s', (text, words) => {
    expect(say(text)).toBe(words);
  });

  it('begins anew with another sentence or another word', () => {
    expect(say('Saa 2:00. 10:00')).toBe('Saa mbili. saa nne asubuhi');
    expect(say('saa 2:00 kila siku, kufunga 16:00')).toBe('saa mbili kila siku, kufunga saa kumi jioni');
  });
});

describe('a range by a dash', () => {
  it.each([
    ['5–10', 'tano hadi kumi'],
    ['5 – 10', 'tano hadi kumi'],
    ['5 - 10', 'tano hadi kumi'],
    ['watu 2-5', 'watu wawili hadi watano'],
    ['TSh 5–10', 'shilingi tano hadi kumi'],
    ['TSh 5,000 - TSh 10,000', 'shilingi elfu tano hadi shilingi elfu kumi'],
    ['10% - 20%', 'asilimia kumi hadi asilimia ishirini'],
    ['5 km – 10 km', 'kilomita tano hadi kilomita kumi'],
  ])('is said: %s', (text, words) => {
    expect(say(text)).toBe(words);
  });

  it.each([
    ['5 -3', 'tano kasoro tatu'],
    ['watu – 5', 'watu, tano'],
    ['5 - watu', 'tano watu'],
    [
      '0712 345 678 - 0713 345 678',
      'sifuri saba moja mbili, tatu nne tano, sita saba nane sifuri saba moja tatu, tatu nne tano, sita saba nane',
    ],
    ['0712 - 345', 'sifuri saba moja mbili mia tatu na arobaini na tano'],
  ])('is none: %s', (text, words) => {
    expect(say(text)).toBe(words);
  });
});

describe('a power is no digit of the number before it', () => {
  it.each([
    ['5²', 'tano kipeo cha pili'],
    ['2³', 'mbili kipeo cha tatu'],
    ['10⁴', 'kumi nne'],
    ['50 m²', 'mita za mraba hamsini'],
    ['3 km²', 'kilomita za mraba tatu'],
    ['2 m³', 'mita za ujazo mbili'],
    ['50 m2', 'mita za mraba hamsini'],
  ])('%s', (text, words) => {
    expect(say(text)).toBe(words);
  });

  it('nor in Shona', () => {
    const shona = loadLanguage('sn');
    expect(shona.speakable('10⁴')).toBe(shona.speakable('10^4'));
    expect(shona.speakable('5¹')).toBe(shona.speakable('5^1'));
  });
});

describe('a long run', () => {
  it('of a telephone number is read by its digits', () => {
    expect(say('255712345678')).toBe('mbili tano tano saba moja mbili tatu nne tano sita saba nane');
    expect(say('2150312')).toBe('mbili moja tano sifuri tatu moja mbili');
  });

  it.each([
    ['1000000', 'milioni moja'],
    ['1,234,567', 'milioni moja, elfu mia mbili na thelathini na nne, mia tano na sitini na saba'],
    ['watu 1234567', 'watu milioni moja, elfu mia mbili na thelathini na nne, mia tano na sitini na saba'],
    ['TSh 2150312', 'shilingi milioni mbili, elfu mia moja na hamsini, mia tatu na kumi na mbili'],
    ['123456', 'elfu mia moja na ishirini na tatu, mia nne na hamsini na sita'],
  ])('that counts something stays a number: %s', (text, words) => {
    expect(say(text)).toBe(words);
  });
});
