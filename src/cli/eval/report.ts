/** An evaluation as tables for a terminal of 100 columns, as JSON without anybody's words, and utterance by utterance. */
import type { Machine } from '../bench/machine.ts';
import { formatNumber, renderTable, type Column } from '../bench/table.ts';
import type { UtteranceResult } from './evaluate.ts';
import type { Rate } from './intervals.ts';
import type { Problem } from './manifest.ts';
import { scoreUtterance, type TextForm, type Words } from './scoring.ts';
import type { EngineFigures, Group, Summary } from './summary.ts';

/** Everything that is known of a run, but no transcript. */
export interface Report {
  readonly evaluation: 'asr';
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly manifest: {
    readonly file: string;
    readonly layout: string;
    readonly rows: number;
    readonly sampled: number;
  };
  readonly line: string;
  readonly language: string;
  readonly seed: number;
  /** What the recognisers were told beforehand. */
  readonly priming: string;
  /** Stopped before the last recording. */
  readonly isPartial: boolean;
  readonly summary: Summary;
  readonly problems: readonly Problem[];
}

/** More speakers than this are shown by their extremes. */
const MOST_SPEAKERS = 12;
const EXTREMES = 4;
const MOST_PROBLEMS = 10;

const RIGHT = { align: 'right' } as const;

