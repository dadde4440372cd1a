/**
 * Fits COEFFICIENTS of pipeline/dialogue/answerer-evidence.ts and says what they are worth:
 *   node tests/bench/card-fit.ts --cache DIR [--other sentences.tsv] [--count 100] [--every 1] [--hotline kiriniki]
 * Every way of asking is spoken over 8 kHz mu-law, recognised with the hotline's own lexicon, and its likeliest phrases are
 * scored; then the same without the way of asking that was said (somebody who words it otherwise); the table of other Shona
 * sentences is what must be rejected. Fitted on one half of the sentences, reported on the other.
 */
import { parseArgs } from 'node:util';
import {
  COEFFICIENTS,
  probabilityOf,
  type AudioScore,
  type Coefficients,
  type Features,
} from '#pipeline/dialogue/answerer-evidence.ts';
import { Hearing } from '#pipeline/dialogue/answerer-hearing.ts';
import { THRESHOLDS, type Answerer, type DialogueState } from '#pipeline/dialogue/answerer.ts';
import { matchesOf, type Matches } from '#pipeline/dialogue/matching.ts';
import { loadHotline } from '#prompts/load.ts';
import { LINE_RATE_HZ, MANNERS } from '#src/cli/bench/cards/caller-voice.ts';
import { everyQuestion, nearSentences, otherSentences, ownOtherSentences } from '#src/cli/bench/cards/sentences.ts';
import { answererFor, openSynthetic } from '#src/cli/bench/cards/synthetic-line.ts';

const { values: args } = parseArgs({
  options: {
    cache: { type: 'string' },
    other: { type: 'string' },
    count: { type: 'string', default: '100' },
    every: { type: 'string', default: '1' },
    hotline: { type: 'string', default: 'kiriniki' },
  },
});

const STATE: DialogueState = { expects: 'anything', failuresInRow: 0, isLlmReady: false };
const NAMES: readonly (keyof Features)[] = ['like', 'lift', 'liftLead', 'wordGap'];
/** More are hardly ever asked for in a call. */
const MOST_SCORED = 48;
/** Of the standardised coefficients: keeps features that say the same from being set against each other. */
const RIDGE = 0.5;

type Kind = 'as a card asks it' | 'worded otherwise' | 'intents' | 'something else' | 'nearly a card';

interface Case {
  readonly kind: Kind;
  readonly said: string;
  readonly manner: string;
  readonly features: Features;
  readonly isRight: boolean;
}

if (args.cache === undefined) throw new Error('--cache DIR is needed: it keeps what was spoken, recognised and scored');
const cacheDir = args.cache;
const every = Number(args.every);
const hotline = loadHotline(args.hotline);
const { signal } = new AbortController();
await using line = await openSynthetic({ hotline, seed: 1, cacheDir, canScore: true });
const answerer = await answererFor(hotline, line.recognizer, { cacheDir, signal });
const cases = await observe(answerer);
const order = [...new Set(cases.map(({ said }) => said))];
const isFitted = ({ said }: Case): boolean => order.indexOf(said) % 2 === 0;
const fitted = fit(cases.filter(isFitted));
const held = cases.filter((one) => !isFitted(one));
console.log(`fitted on ${cases.length - held.length} cases: ${JSON.stringify(rounded(fitted))}`);
console.log(`fitted on all: ${JSON.stringify(rounded(fit(cases)))}`);
for (const [label, coefficients] of [
  ['now in the code', COEFFICIENTS],
  ['fitted', fitted],
] as const) {
  console.log(`\n${label}, on the half that was not fitted on (n ${held.length}):`);
  for (const accepted of [0.6, 0.7, THRESHOLDS.accepted, 0.8, 0.9]) {
    console.log(`  accepted from ${accepted}: ${summary(held, coefficients, accepted)}`);
  }
  for (const manner of MANNERS) {
    const some = held.filter((one) => one.manner === manner.name);
    console.log(`  ${manner.name.padEnd(22)} ${summary(some, coefficients, THRESHOLDS.accepted)}`);
  }
}
process.exit(0);

