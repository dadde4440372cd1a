import { describe, expect, test } from 'vitest';
import { loadHotline } from '#prompts/load.ts';
import { OUTSIDE_SENTENCES, planCall } from '#src/cli/bench/call-plan.ts';

const hotline = loadHotline('kiriniki');
const plan = planCall(hotline, 60);

describe('planCall', () => {
  test('is the same for the same seed and another for another', () => {
    expect(planCall(hotline, 60)).toEqual(plan);
    expect(planCall(hotline, 60, 2)).not.toEqual(plan);
  });

  test('has enough of each kind for its percentiles', () => {
    const count = (kind: string): number => plan.filter((turn) => turn.kind === kind).length;
    expect([count('card'), count('interruption'), count('outside')]).toEqual([30, 12, 18]);
  });

  test('asks each card in its own words, and never an emergency', () => {
    for (const turn of plan) {
      if (turn.kind === 'outside') continue;
      const card = hotline.cards.find(({ id }) => id === turn.cardId);
      expect(card?.questions).toContain(turn.text);
      expect(card?.isEmergency).toBe(false);
    }
  });

  test('no way of asking comes twice while another has not come', () => {
    const asked = plan.flatMap((turn) => (turn.kind === 'card' ? [turn.text] : []));
    expect(new Set(asked).size).toBeGreaterThan(asked.length * 0.7);
  });

  test('an interruption follows a card answer long enough to be interrupted', () => {
    for (const [index, turn] of plan.entries()) {
      if (turn.kind !== 'interruption') continue;
      const before = plan[index - 1];
      if (before?.kind !== 'card' && before?.kind !== 'interruption')
        throw new Error(`turn ${index} interrupts nothing`);
      expect(hotline.cards.find(({ id }) => id === before.cardId)?.answer.length).toBeGreaterThanOrEqual(90);
      expect(turn.afterMs).toBeGreaterThanOrEqual(500);
      expect(turn.afterMs).toBeLessThanOrEqual(2500);
    }
  });
});

test('no sentence from outside shares its content words with a question of a card', () => {
  const words = (text: string): string[] => text.toLowerCase().match(/[a-z']{5,}/gu) ?? [];
  const asked = new Set(hotline.cards.flatMap(({ questions }) => questions.flatMap(words)));
  for (const sentence of OUTSIDE_SENTENCES) {
    expect(words(sentence).filter((word) => asked.has(word))).toEqual([]);
  }
});
