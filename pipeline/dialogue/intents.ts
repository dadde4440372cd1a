/**
 * What a caller wants that is no question to a card, by the pack's word classes. Rules: emergency words always win unless
 * they are denied; a wish not to be called again and a wish for a person count inside longer sentences when a whole phrase
 * says so; any other key word counts only as all that was said, a key phrase only as most of it; "ehe" is a yes only where
 * a yes was asked for; "kwete" is a no only when nothing else is said; a nasal grunt is never an answer; a greeting counts
 * only when nothing else was said.
 */
import type { Language } from '../language/language.ts';
import type { Pack, WordClassName } from './hotline.ts';
import type { Choice } from './matching.ts';
import { endOf, formOf, soundsOf, spansOf, wordsOf, type Form, type Span, type Word } from './word-forms.ts';

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
  /** Violence, death, illness that is hard to speak of: a fixed text and a person, where no card answers. */
  | 'sensitive'
  /** "Mm", "ehe", "haa" where nothing was asked, "mirai": the caller listens or is about to speak; nothing needs an answer. */
  | 'backchannel';

/** Longest utterance, in words, that is still a bare no where nothing was asked. */
const SHORT_WORDS = 4;
/** "Handina kunzwa nezvenhomba" is two thirds "handina kunzwa" and asks for a card all the same. */
const NAMED_SHARE = 0.7;
/** Folded sounds of a phrase that counts inside a longer sentence: "musandifonere" has 13, "bus stop" is no wish. */
const INSIDE_MIN_SOUNDS = { 'opt-out': 9, human: 15 } as const;

const COMPILED = new WeakMap<Pack, Readonly<Record<WordClassName, readonly Form[]>>>();

/** Some 400 forms, folded once for all the calls of a pack. */
function formsOf(pack: Pack): Readonly<Record<WordClassName, readonly Form[]>> {
  const known = COMPILED.get(pack);
  if (known) return known;
  const forms = {} as Record<WordClassName, readonly Form[]>;
  for (const [name, { forms: written }] of Object.entries(pack.classes)) {
    forms[name as WordClassName] = written.map((form) => formOf(form, pack.language));
  }
  COMPILED.set(pack, forms);
  return forms;
}

interface NamedForm {
  readonly name: WordClassName;
  readonly form: Form;
}

export class IntentDetector {
  readonly #language: Language;
  readonly #forms: Readonly<Record<WordClassName, readonly Form[]>>;
  /** By the names of the classes: the same few sets are asked for all the time. */
  readonly #sorted = new Map<string, readonly NamedForm[]>();

  constructor(pack: Pack) {
    this.#language = pack.language;
    this.#forms = formsOf(pack);
  }

