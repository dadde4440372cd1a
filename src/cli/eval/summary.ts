/** From utterances to figures: rates with intervals, by speaker and by length, times, doubts, differences of engines. */
import type { TranscriptDoubt } from '#pipeline/ports.ts';
import { distributionOf, round, type Distribution } from '../bench/statistics.ts';
import type { UtteranceResult } from './evaluate.ts';
import { differenceOf, rateOf, type Difference, type Rate, type ResampleOptions } from './intervals.ts';
import {
  MEASURES,
  scoreUtterance,
  type FormScore,
  type Measure,
  type Tally,
  type TextForm,
  type UtteranceScore,
  type Words,
} from './scoring.ts';

export type Rates = Readonly<Record<Measure, Rate>>;

export interface FormFigures extends Rates {
  readonly substitutions: number;
  readonly deletions: number;
  readonly insertions: number;
}

/** Some of the utterances, in the normalised form. */
export interface Group extends Rates {
  readonly name: string;
  readonly utterances: number;
}

export interface EngineFigures {
  readonly name: string;
  readonly forms: Readonly<Partial<Record<TextForm, FormFigures>>>;
  /** Utterances that the guard would not let act, by its reason. */
  readonly doubts: Readonly<Partial<Record<TranscriptDoubt, number>>>;
  /** Those it would. */
  readonly withoutDoubt: Group;
  readonly latencyMs: Distribution;
  /** Time of recognition by time of audio. */
  readonly realTimeFactor: number;
  readonly byLength: readonly Group[];
  /** Worst first; empty when no speaker is known. */
  readonly bySpeaker: readonly Group[];
  readonly byGender: readonly Group[];
}

export interface EnginePair {
  readonly first: string;
  readonly second: string;
  /** Of the normalised form. */
  readonly differences: Readonly<Record<Measure, Difference>>;
}

export interface Summary {
  readonly utterances: number;
  readonly audioMs: number;
  /** Recordings that were longer than 28 s and were heard in pieces. */
  readonly inPieces: number;
  readonly speakers: number;
  readonly resampledBy: 'speaker' | 'utterance';
  readonly engines: readonly EngineFigures[];
  /** Each engine less each one before it. */
  readonly pairs: readonly EnginePair[];
}

export interface SummarizeOptions {
  readonly engines: readonly string[];
  readonly forms: ReadonlyMap<TextForm, Words>;
  readonly seed: number;
  /** @defaultValue by speaker where there are enough of them */
  readonly resampleBy?: 'speaker' | 'utterance' | undefined;
}

/** With fewer, a percentile bootstrap over speakers is much too narrow. */
const LEAST_SPEAKERS = 8;
const LENGTHS_MS: readonly (readonly [name: string, belowMs: number])[] = [
  ['under 2 s', 2_000],
  ['2 to 5 s', 5_000],
  ['5 to 10 s', 10_000],
  ['10 to 20 s', 20_000],
  ['20 s and more', Infinity],
];

interface Scored {
  readonly result: UtteranceResult;
  /** By engine. */
  readonly scores: readonly UtteranceScore[];
}

/** Scores every utterance once and adds up. */
export function summarize(results: readonly UtteranceResult[], options: SummarizeOptions): Summary {
  const scored = results.map((result) => ({
    result,
    scores: result.heard.map(({ text }) => scoreUtterance(result.entry.text, text, options.forms)),
  }));
  const speakers = new Set(results.map(({ entry }) => entry.speaker).filter((speaker) => speaker !== undefined)).size;
  const resampledBy = options.resampleBy ?? (speakers >= LEAST_SPEAKERS ? 'speaker' : 'utterance');
  const resample = (chosen: readonly Scored[]): ResampleOptions => ({
    seed: options.seed,
    clusters: resampledBy === 'speaker' ? chosen.map(speakerKey) : undefined,
  });
  const figures = new Figures(resample);
  return {
    utterances: results.length,
    audioMs: results.reduce((sum, { audioMs }) => sum + audioMs, 0),
    inPieces: results.filter(({ pieces }) => pieces > 1).length,
    speakers,
    resampledBy,
    engines: options.engines.map((name, engine) => figures.engine(name, engine, scored)),
    pairs: options.engines.flatMap((second, later) =>
      options.engines.slice(0, later).map((first, earlier) => ({
        first: second,
        second: first,
        differences: figures.differences(scored, later, earlier),
      })),
    ),
  };
}

class Figures {
  readonly #resample: (chosen: readonly Scored[]) => ResampleOptions;

