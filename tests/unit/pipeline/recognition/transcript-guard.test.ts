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
  ] as const)('%s: %o', (doubt, change) => {
    expect(doubtOf({ ...fine, ...change })).toBe(doubt);
  });

  it('believes a sure text in spite of the no-speech probability, as Whisper does', () => {
    expect(doubtOf({ ...fine, noSpeechProb: 0.9, avgLogProb: -0.3 })).toBeUndefined();
  });

  it('takes limits', () => {
    const limits = {
      minAvgLogProb: -0.4,
      maxNoSpeechProb: 1,
      sureAvgLogProb: -1,
      maxCompressionRatio: 9,
      maxCharsPerSecond: 99,
      minSpeechMs: 0,
    };
    expect(doubtOf(fine, limits)).toBe('low-confidence');
  });
});

it('compressionRatio rises with repetition', () => {
  expect(compressionRatio('Mwana wangu ari kupisa muviri.')).toBeLessThan(1);
  expect(compressionRatio('mangwana '.repeat(20))).toBeGreaterThan(5);
});
