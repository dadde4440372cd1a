/** One utterance's errors, in every form of the text and by every measure. */
import { normaliseTranscript } from '#pipeline/language/shona/evaluation.ts';
import { countEdits, spaceInsensitiveErrors } from './alignment.ts';

/**
 * raw: as written, NFC, split at white space. normalised: NFKC, casefold, punctuation to spaces, spaces collapsed (the rule of
 * manasseh-zw/inzwa-asr). folded: normalised, then every word in the sound classes in which the matching compares.
 */
export type TextForm = 'raw' | 'normalised' | 'folded';

/**
 * wer: word edits by reference words. spaceInsensitiveWer: the same with joining and splitting free. cer: character edits by
 * reference characters, a space between words counting as one. cerWithoutSpaces: without them.
 */
export type Measure = 'wer' | 'spaceInsensitiveWer' | 'cer' | 'cerWithoutSpaces';

export const MEASURES: readonly Measure[] = ['wer', 'spaceInsensitiveWer', 'cer', 'cerWithoutSpaces'];

/** Errors and what they are a share of; both add up over utterances. */
export interface Tally {
  readonly errors: number;
  readonly total: number;
}

export interface FormScore extends Readonly<Record<Measure, Tally>> {
  readonly substitutions: number;
  readonly deletions: number;
  readonly insertions: number;
}

export type UtteranceScore = ReadonlyMap<TextForm, FormScore>;

/** Words of a text in one form. */
export type Words = (text: string) => readonly string[];

/** The forms of a language: `fold` is `Language.fold`, where the language has it. */
export function textForms(fold: ((text: string) => string) | undefined): ReadonlyMap<TextForm, Words> {
  const normalised: Words = (text) => split(normaliseTranscript(text));
  const forms = new Map<TextForm, Words>([
    ['raw', (text) => split(text.normalize('NFC'))],
    ['normalised', normalised],
  ]);
  if (fold !== undefined) {
    // What folds to nothing (a figure) stays as it is: it must not vanish from the count.
    forms.set('folded', (text) => normalised(text).map((word) => fold(word) || word));
  }
  return forms;
}

export function scoreUtterance(
  reference: string,
  hypothesis: string,
  forms: ReadonlyMap<TextForm, Words>,
): UtteranceScore {
  return new Map(Array.from(forms, ([form, words]) => [form, scoreWords(words(reference), words(hypothesis))]));
}

function scoreWords(reference: readonly string[], hypothesis: readonly string[]): FormScore {
  const edits = countEdits(reference, hypothesis);
  return {
    wer: { errors: sum(edits), total: reference.length },
    spaceInsensitiveWer: { errors: spaceInsensitiveErrors(reference, hypothesis), total: reference.length },
    cer: characters(reference.join(' '), hypothesis.join(' ')),
    cerWithoutSpaces: characters(reference.join(''), hypothesis.join('')),
    ...edits,
  };
}

function characters(reference: string, hypothesis: string): Tally {
  const expected = Array.from(reference);
  return { errors: sum(countEdits(expected, Array.from(hypothesis))), total: expected.length };
}

function sum({ substitutions, deletions, insertions }: ReturnType<typeof countEdits>): number {
  return substitutions + deletions + insertions;
}

function split(text: string): readonly string[] {
  return text.split(/\s+/u).filter((word) => word !== '');
}