export function renderReport(report: Report): string {
  const { summary, problems } = report;
  if (summary.utterances === 0) return [head(report), problemText(problems)].filter((part) => part !== '').join('\n\n');
  const several = summary.engines.length > 1;
  return [
    head(report),
    ratesTable(summary),
    ...(several ? [pairsTable(summary)] : []),
    groupsTable('length', summary, ({ byLength }) => byLength),
    ...(summary.engines.some(({ byGender }) => byGender.length > 1)
      ? [groupsTable('gender', summary, ({ byGender }) => byGender)]
      : []),
    ...(summary.speakers > 1 ? [groupsTable('speaker', summary, ({ bySpeaker }) => bySpeaker)] : []),
    timesTable(summary),
    doubtsTable(summary),
    notes(summary),
    problemText(problems),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function head({ manifest, line, language, seed, priming, isPartial, summary, problems }: Report): string {
  const hours = summary.audioMs / 3_600_000;
  const length = hours >= 1 ? `${formatNumber(hours, 1)} h` : `${formatNumber(summary.audioMs / 60_000, 1)} min`;
  const speakers = summary.speakers === 0 ? 'speakers unknown' : `${summary.speakers} speakers`;
  const counts = [
    `${formatNumber(manifest.rows)} rows`,
    ...(manifest.sampled < manifest.rows ? [`${formatNumber(manifest.sampled)} drawn`] : []),
    `${formatNumber(summary.utterances)} evaluated${isPartial ? ' before it was stopped' : ''}`,
    `${formatNumber(problems.length)} left out`,
  ];
  return [
    `manifest  ${manifest.file}: ${manifest.layout}`,
    `          ${counts.join(', ')} · ${length} · ${speakers}`,
    `line      ${line} · seed ${seed}`,
    `language  ${language} · ${priming}`,
    ...summary.engines.map(({ name }, index) => `${letter(index)}         ${name}`),
  ].join('\n');
}

function ratesTable({ engines }: Summary): string {
  return renderTable(
    [
      { title: '' },
      { title: 'text' },
      { title: 'WER %', ...RIGHT },
      { title: 'WER, joins free %', ...RIGHT },
      { title: 'CER %', ...RIGHT },
      { title: 'sub / del / ins', ...RIGHT },
    ],
    engines.flatMap(({ forms }, index) =>
      Object.entries(forms).map(([form, of], row) => [
        row === 0 ? letter(index) : '',
        form,
        rate(of.wer),
        rate(of.spaceInsensitiveWer),
        rate(of.cer),
        [of.substitutions, of.deletions, of.insertions].map((count) => formatNumber(count)).join(' / '),
      ]),
    ),
  );
}

function pairsTable({ engines, pairs }: Summary): string {
  const name = (of: string): string => letter(engines.findIndex((engine) => engine.name === of));
  return renderTable(
    [
      { title: 'normalised, points' },
      { title: 'WER', ...RIGHT },
      { title: 'WER, joins free', ...RIGHT },
      { title: 'CER', ...RIGHT },
    ],
    pairs.map(({ first, second, differences }) => [
      `${name(first)} less ${name(second)}`,
      points(differences.wer),
      points(differences.spaceInsensitiveWer),
      points(differences.cer),
    ]),
  );
}

function groupsTable(title: string, { engines }: Summary, groupsOf: (of: EngineFigures) => readonly Group[]): string {
  const columns: Column[] = [
    { title },
    { title: '' },
    { title: 'n', ...RIGHT },
    { title: 'WER %', ...RIGHT },
    { title: 'WER, joins free %', ...RIGHT },
    { title: 'CER %', ...RIGHT },
  ];
  // The first engine's groups give the order: all engines have heard the same utterances.
  const names = engines[0] === undefined ? [] : extremes(groupsOf(engines[0])).map(({ name }) => name);
  const rows = names.flatMap((name) =>
    engines.flatMap((engine, index) => {
      const group = groupsOf(engine).find((each) => each.name === name);
      if (group === undefined) return [];
      const shown = index === 0 ? shortened(name) : '';
      const counts = formatNumber(group.utterances);
      return [[shown, letter(index), counts, rate(group.wer), rate(group.spaceInsensitiveWer), rate(group.cer)]];
    }),
  );
  return renderTable(columns, rows);
}

function timesTable({ engines }: Summary): string {
  return renderTable(
    [
      { title: 'time' },
      { title: 'real-time factor', ...RIGHT },
      { title: 'latency p50 ms', ...RIGHT },
      { title: 'p90', ...RIGHT },
      { title: 'p95', ...RIGHT },
    ],
    engines.map(({ realTimeFactor, latencyMs }, index) => [
      letter(index),
      formatNumber(realTimeFactor, 3),
      ...[latencyMs.p50, latencyMs.p90, latencyMs.p95].map((value) => formatNumber(value)),
    ]),
  );
}

function doubtsTable({ engines, utterances }: Summary): string {
  return renderTable(
    [
      { title: 'guard' },
      { title: 'let through', ...RIGHT },
      { title: 'their WER %', ...RIGHT },
      { title: 'held back' },
    ],
    engines.map(({ doubts, withoutDoubt }, index) => [
      letter(index),
      `${formatNumber(withoutDoubt.utterances)} of ${formatNumber(utterances)}`,
      rate(withoutDoubt.wer),
      Object.entries(doubts)
        .map(([reason, count]) => `${reason} ${formatNumber(count)}`)
        .join(', ') || 'none',
    ]),
  );
}

function notes({ resampledBy, inPieces, speakers, utterances }: Summary): string {
  const drawn = resampledBy === 'speaker' ? `${speakers} speakers` : `${formatNumber(utterances)} utterances`;
  return [
    `In brackets: 95 % percentile bootstrap over ${drawn}. Tables below the first: normalised text.`,
    ...(speakers > MOST_SPEAKERS
      ? [
          `Of ${formatNumber(speakers)} speakers the ${EXTREMES} that A hears worst and the ${EXTREMES} it hears best are shown.`,
        ]
      : []),
    ...(inPieces === 0 ? [] : [`${formatNumber(inPieces)} recordings of more than 28 s were heard in pieces.`]),
  ].join('\n');
}

function problemText(problems: readonly Problem[]): string {
  if (problems.length === 0) return '';
  const kinds = new Map<string, number>();
  for (const { kind } of problems) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const counts = Array.from(kinds, ([kind, count]) => `${KINDS[kind] ?? kind} ${formatNumber(count)}`).join(', ');
  const rest = problems.length - MOST_PROBLEMS;
  return [
    `Left out: ${counts}`,
    ...problems.slice(0, MOST_PROBLEMS).map(({ line, reason }) => `  line ${line}: ${reason}`),
    ...(rest > 0 ? [`  … and ${formatNumber(rest)} more; --json FILE has them all`] : []),
  ].join('\n');
}

const KINDS: Readonly<Record<string, string>> = {
  row: 'bad rows',
  'missing-file': 'missing files',
  audio: 'unreadable recordings',
  engine: 'failures of an engine',
};

function extremes(groups: readonly Group[]): readonly Group[] {
  return groups.length <= MOST_SPEAKERS ? groups : [...groups.slice(0, EXTREMES), ...groups.slice(-EXTREMES)];
}

/** Common Voice names its speakers by 128 hexadecimal digits. */
function shortened(name: string): string {
  return name.length <= 16 ? name : `${name.slice(0, 15)}…`;
}

function letter(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

function rate({ value, low, high }: Rate): string {
  if (!Number.isFinite(value)) return '–';
  return `${formatNumber(100 * value, 1)} (${formatNumber(100 * low, 1)}–${formatNumber(100 * high, 1)})`;
}

function points({ value, low, high }: { readonly value: number; readonly low: number; readonly high: number }): string {
  const signed = (of: number): string => `${of > 0 ? '+' : ''}${formatNumber(100 * of, 1)}`;
  return `${signed(value)} (${signed(low)} to ${signed(high)})`;
}

/** JSON with shares to five places: more digits would only pretend to mean something. */
export function reportJson(report: Report): string {
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Math.round(value * 1e5) / 1e5 : value;
  return `${JSON.stringify(report, rounded, 2)}\n`;
}

const TSV_COLUMNS = [
  ...['line', 'file', 'speaker', 'seconds', 'engine', 'reference', 'hypothesis', 'words', 'word_errors'],
  ...['word_errors_joins_free', 'characters', 'character_errors', 'doubt', 'latency_ms'],
];

/** One row per utterance and engine, counts in the normalised form. It holds what people said. */
export function utteranceTable(
  results: readonly UtteranceResult[],
  engines: readonly string[],
  forms: ReadonlyMap<TextForm, Words>,
): string {
  const rows = results.flatMap(({ entry, audioMs, heard }) =>
    heard.map(({ text, doubt, latencyMs }, index) => {
      const score = scoreUtterance(entry.text, text, forms).get('normalised');
      return [
        entry.line,
        entry.path,
        entry.speaker ?? '',
        (audioMs / 1000).toFixed(2),
        engines[index] ?? '',
        entry.text,
        text,
        score?.wer.total ?? '',
        score?.wer.errors ?? '',
        score?.spaceInsensitiveWer.errors ?? '',
        score?.cer.total ?? '',
        score?.cer.errors ?? '',
        doubt ?? '',
        Math.round(latencyMs),
      ];
    }),
  );
  const cell = (value: string | number): string => String(value).replaceAll(/\s+/gu, ' ');
  return [TSV_COLUMNS, ...rows].map((row) => `${row.map(cell).join('\t')}\n`).join('');
}
