/**
 * Transcripts as they are compared when a recogniser is measured. The first rule is the one that published Shona figures
 * use (normalised WER of manasseh-zw/inzwa-asr, docs/shona.md): figures computed otherwise cannot be put beside theirs.
 */
import { plainApostrophes } from './orthography.ts';

/**
 * NFKC, casefold, punctuation to spaces, spaces collapsed. Symbols count as punctuation, and so does the apostrophe: n'anga
 * becomes "n anga" in the reference and in the hypothesis alike, however it was typed.
 */
export function normaliseTranscript(text: string): string {
  // JavaScript has no casefold; by way of upper case, ß and ẞ become ss as there.
  return plainApostrophes(text.normalize('NFKC'))
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}

/**
 * The same without spaces: what a space-insensitive error rate compares, because writers join and split words freely
 * (`vari ku` 1,013 times, `variku` 1,243 times in two corpora of transcripts).
 */
export function withoutSpaces(text: string): string {
  return normaliseTranscript(text).replaceAll(' ', '');
}
