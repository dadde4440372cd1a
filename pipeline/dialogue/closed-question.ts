/**
 * Questions that have few answers: yes or no, one of a menu, a number. Says what the recogniser is to listen for, and what was
 * answered, by the words and, where they are not plain, by how likely each possible answer is under the audio. Pure.
 */
import type { ClosedSet, Transcript } from '../ports.ts';
import type { Language } from '../language/language.ts';
import type { SpokenValue, ValueKind } from '../language/spoken-value.ts';
import type { Baseline } from './answerer-baseline.ts';
import { lifted, type AudioScore } from './answerer-evidence.ts';
import type { Pack } from './hotline.ts';
import { IntentDetector, type Intent } from './intents.ts';
import { ChoiceMatcher, type Choice } from './matching.ts';

export type ClosedQuestion =
  | { readonly kind: 'yes-no' }
  /** `phrases` name the choice; `digit`, if it has one, is its number in the menu, 0 to 9. */
  | { readonly kind: 'choice'; readonly choices: readonly MenuChoice[] }
  /** With a range (both ends are in it, at most LARGEST_RANGE numbers) each number is a phrase; without one, words are decoded. */
  | { readonly kind: 'number'; readonly expects: ValueKind; readonly range?: NumberRange };

export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

export interface MenuChoice {
  readonly id: string;
  readonly phrases: readonly string[];
  readonly digit?: string;
}

/** How sure an answer is; `needsReadBack`: say it back and ask before anything is done by it. */
interface Sureness {
  readonly confidence: number;
  readonly needsReadBack: boolean;
}

export type ClosedAnswer =
  | ({ readonly kind: 'yes' | 'no' } & Sureness)
  | ({ readonly kind: 'choice'; readonly choiceId: string } & Sureness)
  | ({ readonly kind: 'number'; readonly value: SpokenValue } & Sureness)
  /** No answer but a wish: "repeat", "a person", "do not call me", an emergency. */
  | { readonly kind: 'intent'; readonly intent: Intent }
  | { readonly kind: 'unclear' };

/**
 * Chosen on all that src/cli/bench/closed.ts says, with one synthetic voice in four manners, so these are no held-out figures:
 * of 84 answers of yes and no 33 were taken, none turned round, 51 left unclear; 5 of 48 other utterances were taken for an
 * answer, before a doubted or hardly leading one was left unclear.
 */
export const CLOSED_LIMITS = {
  /** The transcript alone is believed. */
  textConfidence: 0.4,
  /** Digits and numbers that were decoded word by word are as often wrong at 0.6 as right: below this, read back. */
  numberConfidence: 0.85,
  /** Of the best answer over the best of another meaning, in lifted log-likelihood per token. */
  lead: 0.5,
  /** What the best answer must reach at all. */
  score: -0.8,
  /** From here on the answer need not be read back. */
  sureLead: 1.2,
  /** Likeness of the transcript to a choice's phrase. */
  choiceLikeness: 0.62,
  choiceMargin: 0.1,
} as const;

/** More numbers than this take too long to score one by one. */
export const LARGEST_RANGE = 200;

const UNCLEAR = { kind: 'unclear' } as const;
const NOTHING_SAID: readonly Transcript['doubt'][] = ['no-speech', 'empty', 'echo'];
/** What was mumbled may still be heard in the audio; with every other doubt something else was said, or nothing. */
const MUMBLED: readonly Transcript['doubt'][] = [undefined, 'low-confidence'];

interface Answer {
  readonly id: string;
  readonly phrase: string;
}

/** Built once per question and pack. */
export class ClosedQuestionReader {
  /** What can be answered. */
  readonly set: ClosedSet;
  /** For the decoder, beside the set; undefined: none. */
  readonly prompt: string | undefined;
  readonly #question: ClosedQuestion;
  readonly #pack: Pack;
  readonly #intents: IntentDetector;
  readonly #answers: readonly Answer[];
  readonly #matcher: ChoiceMatcher | undefined;
  readonly #baseline: Baseline;

