/** Finds the pack's word forms in what was heard: by folded sound, word by word or across words written apart or together. */
import type { Language } from '../language/language.ts';

/** One word of an utterance or a form. */
export interface Word {
  readonly folded: string;
  /** Letters as written, lower case: for forms whose folded sound is another word too. */
  readonly written: string;
}

export interface Form {
  readonly words: readonly Word[];
  /** Word by word: true when it must be heard as it is written ("afa!"). */
  readonly isExact: readonly boolean[];
  readonly joined: string;
  /** The first word may carry any prefix. */
  readonly isStem: boolean;
}

/** Where a form stands in an utterance: words `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly form: Form;
}

/** Shorter forms are only believed as words of their own, never put together from pieces of words. */
const JOINED_MIN_SYMBOLS = 7;

/** The words of a text; what is no sound of the language is left out. */
export function wordsOf(text: string, language: Language): readonly Word[] {
  return text
    .split(/[^\p{L}\p{M}'’ʼ‘]+/u)
    .map((word) => wordOf(word, language))
    .filter(({ folded }) => folded !== '');
}

/** Folded; what folding leaves too short to tell apart ("ehe" from "ee") stays as written, lengthening taken out. */
function wordOf(text: string, language: Language): Word {
  const written = text.toLowerCase().replaceAll(/[^a-z]/gu, '');
  const folded = language.fold(text);
  return { written, folded: folded.length > 2 ? folded : withoutLength(written) };
}

/** A form as the pack writes it: "-" before a stem, "!" behind a word that must be heard as written. */
export function formOf(text: string, language: Language): Form {
  const parts = text
    .split(/\s+/u)
    .flatMap((part) => wordsOf(part, language).map((word) => ({ word, isExact: part.endsWith('!') })));
  const words = parts.map(({ word }) => word);
  return { words, isExact: parts.map(({ isExact }) => isExact), joined: join(words), isStem: text.startsWith('-') };
}

/** Every place where the form is said. Only whole neighbouring words are put together: "kufa" is not in "kufamba". */
export function spansOf(form: Form, words: readonly Word[]): readonly Span[] {
  return words.flatMap((_, start) => {
    const end = endOf(form, words, start) ?? joinedEndOf(form, words, start);
    return end === undefined ? [] : [{ start, end, form }];
  });
}

/** The end of the form at `start`, word by word. */
export function endOf(form: Form, words: readonly Word[], start: number): number | undefined {
  const isHere = form.words.every((wanted, offset) => {
    const word = words[start + offset];
    if (word === undefined || (form.isExact[offset] === true && word.written !== wanted.written)) return false;
    return offset === 0 && form.isStem ? word.folded.endsWith(wanted.folded) : word.folded === wanted.folded;
  });
  return isHere ? start + form.words.length : undefined;
}

/** The end of a form that was written with other gaps between its words. */
function joinedEndOf({ joined, isStem, isExact }: Form, words: readonly Word[], start: number): number | undefined {
  const isWhole = start === 0 && join(words) === joined;
  if (isWhole && !isExact.includes(true)) return words.length;
  if (joined.length < JOINED_MIN_SYMBOLS || isExact.includes(true)) return undefined;
  const prefixRoom = isStem ? (words[start]?.folded.length ?? 0) - 1 : 0;
  for (let end = start + 1; end <= words.length; end += 1) {
    const here = join(words.slice(start, end));
    if (here.length > joined.length + prefixRoom) return undefined;
    if (isStem ? here.endsWith(joined) : here === joined) return end;
  }
  return undefined;
}

const join = (words: readonly Word[]): string => withoutLength(words.map(({ folded }) => folded).join(''));

const withoutLength = (sounds: string): string => sounds.replaceAll(/(.)\1+/gu, '$1');
