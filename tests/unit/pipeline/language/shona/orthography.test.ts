import { describe, expect, it } from 'vitest';
import {
  isNativeWord,
  isShonaSpelling,
  joinedWords,
  plainApostrophes,
  syllables,
} from '#pipeline/language/shona/orthography.ts';

describe('syllables', () => {
  it.each([
    ['mangwanani', 'ma.ngwa.na.ni'],
    ['makadii', 'ma.ka.di.i'],
    ['mhoroi', 'mho.ro.i'],
    ["n'anga", "n'a.nga"],
    ['nzvimbo', 'nzvi.mbo'],
    ['Harare', 'ha.ra.re'],
    ['bhasikoro', 'bha.si.ko.ro'],
    ['Tsvangirai', 'tsva.ngi.ra.i'],
    ['José', 'jo.se'],
    ['clinic', 'cli.nic'],
    ['mm', 'mm'],
    ['', ''],
    ['42', ''],
  ])('%s', (word, expected) => {
    expect(syllables(word).join('.')).toBe(expected);
  });

  it('are found in linear time, whatever the word', () => {
    expect(syllables('b'.repeat(200_000))).toHaveLength(1);
    expect(syllables('ba'.repeat(100_000))).toHaveLength(100_000);
  });
});

describe('apostrophes', () => {
  it.each(['n’anga', 'nʼanga', 'n‘anga', 'n`anga', 'n´anga'])('%s is written with the typed one', (word) => {
    expect(plainApostrophes(word)).toBe("n'anga");
    expect(isNativeWord(word)).toBe(true);
    expect(syllables(word).join('.')).toBe("n'a.nga");
  });
});

describe('a word of the language', () => {
  it.each([
    ['mangwanani', true],
    ["n'anga", true],
    ["ng'ombe", true],
    ['tsvimbo', true],
    ['Kiriniki', true],
    ['muZimbabwe', true],
    ['siyana-siyana', true],
    ['mashizhà', true],
    ['psvuura', false],
    ['hospital', false],
    ['Bulawayo', false],
    ['the', false],
    ['spuni', false],
    ['ka20', false],
    ['приветa', false],
    ['-', false],
    ['', false],
  ])('%s: %s', (word, isNative) => {
    expect(isNativeWord(word)).toBe(isNative);
  });

  it.each([
    ['clinic', false],
    ['Covid', false],
    ['Netflix', false],
    ['spray', false],
    ['quiz', false],
    ['kiriniki', true],
    ['Bulawayo', true],
    ["n'anga", true],
  ])('%s can be read by the table: %s', (word, expected) => {
    expect(isShonaSpelling(word)).toBe(expected);
  });
});

describe('joined and split words compare as equal', () => {
  it.each([
    ['vanhu vari ku famba', 'vanhu varikufamba'],
    ['vanhu variku famba', 'vanhu vari kufamba'],
    ['ne vaviri', 'nevaviri'],
    ['re bhurauni', 'rebhurauni'],
    ['mota dziri kufamba mu mugwagwa', 'Mota dzirikufamba mumugwagwa.'],
    ['haasi ku nzwa', 'haasi kunzwa'],
    ['ndava ku enda ku Harare', 'ndavakuenda kuHarare'],
    ['pa chikoro che mwana', 'pachikoro chemwana'],
    ['n’anga yangu', "N'anga  yangu!"],
    ['mati “ehe”', "mati 'ehe'"],
  ])('%s = %s', (a, b) => {
    expect(joinedWords(a)).toEqual(joinedWords(b));
    expect(joinedWords(a)).not.toEqual([]);
  });

  it.each([
    ['vanhu vari kumba', 'vanhu kumba'],
    ['munhu uyu', 'munhuuyu'],
    ['mwana wangu', 'mwanawangu'],
    ['kana zvakanaka', 'kanazvakanaka'],
    ['kuvhura mangwana', 'kuvhuramangwana'],
  ])('%s is not %s', (a, b) => {
    expect(joinedWords(a)).not.toEqual(joinedWords(b));
  });

  it('keeps numbers, and gives nothing for marks alone', () => {
    expect(joinedWords('na 8 mangwanani')).toEqual(['na8', 'mangwanani']);
    expect(joinedWords(" ... ' !")).toEqual([]);
  });
});
