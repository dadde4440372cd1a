/** The figures of `npm run bench:campaign`, and what each must reach. */
import type { Figure } from '../figures.ts';
import { distributionOf, quantile, round } from '../statistics.ts';
import type { ClaimRate } from './claims.ts';
import type { DatabaseName } from './databases.ts';
import type { Day } from './day.ts';
import type { ImportTaken } from './import.ts';
import type { KillRun } from './kill/killer.ts';
import type { KillVerdict } from './kill/verdict.ts';
import type { Loop } from './loop.ts';
import type { PowerCuts } from './power-cut.ts';

export type NamedKillRun = KillRun & { readonly name: DatabaseName };

const LABELS: Readonly<Record<DatabaseName, string>> = { sqlite: 'SQLite', postgres: 'PostgreSQL' };
const NONE = [{ of: 'value', atMost: 0 }] as const;

const KILL_LABELS: Readonly<Record<keyof KillVerdict, string>> = {
  orderedTwice: 'two calls for one order',
  strayCalls: 'calls that the records do not know',
  unfinished: 'calls whose end the records do not have',
  otherOutcome: 'calls with another outcome in the records',
  otherTime: 'calls at another time in the records',
  attemptsDiffer: 'calls that the export does not have as they were',
  contactsDiffer: 'people whose row in the export is not what they experienced',
  answersDiffer: 'people whose answers in the export are not theirs',
  ghostCalls: 'calls in the records that were never made',
  rungAtOnce: 'people called while they were on the line',
  rungAgain: 'people called again after they had finished',
  afterNo: 'calls to somebody who had said no',
  afterList: 'calls to somebody on the do-not-call list that came meanwhile',
  outsideWindow: 'calls outside the window',
  overLimit: 'calls above the limits',
  leftOut: 'people left out',
  lostResults: 'results lost',
};

/** Judged only when enough was killed: a run without kills proves nothing. */
export function killFigures(runs: readonly NamedKillRun[]): readonly Figure[] {
  return runs.flatMap(({ name, verdict, counts, kills, longOutages, realMs }) => [
    plain(`kills${suffix(name)}`, `${LABELS[name]}: kills, ${longOutages} with a long outage`, 'kills', kills, kills),
    plain(
      `calls${suffix(name)}`,
      `  calls placed in ${Math.round(realMs / 1_000)} s`,
      'calls',
      counts.calls,
      counts.calls,
    ),
    plain(`voids${suffix(name)}`, '  intents that became no call', 'intents', counts.voidAttempts, counts.calls),
    ...Object.entries(KILL_LABELS).map(([key, label]): Figure => ({
      key: `${key}${suffix(name)}`,
      label: `  ${label}`,
      unit: '',
      decimals: 0,
      reach: NONE,
      measured: { value: verdict[key as keyof KillVerdict], n: counts.calls },
    })),
  ]);
}

export function cutFigures(cuts: PowerCuts | { readonly why: string }): readonly Figure[] {
  const figure = {
    key: 'powerCutLost',
    label: 'acknowledged intents lost in power cuts',
    unit: 'intents',
    decimals: 0,
    reach: NONE,
  };
  if ('why' in cuts) return [{ ...figure, measured: undefined, why: cuts.why }];
  return [
    plain('powerCuts', 'power cuts', 'cuts', cuts.cuts, cuts.cuts),
    { ...figure, measured: { value: cuts.lost, n: cuts.acknowledged } },
    {
      ...{ key: 'powerCutDamaged', label: 'databases damaged in power cuts', unit: 'cuts', decimals: 0, reach: NONE },
      measured: { value: cuts.damaged, n: cuts.cuts },
    },
  ];
}

export function claimFigures(name: DatabaseName, atOnce: number, { perSecond, claims }: ClaimRate): readonly Figure[] {
  const isOne = atOnce === 1;
  return [
    {
      key: `claims${isOne ? 'OneByOne' : ''}${suffix(name)}`,
      label: `${LABELS[name]}: calls claimed, ${isOne ? 'each in a transaction of its own' : `${atOnce} at once`}`,
      unit: '/s',
      decimals: 0,
      reach: isOne ? [] : [{ of: 'value', atLeast: 500 }],
      measured: { value: round(perSecond, 0), n: claims },
    },
  ];
}

