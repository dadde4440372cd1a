/** What the pack's tables say word by word, and where such words stand in what was heard: for value.ts. */
import type { CalendarDate } from '../spoken-value.ts';
import { spokenForm } from './hear.ts';
import { plainName, type RuleSets } from './rbnf.ts';
import type { HeardWord } from './utterance.ts';

/** Words that begin a rule of one of these sets whose number is told in its unit: elfu two is 2 × 1000. */
export function scalesOf(sets: RuleSets, names: readonly string[]): ReadonlyMap<string, number> {
  const scales = names.flatMap((name) =>
    (sets.get(plainName(name))?.rules ?? []).flatMap(({ divisor, parts }) => {
      const [first] = parts;
      const isCounted = parts.some(({ kind }) => kind === 'quotient');
      const word = first?.kind === 'text' ? wordsOf(first.text)[0] : undefined;
      return isCounted && word !== undefined ? [[word, divisor] as const] : [];
    }),
  );
  return new Map(scales);
}

/** False for a day that the month does not have; without a year February has 29. */
export function isInCalendar(date: CalendarDate): boolean {
  if (date.day === undefined || date.month === undefined) return true;
  return date.day <= new Date(Date.UTC(date.year ?? 2024, date.month, 0)).getUTCDate();
}

/** The end of words that stand at a place one by one; the place itself for none. */
export function endOf(words: readonly HeardWord[], at: number, wanted: readonly string[]): number | undefined {
  return wanted.every((word, offset) => words[at + offset]?.text === word) ? at + wanted.length : undefined;
}

/** The first of the names that stands at a place, any of its forms. */
export function indexIn(
  names: readonly (readonly string[])[],
  words: readonly HeardWord[],
  at: number,
): { readonly index: number; readonly end: number } | undefined {
  for (const [index, forms] of names.entries()) {
    for (const form of forms) {
      const end = endOf(words, at, wordsOf(form));
      if (end !== undefined) return { index, end };
    }
  }
  return undefined;
}

/** The words of a template or a name, its gaps left out. */
export function wordsOf(text: string): string[] {
  return spokenForm(text.replaceAll(/\{[a-z]+\}/gu, ' '))
    .split(' ')
    .filter((word) => word !== '');
}

/** Every word of a rule's texts, those that may be missing among them. */
export function textsOf(parts: readonly { kind: string; text?: string; parts?: readonly unknown[] }[]): string[] {
  return parts.flatMap((part) =>
    part.kind === 'optional'
      ? textsOf(part.parts as readonly { kind: string; text?: string }[])
      : part.text === undefined
        ? []
        : wordsOf(part.text),
  );
}
