import { describe, expect, it } from 'vitest';
import { Answerer } from '#pipeline/dialogue/answerer.ts';
import { intentChoices } from '#pipeline/dialogue/intents.ts';
import { WordSupport } from '#pipeline/dialogue/word-support.ts';
import type { Transcript } from '#pipeline/ports.ts';
import { loadHotline } from '#prompts/load.ts';
import { NEAR_SENTENCES } from '#src/cli/bench/cards/near-sentences.ts';

const hotline = loadHotline('kiriniki');
const support = new WordSupport([...hotline.cards, ...intentChoices(hotline.pack)], hotline.pack.language);
const answerer = new Answerer(hotline);

describe('a question whose words were heard', () => {
  it('has no gap when all of them were, whatever was said around it', () => {
    for (const { questions } of hotline.cards) {
      for (const question of questions) {
        expect(support.gapOf(question, [question]), question).toBe(0);
        expect(support.gapOf(question, [`Mangwanani, ndapota ndibatsirei, ${question}`]), question).toBe(0);
      }
    }
  });

  it('has a small one when all of it was heard badly', () => {
    expect(support.gapOf('Kiriniki inovhura nguvai mangwana?', ['Kiginiki Innobirangurai Mangwana'])).toBeLessThan(0.2);
    expect(support.gapOf('Mwana wangu ari kupisa muviri.', ['Wanawan duarik pisa muridi'])).toBeLessThan(0.2);
  });

  it('has a large one when the word that matters is another', () => {
    for (const [asked, heard] of [
      ['Zviratidzo zvemarariya ndezvipi?', 'Zviratidzo zveshuga ndezvipi?'],
      ['Ndingawana sei amburenzi?', 'Ndingawana sei basa?'],
      ['Ndinoda kuongororwa ropa.', 'Ndinoda kuongororwa maziso.'],
      ['Mwana wangu arwara.', 'Mwana wangu akafa.'],
    ] as const) {
      expect(support.gapOf(asked, [heard]), heard).toBeGreaterThan(0.2);
    }
  });

  it('counts by the reading that heard it best', () => {
    const readings = ['Ndingawana sei basa?', 'Ndingawana sei amburenzi?'];
    expect(support.gapOf('Ndingawana sei amburenzi?', readings)).toBe(0);
  });

  it('is no gap where there is nothing to compare', () => {
    expect(support.gapOf('iwe', ['kiriniki'])).toBe(0);
    expect(support.gapOf('Ndingawana sei amburenzi?', [''])).toBeLessThanOrEqual(1);
  });
});

const sure = (text: string): Transcript => ({
  utteranceId: 'u',
  text,
  avgLogProb: 0,
  confidence: 1,
  noSpeechProb: 0,
  window: 'short',
  audioMs: 0,
  timings: { melMs: 0, encoderMs: 0, decoderMs: 0 },
});

const cardFor = (text: string): string | undefined => {
  const state = { expects: 'anything', failuresInRow: 0, isLlmReady: false } as const;
  const decided = answerer.decide({ transcript: sure(text), matches: answerer.match(text), audioScores: [], state });
  return decided.kind === 'card' ? decided.cardId : undefined;
};

describe('by text alone', () => {
  it('every listed question finds its card', () => {
    for (const { id, questions, isEmergency } of hotline.cards) {
      if (isEmergency) continue;
      for (const question of questions) expect(cardFor(question), question).toBe(id);
    }
  });

  it.each([
    'Mwana wangu akafa',
    'Zviratidzo zvekorera ndezvipi?',
    'Ndinofunga kuti ndine shuga',
    'Ndinoda chitupa chekufa',
    'Ndingawana sei mari?',
    'Pane mvura here nhasi?',
  ])('no card is answered to what is a question of it but for one word: %s', (text) => {
    expect(cardFor(text)).toBeUndefined();
  });

  it('hardly a sentence that is nearly a question gets a card', () => {
    const wrong = NEAR_SENTENCES.filter((text) => cardFor(text) !== undefined);
    // "Gomarara" holds the sounds of "marariya", and who asks when the bank opens is told that the clinic does.
    expect(wrong.length, wrong.join(' ')).toBeLessThan(NEAR_SENTENCES.length / 10);
  });
});
