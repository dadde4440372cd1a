import { describe, expect, it } from 'vitest';
import type { Understood } from '#pipeline/dialogue/answerer-hearing.ts';
import { completenessOf, digitsAtEnd, type CompletenessContext } from '#pipeline/dialogue/turn-completeness.ts';
import { shona as language } from '#pipeline/language/shona/shona.ts';
import { neededSilenceMs, TURN_END_POLICY } from '#pipeline/listening/turn-end.ts';

const card = (question: string): Understood => ({
  kind: 'card',
  cardId: 'c',
  question,
  score: 1,
  margin: 1,
  by: 'text',
  wordGap: 0,
});
const intent = (name: 'greeting' | 'yes' | 'human' | 'backchannel'): Understood => {
  return { kind: 'intent', intent: name, by: 'text' };
};
const NOTHING: Understood = { kind: 'not-understood', offerHuman: false };

/** Milliseconds of silence that this would be waited. */
function waits(understood: Understood, text: string, context: Omit<CompletenessContext, 'language'> = {}): number {
  return neededSilenceMs({ words: completenessOf(understood, { text }, { language, ...context }), sound: undefined });
}

const ASKED = 'Chiremba anowanikwa rini?';

describe('how complete a turn is', () => {
  it('is certain of a whole question of a card, however it is spelt', () => {
    for (const text of [ASKED, 'Chiremba ano wanikwa rini', 'Makadii, chiremba anowanikwa rini?']) {
      expect(waits(card(ASKED), text)).toBeLessThanOrEqual(200);
    }
  });

  it('lets a statement be followed by its question, and believes a wish by its sound less', () => {
    const told = waits(card('Mudzimai wangu ane pamuviri.'), 'Mudzimai wangu ane pamuviri.');
    expect(told).toBeGreaterThan(300);
    expect(told).toBeLessThan(500);
    const heard = { kind: 'intent', intent: 'human', by: 'audio' } as const;
    expect(waits(heard, 'Nhamba ane')).toBe(told);
  });

  it('does not take a sentence for two because the recogniser wrote it twice', () => {
    const once = waits(card('Ndingadzivirira marariya sei?'), 'Ninhaji viriram.');
    expect(once).toBeGreaterThan(600);
    expect(waits(card('Ndingadzivirira marariya sei?'), 'Ninhaji viriram. Ninguaji viriram.')).toBe(once);
  });

  it('waits for the rest of a question that is known by its beginning', () => {
    const half = waits(card(ASKED), 'Chiremba anowa');
    expect(half).toBeGreaterThan(waits(card(ASKED), 'Chiremba anowanikwa ri'));
    // A recogniser may have left the rest out: a card is answered all the same, before long.
    expect(half).toBeLessThan(1_000);
  });

  it('lets a greeting be followed by its business, and a yes that nobody asked for', () => {
    for (const opening of [intent('greeting'), intent('yes'), intent('backchannel')]) {
      expect(waits(opening, 'Mhoroi')).toBeGreaterThan(600);
    }
    expect(waits(intent('human'), 'Ndinoda kutaura nemunhu')).toBeLessThanOrEqual(200);
  });

  it('takes a yes for the whole answer where one was asked for', () => {
    expect(waits(intent('yes'), 'Hongu', { expectsYesNo: true })).toBeLessThanOrEqual(200);
    expect(waits(intent('greeting'), 'Hello', { expectsYesNo: true })).toBeGreaterThan(600);
  });

  it('waits longer where nothing was understood than for small talk', () => {
    const small = waits({ kind: 'llm', cardIds: [] }, 'Nhasi kunopisa');
    expect(small).toBeLessThanOrEqual(560);
    expect(waits(NOTHING, 'Ruvai ririn')).toBeGreaterThan(small);
  });

  it('waits for the digits that are missing, and not when the last has come', () => {
    const asked = { expectedDigits: 10 };
    expect(waits(NOTHING, 'ziro nomwe nomwe mbiri', asked)).toBe(TURN_END_POLICY.longestMs);
    expect(waits(NOTHING, 'ziro nomwe nomwe mbiri nhatu ina shanu 678', asked)).toBeLessThanOrEqual(200);
    // "I want a person" instead of digits is no dictation.
    expect(waits(intent('human'), 'Ndinoda kutaura nemunhu', asked)).toBeLessThanOrEqual(200);
  });

  it('notices digits that nobody asked for', () => {
    expect(waits(NOTHING, 'nhamba yangu ndi ziro nomwe nomwe')).toBe(TURN_END_POLICY.longestMs);
  });
});

describe('digits at the end of a text', () => {
  it('counts words and figures in a row from the end', () => {
    expect(digitsAtEnd('Nhamba yangu ziro nomwe nomwe, mbiri.', language)).toBe(4);
    expect(digitsAtEnd('077 234', language)).toBe(6);
    expect(digitsAtEnd('zero seven seven', language)).toBe(3);
    expect(digitsAtEnd('mbiri kana nhatu ndinodawo', language)).toBe(0);
    expect(digitsAtEnd('', language)).toBe(0);
  });
});