  constructor(question: ClosedQuestion, pack: Pack, { baseline }: { readonly baseline?: Baseline } = {}) {
    this.#question = question;
    this.#pack = pack;
    this.#baseline = baseline ?? new Map<string, number>();
    this.#intents = new IntentDetector(pack);
    this.#answers = answersOf(question, pack);
    const isDecoded = question.kind === 'number' && this.#answers.length === 0;
    this.prompt = isDecoded ? numberPrompt(pack) : undefined;
    this.set = isDecoded
      ? { kind: 'words', texts: pack.language.numberWords ?? [] }
      : { kind: 'phrases', texts: this.#answers.map(({ phrase }) => phrase) };
    this.#matcher =
      question.kind === 'choice' ? new ChoiceMatcher(choicesOf(question.choices), pack.language) : undefined;
  }

  /**
   * `scores`: one for each of `set.texts` (`Recognizer.score`), where the recogniser can tell; `rivals`: what else may have been
   * said there, scored too.
   */
  answerTo(transcript: Transcript, scores?: readonly number[], rivals: readonly AudioScore[] = []): ClosedAnswer {
    const { text, doubt } = transcript;
    if (NOTHING_SAID.includes(doubt)) return UNCLEAR;
    const intent = this.#intents.detect(text, true);
    if (intent !== undefined && WISHES.includes(intent)) return { kind: 'intent', intent };
    const { kind } = this.#question;
    const said = kind === 'number' ? undefined : kind === 'choice' ? this.#said(transcript) : this.#yesOrNo(transcript);
    if (said !== undefined) return said;
    if (kind === 'number' && scores === undefined) return this.#number(transcript, this.#question.expects);
    return scores === undefined || !MUMBLED.includes(doubt) ? UNCLEAR : this.#heard(scores, rivals);
  }

  #yesOrNo(transcript: Transcript): ClosedAnswer | undefined {
    const { text, confidence } = transcript;
    const intent = this.#intents.detect(text, true);
    // A grunt is never consent, whatever the audio is likest to.
    if (this.#intents.detect(text, false) === 'backchannel' && intent === undefined) return UNCLEAR;
    if ((intent !== 'yes' && intent !== 'no') || !this.#isSure(transcript)) return undefined;
    return { kind: intent, confidence, needsReadBack: false };
  }

  #number({ text, confidence, doubt }: Transcript, expects: ValueKind): ClosedAnswer {
    const value = this.#pack.language.valueOf(text, { expects });
    if (value === undefined || doubt !== undefined) return UNCLEAR;
    const isSure = value.confidence === 'exact' && confidence >= CLOSED_LIMITS.numberConfidence;
    return { kind: 'number', value, confidence, needsReadBack: !isSure };
  }

  /** A choice by its number or by its name. */
  #said(transcript: Transcript): ClosedAnswer | undefined {
    if (this.#question.kind !== 'choice' || !this.#isSure(transcript)) return undefined;
    const { text, confidence } = transcript;
    const digit = digitSaid(text, this.#pack)?.digit;
    const byDigit = this.#question.choices.find((choice) => choice.digit !== undefined && choice.digit === digit);
    if (byDigit !== undefined) return { kind: 'choice', choiceId: byDigit.id, confidence, needsReadBack: false };
    const { ranked, margin } = this.#matcher?.match(text) ?? { ranked: [], margin: 0 };
    const [best] = ranked;
    if (best === undefined || best.score < CLOSED_LIMITS.choiceLikeness) return undefined;
    if (ranked.length > 1 && margin < CLOSED_LIMITS.choiceMargin) return undefined;
    return { kind: 'choice', choiceId: best.choiceId, confidence, needsReadBack: false };
  }

  #valueOf(id: string): SpokenValue {
    const phrase = this.#answers.find((answer) => answer.id === id)?.phrase ?? '';
    return { kind: 'number', value: Number(id), confidence: 'folded', span: { start: 0, end: phrase.length } };
  }

  #isSure({ confidence, doubt }: Transcript): boolean {
    return doubt === undefined && confidence >= CLOSED_LIMITS.textConfidence;
  }

