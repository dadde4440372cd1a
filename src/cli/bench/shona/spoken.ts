/** Recognition and answers with a synthetic caller, and what the line does when nobody speaks to it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadHotline } from '#prompts/load.ts';
import { MANNERS } from '../cards/caller-voice.ts';
import { measureCards, type CardsMeasured } from '../cards.ts';
import { measureClosed, type ClosedMeasured } from '../closed.ts';
import type { Figure } from '../figures.ts';
import { measureNonSpeech } from '../non-speech.ts';
import { share, shareFigure, type Found, type ShonaTables } from './tables.ts';

export interface SpokenOptions {
  readonly hotline: string;
  readonly seed: number;
  /** One manner of speaking instead of all, and a sixth of what is no speech. */
  readonly isQuick: boolean;
  /** Every so many-th sentence in each manner, beginning at a place of its own. */
  readonly every: number;
  /** Keeps what was spoken and heard, for a second run; undefined: a folder that is taken away again. */
  readonly cacheDir: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (what: string, done: number, of: number) => void;
}

const OTHER_SENTENCES = 200;
const NON_SPEECH_MINUTES = 30;
const QUICK_NON_SPEECH_MINUTES = 5;

/** Loads the default profile's recogniser and voice; rejects with the signal's reason, or when a model is missing. */
export async function spokenFigures(tables: ShonaTables, options: SpokenOptions): Promise<Found> {
  const { seed, signal, onProgress, isQuick } = options;
  const hotline = loadHotline(options.hotline);
  const cacheDir = options.cacheDir ?? (await mkdtemp(join(tmpdir(), 'inzwa-callers-')));
  try {
    const manners = isQuick ? MANNERS.slice(0, 1) : MANNERS;
    const otherPath = tables.path('waxal_sna_validation.tsv');
    const callers = {
      hotline,
      seed,
      manners,
      signal,
      cacheDir,
      every: options.every,
      otherCount: Math.ceil(OTHER_SENTENCES / options.every),
      ...(otherPath !== undefined && { otherPath }),
    };
    // What is only reported is asked of every fourth sentence in each manner.
    const some = { every: options.every * (isQuick ? 1 : 4), otherCount: 0 };
    const progress = (what: string) => ({ onProgress: (done: number, of: number) => onProgress(what, done, of) });
    const primed = await measureCards({ ...callers, withLexicon: true, ...progress('questions, with lexicon') });
    const unasked = await measureCards({
      ...callers,
      ...some,
      withLexicon: true,
      canScore: false,
      ...progress('questions, audio not asked'),
    });
    const plain = await measureCards({
      ...callers,
      ...some,
      withLexicon: false,
      ...progress('questions, without lexicon'),
    });
    const closed = await measureClosed({ ...callers, ...progress('closed questions') });
    const minutes = isQuick ? QUICK_NON_SPEECH_MINUTES : NON_SPEECH_MINUTES;
    const silent = await measureNonSpeech({
      minutes,
      seed,
      signal,
      onProgress: (source, done, of) => onProgress(`no speech: ${source}`, done, of),
    });
    return {
      figures: [...cardFigures(primed, unasked, plain), ...closedFigures(closed), ...nonSpeechFigures(silent)],
      failures: [
        ...primed.misses.map(
          ({ said, manner, expected, answered, text }) =>
            `${manner}: ${said} heard as "${text}", ${answered ?? 'nothing'} instead of ${expected ?? 'nothing'}`,
        ),
        ...closed.misses.map(
          ({ said, manner, expected, answered, text }) =>
            `${manner}: ${said} heard as "${text}", ${answered} instead of ${expected}`,
        ),
        ...silent.acted.map(({ kind, at, decision, text }) => `${kind} at ${at.toFixed(1)} s: ${decision}, "${text}"`),
      ],
    };
  } finally {
    if (options.cacheDir === undefined) await rm(cacheDir, { recursive: true, force: true });
  }
}

