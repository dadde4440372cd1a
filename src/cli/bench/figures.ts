/** A bench's figures: what each must reach, how it is judged, and the JSON form that every bench keeps. */
import { formatNumber, renderTable } from './table.ts';
import type { Distribution } from './statistics.ts';
import { writeFile } from 'node:fs/promises';
import type { Machine } from './machine.ts';

/** A share, a count, a size: one number measured over n things. */
export interface Scalar {
  readonly value: number;
  readonly n: number;
}

export type Measurement = Distribution | Scalar;

/** A bound on one member of a measurement; a figure may have several. */
export interface Reach {
  readonly of: 'p50' | 'p90' | 'p95' | 'max' | 'value';
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Figure {
  /** Key in the JSON file, unit as its suffix: `ttfwCardMs`. */
  readonly key: string;
  readonly label: string;
  readonly unit: string;
  readonly decimals: number;
  /** Empty: reported, not judged. */
  readonly reach: readonly Reach[];
  /** Undefined when the run could not measure it; `why` then says so. */
  readonly measured: Measurement | undefined;
  readonly why?: string;
}

/** 'unmeasured' counts as missed wherever a figure has something to reach. */
export type Judgement = 'reached' | 'missed' | 'unmeasured' | 'reported';

/** Whether every bound of the figure holds. A measurement over nothing (n 0) is unmeasured, never reached. */
export function judge(figure: Figure): Judgement {
  if (figure.measured === undefined || figure.measured.n === 0) return 'unmeasured';
  if (figure.reach.length === 0) return 'reported';
  return figure.reach.every((reach) => holds(reach, figure.measured)) ? 'reached' : 'missed';
}

function holds(reach: Reach, measured: Measurement | undefined): boolean {
  const value = memberOf(measured, reach.of);
  if (value === undefined || !Number.isFinite(value)) return false;
  return (
    (reach.atMost === undefined || value <= reach.atMost) && (reach.atLeast === undefined || value >= reach.atLeast)
  );
}

function memberOf(measured: Measurement | undefined, member: Reach['of']): number | undefined {
  if (measured === undefined) return undefined;
  if ('value' in measured) return member === 'value' ? measured.value : undefined;
  return member === 'value' ? undefined : measured[member];
}

const MARKS: Readonly<Record<Judgement, string>> = {
  reached: '✓',
  missed: '✗',
  unmeasured: '✗ not measured',
  reported: '',
};

/** The table a bench ends with: one row per figure. */
export function renderFigures(figures: readonly Figure[]): string {
  const hasMax = figures.some(({ measured }) => maxOf(measured) !== undefined);
  return renderTable(
    [
      { title: 'figure' },
      { title: 'unit' },
      { title: 'p50', align: 'right' },
      { title: 'p90', align: 'right' },
      { title: 'p95', align: 'right' },
      ...(hasMax ? [{ title: 'max', align: 'right' } as const] : []),
      { title: 'n', align: 'right' },
      { title: 'reach' },
      { title: '' },
    ],
    figures.map((figure) => [
      figure.label,
      figure.unit,
      ...cellsOf(figure),
      ...(hasMax ? [maxCell(figure)] : []),
      figure.measured === undefined ? '0' : formatNumber(figure.measured.n),
      figure.reach.map((reach) => describeReach(reach, figure.decimals)).join(', '),
      MARKS[judge(figure)] + (figure.why === undefined ? '' : ` (${figure.why})`),
    ]),
  );
}

/** A scalar stands in the p50 column: for one number the three are the same. */
function cellsOf({ measured, decimals }: Figure): readonly [string, string, string] {
  if (measured === undefined || measured.n === 0) return ['–', '–', '–'];
  if ('value' in measured) return [formatNumber(measured.value, decimals), '', ''];
  return [
    formatNumber(measured.p50, decimals),
    formatNumber(measured.p90, decimals),
    formatNumber(measured.p95, decimals),
  ];
}

function maxCell({ measured, decimals }: Figure): string {
  const max = maxOf(measured);
  return max === undefined ? '' : formatNumber(max, decimals);
}

function maxOf(measured: Measurement | undefined): number | undefined {
  return measured !== undefined && 'max' in measured ? measured.max : undefined;
}

function describeReach(reach: Reach, decimals: number): string {
  const member = reach.of === 'value' ? '' : `${reach.of} `;
  const bounds = [
    reach.atMost === undefined ? undefined : `≤ ${formatNumber(reach.atMost, decimalsOf(reach.atMost, decimals))}`,
    reach.atLeast === undefined ? undefined : `≥ ${formatNumber(reach.atLeast, decimalsOf(reach.atLeast, decimals))}`,
  ];
  return member + bounds.filter((bound) => bound !== undefined).join(' and ');
}

function decimalsOf(value: number, most: number): number {
  return Number.isInteger(value) ? 0 : Math.max(1, most);
}

/** What a bench leaves behind for machines: `figures` keyed by figure, beside where and with what it was measured. */
export interface FiguresFile {
  readonly bench: string;
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly figures: Readonly<Record<string, Measurement>>;
  readonly judgements: Readonly<Record<string, Judgement>>;
  /** Raw values and whatever else explains the figures. */
  readonly details?: unknown;
}

/** Builds the file; a figure that could not be measured is left out of `figures` and named in `judgements`. */
export function figuresFile(
  bench: string,
  figures: readonly Figure[],
  context: { readonly machine: Machine; readonly measuredAt: string; readonly details?: unknown },
): FiguresFile {
  const measured = figures.flatMap(({ key, measured }) => (measured === undefined ? [] : [[key, measured] as const]));
  return {
    bench,
    measuredAt: context.measuredAt,
    machine: context.machine,
    figures: Object.fromEntries(measured),
    judgements: Object.fromEntries(figures.map((figure) => [figure.key, judge(figure)])),
    ...(context.details === undefined ? {} : { details: context.details }),
  };
}

export async function writeFiguresFile(path: string, file: FiguresFile): Promise<void> {
  await writeFile(path, `${JSON.stringify(file, undefined, 2)}\n`);
}
