/**
 * Spoken Shona to values: node tests/bench/shona-value.ts [COUNT]; prints what fails. COUNT numbers (1,000,000) in every
 * class, and a twentieth of it of every other kind, are said by the language's own readers and heard again; the attested
 * and judged tables and the sentences of spontaneous speech are measured where they are on this machine.
 */
import { writeValue } from '#pipeline/language/spoken-value.ts';
import { valueOf } from '#pipeline/language/shona/value/value-of.ts';
import { type Figure, judge, renderFigures } from '#src/cli/bench/figures.ts';
import { seededRandom } from '#src/cli/bench/statistics.ts';
import { draw, isTwoNumbers, SAID_KINDS } from '../support/shona-spoken.ts';
import { sharedTable } from './shared-shona.ts';

const SEED = 6;
const COUNT = Number(process.argv[2] ?? 1_000_000);
const SHOWN = 20;
/** Whoever says one of these has said a number: written apart from the lexicon, on purpose. */
const NUMERAL =
  /\d|(?<!\p{L})\p{L}{0,4}?(?:viri|tatu|shanu|tanhatu|nhanhatu|nomwe|sere|pfumbamwe|mbiri|nhatu|piri|gumi|makumi|zana|viuru|chiuru|miriyoni)(?!\p{L})|mwe ?chete|kutanga|\p{L}[eo]chi(?:na|piri)(?!\p{L})|(?<!\p{L})(?:one|two|three|four|five|six|seven|eight|nine|ten)(?!\p{L})/iu;

const heard = (words: string): string => {
  const value = valueOf(words);
  return value === undefined ? 'none' : writeValue(value);
};

let shown = 0;
function fails(what: string, words: string, got: string, wanted: string): void {
  shown += 1;
  if (shown <= SHOWN) console.log(`${what}: ${words} -> ${got}, wanted ${wanted}`);
}

function share(key: string, label: string, right: number, n: number, atLeast?: number): Figure {
  const reach = atLeast === undefined ? [] : [{ of: 'value', atLeast } as const];
  const measured = n === 0 ? undefined : { value: (100 * right) / n, n };
  return {
    key,
    label,
    unit: '%',
    decimals: 3,
    reach,
    measured,
    ...(n === 0 && { why: 'the table is not on this machine' }),
  };
}

function roundTrips(): Figure[] {
  return SAID_KINDS.map((kind) => {
    const random = seededRandom(SEED);
    const n = kind === 'number' ? COUNT : Math.ceil(COUNT / 20);
    let right = 0;
    let ambiguous = 0;
    shown = 0;
    const before = process.cpuUsage();
    for (let time = 0; time < n; time += 1) {
      const { words, line } = draw(kind, random);
      const got = heard(words);
      if (got === line) right += 1;
      else {
        if (isTwoNumbers(Number(/\d+/u.exec(line)?.[0]))) ambiguous += 1;
        fails(kind, words, got, line);
      }
    }
    const perSecond = Math.round(n / (process.cpuUsage(before).user / 1e6));
    console.log(`${kind}: ${n} said and heard, ${perSecond}/s; ${n - right} failed, ${ambiguous} of them read as two`);
    return share(`${kind}RoundTrip`, `${kind}, said and heard again (seed ${SEED})`, right, n, 100);
  });
}

function attested(): Figure {
  const rows = sharedTable('numbers_attested.tsv') ?? [];
  shown = 0;
  let right = 0;
  for (const { value = '', words = '' } of rows) {
    const got = heard(words);
    if (got === value) right += 1;
    else fails('attested', words, got, value);
  }
  return share('attestedHeard', 'numbers_attested.tsv, words to value', right, rows.length, 99);
}

function judged(): Figure {
  const rows = (sharedTable('numbers_judged.tsv') ?? []).filter(({ conf }) => conf === 'H');
  const forms = rows.flatMap(({ n = '', no_noun = '', cl2_people = '', cl6_dollars = '', cl8_things = '' }) =>
    [no_noun, cl2_people, cl6_dollars, cl8_things].flatMap((words) => words.split('|')).map((words) => ({ n, words })),
  );
  shown = 0;
  let right = 0;
  for (const { n, words } of forms) {
    const got = heard(words);
    if (got === n) right += 1;
    else fails('judged', words, got, n);
  }
  return share('judgedHeard', 'numbers_judged.tsv, rows marked H, words to value', right, forms.length, 99);
}

function ordinarySentences(): Figure {
  const rows = sharedTable('waxal_sna_validation.tsv') ?? [];
  const sentences = rows.flatMap(({ text = '' }) => text.split(/(?<=[.?!])\s+/u)).filter((text) => text.trim() !== '');
  const ordinary = sentences.filter((text) => !NUMERAL.test(text));
  shown = 0;
  const silent = ordinary.filter((text) => {
    const got = heard(text);
    if (got !== 'none') fails('ordinary', text, got, 'none');
    return got === 'none';
  });
  return share(
    'ordinarySilent',
    'sentences without a numeral in which none is heard',
    silent.length,
    ordinary.length,
    99.5,
  );
}

const figures = [...roundTrips(), attested(), judged(), ordinarySentences()];
console.log(renderFigures(figures));
if (figures.some((figure) => judge(figure) === 'missed')) process.exitCode = 1;