function cardFigures(primed: CardsMeasured, unasked: CardsMeasured, plain: CardsMeasured): Figure[] {
  const { asked, intents, other, near, byManner, timesMs, wrongShare } = primed;
  const n = asked.n + intents.n + other.n;
  // The first manner is the voice as it is; what is asked of the figure is a mu-law line, not noise.
  const quiet = byManner[MANNERS[0]?.name ?? ''];
  const ofPlain = share(quiet?.found ?? 0, quiet?.n ?? 0);
  return [
    shareFigure('cardFound', 'card found from speech, lexicon on, no noise added', 95, ofPlain),
    ...Object.entries(byManner)
      .slice(1)
      .map(([manner, { found, n: said }]) =>
        shareFigure(`cardFound ${manner}`, `  said ${manner}`, 0, share(found, said)),
      ),
    shareFigure('cardFoundAll', '  in all manners together', 0, share(asked.found, asked.n)),
    shareFigure(
      'cardFoundUnasked',
      'card found, lexicon on, audio not scored',
      0,
      share(unasked.asked.found, unasked.asked.n),
    ),
    shareFigure(
      'cardFoundPlain',
      'card found, lexicon off, audio not scored',
      0,
      share(plain.asked.found, plain.asked.n),
    ),
    atMost('cardWrong', 'wrong card or wish, of everything said, lexicon on', 1, 100 * wrongShare, n, '%'),
    atMost(
      'nearAnswered',
      '  of sentences that are a question but for one word',
      undefined,
      (100 * near.wrong) / Math.max(1, near.n),
      near.n,
      '%',
    ),
    atMost(
      'otherAnswered',
      '  of other sentences alone',
      undefined,
      (100 * other.wrong) / Math.max(1, other.n),
      other.n,
      '%',
    ),
    shareFigure('wishFound', 'wish found from speech (repeat, a person …)', 0, share(intents.found, intents.n)),
    {
      key: 'understandMs',
      label: 'recogniser and decision for one utterance',
      unit: 'ms',
      decimals: 0,
      reach: [],
      measured: { p50: timesMs.p50, p90: Number.NaN, p95: timesMs.p95, n },
    },
  ];
}

const CLOSED_KINDS = {
  'yes-no': 'yes or no',
  choice: 'one of five choices',
  number: 'a number',
  digits: 'a telephone number, digit by digit',
} as const;

function closedFigures({ byKind, other }: ClosedMeasured): Figure[] {
  const kinds = Object.entries(CLOSED_KINDS).flatMap(([kind, what]) => {
    const { n, right, wrong } = byKind[kind as keyof typeof CLOSED_KINDS];
    return [
      shareFigure(`${kind}Right`, `asked for ${what}: right`, 0, share(right, n)),
      atMost(`${kind}Wrong`, '  wrong', undefined, (100 * wrong) / Math.max(1, n), n, '%'),
    ];
  });
  return [
    ...kinds,
    atMost(
      'closedOther',
      'no answer taken for one',
      undefined,
      (100 * other.wrong) / Math.max(1, other.n),
      other.n,
      '%',
    ),
  ];
}

function nonSpeechFigures({
  minutes,
  acted,
  transcripts,
  utterancesOpened,
  control,
}: Awaited<ReturnType<typeof measureNonSpeech>>): Figure[] {
  const opened = `${utterancesOpened} utterances opened, ${transcripts} transcripts`;
  return [
    {
      ...atMost(
        'nonSpeechActs',
        `acts upon what is no speech, in ${Math.round(minutes)} minutes`,
        0,
        acted.length,
        utterancesOpened,
        '',
      ),
      why: opened,
    },
    shareFigure(
      'nonSpeechControl',
      '  the same line answers questions meanwhile',
      0,
      share(control.answered, control.asked),
    ),
  ];
}

function atMost(key: string, label: string, most: number | undefined, value: number, n: number, unit: string): Figure {
  const reach = most === undefined ? [] : [{ of: 'value', atMost: most } as const];
  return { key, label, unit, decimals: unit === '' ? 0 : 1, reach, measured: { value, n } };
}
