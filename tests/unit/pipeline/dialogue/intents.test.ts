import { describe, expect, test } from 'vitest';
import { IntentDetector } from '#pipeline/dialogue/intents.ts';
import { loadHotline } from '#prompts/load.ts';

const hotline = loadHotline('kiriniki');
const detector = new IntentDetector(hotline.pack);

describe('where nothing was asked', () => {
  test.each([
    ['Mhoroi', 'greeting'],
    ['Mhoroi, makadii?', 'greeting'],
    ['Tiripo, makadiiwo', 'greeting'],
    ['Mamuka sei', 'greeting'],
    ['Mhoroi, kiriniki inovhura nguvai?', undefined],
    ['Ndatenda', 'thanks'],
    ['Maita basa', 'thanks'],
    ['Ndatenda, chisarai zvakanaka', 'goodbye'],
    ['Dzokororai', 'repeat'],
    ['Handina kunzwa zvakanaka, ndapota dzokororai', 'repeat'],
    ['Taurai zvishoma nezvishoma', 'slower'],
    ['Ndinoda kutaura nemunhu', 'human'],
    ['Ndinodakutaura nemunu', 'human'],
    ['munhu', 'human'],
    ['Pane munhu arwara pano zvakanyanya', undefined],
    ['Musandifonere', 'opt-out'],
    ['ehe', 'backchannel'],
    ['hongu hongu', 'backchannel'],
    ['mm', 'backchannel'],
    ['mhm', 'backchannel'],
    ['Kwete', 'no'],
    ['Aiwa bodo', 'no'],
    ['Uyu mushonga wevana kwete wevakuru vari kumusha', undefined],
    ['Chisarai zvakanaka', 'goodbye'],
    ['Ndapedza', 'goodbye'],
    ['Ah, ndatenda, ndapedza', 'goodbye'],
    ['Mhoroi, ndinoda kutaura nemunhu ndapota', 'human'],
    ['Ndinoda kutau rane munhu', 'human'],
    ['Ndapota taurai zvishoma', 'slower'],
    ['Handina kunzwa, dzokororai', 'repeat'],
    ['Stop', 'opt-out'],
    ['', undefined],
    ['...', undefined],
  ])('%j -> %s', (text, intent) => {
    expect(detector.detect(text, false)).toBe(intent);
  });
});

describe('a key word inside a sentence is not its intent', () => {
  test.each([
    'Ndapedza mapiritsi',
    'Ndapedza mushonga',
    'Zvakwana here',
    'bus stop',
    'Munhu akuvara',
    'Munhu arumwa',
    'Munhu atsva',
    'Handina kunzwa nezvenhomba',
    'Handina kunzwa nhomba',
    'Handisi kunzwa muviri zvakanaka',
  ])('%s', (text) => {
    expect(detector.detect(text, false)).toBeUndefined();
    expect(detector.detect(text, true)).toBeUndefined();
  });
});

describe('as an answer to yes or no', () => {
  test.each([
    ['ehe', 'yes'],
    ['Ehee', 'yes'],
    ['Hongu', 'yes'],
    ['Hongu, ndinobvuma', 'yes'],
    ['okay', 'yes'],
    ['Kwete', 'no'],
    ['Handidi', 'no'],
    ['mhm', undefined],
    ['mh-mh', undefined],
    ['a-a', undefined],
    ['hongu kwete', undefined],
    ['Hongu, kiriniki inovhura nguvai mangwana kuseni', undefined],
  ])('%j -> %s', (text, intent) => {
    expect(detector.detect(text, true)).toBe(intent);
  });
});

describe('emergencies win', () => {
  test.each([
    'Ndinoda kuzviuraya',
    'Mwana arumwa nenyoka',
    'Hongu, mwana anwa chepfu',
    'Mhoroi, pane tsaona mumugwagwa',
    'Ari kutadza kufema',
    'moto',
    'Mwana haafemi',
    'Amai havasi kufema',
    'Mwana ari kubuda ropa',
    'Munhu ari kufa',
    'Munhu afa',
    'Munhu akuvara zvakaipa',
    'Amai vari kuda kusununguka',
    'Munhu arumwa nenyoka',
    'Munhu arumwane nyoka',
    'Asi arumwa nenyoka',
    'Ndinodakufa',
    'Ndinoda kuzvi uraya',
  ])('%s', (text) => {
    expect(detector.detect(text, false)).toBe('emergency');
    expect(detector.detect(text, true)).toBe('emergency');
  });

  test.each([
    'motokari',
    'Ndine mota',
    'Ndine pamuviri',
    'Ndinoda kufamba',
    'Ndinoda kufambisa mwana',
    'Ndoda kufara',
    'Handina kurohwa',
    'Haana kurumwa nenyoka',
    'Hapana moto',
    'Mwana ava kufamba',
  ])('%s is none', (text) => {
    expect(detector.detect(text, false)).toBeUndefined();
  });
});

test('no question of an ordinary card is an intent', () => {
  for (const { questions } of hotline.cards.filter(({ isEmergency }) => !isEmergency)) {
    for (const question of questions) expect(detector.detect(question, false), question).toBeUndefined();
  }
});
