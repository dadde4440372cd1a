import { describe, expect, it } from 'vitest';
import { isForeignWord, tokens } from '#pipeline/language/shona/code-switch.ts';
import { languageSpans } from '#pipeline/language/spans.ts';

const kinds = (text: string): string[] => tokens(text).map(({ text: word, kind }) => `${word}:${kind}`);

describe('a word alone', () => {
  it.each([
    'foni',
    'bhazi',
    'vhiki',
    'dhora',
    'koronavhairasi',
    'sikorashipi',
    'kurekodha',
    'kiriniki',
    'silabhu',
    'mawhindo',
    'greyi',
    'okei',
  ])('%s, a settled loan, is no foreign word', (word) => {
    expect(isForeignWord(word)).toBe(false);
  });

  it.each(['hospital', 'clinic', 'phone', 'because', 'mobile', 'Bulawayo', 'rwebrown', 'nemask', 'cabbage'])(
    '%s is foreign or a name',
    (word) => {
      expect(isForeignWord(word)).toBe(true);
    },
  );

  it.each(["n'anga", 'n’ombe', 'mm', 'aah', 'hmm', 'a', 'muZimbabwe', 'VaMoyo', 'siyana-siyana', 'mashizhà'])(
    '%s is not foreign',
    (word) => {
      expect(isForeignWord(word)).toBe(false);
    },
  );
});

describe('the words of a text', () => {
  it.each([
    ['Ndafona ku hospital nezuro', ['Ndafona:native', 'ku:native', 'hospital:foreign', 'nezuro:native']],
    ['veMDC neZanu-PF', ['veMDC:abbreviation', 'neZanu-PF:abbreviation']],
    ['VaJ. Moyo', ['VaJ:abbreviation', 'Moyo:native']],
    ['mugore ra2018', ['mugore:native', 'ra2018:number']],
    ['na8:30, ye$150 kana 3.5%', ['na8:30:number', 'ye$150:number', 'kana:native', '3.5%:number']],
    ['1,858 pa077-200-3456', ['1,858:number', 'pa077-200-3456:number']],
    ['cheCovid-19', ['cheCovid-19:foreign']],
    ['4x4 na 10km', ['4x4:number', 'na:native', '10km:number']],
    ['nemotor-cross', ['nemotor-cross:foreign']],
    ['MHOROI KWESE KUZIMBABWE NHASI', ['MHOROI:native', 'KWESE:native', 'KUZIMBABWE:native', 'NHASI:native']],
    ['SMS YANGU', ['SMS:abbreviation', 'YANGU:native']],
    ["'Ehe' n' o’clock", ['Ehe:native', "n':abbreviation", 'o’clock:foreign']],
    ['... !', []],
  ])('%s', (text, expected) => {
    expect(kinds(text)).toEqual(expected);
  });

  it('takes an open English word for English only beside English', () => {
    expect(kinds('sorry, we are closed')).toEqual(['sorry:foreign', 'we:foreign', 'are:foreign', 'closed:foreign']);
    expect(kinds('muri kuda here')).toEqual(['muri:native', 'kuda:native', 'here:native']);
    expect(kinds('muriwo we cabbage')).toEqual(['muriwo:native', 'we:native', 'cabbage:foreign']);
    expect(kinds('Emmerson here')).toEqual(['Emmerson:foreign', 'here:native']);
  });

  it('tells the prefix from what it is glued to', () => {
    expect(tokens('kuHospital veMDC ra2018 kuHarare phone').map(({ prefix }) => prefix)).toEqual([
      'ku',
      've',
      'ra',
      '',
      '',
    ]);
  });

  it('says where each stands', () => {
    const text = '“N’anga” ye$150, naDr. Moyo';
    for (const { text: word, start, end } of tokens(text)) expect(text.slice(start, end)).toBe(word);
  });
});

describe('language spans', () => {
  const spans = (text: string): string[] =>
    languageSpans(tokens(text)).map(
      ({ start, end, isForeign }) => `${isForeign ? 'x' : 'sn'}: ${text.slice(start, end)}`,
    );

  it.each<[string, string[]]>([
    ['Ndoda kutenga airtime bundle ye$5 nhasi.', ['sn: Ndoda kutenga', 'x: airtime bundle ye$5', 'sn: nhasi']],
    ['2018: gore rakanaka', ['sn: 2018: gore rakanaka']],
    ['MDC 2018', ['sn: MDC 2018']],
    ['', []],
  ])('%s', (text, expected) => {
    expect(spans(text)).toEqual(expected);
  });

  it('keeps an English clause together', () => {
    expect(spans('Please call me back, ndapota')).toEqual(['x: Please call me back', 'sn: ndapota']);
  });
});

it('needs no more time for a long text than its length', () => {
  for (const text of [
    'a'.repeat(200_000),
    'ye$'.repeat(60_000),
    '1.'.repeat(100_000),
    "n'".repeat(100_000),
    'A-'.repeat(100_000),
  ]) {
    expect(tokens(text).length).toBeGreaterThanOrEqual(0);
  }
});
