import { describe, expect, test } from 'vitest';
import { IntentDetector } from '#pipeline/dialogue/intents.ts';
import { loadHotline } from '#prompts/load.ts';

const detector = new IntentDetector(loadHotline('kiriniki').pack);

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
    ['', undefined],
    ['...', undefined],
  ])('%j -> %s', (text, intent) => {
    expect(detector.detect(text, false)).toBe(intent);
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
  ])('%s', (text) => {
    expect(detector.detect(text, false)).toBe('emergency');
    expect(detector.detect(text, true)).toBe('emergency');
  });

  test.each(['motokari', 'Ndine mota', 'Ndine pamuviri'])('%s is none', (text) => {
    expect(detector.detect(text, false)).toBeUndefined();
  });
});
