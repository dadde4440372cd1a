/** P(the caller has finished) by what was understood so far: what only somebody who knows the hotline and its question can tell. */
import type { Language } from '../language/language.ts';
import type { Transcript } from '../ports.ts';
import type { Understood } from './answerer-hearing.ts';
import type { Intent } from './intents.ts';

/** Log-odds, fitted with tests/bench/turn-end.ts, then bounded by what an answer may cost: docs/turn-taking.md. */
export const COMPLETENESS = {
  /** A question of a card, a wish, a key: all of it was said. */
  whole: 2.9,
  /** A card that is known by a statement ("my wife is pregnant"), to which a question is often added; a wish by its sound alone. */
  statement: 2.2,
  /** For a whole question's length that is missing at the end of what was said. */
  missing: -12,
  /** Never less where a card was recognised: recognisers leave words out too. */
  leastOfCard: 0.8,
  /** Small talk for the language model. */
  free: 1.65,
  /** A greeting, or a yes that nobody asked for: the caller's business may follow. */
  opening: 0.7,
  /** Nothing that the hotline knows: as many go on there as end, and the answer would be that nothing was understood. */
  unknown: -0.2,
  /** Digits that nobody asked for, or fewer than were asked for; and all of them. */
  dictating: -2.5,
  dictated: 3,
} as const;

const ANSWERS: readonly Intent[] = ['yes', 'no'];
const OPENINGS: readonly Intent[] = ['greeting', 'yes', 'no', 'backchannel'];
/** So much of a question may be missing: recognisers write shorter than people ask. */
const TOLERATED_SHARE = 0.1;
/** Number words in a row at the end that are no number in a sentence ("nhomba mbiri"). */
const FEWEST_DICTATED = 2;

export interface CompletenessContext {
  readonly language: Language;
  /** The agent's last sentence was a question of yes or no. */
  readonly expectsYesNo?: boolean;
  /** How many digits the agent has asked for. */
  readonly expectedDigits?: number | undefined;
}

/** In [0, 1]; pure. */
export function completenessOf(
  understood: Understood,
  { text }: Pick<Transcript, 'text'>,
  context: CompletenessContext,
): number {
  return 1 / (1 + Math.exp(-logOddsOf(understood, text, context)));
}

function logOddsOf(
  understood: Understood,
  text: string,
  { language, expectsYesNo = false, expectedDigits }: CompletenessContext,
): number {
  const digits = digitsAtEnd(text, language);
  if (expectedDigits !== undefined && digits > 0) {
    return digits >= expectedDigits ? COMPLETENESS.dictated : COMPLETENESS.dictating;
  }
  switch (understood.kind) {
    case 'menu-choice':
      return COMPLETENESS.whole;
    case 'card':
      return ofCard(text, understood.question, language);
    case 'intent':
      if (expectsYesNo && ANSWERS.includes(understood.intent)) return COMPLETENESS.whole;
      if (OPENINGS.includes(understood.intent)) return COMPLETENESS.opening;
      return understood.by === 'audio' ? COMPLETENESS.statement : COMPLETENESS.whole;
    case 'llm':
    case 'not-understood':
      if (digits >= FEWEST_DICTATED) return COMPLETENESS.dictating;
      return understood.kind === 'llm' ? COMPLETENESS.free : COMPLETENESS.unknown;
  }
}

function ofCard(text: string, question: string, language: Language): number {
  const { whole, statement, missing, leastOfCard } = COMPLETENESS;
  const all = question.trimEnd().endsWith('?') ? whole : statement;
  return Math.max(leastOfCard, all + missing * missingShare(text, question, language));
}

/** By sounds: who has said "Chiremba anowanikwa" of "Chiremba anowanikwa rini?" misses a quarter, less what is tolerated. */
function missingShare(text: string, question: string, language: Language): number {
  const asked = language.fold(question).length;
  return asked === 0 ? 0 : Math.max(0, 1 - TOLERATED_SHARE - soundsOnce(text, language) / asked);
}

/** Sounds of a text, without sentences that are the one before once more, as decoders write them. */
function soundsOnce(text: string, language: Language): number {
  let before = '';
  let sounds = 0;
  for (const sentence of text.split(/[.!?]+/u).map((part) => language.fold(part))) {
    const isAgain = sentence !== '' && isAlike(before, sentence);
    if (!isAgain) sounds += sentence.length;
    before = sentence;
  }
  return sounds;
}

/** As long but for a fifth, with the same beginning or the same end. */
function isAlike(a: string, b: string): boolean {
  const isAsLong = Math.abs(a.length - b.length) <= 0.2 * Math.max(a.length, b.length);
  return isAsLong && (a.slice(0, 2) === b.slice(0, 2) || a.slice(-4) === b.slice(-4));
}

/** Number words and figures in a row at the end; "mbiri" is one, "0772" four. */
export function digitsAtEnd(text: string, language: Language): number {
  const known = numberWordsOf(language);
  let digits = 0;
  for (const word of text
    .toLowerCase()
    .match(/[\p{L}\p{N}'’]+/gu)
    ?.reverse() ?? []) {
    if (/^\p{N}+$/u.test(word)) digits += word.length;
    else if (known.has(language.fold(word))) digits += 1;
    else break;
  }
  return digits;
}

const NUMBER_WORDS = new WeakMap<Language, ReadonlySet<string>>();

function numberWordsOf(language: Language): ReadonlySet<string> {
  const known = NUMBER_WORDS.get(language) ?? new Set((language.numberWords ?? []).map((word) => language.fold(word)));
  NUMBER_WORDS.set(language, known);
  return known;
}