async function observe(known: Answerer): Promise<readonly Case[]> {
  const hearing = new Hearing({ hotline, recognizer: line.recognizer, answerer: known });
  const other = args.other === undefined ? [] : await otherSentences(args.other, Number(args.count));
  const near = nearSentences(hotline).map((sentence) => ({ ...sentence, isNear: true }));
  const said = MANNERS.flatMap((manner, turn) => [
    ...everyQuestion(hotline)
      .filter((_, at) => at % every === turn % every)
      .map((sentence) => ({ ...sentence, isNear: false, manner })),
    ...[...ownOtherSentences(), ...other]
      .filter((_, at) => at % 4 === turn)
      .map((sentence) => ({ ...sentence, isNear: false, manner })),
    ...near.filter((_, at) => turn === 0 || at % 3 === turn - 1).map((sentence) => ({ ...sentence, manner })),
  ]);
  const seen: Case[] = [];
  for (const [index, { text, expected, manner, isNear }] of said.entries()) {
    const pcm = await line.caller.say(text, manner, signal);
    const utterance = { id: `fit#${index}`, pcm, sampleRateHz: LINE_RATE_HZ };
    const transcript = await hearing.transcribe(utterance, STATE, { signal });
    const matches = known.matchReadings(transcript);
    const candidates = known.candidatesFor(matches, MOST_SCORED);
    const scores = await line.recognizer.score(
      utterance.id,
      candidates.map(({ phrase }) => phrase),
      { signal },
    );
    const audio = candidates.map((candidate, at): AudioScore => ({ ...candidate, score: scores[at] ?? -Infinity }));
    const add = (kind: Kind, of: Matches, audioScores: readonly AudioScore[]): void => {
      const weighed = known.weigh(of, audioScores, transcript);
      if (!weighed) return;
      const { choiceId, features } = weighed;
      seen.push({ kind, said: text, manner: manner.name, features, isRight: choiceId === expected });
    };
    const isCard = expected !== undefined && !expected.startsWith('intent:');
    const nothing: Kind = isNear ? 'nearly a card' : 'something else';
    add(expected === undefined ? nothing : isCard ? 'as a card asks it' : 'intents', matches, audio);
    if (isCard) {
      const others = matchesOf(matches.questions.filter(({ question }) => question !== text));
      add(
        'worded otherwise',
        others,
        audio.filter(({ phrase }) => phrase !== text),
      );
    }
    if (index % 25 === 24) console.error(`${index + 1} of ${said.length}`);
  }
  return seen;
}

/** Newton's method on the standardised features. */
function fit(some: readonly Case[]): Coefficients {
  const rows = some.map(({ features }) => NAMES.map((name) => features[name]));
  const means = NAMES.map((_, at) => rows.reduce((sum, row) => sum + (row[at] ?? 0), 0) / rows.length);
  const spreads = NAMES.map((_, at) => {
    const squares = rows.reduce((sum, row) => sum + ((row[at] ?? 0) - (means[at] ?? 0)) ** 2, 0);
    return Math.sqrt(squares / rows.length) || 1;
  });
  const inputs = rows.map((row) => [...row.map((value, at) => (value - means[at]!) / spreads[at]!), 1]);
  const size = NAMES.length + 1;
  let weights: number[] = new Array<number>(size).fill(0);
  for (let round = 0; round < 50; round += 1) {
    const gradient = weights.map((weight, at) => (at < size - 1 ? RIDGE * weight : 0));
    const hessian = weights.map((_, i) => weights.map((__, j) => (i === j ? RIDGE : 0)));
    inputs.forEach((input, index) => {
      const p = 1 / (1 + Math.exp(-input.reduce((sum, value, at) => sum + value * weights[at]!, 0)));
      input.forEach((value, i) => {
        gradient[i]! += value * (p - (some[index]!.isRight ? 1 : 0));
        input.forEach((other, j) => (hessian[i]![j]! += p * (1 - p) * value * other));
      });
    });
    const step = solved(hessian, gradient);
    weights = weights.map((weight, at) => weight - step[at]!);
  }
  const raw = NAMES.map((_, at) => weights[at]! / spreads[at]!);
  const constant = weights[size - 1]! - raw.reduce((sum, weight, at) => sum + weight * means[at]!, 0);
  return { ...Object.fromEntries(NAMES.map((name, at) => [name, raw[at]!])), constant } as Coefficients;
}

/** Gaussian elimination with pivoting. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, at) => [...row, right[at]!]);
  for (let column = 0; column < rows.length; column += 1) {
    const pivot = rows.reduce(
      (best, row, at) => (at >= column && Math.abs(row[column]!) > Math.abs(rows[best]![column]!) ? at : best),
      column,
    );
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    for (let at = 0; at < rows.length; at += 1) {
      if (at === column) continue;
      const factor = rows[at]![column]! / rows[column]![column]!;
      rows[at] = rows[at]!.map((value, index) => value - factor * rows[column]![index]!);
    }
  }
  return rows.map((row, at) => row[rows.length]! / row[at]!);
}

function rounded(coefficients: Coefficients): Record<string, number> {
  return Object.fromEntries(Object.entries(coefficients).map(([name, value]) => [name, Math.round(value * 100) / 100]));
}

function summary(some: readonly Case[], coefficients: Coefficients, accepted: number): string {
  const kinds: readonly Kind[] = [
    'as a card asks it',
    'intents',
    'worded otherwise',
    'something else',
    'nearly a card',
  ];
  return kinds
    .map((kind) => {
      const here = some.filter((one) => one.kind === kind);
      const taken = here.filter(({ features }) => probabilityOf(features, coefficients) >= accepted);
      const right = taken.filter(({ isRight }) => isRight).length;
      const percent = (part: number): string => ((100 * part) / Math.max(1, here.length)).toFixed(1);
      return `${kind}: right ${percent(right)} wrong ${percent(taken.length - right)} % (n ${here.length})`;
    })
    .join('; ');
}
