/**
 * What a caller wants that is no question to a card, by the pack's word classes. Rules: emergency words always win unless
 * they are denied; a key word counts only as all that was said, a key phrase only as most of it; "ehe" is a yes only where
 * a yes was asked for; a nasal grunt is never an answer; a greeting counts only when nothing else was said.
 */
import type { Language } from '../language/language.ts';
import type { Pack, WordClassName } from './hotline.ts';
import type { Choice } from './matching.ts';
import { endOf, formOf, spansOf, wordsOf, type Form, type Span, type Word } from './word-forms.ts';

export type Intent =
  | 'greeting'
  | 'thanks'
  | 'goodbye'
  | 'repeat'
  | 'slower'
  | 'human'
  | 'emergency'
  | 'opt-out'
  | 'yes'
  | 'no'
  /** "Mm", "ehe", "haa" where nothing was asked: the caller listens; nothing needs an answer. */
  | 'backchannel';

/** Longest utterance, in words, that is still a bare yes or no. */
const SHORT_WORDS = 4;
/** "Handina kunzwa nezvenhomba" is two thirds "handina kunzwa" and asks for a card all the same. */
const NAMED_SHARE = 0.7;

export class IntentDetector {
  readonly #language: Language;
  readonly #forms: Readonly<Record<WordClassName, readonly Form[]>>;

  constructor(pack: Pack) {
    this.#language = pack.language;
    const forms = {} as Record<WordClassName, readonly Form[]>;
    for (const [name, { forms: written }] of Object.entries(pack.classes)) {
      forms[name as WordClassName] = written.map((form) => formOf(form, pack.language));
    }
    this.#forms = forms;
  }

  /** The intent of what was heard, if it is plainly one. `isAnswer`: the agent's last sentence asked for yes or no. */
  detect(text: string, isAnswer: boolean): Intent | undefined {
    const all = wordsOf(text, this.#language);
    if (all.length === 0) return this.#isGrunt(text) && !isAnswer ? 'backchannel' : undefined;
    if (this.#isEmergency(all)) return 'emergency';
    const words = this.#without(all, ['hesitation']);
    const unsaid = this.#without(words, ['greeting', 'thanks']);
    const isNamed = (name: WordClassName): boolean =>
      [words, this.#without(unsaid, ['politeness'])].some((said) => this.#isNamed(name, said));
    if (isNamed('opt-out')) return 'opt-out';
    if (this.#isGrunt(text)) return isAnswer ? undefined : 'backchannel';
    if (isAnswer) {
      const answer = this.#answer(words);
      if (answer !== undefined) return answer;
    }
    for (const intent of ['human', 'slower', 'repeat', 'goodbye'] as const) if (isNamed(intent)) return intent;
    if (words.length === 0) return 'backchannel';
    if (unsaid.length === 0) return this.#isOnly(words, 'greeting') ? 'greeting' : 'thanks';
    if (this.#isOnly(unsaid, 'backchannel') || this.#isOnly(unsaid, 'yes')) return 'backchannel';
    if (unsaid.length <= SHORT_WORDS && this.#isOnly(unsaid, 'no')) return 'no';
    return undefined;
  }

  /** How many folded sounds were said besides greetings, thanks, courtesies and hesitations. */
  soundsBesideCourtesy(text: string): number {
    const said = this.#without(wordsOf(text, this.#language), ['hesitation', 'greeting', 'thanks', 'politeness']);
    return said.reduce((sounds, { folded }) => sounds + folded.length, 0);
  }

  #answer(words: readonly Word[]): 'yes' | 'no' | undefined {
    if (words.length === 0) return undefined;
    const isYes = this.#starts(words, 'yes');
    const isNo = this.#starts(words, 'no');
    const hasYes = words.some((_, at) => this.#starts(words.slice(at), 'yes'));
    const hasNo = words.some((_, at) => this.#starts(words.slice(at), 'no'));
    if (hasYes && hasNo) return undefined;
    if (isYes && (words.length <= SHORT_WORDS || this.#isOnly(words, 'yes'))) return 'yes';
    if (isNo && (words.length <= SHORT_WORDS || this.#isOnly(words, 'no'))) return 'no';
    return undefined;
  }

  /** Forms of the class are all that was said, or forms of several words most of it. */
  #isNamed(name: WordClassName, words: readonly Word[]): boolean {
    const named = longestFirst(this.#forms[name].flatMap((form) => spansOf(form, words)));
    if (named.length === 0) return false;
    const isRest = words.map(() => true);
    let inPhrases = 0;
    let alone = 0;
    for (const { start, end, form } of named) {
      if (isRest.slice(start, end).includes(false)) continue;
      isRest.fill(false, start, end);
      if (form.words.length > 1) inPhrases += form.words.length;
      else alone += 1;
    }
    const rest = isRest.filter(Boolean).length;
    return rest === 0 || inPhrases / (inPhrases + alone + rest) >= NAMED_SHARE;
  }

  /** Emergency words anywhere, but not right behind "it did not" or "there is no". */
  #isEmergency(words: readonly Word[]): boolean {
    const denials = this.#forms.negation.flatMap((form) => spansOf(form, words));
    return this.#forms.emergency.some((form) =>
      spansOf(form, words).some(({ start }) => denials.every(({ end }) => end !== start)),
    );
  }

  #starts(words: readonly Word[], name: WordClassName): boolean {
    return this.#forms[name].some((form) => endOf(form, words, 0) !== undefined);
  }

  #isOnly(words: readonly Word[], name: WordClassName): boolean {
    return words.length > 0 && this.#without(words, [name]).length === 0;
  }

  /** The words with every form of the classes cut out, longest forms first. */
  #without(words: readonly Word[], names: readonly WordClassName[]): readonly Word[] {
    const forms = names.flatMap((name) => this.#forms[name]).sort((a, b) => b.words.length - a.words.length);
    let rest = words;
    for (const form of forms) {
      for (let at = 0; at < rest.length;) {
        const end = endOf(form, rest, at);
        if (end === undefined) at += 1;
        else rest = [...rest.slice(0, at), ...rest.slice(end)];
      }
    }
    return rest;
  }

  /** Grunts are compared as written: folding would make "mm" and "a-a" into sounds of words. */
  #isGrunt(text: string): boolean {
    const said = text.toLowerCase().replaceAll(/[^a-z-]/gu, '');
    return /^(?:m+h*-?)+$|^(?:a+-a+)+$/u.test(said);
  }
}

function longestFirst(spans: readonly Span[]): readonly Span[] {
  return [...spans].sort((a, b) => b.form.words.length - a.form.words.length);
}

const SPOKEN_INTENTS = ['human', 'repeat', 'slower', 'goodbye', 'opt-out', 'greeting', 'thanks'] as const;
const PREFIX = 'intent:';
/** Forms with fewer folded symbols are too short to be told apart by likeness alone. */
const LIKENESS_MIN_SYMBOLS = 8;

/** The pack's intents as choices beside the cards, so that badly heard ones compete with cards on the same scale. */
export function intentChoices(pack: Pack): readonly Choice[] {
  return SPOKEN_INTENTS.map((intent) => ({
    id: PREFIX + intent,
    questions: pack.classes[intent].forms.filter((form) => pack.language.fold(form).length >= LIKENESS_MIN_SYMBOLS),
  })).filter(({ questions }) => questions.length > 0);
}

/** The intent that a choice stands for, or undefined for a card. */
export function intentOf(choiceId: string): Intent | undefined {
  return choiceId.startsWith(PREFIX) ? SPOKEN_INTENTS.find((intent) => PREFIX + intent === choiceId) : undefined;
}
