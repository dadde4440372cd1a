/** Which stretches of a text are in the language and which are not, from the kinds of its words. */
import type { Token } from './language.ts';

/** A stretch of text, `start` to before `end` in UTF-16 units, from its first word to its last. */
export interface LanguageSpan {
  readonly start: number;
  readonly end: number;
  /** True for a foreign language or a name. */
  readonly isForeign: boolean;
}

/**
 * Neighbouring tokens of one language as one span. Numbers and abbreviations belong to what stands before them, at the
 * beginning to what follows: they are read in the language around them.
 */
export function languageSpans(tokens: readonly Token[]): readonly LanguageSpan[] {
  const spans: LanguageSpan[] = [];
  let pendingStart: number | undefined;
  for (const { start, end, kind } of tokens) {
    const last = spans.at(-1);
    const isNeutral = kind === 'number' || kind === 'abbreviation';
    const isForeign = kind === 'foreign';
    if (last !== undefined && (isNeutral || last.isForeign === isForeign)) {
      spans[spans.length - 1] = { ...last, end };
    } else if (isNeutral) {
      pendingStart ??= start;
    } else {
      spans.push({ start: pendingStart ?? start, end, isForeign });
      pendingStart = undefined;
    }
  }
  const [first, last] = [pendingStart, tokens.at(-1)];
  return first === undefined || last === undefined ? spans : [{ start: first, end: last.end, isForeign: false }];
}
