/** Tells what a caller said from what the decoder copied out of its prompt, as it does when it hears little. Pure. */
import type { Language } from '../language/language.ts';
import { wordsOf } from './word-forms.ts';

/** One word of a prompt is said by anybody; two in a row of it may be copied. */
const MIN_COPIED_WORDS = 2;

/** The words of a text that are left when every run of words that stands in the prompt just so is taken out. */
export function withoutPromptPieces(text: string, prompt: string, language: Language): string {
  const primed = ` ${foldedWords(prompt, language).join(' ')} `;
  const folded = foldedWords(text, language);
  const written = wordsOf(text, language).map((word) => word.written);
  const rest: string[] = [];
  for (let at = 0; at < folded.length;) {
    let end = at;
    while (end < folded.length && primed.includes(` ${folded.slice(at, end + 1).join(' ')} `)) end += 1;
    if (end - at >= MIN_COPIED_WORDS) at = end;
    else rest.push(written[at++] ?? '');
  }
  return rest.join(' ');
}

const foldedWords = (text: string, language: Language): readonly string[] =>
  wordsOf(text, language).map(({ folded }) => folded);
