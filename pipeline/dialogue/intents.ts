/**
 * What a caller wants that is no question to a card, by the pack's word classes. Rules: emergency words always win; "ehe"
 * is a yes only where a yes was asked for; a nasal grunt is never an answer; "kwete" counts only as a short utterance of
 * its own; a greeting counts only when nothing else was said.
 */
import type { Language } from '../language/language.ts';
import type { Pack, WordClassName } from './hotline.ts';
import type { Choice } from './matching.ts';

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

interface Form {
  /** Folded words; the first may be a stem. */
  readonly words: readonly string[];
  readonly joined: string;
  readonly isStem: boolean;
}

/** Shorter forms are only believed as words of their own, never inside a string of joined words. */
const JOINED_MIN_SYMBOLS = 8;
/** Longest utterance, in words, that is still a bare yes, no or key word. */
const SHORT_WORDS = 4;

export class IntentDetector {
  readonly #language: Language;
  readonly #forms: Readonly<Record<WordClassName, readonly Form[]>>;

  constructor(pack: Pack) {
    this.#language = pack.language;
    const forms = {} as Record<WordClassName, readonly Form[]>;
    for (const [name, { forms: written }] of Object.entries(pack.classes)) {
      forms[name as WordClassName] = written.map((form) => this.#form(form));
    }
    this.#forms = forms;
  }

  /** The intent of what was heard, if it is plainly one. `isAnswer`: the agent's last sentence asked for yes or no. */
  detect(text: string, isAnswer: boolean): Intent | undefined {
    const all = this.#words(text);
    if (all.length === 0) return this.#isGrunt(text) && !isAnswer ? 'backchannel' : undefined;
    if (this.#isAnywhere('emergency', all)) return 'emergency';
    if (this.#isNamed('opt-out', all)) return 'opt-out';
    const words = this.#without(all, ['hesitation']);
    if (this.#isGrunt(text)) return isAnswer ? undefined : 'backchannel';
    if (isAnswer) {
      const answer = this.#answer(words);
      if (answer !== undefined) return answer;
    }
    for (const intent of ['human', 'slower', 'repeat'] as const) if (this.#isNamed(intent, words)) return intent;
    const unsaid = this.#without(words, ['greeting', 'thanks']);
    if (this.#isNamed('goodbye', words) || this.#isNamed('goodbye', unsaid)) return 'goodbye';
    if (words.length === 0) return 'backchannel';
    if (unsaid.length === 0) return this.#isOnly(words, 'greeting') ? 'greeting' : 'thanks';
    if (this.#isOnly(unsaid, 'backchannel') || this.#isOnly(unsaid, 'yes')) return 'backchannel';
    if (unsaid.length <= SHORT_WORDS && this.#isOnly(unsaid, 'no')) return 'no';
    return undefined;
  }

  #answer(words: readonly string[]): 'yes' | 'no' | undefined {
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

  /** A form of several words found in an utterance that says little else; a single word only if it is all that was said. */
  #isNamed(name: WordClassName, words: readonly string[]): boolean {
    const joined = words.join('');
    return this.#forms[name].some((form) => {
      if (form.joined === joined) return true;
      if (form.words.length === 1) return words.length <= 2 && words.includes(form.joined);
      const isFound =
        this.#indexOf(words, form) >= 0 || (form.joined.length >= JOINED_MIN_SYMBOLS && joined.includes(form.joined));
      return isFound && words.length <= form.words.length * 2 + 2;
    });
  }

  #isAnywhere(name: WordClassName, words: readonly string[]): boolean {
    const joined = words.join('');
    return this.#forms[name].some(
      (form) =>
        this.#indexOf(words, form) >= 0 || (form.joined.length >= JOINED_MIN_SYMBOLS && joined.includes(form.joined)),
    );
  }

  #indexOf(words: readonly string[], form: Form): number {
    return words.findIndex((_, start) =>
      form.words.every((wanted, offset) => {
        const word = words[start + offset];
        return word !== undefined && (offset === 0 && form.isStem ? word.endsWith(wanted) : word === wanted);
      }),
    );
  }

  #starts(words: readonly string[], name: WordClassName): boolean {
    return this.#forms[name].some((form) => form.words.every((wanted, offset) => words[offset] === wanted));
  }

  #isOnly(words: readonly string[], name: WordClassName): boolean {
    return words.length > 0 && this.#without(words, [name]).length === 0;
  }

  /** The words with every form of the classes cut out, longest forms first. */
  #without(words: readonly string[], names: readonly WordClassName[]): readonly string[] {
    const forms = names.flatMap((name) => this.#forms[name]).sort((a, b) => b.words.length - a.words.length);
    let rest = words;
    for (const form of forms) {
      for (let at = this.#indexOf(rest, form); at >= 0; at = this.#indexOf(rest, form)) {
        rest = [...rest.slice(0, at), ...rest.slice(at + form.words.length)];
      }
    }
    return rest;
  }

  /** Grunts are compared as written: folding would make "mm" and "a-a" into sounds of words. */
  #isGrunt(text: string): boolean {
    const said = text.toLowerCase().replaceAll(/[^a-z-]/gu, '');
    return /^(?:m+h*-?)+$|^(?:a+-a+)+$/u.test(said);
  }

  #words(text: string): readonly string[] {
    return text
      .split(/[^\p{L}\p{M}'’ʼ‘]+/u)
      .map((word) => this.#word(word))
      .filter((word) => word !== '');
  }

  /** Folded; what folding leaves too short to tell apart ("ehe" from "ee") stays as written, lengthening taken out. */
  #word(written: string): string {
    const folded = this.#language.fold(written);
    if (folded.length > 2) return folded;
    return written
      .toLowerCase()
      .replaceAll(/[^a-z]/gu, '')
      .replaceAll(/(.)\1+/gu, '$1');
  }

  #form(written: string): Form {
    const isStem = written.startsWith('-');
    const words = this.#words(written);
    return { words, joined: words.join(''), isStem };
  }
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
