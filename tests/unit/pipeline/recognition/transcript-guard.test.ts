import { describe, expect, it } from 'vitest';
import { compressionRatio, doubtOf } from '#pipeline/recognition/transcript-guard.ts';
import type { GuardedTranscript } from '#pipeline/recognition/transcript-guard.ts';

const fine: GuardedTranscript = {
  text: 'Kiriniki inovhura nguvai mangwana?',
  avgLogProb: -0.5,
  noSpeechProb: 0.1,
  speechMs: 2100,
  isComplete: true,
};

describe('doubtOf', () => {
  it('has none about an ordinary transcript, spoken out of the prompt or not', () => {
    expect(doubtOf(fine)).toBeUndefined();
    expect(doubtOf({ ...fine, prompt: `Mhoroi. ${fine.text} Ndatenda.` })).toBeUndefined();
    expect(doubtOf({ ...fine, text: 'Ehe', speechMs: 300 })).toBeUndefined();
  });

  it.each([
    ['no-speech', { speechMs: 40 }],
    ['no-speech', { noSpeechProb: 0.9, avgLogProb: -1.2 }],
    ['empty', { text: '' }],
    ['empty', { text: ' … ?' }],
    ['wrong-script', { text: 'Спасибо за внимание' }],
    ['wrong-script', { text: 'mangwana ご視聴ありがとう' }],
    ['repetitive', { isComplete: false }],
    ['repetitive', { text: 'na na na na '.repeat(12), speechMs: 9000 }],
    ['prompt-echo', { prompt: 'Kiriniki inovhura nguvai mangwana? Ndapota.', speechMs: 1200 }],
    ['too-fast', { speechMs: 800 }],
    ['low-confidence', { avgLogProb: -1.9 }],
    ['repetitive', { text: 'Ndai, ndai, ndai, ndai, ndai', speechMs: 1800 }],
    ['repetitive', { text: 'Mwana uyo, mwana uyo. Mwana uyo mwana uyo mwana uyo', speechMs: 3000 }],
    ['repetitive', { text: 'Mwana ane fivha usiku. Mwana ane fivha usiku. Mwana ane fivha usiku.', speechMs: 4000 }],
    ['repetitive', { text: 'Isoba yanahat. Isoba yanahat. Isoba yanahat. Isoba yanahat.', speechMs: 4000 }],
    ['sparse', { text: 'Mwana', speechMs: 1800 }],
    ['invented', { text: 'Thanks for watching!' }],
    ['invented', { text: ' you' }],
    ['invented', { text: 'Subtitles by the Amara.org community' }],
    ['invented', { text: '[Music]' }],
    ['invented', { text: '(applause) *laughter*' }],
    ['invented', { text: '♪♪' }],
    ['invented', { text: 'Asanteni kwa kutazama.' }],
    ['invented', { text: "Sous-titres réalisés par la communauté d'Amara.org" }],
    ['invented', { text: 'Altyazı M.K.' }],
  ] as const)('%s: %o', (doubt, change) => {
    expect(doubtOf({ ...fine, ...change })).toBe(doubt);
  });

  it('believes a sure text in spite of the no-speech probability, as Whisper does', () => {
    expect(doubtOf({ ...fine, noSpeechProb: 0.9, avgLogProb: -0.3 })).toBeUndefined();
  });

  describe('a prompt', () => {
    const prompt = 'Ndiri kukosora kwenguva refu. Mwana ane fivha. Mishonga inodhura zvakadii?';
    const heard = (text: string, speechMs = 2000) => doubtOf({ ...fine, text, prompt, speechMs });

    it.each(['Ndiri kukosora kwenguva', 'kukosora kwenguva refu', 'refu. Mwana ane fivha', 'Inodhura zvakadii?'])(
      'is echoed by a piece cut out of it: %s',
      (text) => expect(heard(text)).toBe('prompt-echo'),
    );

    it.each([
      'Ndiri kukosora kwenguva refu.',
      'ndirikukosora kwenguva refu',
      'Mwana ane fivha. Mishonga inodhura zvakadii?',
      'Ndiri kukosora kwenguva pfupi',
      'Mwana ane fivha inodhura',
    ])('is not echoed by whoever says its sentences, or other ones with its words: %s', (text) =>
      expect(heard(text)).toBeUndefined(),
    );

    it('may be echoed by a short word, which is a word of everybody', () => {
      expect(heard('Mwana', 500)).toBeUndefined();
    });
  });

  it.each([
    ['Zero seven seven, zero zero zero zero', 2600],
    ['Ehe ehe ehe', 900],
    ['Mwana ane fivha. Mwana ane fivha', 3000],
    ['Ndibatsireiwo ndibatsireiwo ndibatsireiwo', 3000],
    ['Ndoda munhu, ndoda munhu, ndoda munhu', 2800],
    ['Zviri zviri sei zviri zviri sei', 2500],
    ['Hello? Hello? Hello?', 1600],
    ['You said what? Mati chii?', 1500],
    ['Ndatenda', 1400],
    ['Thank you very much', 1200],
  ] as const)('lets people repeat themselves, draw out a word and say thanks: %s', (text, speechMs) => {
    expect(doubtOf({ ...fine, text, speechMs })).toBeUndefined();
  });

  it('takes limits', () => {
    const limits = {
      minAvgLogProb: -0.4,
      maxNoSpeechProb: 1,
      sureAvgLogProb: -1,
      maxCompressionRatio: 9,
      maxCharsPerSecond: 99,
      minCharsPerSecond: 0,
      minSpeechMs: 0,
    };
    expect(doubtOf(fine, limits)).toBe('low-confidence');
  });
});

it('compressionRatio rises with repetition', () => {
  expect(compressionRatio('Mwana wangu ari kupisa muviri.')).toBeLessThan(1);
  expect(compressionRatio('mangwana '.repeat(20))).toBeGreaterThan(5);
});
