import { describe, expect, test } from 'vitest';
import { ChoiceMatcher } from '#pipeline/dialogue/matching.ts';
import { shona } from '#pipeline/language/shona/shona.ts';
import { loadHotline } from '#prompts/load.ts';

const hotline = loadHotline('kiriniki');
const matcher = new ChoiceMatcher(hotline.cards, shona);

describe('a transcript finds its card', () => {
  test('every way of asking, as written, with its own card first', () => {
    for (const card of hotline.cards) {
      for (const question of card.questions) {
        const { ranked, margin } = matcher.match(question);
        expect(ranked[0], question).toMatchObject({ choiceId: card.id, question });
        expect(ranked[0]!.score).toBeCloseTo(1, 5);
        expect(margin, question).toBeGreaterThan(0.15);
      }
    }
  });

  // What plain Whisper base wrote for these sentences over a telephone line (the first two), and the like.
  test.each([
    ['Kiginiki Innobirangurai Mangwana.', 'nguva-dzekuvhura'],
    ['Wanawan duarik pisa muridi.', 'kupisa-muviri'],
    ['Nindowana sei chitupa chekuberekwa?', 'chitupa-chekuberekwa'],
    ['kiri niki inofura nguva i', 'nguva-dzekuvhura'],
    ['mishonga inhoyita mari', 'mutengo-wemishonga'],
    ['Mhoroi, ndinoda kuziva kuti kiriniki inovhura nguvai mangwana', 'nguva-dzekuvhura'],
    ['ndinodha zhekuronga muri', 'kuronga-mhuri'],
    ['Madalariya inorafwa se', 'marariya'],
  ])('%s -> %s', (heard, cardId) => {
    const { ranked, margin } = matcher.match(heard);
    expect(ranked[0]!.choiceId).toBe(cardId);
    expect(margin).toBeGreaterThan(0.1);
  });

  test('word boundaries do not matter', () => {
    const joined = matcher.match('Ndinodakuronganguva yekuonachiremba').ranked[0]!;
    expect(joined).toMatchObject({ choiceId: 'kuronga-nguva' });
    expect(joined.score).toBeCloseTo(1, 5);
  });
});

test.each([
  'Mugwagwa unofamba motokari',
  'The quick brown fox jumps over the lazy dog',
  'Musikana akapfeka hembe tsvuku',
])('%s is like no card', (heard) => {
  expect(matcher.match(heard).ranked[0]!.score).toBeLessThan(0.56);
});

test('nothing said is like nothing, and a very long text is cut, not refused', () => {
  expect(matcher.match('123 ...').ranked.every(({ score }) => score === 0)).toBe(true);
  expect(matcher.match('kiriniki '.repeat(500)).ranked).toHaveLength(hotline.cards.length);
});

test('scores stay within 0 and 1', () => {
  for (const heard of ['a', 'kiriniki', 'nhomba nhomba nhomba', 'x'.repeat(50)]) {
    for (const { score } of matcher.match(heard).ranked) {
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
    }
  }
});
