/**
 * Written figures to words against tables that stand beside the project: node tests/bench/shona-text.ts; prints every
 * failure, and exits with 1 where a figure is missed.
 */
import type { CountClass } from '#pipeline/language/language.ts';
import { speakable } from '#pipeline/language/shona/text.ts';
import { judge, renderFigures, type Figure, type Scalar } from '#src/cli/bench/figures.ts';
import { sharedLines, sharedTable } from './shared-shona.ts';
import { speedFigure } from './text-speed.ts';

const CLASSES: readonly CountClass[] = ['none', 2, 4, 6, 8];
const ABSENT = 'not on this machine';

const share = (right: number, n: number): Scalar => ({ value: (100 * right) / n, n });

function shareFigure(key: string, label: string, atLeast: number, measured: Scalar | undefined): Figure {
  return {
    key,
    label,
    unit: '%',
    decimals: 1,
    reach: atLeast === 0 ? [] : [{ of: 'value', atLeast }],
    measured,
    ...(measured === undefined && { why: ABSENT }),
  };
}

const UNIT =
  /(?<= )ne(?:(?:va|ma|mi|zvi)?(viri|tatu|na|shanu|tanhatu|nomwe|sere|pfumbamwe)|(mbiri|nhatu|ina|nhanhatu)|(?:mu|ri|chi|i)(mwe))(?= |$)/gu;
const NASAL: Readonly<Record<string, string>> = { mbiri: 'viri', nhatu: 'tatu', ina: 'na', nhanhatu: 'tanhatu' };

/**
 * The free variants of shona.md §2 as one: joiners (zvine, ane, rine, na-), churu and zvuru, "one only", and the class that
 * a unit agrees with, which news text changes from one sentence to the next.
 */
function withoutVariants(words: string): string {
  return words
    .replace(/\b(?:rimwe|imwe|mumwe|chimwe)? ?chete\b/gu, (only) => only.replace(/ ?chete/u, ''))
    .replace(/\b(?:zvine|ane|rine|ine|una) /gu, 'ne')
    .replace(/\bna(?=mazana|makumi|gumi|zana|zviuru)/gu, 'ne')
    .replace(/\b(n[ea])?(?:churu|chiuru)(?: chimwe)?\b/gu, '$1chiuru')
    .replace(/zvuru/gu, 'zviuru')
    .replace(UNIT, (_, stem?: string, nasal?: string, one?: string) => `ne#${stem ?? NASAL[nasal ?? ''] ?? one ?? ''}`);
}

function attested(): Figure[] {
  const rows = sharedTable('numbers_attested.tsv');
  let [exact, right] = [0, 0];
  for (const { value = '', words = '' } of rows ?? []) {
    const ours = CLASSES.map((nounClass) => speakable(value, { nounClass }));
    if (ours.includes(words)) exact += 1;
    if (ours.some((said) => withoutVariants(said) === withoutVariants(words))) right += 1;
    else console.log(`attested ${value}: ${ours[1] ?? ''}, wanted ${words}`);
  }
  const n = rows?.length ?? 0;
  return [
    shareFigure('attestedShare', 'attested numbers, as written or a listed variant', 97, rows && share(right, n)),
    shareFigure('attestedExactShare', 'the same, letter for letter', 0, rows && share(exact, n)),
  ];
}

function judged(): Figure[] {
  const rows = sharedTable('numbers_judged.tsv');
  const columns = [
    ['no_noun', 'none'],
    ['cl2_people', 2],
    ['cl6_dollars', 6],
    ['cl8_things', 8],
  ] as const;
  const isRight = (row: Readonly<Record<string, string>>): boolean =>
    columns.every(([column, nounClass]) => {
      const said = speakable(row['n'] ?? '', { nounClass });
      const isSaid = (row[column] ?? '').split('|').includes(said);
      if (!isSaid) console.log(`judged ${row['n'] ?? ''} ${column}: ${said}, wanted ${row[column] ?? ''}`);
      return isSaid;
    });
  return (['H', 'M', 'L'] as const).map((conf) => {
    const some = rows?.filter((row) => row['conf'] === conf);
    const measured = some && share(some.filter(isRight).length, some.length);
    return shareFigure(
      `judged${conf}Share`,
      `judged numbers, all columns, rows ${conf}`,
      conf === 'H' ? 99 : 0,
      measured,
    );
  });
}

function news(): Figure[] {
  const lines = sharedLines('news_sentences_digits.txt');
  const left = lines?.filter((line) => {
    const said = speakable(line);
    const isSayable = said !== '' && /^[A-Za-z'\-.,?! ]*$/u.test(said) && speakable(said) === said;
    if (!isSayable) console.log(`news: ${said}`);
    return !isSayable;
  });
  const speech = [sharedTable('waxal_sna_validation.tsv'), sharedTable('afrivoice_sn_sample.tsv')];
  const texts = speech.flatMap((rows) => rows ?? []).map((row) => row['text'] ?? row['transcription'] ?? '');
  const figure: Figure = {
    key: 'newsLeft',
    label: 'news sentences left with what a voice cannot say',
    unit: '',
    decimals: 0,
    reach: [{ of: 'value', atMost: 0 }],
    measured: lines && { value: left?.length ?? 0, n: lines.length },
    ...(lines === undefined && { why: ABSENT }),
  };
  if (lines === undefined) return [figure];
  return [
    figure,
    speedFigure('newsMBps', 'speed over the news sentences', lines, speakable),
    ...(texts.length > 0 ? [speedFigure('speechMBps', 'speed over transcripts of speech', texts, speakable)] : []),
  ];
}

const figures = [...attested(), ...judged(), ...news()];
console.log(renderFigures(figures));
if (figures.some((figure) => judge(figure) === 'missed')) process.exitCode = 1;
