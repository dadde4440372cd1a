import { describe, expect, test } from 'vitest';
import { speakable } from '#pipeline/language/shona/text.ts';

const says = (written: string, said: string): void => {
  expect(speakable(written)).toBe(said);
};

describe('abbreviations', () => {
  test.each([
    ['TB neHIV', 'tii bhii neeichi ai vhii'],
    ['veMDC', 'veemu dhii sii'],
    ['MDC-T', 'emu dhii sii tii'],
    ['reZanu-PF', 'reZanu pii efu'],
    ['HIV/AIDS', 'eichi ai vhii, eidzi'],
    ['COVID-19', 'kovhidhi gumi nepfumbamwe'],
    ['cheCovid-19', 'chekovhidhi gumi nepfumbamwe'],
    ['muICC', 'muai sii sii'],
    ['maNGOs', 'maeni jii ou'],
    ['FIFA', 'FIFA'],
    ['CAPS United', 'CAPS United'],
    ['NHASI TAKAKUNDA NZVIMBO', 'NHASI TAKAKUNDA NZVIMBO'],
    ['neZiG', 'nezigi'],
    ['etc.', 'nezvimwewo.'],
    ['e.g. ichi', 'semuenzaniso ichi'],
    ['No. 5', 'nhamba shanu'],
    ['No.', 'No.'],
    ['#5', 'nhamba shanu'],
  ])('%s', says);
});

describe('names and titles', () => {
  test.each([
    ['Dr. Moyo', 'Chiremba Moyo'],
    ['naDr Moyo', 'naChiremba Moyo'],
    ['Mr. Moyo', 'VaMoyo'],
    ['saMr Chibuku', 'saVaChibuku'],
    ['Mrs Dube', 'Amai Dube'],
    ['Miss Zimbabwe', 'Muzvare Zimbabwe'],
    ['I miss you', 'i miss you'],
    ['J. M. Nkomo', 'jei emu Nkomo'],
    ['J.M. Nkomo', 'jei emu Nkomo'],
    ['naJ. Moyo', 'najei Moyo'],
    ['U.S.A.', 'yuu esi ei.'],
    ['Vitamin C. Inwai', 'Vitamin sii. Inwai'],
    ['Hepatitis B', 'Hepatitis bhii'],
    ['Group A', 'Group ei'],
    ['A, handizive', 'a, handizive'],
    ['Charles III', 'Charles wechitatu'],
    ['Phase II', 'Phase mbiri'],
    ['IV drip', 'ai vhii drip'],
    ['XI', 'XI'],
  ])('%s', says);
});

describe('spelling', () => {
  test.each([
    ['n’anga', "n'anga"],
    ['‘hongu’ “kwete”', 'hongu kwete'],
    ['zvakasiyana-siyana', 'zvakasiyana-siyana'],
    ['café', 'cafe'],
    ['ŋombe', "n'ombe"],
    ['Castle Premiership', 'Castle Premiership'],
    ['muZimbabwe', 'muZimbabwe'],
    ["Women's World Cup", "Women's World Cup"],
    ['mm', 'mm'],
  ])('%s', says);
});

describe('addresses', () => {
  test.each([
    ['info@kiriniki.co.zw', 'info at kiriniki dhoti co dhoti zedhi dhabhuru yuu'],
    ['t.moyo2@mail.com.', 'tii dhoti moyo mbiri at mail dhoti com.'],
    ['https://kiriniki.org/mari', 'kiriniki dhoti org sireshi mari'],
    ['kiriniki.org', 'kiriniki dhoti org'],
    ['mangwana.Uyai', 'mangwana. Uyai'],
  ])('%s', says);
});

describe('signs', () => {
  test.each([
    ['(mangwana) “hongu”', 'mangwana, hongu'],
    ['mangwana (hongu)', 'mangwana, hongu'],
    ['muriwo we(cabbage) uyu', 'muriwo we cabbage, uyu'],
    ['hongu; kwete: aiwa —', 'hongu, kwete, aiwa'],
    ['mirai…', 'mirai'],
    ['mirai!!! sei?!', 'mirai! sei?'],
    ['mira\u0000\u200b\u202e zvishoma', 'mira zvishoma'],
    ['07\u200e7 200 3456', 'ziro nomwe nomwe, mbiri ziro ziro, nhatu ina shanu nhanhatu'],
    ['Musoro\n\nUyai', 'Musoro. Uyai'],
    ['uyai\nmangwana', 'uyai mangwana'],
    ['# Musoro', 'Musoro'],
    ['**zvakakosha**', 'zvakakosha'],
    ['<b>mhoroi</b>', 'mhoroi'],
    ['- hongu', 'hongu'],
    ['Moyo & Sons', 'Moyo ne Sons'],
    ['$', 'madhora'],
    ['<5', 'pasi peshanu'],
    ['>5', 'pamusoro peshanu'],
    ['~5', 'kanenge shanu'],
    ['nhasi 😀', 'nhasi'],
    ['😀', 'chiratidzo'],
    ['Иван auya', 'chiratidzo auya'],
    ['', ''],
    [' \n\t', ''],
    ['?!', ''],
  ])('%j', says);
});
