/** Finds the pack's word forms in what was heard: by folded sound, word by word or across words written apart or together. */
import type { Language } from '../language/language.ts';

/** One word of an utterance or a form. */
export interface Word {
  readonly folded: string;
  /** As `folded`, with what differs only by its voice made one: sv and zv, t and d. */
  readonly coarse: string;
  /** Letters as written, lower case: for forms whose folded sound is another word too. */
  readonly written: string;
  /** The same three for a word that others may be written together with: there no length is kept to tell it apart. */
  readonly inJoined: Readonly<Record<'folded' | 'coarse' | 'written', string>>;
}

export interface Form {
  readonly words: readonly Word[];
  /** Word by word: true when it must be heard as it is written ("afa!"). */
  readonly isExact: readonly boolean[];
  /** All its words as one, as they are compared when gaps are elsewhere. */
  readonly joined: string;
  /** What is compared: long forms forgive a wrong voice, forms with an exact word nothing. */
  readonly by: 'folded' | 'coarse' | 'written';
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
/** From here on no two phrases of a pack differ by voice alone. */
const COARSE_MIN_SYMBOLS = 8;
/** What a telephone line makes of b and p, s and z: `Language.confusion` of a pair that differs by voice. */
const VOICE_CONFUSION = 0.25;

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
  const sounds = language.fold(text);
  const folded = sounds.length > 2 ? sounds : withoutLength(written);
  const inJoined = { folded: sounds, coarse: voiceless(sounds, language), written };
  return { written, folded, coarse: folded === sounds ? inJoined.coarse : voiceless(folded, language), inJoined };
}

const VOICELESS = new WeakMap<Language, Map<string, string>>();

/** Every symbol replaced by the first of the alphabet that it differs from by voice alone. */
function voiceless(sounds: string, language: Language): string {
  let known = VOICELESS.get(language);
  if (known === undefined) {
    const alphabet = Array.from(language.foldAlphabet);
    known = new Map(
      alphabet.map((a) => [a, alphabet.find((b) => language.confusion(a, b) <= VOICE_CONFUSION) ?? a] as const),
    );
    VOICELESS.set(language, known);
  }
  let out = '';
  for (const symbol of sounds) out += known.get(symbol) ?? symbol;
  return out;
}

/** A form as the pack writes it: "-" before a stem, "!" behind a word that must be heard as written. */
export function formOf(text: string, language: Language): Form {
  const parts = text
    .split(/\s+/u)
    .flatMap((part) => wordsOf(part, language).map((word) => ({ word, isExact: part.endsWith('!') })));
  const words = parts.map(({ word }) => word);
  const isExact = parts.map((part) => part.isExact);
  const isLong = join(words, 'folded').length >= COARSE_MIN_SYMBOLS;
  const by = isExact.includes(true) ? 'written' : isLong ? 'coarse' : 'folded';
  return { words, isExact, by, joined: join(words, by), isStem: text.startsWith('-') };
}

/** How many folded sounds a form has. */
export function soundsOf({ words }: Form): number {
  return join(words, 'folded').length;
}

/** Every place where the form is said. Only whole neighbouring words are put together: "kufa" is not in "kufamba". */
export function spansOf(form: Form, words: readonly Word[]): readonly Span[] {
  return words.flatMap((_, start) => {
    const end = endOf(form, words, start);
    return end === undefined ? [] : [{ start, end, form }];
  });
}

/** The end of the form that begins at `start`, in whatever way it was cut into words. */
export function endOf(form: Form, words: readonly Word[], start: number): number | undefined {
  return splitEndOf(form, words, start) ?? joinedEndOf(form, words, start);
}

function splitEndOf(form: Form, words: readonly Word[], start: number): number | undefined {
  const by = form.by === 'written' ? 'folded' : form.by;
  const isHere = form.words.every((wanted, offset) => {
    const word = words[start + offset];
    if (word === undefined || (form.isExact[offset] === true && word.written !== wanted.written)) return false;
    return offset === 0 && form.isStem ? word[by].endsWith(wanted[by]) : word[by] === wanted[by];
  });
  return isHere ? start + form.words.length : undefined;
}

/** The end of a form that was written with other gaps between its words. */
function joinedEndOf({ joined, isStem, by }: Form, words: readonly Word[], start: number): number | undefined {
  const first = words[start];
  // Most forms begin otherwise: nothing is put together for them.
  if (first === undefined || (!isStem && first.inJoined[by].charAt(0) !== joined.charAt(0))) return undefined;
  if (start === 0 && join(words, by) === joined) return words.length;
  if (joined.length < JOINED_MIN_SYMBOLS) return undefined;
  const prefixRoom = isStem ? first[by].length - 1 : 0;
  for (let end = start + 1; end <= words.length; end += 1) {
    const here = join(words.slice(start, end), by);
    if (here.length > joined.length + prefixRoom) return undefined;
    if (isStem ? here.endsWith(joined) : here === joined) return end;
  }
  return undefined;
}

function join(words: readonly Word[], by: Form['by']): string {
  return withoutLength(words.map((word) => (words.length > 1 ? word.inJoined[by] : word[by])).join(''));
}

const withoutLength = (sounds: string): string => sounds.replaceAll(/(.)\1+/gu, '$1');
