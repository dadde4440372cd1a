/** Written figures to words, against numbers that news text wrote both ways, judged tables, and whole sentences. */
import type { CountClass } from '#pipeline/language/language.ts';
import { speakable } from '#pipeline/language/shona/text.ts';
import type { Figure } from '../figures.ts';
import { ABSENT, share, shareFigure, type Found, type ShonaTables } from './tables.ts';

const CLASSES: readonly CountClass[] = ['none', 2, 4, 6, 8];

const UNIT =
  /(?<= )ne(?:(?:va|ma|mi|zvi)?(viri|tatu|na|shanu|tanhatu|nomwe|sere|pfumbamwe)|(mbiri|nhatu|ina|nhanhatu)|(?:mu|ri|chi|i)(mwe))(?= |$)/gu;
const NASAL: Readonly<Record<string, string>> = { mbiri: 'viri', nhatu: 'tatu', ina: 'na', nhanhatu: 'tanhatu' };

/**
 * The free variants of shona.md §2 as one: joiners (zvine, ane, rine, na-), churu and zvuru, "one only", the pause that
 * keeps 100,088 from being 188,000, and the class that a unit agrees with, which news text changes from sentence to sentence.
 */
function withoutVariants(words: string): string {
  return words
    .replace(/, /gu, ' ')
    .replace(/\b(?:rimwe|imwe|mumwe|chimwe)? ?chete\b/gu, (only) => only.replace(/ ?chete/u, ''))
    .replace(/\b(?:zvine|ane|rine|ine|una) /gu, 'ne')
    .replace(/\bna(?=mazana|makumi|gumi|zana|zviuru)/gu, 'ne')
    .replace(/\b(n[ea])?(?:churu|chiuru)(?: chimwe)?\b/gu, '$1chiuru')
    .replace(/zvuru/gu, 'zviuru')
    .replace(UNIT, (_, stem?: string, nasal?: string, one?: string) => `ne#${stem ?? NASAL[nasal ?? ''] ?? one ?? ''}`);
}

/** All of it; the tables are those of `ShonaTables`. */
export function writtenFigures(tables: ShonaTables): Found {
  const failures: string[] = [];
  const fail = (line: string): void => void failures.push(line);
  return { figures: [...attested(tables, fail), ...judged(tables, fail), news(tables, fail)], failures };
}

function attested(tables: ShonaTables, fail: (line: string) => void): Figure[] {
  const rows = tables.rows('numbers_attested.tsv');
  let [exact, right] = [0, 0];
  for (const { value = '', words = '' } of rows ?? []) {
    const ours = CLASSES.map((nounClass) => speakable(value, { nounClass }));
    if (ours.includes(words)) exact += 1;
    if (ours.some((said) => withoutVariants(said) === withoutVariants(words))) right += 1;
    else fail(`attested ${value}: ${ours[1] ?? ''}, wanted ${words}`);
  }
  const n = rows?.length ?? 0;
  return [
    shareFigure('attestedShare', 'attested numbers → words, or a listed variant', 97, rows && share(right, n)),
    shareFigure('attestedExactShare', 'the same, letter for letter', 0, rows && share(exact, n)),
  ];
}

const COLUMNS = [
  ['no_noun', 'none'],
  ['cl2_people', 2],
  ['cl6_dollars', 6],
  ['cl8_things', 8],
] as const;

function judged(tables: ShonaTables, fail: (line: string) => void): Figure[] {
  const rows = tables.rows('numbers_judged.tsv');
  const isRight = (row: Readonly<Record<string, string>>): boolean =>
    COLUMNS.every(([column, nounClass]) => {
      const said = speakable(row['n'] ?? '', { nounClass });
      const isSaid = (row[column] ?? '').split('|').includes(said);
      if (!isSaid) fail(`judged ${row['n'] ?? ''} ${column}: ${said}, wanted ${row[column] ?? ''}`);
      return isSaid;
    });
  return (['H', 'M', 'L'] as const).map((conf) => {
    const some = rows?.filter((row) => row['conf'] === conf);
    const measured = some && share(some.filter(isRight).length, some.length);
    return shareFigure(
      `judged${conf}Share`,
      `judged numbers, all columns, marked ${conf}`,
      conf === 'H' ? 99 : 0,
      measured,
    );
  });
}

function news(tables: ShonaTables, fail: (line: string) => void): Figure {
  const lines = tables.lines('news_sentences_digits.txt');
  const left = lines?.filter((line) => {
    const said = speakable(line);
    const isSayable = said !== '' && /^[A-Za-z'\-.,?! ]*$/u.test(said) && speakable(said) === said;
    if (!isSayable) fail(`news: ${said}`);
    return !isSayable;
  });
  return {
    key: 'newsLeft',
    label: 'news sentences left with what a voice cannot say',
    unit: '',
    decimals: 0,
    reach: [{ of: 'value', atMost: 0 }],
    measured: lines && { value: left?.length ?? 0, n: lines.length },
    ...(lines === undefined && { why: ABSENT }),
  };
}