  /**
   * The intent of what was heard, if it is plainly one; `sensitive` never, because a card goes before it. `isAnswer`: the
   * agent's last sentence asked for yes or no.
   */
  detect(text: string, isAnswer: boolean): Intent | undefined {
    const all = wordsOf(text, this.#language);
    if (all.length === 0) return isGrunt(text) && !isAnswer ? 'backchannel' : undefined;
    if (this.#isSaidUndenied('emergency', all)) return 'emergency';
    const words = this.#without(all, ['hesitation']);
    const unsaid = this.#without(all, ['hesitation', 'greeting', 'thanks']);
    const bare = this.#without(unsaid, ['politeness']);
    // English phrases need the "I" and "a" that a Shona speaker hesitates with.
    const plain = this.#without(all, ['politeness']);
    const isInside = (name: keyof typeof INSIDE_MIN_SOUNDS): boolean =>
      [bare, plain].some((said) => this.#isSaidUndenied(name, said, INSIDE_MIN_SOUNDS[name]));
    const assent = this.#without(bare, ['yes', 'backchannel', 'interrupt']);
    const isNamed = (name: WordClassName, ...more: (readonly Word[])[]): boolean =>
      Array.from(new Set([all, plain, words, bare, assent, ...more])).some((said) => this.#isNamed(name, said));
    if (isNamed('opt-out') || isInside('opt-out')) return 'opt-out';
    if (isGrunt(text)) return isAnswer ? undefined : 'backchannel';
    if (isAnswer) {
      const answer = this.#answer(bare);
      if (answer !== undefined) return answer;
    }
    if (isInside('human')) return 'human';
    for (const intent of ['human', 'slower', 'repeat'] as const) if (isNamed(intent)) return intent;
    if (isNamed('goodbye', this.#without(assent, ['no']))) return 'goodbye';
    if (words.length === 0) return 'backchannel';
    if (unsaid.length <= SHORT_WORDS && bare.length > 0 && this.#without(bare, ['no']).length === 0) return 'no';
    if (assent.length > 0 || this.#has(bare, 'no')) return undefined;
    return this.#courtesy(all);
  }

  /** True when words were said that no model may answer: violence, loss, illness that is hard to speak of. */
  isSensitive(text: string): boolean {
    const words = wordsOf(text, this.#language);
    return (['sensitive', 'emergency'] as const).some((name) =>
      this.#forms[name].some((form) => spansOf(form, words).length > 0),
    );
  }

  /** How many folded sounds were said besides greetings, thanks, courtesies and hesitations. */
  soundsBesideCourtesy(text: string): number {
    const said = this.#without(wordsOf(text, this.#language), ['hesitation', 'greeting', 'thanks', 'politeness']);
    return said.reduce((sounds, { folded }) => sounds + folded.length, 0);
  }

  /** Only words of yes, or only words of no: with anything else beside them they are "not", "indeed" or a new question. */
  #answer(words: readonly Word[]): 'yes' | 'no' | undefined {
    const said = this.#without(
      words.filter(({ written }) => !GRUNT.test(written)),
      ['goodbye'],
    );
    const { rest, found } = this.#cut(said, ['yes', 'no', 'interrupt', 'backchannel']);
    if (rest.length > 0) return undefined;
    const isYes = found.has('yes');
    if (isYes === found.has('no')) return undefined;
    if (isYes && this.#has(words, 'goodbye')) return undefined;
    return isYes ? 'yes' : 'no';
  }

  /** Nothing was said but courtesies and assent. */
  #courtesy(words: readonly Word[]): Intent {
    const has = (name: WordClassName): boolean => this.#has(words, name);
    return has('thanks') ? 'thanks' : has('greeting') ? 'greeting' : 'backchannel';
  }

  #has(words: readonly Word[], name: WordClassName): boolean {
    return this.#without(words, [name]).length < words.length;
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

  /** A form of so many sounds anywhere, but not right behind "it did not" or "there is no". */
  #isSaidUndenied(name: WordClassName, words: readonly Word[], minSounds = 0): boolean {
    const denials = this.#forms.negation.flatMap((form) => spansOf(form, words));
    return this.#forms[name]
      .filter((form) => soundsOf(form) >= minSounds)
      .some((form) => spansOf(form, words).some(({ start }) => denials.every(({ end }) => end !== start)));
  }

  #without(words: readonly Word[], names: readonly WordClassName[]): readonly Word[] {
    return this.#cut(words, names).rest;
  }

  #longestFirst(names: readonly WordClassName[]): readonly NamedForm[] {
    const key = names.join(' ');
    const known = this.#sorted.get(key);
    if (known) return known;
    const forms = names
      .flatMap((name) => this.#forms[name].map((form) => ({ name, form })))
      .sort((a, b) => b.form.words.length - a.form.words.length);
    this.#sorted.set(key, forms);
    return forms;
  }

  /** The words with every form of the classes cut out, longest forms first, each for the first class that has it. */
  #cut(
    words: readonly Word[],
    names: readonly WordClassName[],
  ): { readonly rest: readonly Word[]; readonly found: ReadonlySet<WordClassName> } {
    const forms = this.#longestFirst(names);
    const found = new Set<WordClassName>();
    let rest = words;
    for (const { name, form } of forms) {
      for (let at = 0; at < rest.length;) {
        const end = endOf(form, rest, at);
        if (end === undefined) at += 1;
        else {
          rest = [...rest.slice(0, at), ...rest.slice(end)];
          found.add(name);
        }
      }
    }
    return { rest, found };
  }
}

/** "Mm", "mhm", "uh-huh", "a-a", "aha": yes, no or neither, by a tone that no recogniser writes down. */
const GRUNT = /^(?:h*m+(?:h+m*)*|n+h+n*|a+h+a+h*|h*u+h+(?:u+h*)?)$/u;

/** Grunts are compared as written: folding would make "mm" and "a-a" into sounds of words. */
function isGrunt(text: string): boolean {
  const said = text
    .toLowerCase()
    .split(/[^a-z]+/u)
    .filter((part) => part !== '');
  return said.length > 0 && said.every((part) => GRUNT.test(part) || /^a+$/u.test(part));
}

function longestFirst(spans: readonly Span[]): readonly Span[] {
  // "Polepole" is also found by the form "pole pole": words said count first, words of the form only between equals.
  const length = ({ start, end, form }: Span): number => end - start + form.words.length / 100;
  return [...spans].sort((a, b) => length(b) - length(a));
}

const SPOKEN_INTENTS = ['human', 'repeat', 'slower', 'goodbye', 'opt-out', 'greeting', 'thanks'] as const;
const PREFIX = 'intent:';
/** Forms with fewer folded symbols are too short to be told apart by likeness alone. */
const LIKENESS_MIN_SYMBOLS = 8;

/**
 * The pack's intents as choices beside the cards, so that badly heard ones compete with cards on the same scale. What is
 * not spelt like the language (English phrases) is only ever found word by word.
 */
export function intentChoices({ classes, language }: Pack): readonly Choice[] {
  const isOwn = (form: string): boolean => form.split(/\s+/u).every((word) => language.isNativeWord(word));
  return SPOKEN_INTENTS.map((intent) => ({
    id: PREFIX + intent,
    questions: classes[intent].forms.filter(
      (form) => language.fold(form).length >= LIKENESS_MIN_SYMBOLS && isOwn(form),
    ),
  })).filter(({ questions }) => questions.length > 0);
}

/** The intent that a choice stands for, or undefined for a card. */
export function intentOf(choiceId: string): Intent | undefined {
  return choiceId.startsWith(PREFIX) ? SPOKEN_INTENTS.find((intent) => PREFIX + intent === choiceId) : undefined;
}
