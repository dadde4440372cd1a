import { describe, expect, test } from 'vitest';
import { speakable } from '#pipeline/language/shona/text.ts';

const says = (written: string, said: string): void => {
  expect(speakable(written)).toBe(said);
};
const NUMBER = 'ziro nomwe nomwe, mbiri ziro ziro, nhatu ina shanu nhanhatu';

describe('a telephone number', () => {
  test.each([
    ['0772003456', NUMBER],
    ['077 200 3456', NUMBER],
    ['077-200-3456', NUMBER],
    ['pa0772003456', `pa${NUMBER}`],
    ['0772 003 456', 'ziro nomwe nomwe mbiri, ziro ziro nhatu, ina shanu nhanhatu'],
    ['+263 77 200 3456', 'mbiri nhanhatu nhatu, nomwe nomwe, mbiri ziro ziro, nhatu ina shanu nhanhatu'],
    ['+263772003456', 'mbiri nhanhatu nhatu, nomwe nomwe, mbiri ziro ziro, nhatu ina shanu nhanhatu'],
    ['263772003456', 'mbiri nhanhatu nhatu, nomwe nomwe, mbiri ziro ziro, nhatu ina shanu nhanhatu'],
    ['00263772003456', 'mbiri nhanhatu nhatu, nomwe nomwe, mbiri ziro ziro, nhatu ina shanu nhanhatu'],
    ['(024) 2701234', 'ziro mbiri ina, mbiri nomwe ziro imwe mbiri nhatu ina'],
    ['0242-701234', 'ziro mbiri ina mbiri, nomwe ziro imwe mbiri nhatu ina'],
    ['Tel: 077 200 3456', `runhare ${NUMBER}`],
    ['fonerai 077 200 3456 5 vana', `fonerai ${NUMBER} vashanu vana`],
  ])('is said digit by digit, in groups: %s', says);

  test('ends where its digits end', () => {
    says('0772003456 0712003456', `${NUMBER} ziro nomwe imwe, mbiri ziro ziro, nhatu ina shanu nhanhatu`);
    says('0772003456.', `${NUMBER}.`);
    says('0772003456 kana 0712003456', `${NUMBER} kana ziro nomwe imwe, mbiri ziro ziro, nhatu ina shanu nhanhatu`);
  });
});

describe('a number that is dialled, typed or quoted', () => {
  test.each([
    ['fonerai 994', 'fonerai pfumbamwe pfumbamwe ina'],
    [
      'fonerai 999, 995 kana 994',
      'fonerai pfumbamwe pfumbamwe pfumbamwe, pfumbamwe pfumbamwe shanu kana pfumbamwe pfumbamwe ina',
    ],
    ['panhamba 999 kana 112', 'panhamba pfumbamwe pfumbamwe pfumbamwe kana imwe imwe mbiri'],
    ['kodhi 4821', 'kodhi ina sere mbiri imwe'],
    ['akaundi 1234567', 'akaundi imwe mbiri nhatu, ina shanu nhanhatu nomwe'],
    ['2-0-1-9', 'mbiri ziro imwe pfumbamwe'],
    ['12-345-678', 'imwe mbiri, nhatu ina shanu, nhanhatu nomwe sere'],
    ['007', 'ziro ziro nomwe'],
    ['3.4.5', 'nhatu poindi ina poindi shanu'],
    ['63-123456X42', 'nhanhatu nhatu, imwe mbiri nhatu, ina shanu nhanhatu, ekisi, ina mbiri'],
    ['AB-1234-CD', 'ei bhii, imwe mbiri nhatu ina, sii dhii'],
    ['invoice INV-00123', 'invoice ai eni vhii, ziro ziro imwe, mbiri nhatu'],
    ['nhamba yereferensi 90210', 'nhamba yereferensi pfumbamwe ziro mbiri, imwe ziro'],
    ['*151*200#', 'nyeredzi imwe shanu imwe nyeredzi mbiri ziro ziro hashi'],
    ['dzvanyai # kana *', 'dzvanyai hashi kana nyeredzi'],
    ['dzvanyai 1', 'dzvanyai imwe'],
  ])('%s', says);

  test.each([
    ['nhamba 27', 'nhamba makumi maviri nenomwe'],
    ['COVID-19', 'kovhidhi gumi nepfumbamwe'],
    ['R150', 'marandi zana nemakumi mashanu'],
    [
      '1234567',
      'miriyoni imwe nezviuru mazana maviri nemakumi matatu nezvina zvine mazana mashanu nemakumi matanhatu nenomwe',
    ],
  ])('is a count where nothing says otherwise: %s', says);

  test('beyond the last number with words every number is', () => {
    says('1000000000000', 'imwe ziro ziro, ziro ziro ziro, ziro ziro ziro, ziro ziro ziro ziro');
    expect(speakable('9'.repeat(40)).match(/pfumbamwe/gu)).toHaveLength(40);
  });
});