  constructor(resample: (chosen: readonly Scored[]) => ResampleOptions) {
    this.#resample = resample;
  }

  engine(name: string, engine: number, scored: readonly Scored[]): EngineFigures {
    const heard = scored.flatMap(({ result }) => result.heard[engine] ?? []);
    const audioMs = scored.reduce((sum, { result }) => sum + result.audioMs, 0);
    const computeMs = heard.reduce((sum, { latencyMs }) => sum + latencyMs, 0);
    const doubts: Partial<Record<TranscriptDoubt, number>> = {};
    for (const { doubt } of heard) if (doubt !== undefined) doubts[doubt] = (doubts[doubt] ?? 0) + 1;
    const forms = [...(scored[0]?.scores[engine]?.keys() ?? [])];
    const sure = scored.filter(({ result }) => result.heard[engine]?.doubt === undefined);
    const grouped = (keyOf: (of: Scored) => string | undefined): Group[] => this.#groups(scored, engine, keyOf);
    return {
      name,
      forms: Object.fromEntries(forms.map((form) => [form, this.#form(scored, engine, form)])),
      doubts,
      withoutDoubt: { name: 'without doubt', utterances: sure.length, ...this.#rates(sure, engine, 'normalised') },
      latencyMs: distributionOf(
        heard.map(({ latencyMs }) => latencyMs),
        0,
      ),
      realTimeFactor: round(computeMs / audioMs, 3),
      byLength: LENGTHS_MS.flatMap(([length]) => grouped((of) => (lengthOf(of) === length ? length : undefined))),
      bySpeaker: grouped(({ result }) => result.entry.speaker).sort((a, b) => b.wer.value - a.wer.value),
      byGender: grouped(({ result }) => result.entry.gender),
    };
  }

  differences(scored: readonly Scored[], first: number, second: number): EnginePair['differences'] {
    const options = this.#resample(scored);
    return record((measure) =>
      differenceOf(
        talliesOf(scored, first, 'normalised', measure),
        talliesOf(scored, second, 'normalised', measure),
        options,
      ),
    );
  }

  #form(scored: readonly Scored[], engine: number, form: TextForm): FormFigures {
    const scores = scored.flatMap(({ scores: of }) => of[engine]?.get(form) ?? []);
    const total = (part: 'substitutions' | 'deletions' | 'insertions'): number =>
      scores.reduce((sum, score: FormScore) => sum + score[part], 0);
    return {
      ...this.#rates(scored, engine, form),
      substitutions: total('substitutions'),
      deletions: total('deletions'),
      insertions: total('insertions'),
    };
  }

  #rates(scored: readonly Scored[], engine: number, form: TextForm): Rates {
    const options = this.#resample(scored);
    return record((measure) => rateOf(talliesOf(scored, engine, form, measure), options));
  }

  #groups(scored: readonly Scored[], engine: number, keyOf: (of: Scored) => string | undefined): Group[] {
    const groups = new Map<string, Scored[]>();
    for (const each of scored) {
      const key = keyOf(each);
      if (key === undefined) continue;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [each]);
      else group.push(each);
    }
    return Array.from(groups, ([name, chosen]) => {
      // Inside one speaker there is nothing but utterances to draw.
      const isOne = new Set(chosen.map(speakerKey)).size < LEAST_SPEAKERS;
      const options = isOne ? { ...this.#resample(chosen), clusters: undefined } : this.#resample(chosen);
      const rates = record((measure) => rateOf(talliesOf(chosen, engine, 'normalised', measure), options));
      return { name, utterances: chosen.length, ...rates };
    });
  }
}

function lengthOf({ result }: Scored): string {
  return LENGTHS_MS.find(([, belowMs]) => result.audioMs < belowMs)?.[0] ?? '';
}

/** Who is not known is somebody else each time. */
function speakerKey({ result }: Scored): string {
  return result.entry.speaker === undefined ? `line ${result.entry.line}` : `speaker ${result.entry.speaker}`;
}

function talliesOf(scored: readonly Scored[], engine: number, form: TextForm, measure: Measure): readonly Tally[] {
  return scored.map(({ scores }) => scores[engine]?.get(form)?.[measure] ?? { errors: 0, total: 0 });
}

function record<T>(of: (measure: Measure) => T): Readonly<Record<Measure, T>> {
  return Object.fromEntries(MEASURES.map((measure) => [measure, of(measure)])) as Record<Measure, T>;
}
