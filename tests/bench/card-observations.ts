/** What benches of the recogniser say to it: every way of asking, in several manners, and what no card answers. */
import { readFileSync } from 'node:fs';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { intentChoices } from '#pipeline/dialogue/intents.ts';

/** A way of speaking: the voice's pace, its pitch (by resampling), and white noise under it. */
export interface Manner {
  readonly name: string;
  readonly speakingRate: number;
  readonly pitch: number;
  /** Root mean square of the noise, PCM16 units; 0 for none. */
  readonly noise: number;
}

export const MANNERS: readonly Manner[] = [
  { name: 'plain', speakingRate: 1, pitch: 1, noise: 0 },
  { name: 'low and slow', speakingRate: 0.9, pitch: 0.88, noise: 0 },
  { name: 'high, fast, noisy', speakingRate: 1.15, pitch: 1.14, noise: 120 },
];

export interface Sentence {
  readonly said: string;
  readonly expected: string | undefined;
}

/** The hotline without one way of asking: what a caller who words it differently meets. */
export function withoutQuestion(hotline: Hotline, question: string): Hotline {
  const cards = hotline.cards.map((card) => ({
    ...card,
    questions: card.questions.filter((asked) => asked !== question),
  }));
  return { ...hotline, cards };
}

/** Every way of asking, and every longer form of an intent. */
export function sentencesOf(hotline: Hotline): readonly Sentence[] {
  const choices = [...hotline.cards, ...intentChoices(hotline.pack)];
  return choices.flatMap(({ id, questions }) => questions.map((said) => ({ said, expected: id })));
}

/** Whole sentences of three to nine words from a table `id<TAB>text`, evenly taken: what callers of no card say. */
export function outOfDomain(path: string, count: number): readonly Sentence[] {
  const sentences = readFileSync(path, 'utf8')
    .split('\n')
    .slice(1)
    .flatMap((line) => (line.split('\t')[1] ?? '').split(/[.!?]/u))
    .map((text) => text.trim())
    .filter((text) => /^\S+(?: \S+){2,8}$/u.test(text));
  const step = Math.max(1, Math.floor(sentences.length / count));
  return sentences
    .filter((_, at) => at % step === 0)
    .slice(0, count)
    .map((said) => ({ said, expected: undefined }));
}
