/** Spoken words to values: what the language's own readers say is heard again, and so are attested and judged words. */
import { setImmediate } from 'node:timers/promises';
import { writeValue } from '#pipeline/language/spoken-value.ts';
import { cardinal } from '#pipeline/language/shona/numbers.ts';
import { valueOf } from '#pipeline/language/shona/value/value-of.ts';
import type { Figure } from '../figures.ts';
import { seededRandom } from '../statistics.ts';
import { draw, NOUN_CLASSES, SAID_KINDS } from './spoken-samples.ts';
import { share, shareFigure, type Found, type ShonaTables } from './tables.ts';

export interface HeardOptions {
  /** Random numbers, each said and heard in every noun class; a tenth as many of every other kind. */
  readonly count: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: (what: string, done: number, of: number) => void;
}

/** Failures named in each part. */
const SHOWN = 20;
/** Between two looks at the signal. */
const CHUNK = 2_000;
/** Whoever says one of these has said a number: written apart from the lexicon, on purpose. */
const NUMERAL =
  /\d|(?<!\p{L})\p{L}{0,4}?(?:viri|tatu|shanu|tanhatu|nhanhatu|nomwe|sere|pfumbamwe|mbiri|nhatu|piri|gumi|makumi|zana|viuru|chiuru|miriyoni)(?!\p{L})|mwe ?chete|kutanga|\p{L}[eo]chi(?:na|piri)(?!\p{L})|(?<!\p{L})(?:one|two|three|four|five|six|seven|eight|nine|ten)(?!\p{L})/iu;

const heard = (words: string): string => {
  const value = valueOf(words);
  return value === undefined ? 'none' : writeValue(value);
};

/** Rejects with the signal's reason. */
export async function heardFigures(tables: ShonaTables, options: HeardOptions): Promise<Found> {
  const failures = new Failures();
  return {
    figures: [
      await everyClass(options, failures),
      ...(await everyKind(options, failures)),
      attested(tables, failures),
      judged(tables, failures),
      ordinarySentences(tables, failures),
    ],
    failures: failures.lines,
  };
}

class Failures {
  readonly lines: string[] = [];
  readonly #counts = new Map<string, number>();

  add(what: string, words: string, got: string, wanted: string): void {
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    if (count <= SHOWN) this.lines.push(`${what}: ${words} -> ${got}, wanted ${wanted}`);
  }
}

async function everyClass({ count, seed, signal, onProgress }: HeardOptions, failures: Failures): Promise<Figure> {
  const random = seededRandom(seed);
  let right = 0;
  for (let time = 0; time < count; time += 1) {
    // Numbers of every length from one digit to twelve are equally frequent.
    const n = Math.floor(random() * 10 ** (1 + Math.floor(random() * 12)));
    const isHeard = NOUN_CLASSES.every((nounClass) => {
      const words = cardinal(n, nounClass);
      const got = heard(words);
      if (got !== String(n)) failures.add(`number, class ${nounClass}`, words, got, String(n));
      return got === String(n);
    });
    if (isHeard) right += 1;
    if (time % CHUNK === 0) await rest('numbers in every class', time, count, { signal, onProgress });
  }
  return shareFigure(
    'roundTrip',
    `numbers said and heard again in all ${NOUN_CLASSES.length} classes`,
    100,
    share(right, count),
  );
}

async function everyKind({ count, seed, signal, onProgress }: HeardOptions, failures: Failures): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const kind of SAID_KINDS) {
    if (kind === 'number') continue;
    const random = seededRandom(seed);
    const n = Math.ceil(count / 10);
    let right = 0;
    for (let time = 0; time < n; time += 1) {
      const { words, line } = draw(kind, random);
      const got = heard(words);
      if (got === line) right += 1;
      else failures.add(kind, words, got, line);
      if (time % CHUNK === 0) await rest(`${kind} values`, time, n, { signal, onProgress });
    }
    figures.push(shareFigure(`${kind}RoundTrip`, `${kind} values said and heard again`, 100, share(right, n)));
  }
  return figures;
}

async function rest(
  what: string,
  done: number,
  of: number,
  { signal, onProgress }: Pick<HeardOptions, 'signal' | 'onProgress'>,
): Promise<void> {
  onProgress(what, done, of);
  await setImmediate();
  signal.throwIfAborted();
}

function attested(tables: ShonaTables, failures: Failures): Figure {
  const rows = tables.rows('numbers_attested.tsv');
  let right = 0;
  for (const { value = '', words = '' } of rows ?? []) {
    const got = heard(words);
    if (got === value) right += 1;
    else failures.add('attested', words, got, value);
  }
  return shareFigure('attestedHeard', 'attested numbers, words → value', 99, rows && share(right, rows.length));
}

function judged(tables: ShonaTables, failures: Failures): Figure {
  const rows = tables.rows('numbers_judged.tsv')?.filter(({ conf }) => conf === 'H');
  const forms = rows?.flatMap(({ n = '', no_noun = '', cl2_people = '', cl6_dollars = '', cl8_things = '' }) =>
    [no_noun, cl2_people, cl6_dollars, cl8_things].flatMap((words) => words.split('|')).map((words) => ({ n, words })),
  );
  const right = forms?.filter(({ n, words }) => {
    const got = heard(words);
    if (got !== n) failures.add('judged', words, got, n);
    return got === n;
  });
  const measured = forms && share(right?.length ?? 0, forms.length);
  return shareFigure('judgedHeard', 'judged numbers marked H, words → value', 99, measured);
}

function ordinarySentences(tables: ShonaTables, failures: Failures): Figure {
  const rows = tables.rows('waxal_sna_validation.tsv');
  const sentences = rows?.flatMap(({ text = '' }) => text.split(/(?<=[.?!])\s+/u)).filter((text) => text.trim() !== '');
  const ordinary = sentences?.filter((text) => !NUMERAL.test(text));
  const silent = ordinary?.filter((text) => {
    const got = heard(text);
    if (got !== 'none') failures.add('ordinary', text, got, 'none');
    return got === 'none';
  });
  const measured = ordinary && share(silent?.length ?? 0, ordinary.length);
  return shareFigure('ordinarySilent', 'spoken sentences without a numeral in which none is heard', 99.5, measured);
}
