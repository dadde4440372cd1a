/** What may be said to a caller: honorific plural, and nothing that a voice would drop or spell. */
import type { Language } from '#pipeline/language/language.ts';

const words = (text: string): string[] =>
  text
    .toLowerCase()
    .replaceAll(/[’ʼ‘]/gu, "'")
    .split(/[^\p{L}\p{M}']+/u)
    .filter((word) => word !== '');

/** Forms of address for one person, as they stand in a sentence: those that the pack forbids, and what the language's rules find. */
export function singularForms(text: string, forbidden: ReadonlySet<string>, language: Language): string[] {
  const listed = words(text).filter((word) => forbidden.has(word));
  const ruled = (language.singularAddress?.(text) ?? []).map((word) => word.toLowerCase());
  return [...new Set([...listed, ...ruled])];
}

/** Characters that the text front end has no words for: they would be lost without anybody noticing. */
export function unspeakableCharacters(text: string, { letters }: Pick<Language, 'letters'>): string[] {
  const strange = Array.from(text.replaceAll(/[A-Za-z0-9\s.,:;?!'’ʼ‘"“”()/%$&°½–—-]/gu, ''));
  const unknown = new Set(strange.filter((character) => !letters.includes(character.toLowerCase())));
  return Array.from(unknown, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return /[\p{C}\p{Z}]/u.test(character) ? `U+${code}` : `${character} (U+${code})`;
  });
}

/**
 * Words that, once spoken out, are no words of the language by their syllables and are not allowed by the pack. A foreign name
 * behind a prefix keeps its capital (ekuAmerica) and is left to the voice.
 */
export function unsayableWords(text: string, language: Language, allowed: ReadonlySet<string>): string[] {
  return language
    .tokens(language.speakable(text))
    .filter(({ text: word, prefix }) => {
      const isName = prefix !== '' && /^\p{Lu}/u.test(word.slice(prefix.length)) && language.isNativeWord(prefix);
      return !isName && !language.isNativeWord(word) && !allowed.has(word.toLowerCase());
    })
    .map(({ text: word }) => word.toLowerCase());
}