  #heard(scores: readonly number[], rivals: readonly AudioScore[]): ClosedAnswer {
    const best = new Map([[OTHER, Math.max(...rivals.map((rival) => lifted(rival, this.#baseline)))]]);
    this.#answers.forEach(({ id, phrase }, at) => {
      const lift = lifted({ choiceId: id, phrase, score: scores[at] ?? -Infinity }, this.#baseline);
      best.set(id, Math.max(lift, best.get(id) ?? -Infinity));
    });
    const [first, second] = [...best].sort((a, b) => b[1] - a[1]);
    if (first === undefined || second === undefined) return UNCLEAR;
    const [id, score] = first;
    const lead = score - second[1];
    if (lead < CLOSED_LIMITS.lead || score < CLOSED_LIMITS.score || id === OTHER) return UNCLEAR;
    const sureness = { confidence: 1 / (1 + Math.exp(-2 * lead)), needsReadBack: lead < CLOSED_LIMITS.sureLead };
    if (this.#question.kind === 'number') return { kind: 'number', value: this.#valueOf(id), ...sureness };
    return id === 'yes' || id === 'no' ? { kind: id, ...sureness } : { kind: 'choice', choiceId: id, ...sureness };
  }
}

const WISHES: readonly Intent[] = ['emergency', 'opt-out', 'human', 'repeat', 'slower', 'goodbye'];
/** What else is said there: it competes, and when it wins nothing was answered. */
const OTHER = 'other';
/** A cough is like "ya" and "ehe": shorter words are only heard by the transcript. */
const MIN_SOUNDS = 4;
/** The commonest forms stand first in a class. */
const COURTEOUS_FORMS = 4;

function answersOf(question: ClosedQuestion, pack: Pack): readonly Answer[] {
  const named = (id: string, phrases: readonly string[]): Answer[] => phrases.map((phrase) => ({ id, phrase }));
  const { classes, language } = pack;
  if (question.kind === 'number') {
    const { from, to } = question.range ?? { from: 0, to: -1 };
    const count = Math.min(LARGEST_RANGE, Math.max(0, to - from + 1));
    return Array.from({ length: count }, (_, at) => ({
      id: String(from + at),
      phrase: language.speakable(String(from + at)),
    }));
  }
  const others = [...classes.repeat.forms, ...classes.human.forms, ...classes.greeting.forms].slice(0, 12);
  if (question.kind === 'yes-no') {
    const yes = ownForms(classes.yes.forms, pack);
    const no = ownForms(classes.no.forms, pack);
    return [
      ...named('yes', [...yes, ...withBehind(yes, classes.politeness.forms)]),
      ...named('no', [...no, ...withBehind(no, classes.thanks.forms)]),
      ...named(OTHER, others),
    ];
  }
  const choices = question.choices.flatMap(({ id, phrases, digit }) =>
    named(id, [...phrases, ...(digit === undefined ? [] : wordsOfDigit(digit, pack))]),
  );
  return [...choices, ...named(OTHER, others)];
}

/** English "right" and "sharp" are likelier under a short "kwete" than "kwete" is: only what is spelt like the language is scored. */
function ownForms(forms: readonly string[], { language }: Pack): readonly string[] {
  return forms
    .map((form) => form.replaceAll(/^-|!/gu, ''))
    .filter((form) => language.fold(form).length >= MIN_SOUNDS)
    .filter((form) => form.split(/\s+/u).every((word) => language.isNativeWord(word)));
}

/** "Hongu ndapota", "kwete ndatenda". */
function withBehind(forms: readonly string[], courtesies: readonly string[]): readonly string[] {
  const [courtesy] = courtesies;
  return courtesy === undefined ? [] : forms.slice(0, COURTEOUS_FORMS).map((form) => `${form} ${courtesy}`);
}

/** Digits and a few numbers as words: what the decoder has been primed with it spells alike. */
function numberPrompt({ language }: Pack): string {
  const digits = Array.from('0123456789', (digit) => language.speakable(digit)).join(' ');
  return [digits, ...['11', '22', '68'].map((number) => language.speakable(number))]
    .map((text) => `${text}.`)
    .join(' ');
}

function choicesOf(choices: readonly MenuChoice[]): readonly Choice[] {
  return choices.map(({ id, phrases }) => ({ id, questions: phrases }));
}

/** By language: asked for each menu that is told, and some 20 ms of work. */
const DIGIT_WORDS = new WeakMap<Language, ReadonlyMap<string, readonly string[]>>();

/** Everything that a digit is called: imwe, poshi, wani, one. */
export function wordsOfDigit(digit: string, { language }: Pack): readonly string[] {
  const words = DIGIT_WORDS.get(language) ?? digitWords(language);
  DIGIT_WORDS.set(language, words);
  return words.get(digit) ?? [];
}

function digitWords(language: Language): ReadonlyMap<string, readonly string[]> {
  const words = new Map<string, string[]>();
  for (const word of language.numberWords ?? []) {
    const value = language.valueOf(word, { expects: 'number' });
    if (value?.kind !== 'number' || value.confidence !== 'exact') continue;
    const digit = String(value.value);
    words.set(digit, [...(words.get(digit) ?? []), word]);
  }
  return words;
}

export interface SaidDigit {
  readonly digit: string;
  /** True when "number" or "key" stood before it: then it is meant as one, also where nobody asked. */
  readonly isNumbered: boolean;
}

/** The single digit that is all of an utterance, "number" and "please" left out: "nhamba imwe", "one", "poshi ndapota". */
export function digitSaid(text: string, { language, classes }: Pack): SaidDigit | undefined {
  const words = text
    .toLowerCase()
    .split(/[^\p{L}\p{N}'’ʼ‘]+/u)
    .filter((word) => word !== '' && !classes.politeness.forms.includes(word));
  const leads = language.numberLeads ?? [];
  const said = words.filter((word) => !leads.includes(word));
  const [word] = said;
  if (word === undefined || said.length !== 1) return undefined;
  const value = language.valueOf(word, { expects: 'number' });
  if (value?.kind !== 'number' || value.confidence !== 'exact') return undefined;
  const isAll = value.span.start === 0 && value.span.end === word.length;
  return isAll && /^\d$/u.test(String(value.value))
    ? { digit: String(value.value), isNumbered: said.length < words.length }
    : undefined;
}
