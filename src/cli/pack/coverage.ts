/** How much a pack and its hotlines hold, and how much of it a native speaker has seen. */
import {
  HUMAN_PHRASES,
  REQUIRED_PHRASES,
  type Confidence,
  type Hotline,
  type WordClassName,
} from '#pipeline/dialogue/hotline.ts';
import type { Entry } from './entries.ts';

export interface HotlineCoverage {
  readonly cards: number;
  readonly emergencyCards: number;
  readonly questions: number;
  readonly fewestQuestions: number;
  readonly keys: number;
  readonly hasHuman: boolean;
  readonly phrases: number;
}

export interface Coverage {
  readonly phrasesNeeded: number;
  readonly greetings: number;
  readonly greetingReplies: number;
  /** Forms of each word class. */
  readonly classes: Readonly<Partial<Record<WordClassName, number>>>;
  readonly hotlines: Readonly<Record<string, HotlineCoverage>>;
}

/** The hotlines share a pack. */
export function coverage(hotlines: readonly Hotline[]): Coverage {
  const pack = hotlines[0]?.pack;
  const classes = Object.entries(pack?.classes ?? {}).map(([name, { forms }]) => [name, forms.length]);
  return {
    phrasesNeeded: REQUIRED_PHRASES.length + HUMAN_PHRASES.length,
    greetings: pack?.greetings.length ?? 0,
    greetingReplies: pack?.greetingReplies.length ?? 0,
    classes: Object.fromEntries(classes) as Coverage['classes'],
    hotlines: Object.fromEntries(hotlines.map((hotline) => [hotline.id, coverageOf(hotline)])),
  };
}

function coverageOf({ cards, keys, human, phrases }: Hotline): HotlineCoverage {
  const questions = cards.map(({ questions: asked }) => asked.length);
  return {
    cards: cards.length,
    emergencyCards: cards.filter(({ isEmergency }) => isEmergency).length,
    questions: questions.reduce((sum, count) => sum + count, 0),
    fewestQuestions: Math.min(...questions),
    keys: keys.size,
    hasHuman: human !== undefined,
    phrases: phrases.size,
  };
}

/** Sentences, word classes and cards without a review. */
export interface ReviewState {
  readonly reviewed: number;
  readonly byConfidence: Readonly<Record<Confidence, number>>;
  /** Answers and ways of asking, whose facts only the hotline's owner knows. */
  readonly withoutConfidence: number;
  /** Of all of these: for an emergency or somebody in distress. */
  readonly urgent: readonly string[];
}

export function reviewState(entries: readonly Entry[]): ReviewState {
  const open = entries.filter(({ isReviewed }) => !isReviewed);
  const count = (wanted: Confidence | undefined): number =>
    open.filter(({ confidence }) => confidence === wanted).length;
  return {
    reviewed: entries.length - open.length,
    byConfidence: { A: count('A'), B: count('B'), C: count('C') },
    withoutConfidence: count(undefined),
    urgent: open.filter(({ isUrgent }) => isUrgent).map(({ kind, id }) => `${kind} ${id}`),
  };
}
