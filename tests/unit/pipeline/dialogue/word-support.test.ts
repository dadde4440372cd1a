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
const swahili = new Answerer(loadHotline('sw/zahanati'));

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

  it('counts by the reading that holds most of the question, not by one that holds nothing of it', () => {
    const ambulance = 'Ndingawana sei amburenzi?';
    expect(support.gapOf(ambulance, ['Ndingawana sei basa?', ambulance])).toBe(0);
    for (const useless of ['...', 'Hongu.', 'the man can run', '']) {
      expect(support.gapOf(ambulance, ['Ndingawana sei mari?', useless]), useless).toBeGreaterThan(0.2);
    }
  });

  it('has none when words of it were left out and no others said', () => {
    expect(support.gapOf('Kiriniki inovhura nguvai mangwana?', ['Kiriniki inovhura nguvai?'])).toBe(0);
    expect(support.gapOf('Ndinoda chitupa chekuberekwa chemwana.', ['Ndinoda chitupa chekuberekwa'])).toBe(0);
  });

  it('has none where there is nothing to compare', () => {
    expect(support.gapOf('Ndingawana sei amburenzi?', [])).toBe(0);
    expect(support.gapOf('Ndingawana sei amburenzi?', ['', '...'])).toBeLessThan(0.05);
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

const STATE = { expects: 'anything', failuresInRow: 0, isLlmReady: false } as const;

/** The card, `emergency` or another wish. */
function answerTo(text: string, by = answerer): string | undefined {
  const decided = by.decide({ transcript: sure(text), matches: by.match(text), audioScores: [], state: STATE });
  if (decided.kind === 'intent') return decided.intent;
  return decided.kind === 'card' ? decided.cardId : undefined;
}

describe('by text alone', () => {
  it('every listed question finds its card', () => {
    for (const { id, questions, isEmergency } of hotline.cards) {
      for (const question of questions) expect(answerTo(question), question).toBe(isEmergency ? 'emergency' : id);
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
    expect(answerTo(text)).toBeUndefined();
  });

  it.each([
    ['Kiriniki inovhura nguvai?', 'nguva-dzekuvhura'],
    ['Ndinoda chitupa chekuberekwa', 'chitupa-chekuberekwa'],
    ['Ndiri kukosora', 'tibhii'],
    ['Pane munhu akuvara', 'emergency'],
    ['Murwere haasi kumuka', 'emergency'],
    ['Ndibatsireiwo nekukurumidza', 'emergency'],
  ])('a question of which words are left out is the same question: %s', (text, id) => {
    expect(answerTo(text)).toBe(id);
  });

  it.each(['Dalili za kisukari ni zipi?', 'Nadhani nina saratani', 'Mchele unauzwa shilingi ngapi?'])(
    'nor is a Swahili card: %s',
    (text) => expect(answerTo(text, swahili)).toBeUndefined(),
  );

  it('hardly a sentence that is nearly a question gets a card', () => {
    const wrong = NEAR_SENTENCES.filter((text) => hotline.cards.some(({ id }) => id === answerTo(text)));
    // "Gomarara" holds the sounds of "marariya", and who asks when the bank opens is told that the clinic does.
    expect(wrong.length, wrong.join(' ')).toBeLessThan(NEAR_SENTENCES.length / 10);
  }, 30_000);
});