export function importFigures(name: DatabaseName, rows: number, taken: ImportTaken): readonly Figure[] {
  const isWhole = taken.accepted === rows;
  const common = { ...(!isWhole && { why: `${rows - taken.accepted} rows were refused` }) };
  const measured = (value: number): Figure['measured'] => (isWhole ? { value, n: rows } : undefined);
  return [
    {
      ...{ key: `importS${suffix(name)}`, label: `${LABELS[name]}: import`, unit: 's', decimals: 1, ...common },
      reach: [{ of: 'value', atMost: 60 }],
      measured: measured(round(taken.tookMs / 1_000, 1)),
    },
    {
      ...{
        key: `importMb${suffix(name)}`,
        label: `${LABELS[name]}: memory of the import`,
        unit: 'MB',
        decimals: 0,
        ...common,
      },
      reach: [{ of: 'value', atMost: 300 }],
      measured: taken.mostMb === undefined ? undefined : measured(round(taken.mostMb, 0)),
    },
  ];
}

/** A WAL that grows beyond this is not being taken up: SQLite does so every 1,000 pages, 4 MB. */
const WAL_MB = 32;

export function dayFigures(name: DatabaseName, people: number, day: Day): readonly Figure[] {
  const { claimsMs, calls, settled, largestWalMb, databaseMb, tookMs } = day;
  const of = LABELS[name];
  return [
    plain(
      `dayCalls${suffix(name)}`,
      `${of}: calls of a day, in ${Math.round(tookMs / 1_000)} s`,
      'calls',
      calls,
      people,
    ),
    plain(`daySettled${suffix(name)}`, `${of}: people settled by its end`, 'people', settled, people),
    {
      ...{ key: `dayClaimP99Ms${suffix(name)}`, label: `${of}: a claim in it, p99`, unit: 'ms', decimals: 1 },
      reach: [{ of: 'value', atMost: 20 }],
      measured: { value: round(quantile(claimsMs, 0.99), 1), n: claimsMs.length },
    },
    {
      ...{ key: `dayClaimMs${suffix(name)}`, label: `${of}: a claim in it`, unit: 'ms', decimals: 1, reach: [] },
      measured: distributionOf(claimsMs),
    },
    ...(largestWalMb === undefined || databaseMb === undefined
      ? []
      : [
          {
            ...{ key: 'dayWalMb', label: `${of}: largest write-ahead log`, unit: 'MB', decimals: 1 },
            reach: [{ of: 'value', atMost: WAL_MB }],
            measured: { value: round(largestWalMb, 1), n: calls },
          } satisfies Figure,
          plain('dayDatabaseMb', `${of}: database after it`, 'MB', round(databaseMb, 0), calls),
        ]),
  ];
}

export function loopFigures(name: DatabaseName, { aloneP99Ms, p99Ms, maxMs, dialled }: Loop): readonly Figure[] {
  const of = LABELS[name];
  return [
    plain(`loopDialled${suffix(name)}`, `${of}: calls dialled beside 30 that talk`, 'calls', dialled, dialled),
    {
      ...{ key: `loopP99Ms${suffix(name)}`, label: `${of}: delay of the event loop, p99`, unit: 'ms', decimals: 1 },
      reach: [{ of: 'value', atMost: 10 }],
      measured: p99Ms === undefined ? undefined : { value: round(p99Ms, 1), n: dialled },
    },
    {
      ...{ key: `loopAloneP99Ms${suffix(name)}`, label: `${of}: the same before the dialler starts`, unit: 'ms' },
      ...{ decimals: 1, reach: [] },
      measured: aloneP99Ms === undefined ? undefined : { value: round(aloneP99Ms, 1), n: dialled },
    },
    {
      ...{ key: `loopMaxMs${suffix(name)}`, label: `${of}: its worst`, unit: 'ms', decimals: 1, reach: [] },
      measured: maxMs === undefined ? undefined : { value: round(maxMs, 1), n: dialled },
    },
  ];
}

function plain(key: string, label: string, unit: string, value: number, n: number): Figure {
  return { key, label, unit, decimals: 0, reach: [], measured: { value, n } };
}

function suffix(name: DatabaseName): string {
  return name === 'sqlite' ? 'Sqlite' : 'Postgres';
}
