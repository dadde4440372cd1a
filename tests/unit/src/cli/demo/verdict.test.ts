import { describe, expect, test } from 'vitest';
import { type HeardStretch, judgeStretch, rankAnswers, type Sounds } from '#src/cli/demo/verdict.ts';

const ANSWERS = [
  { id: 'opening-hours', text: 'Tinovhura na8 mangwanani, tichivhara na4 manheru.' },
  { id: 'medicine-prices', text: 'Mishonga yezuva nezuva inoita madhora maviri.' },
  { id: 'birth-record', text: 'Uyai nekadhi rekuchipatara nechitupa chamai, mozadza fomu rekunyoresa mwana.' },
];
const sounds: Sounds = {
  speakable: (text) => text,
  fold: (text) => text.toLowerCase().replaceAll(/[^a-z0-9]/gu, ''),
  confusion: (a, b) => (a === b ? 0 : 1),
};
const describeAnswer = (id: string): string => `the answer "${id}"`;

const stretch = (over: Partial<HeardStretch> & { recognised: string }): HeardStretch => ({
  line: 0,
  expected: 'opening-hours',
  audibleMs: 3000,
  ranking: rankAnswers([over.recognised], ANSWERS, sounds),
  isYielded: undefined,
  startS: 4.2,
  ...over,
});

describe('rankAnswers', () => {
  test('finds the answer through a bad transcript', () => {
    const [best] = rankAnswers(['Tinofura na 8 mangoanani tichi vara naforo maneru'], ANSWERS, sounds);
    expect(best?.id).toBe('opening-hours');
    expect(best?.similarity).toBeGreaterThan(0.6);
  });

  test('a beginning is enough, because the answer may have been interrupted', () => {
    const [best] = rankAnswers(['uyai nekadi rekuchipatara'], ANSWERS, sounds);
    expect(best?.id).toBe('birth-record');
    expect(best?.similarity).toBeGreaterThan(0.9);
  });

  test('only the first piece must be the beginning, and a piece that is like nothing counts for nothing', () => {
    const middle = 'mishonga yezuva nezuva inoita';
    const end = 'inoita madhora maviri';
    expect(rankAnswers([middle, end], ANSWERS, sounds)[0]).toEqual({ id: 'medicine-prices', similarity: 1 });
    expect(rankAnswers([end], ANSWERS, sounds)[0]?.similarity).toBeLessThan(0.6);
    expect(rankAnswers([middle, '100000000000000000', 'ya'], ANSWERS, sounds)[0]?.similarity).toBe(1);
  });

  test('an answer within another one’s words does not beat it', () => {
    const ranking = rankAnswers(['mishonga yezuva nezuva', 'tichivhara na4 manheru'], ANSWERS, sounds);
    expect(ranking[0]!.similarity).toBeLessThan(0.9);
  });

  test('nothing recognised is like nothing', () => {
    expect(rankAnswers([], ANSWERS, sounds).every(({ similarity }) => similarity === 0)).toBe(true);
  });
});

describe('judgeStretch', () => {
  test('the right answer, heard', () => {
    const verdict = judgeStretch(stretch({ recognised: 'tinovura na8 mangwanani' }), describeAnswer);
    expect(verdict.outcome).toBe('heard');
    expect(verdict.heardAs).toBe('opening-hours');
  });

  test('silence says how little was audible and where to listen', () => {
    const verdict = judgeStretch(stretch({ recognised: '', audibleMs: 120 }), describeAnswer);
    expect(verdict.outcome).toBe('silent');
    expect(verdict.message).toContain('120 ms');
    expect(verdict.message).toContain('from 4.2 s');
  });

  test('another card names what was heard instead', () => {
    const verdict = judgeStretch(stretch({ recognised: 'mishonga yezuva inoita madora maviri' }), describeAnswer);
    expect(verdict.outcome).toBe('other-answer');
    expect(verdict.message).toContain('"medicine-prices" was heard');
    expect(verdict.message).toContain('mishonga yezuva inoita');
  });

  test('noise that resembles nothing is unclear, never heard', () => {
    const verdict = judgeStretch(stretch({ recognised: 'zzz qqq xxx www' }), describeAnswer);
    expect(verdict.outcome).toBe('unclear');
  });

  test('without an expectation anything audible will do, and silence will not', () => {
    const anything = { expected: undefined, recognised: 'zzz' };
    expect(judgeStretch(stretch(anything), describeAnswer).outcome).toBe('heard');
    expect(judgeStretch(stretch({ ...anything, audibleMs: 90 }), describeAnswer).outcome).toBe('silent');
  });

  test('an answer that did not stop under the interruption fails although it was the right one', () => {
    const verdict = judgeStretch(stretch({ recognised: 'tinovhura na8 mangwanani', isYielded: false }), describeAnswer);
    expect(verdict.outcome).toBe('talked-on');
  });
});
