/** What may be said to a caller: honorific plural, and nothing that a voice would drop or spell. */
import type { Language } from '#pipeline/language/language.ts';

const words = (text: string): string[] =>
  text
    .toLowerCase()
    .replaceAll(/[’ʼ‘]/gu, "'")
    .split(/[^a-z']+/u)
    .filter((word) => word !== '');

/** Forms of address for one person that the pack forbids, as they stand in a sentence. */
export function singularForms(text: string, forbidden: ReadonlySet<string>): string[] {
  return words(text).filter((word) => forbidden.has(word));
}

/** Characters that the text front end has no words for: they would be lost without anybody noticing. */
export function unspeakableCharacters(text: string): string[] {
  const strange = text.replaceAll(/[A-Za-z0-9\s.,:;?!'’ʼ‘"“”()/%$&°½–—-]/gu, '');
  return Array.from(new Set(Array.from(strange)), (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return /[\p{C}\p{Z}]/u.test(character) ? `U+${code}` : `${character} (U+${code})`;
  });
}

/** Words that, once spoken out, are no words of the language by their syllables and are not allowed by the pack. */
export function unsayableWords(text: string, language: Language, allowed: ReadonlySet<string>): string[] {
  return words(language.speakable(text)).filter((word) => !language.isNativeWord(word) && !allowed.has(word));
}
