/** The tables that the bench of turn taking ends with, for the terminal. */
import { judge, type Measurement, type Reach } from '../figures.ts';
import { quantile } from '../statistics.ts';
import { formatNumber, renderTable } from '../table.ts';
import type { CallScore } from './score-call.ts';
import type { EventKind, ScoredEvent } from './score-event.ts';
import { LEAST_EVENTS, type TurnFigure } from './score-figures.ts';
import { againstSilence, cutOffsByLength } from './score-pauses.ts';
import type { CallerClass } from './trace.ts';

const MARKS = { reached: '✓', missed: '✗', unmeasured: '–', reported: '' } as const;

/** One row per figure: what it must reach, what was measured, how far a second run may differ, what others publish. */
export function renderTurnFigures(figures: readonly TurnFigure[]): string {
  return renderTable(
    [
      { title: 'figure' },
      { title: 'reach' },
      { title: 'measured', align: 'right' },
      { title: '95 %', align: 'right' },
      { title: 'n', align: 'right' },
      { title: '' },
      { title: 'best published elsewhere' },
    ],
    figures.map((figure) => {
      const { label, reach, measured, interval, n, mark, elsewhere } = figureCells(figure);
      return [label, reach, measured, interval, n, mark, elsewhere];
    }),
  );
}

export type FigureCells = Readonly<
  Record<'label' | 'reach' | 'measured' | 'interval' | 'n' | 'mark' | 'elsewhere', string>
>;

/** What stands in a figure's row, for every form of the report; why nothing was measured stands in the last cell. */
export function figureCells(figure: TurnFigure): FigureCells {
  const { measured, decimals } = figure;
  return {
    label: figure.unit === '' ? figure.label : `${figure.label}, ${figure.unit}`,
    reach: figure.reach.map((reach) => reachOf(reach, decimals)).join(', '),
    measured: measured === undefined ? 'not measured' : measuredOf(measured, decimals),
    interval: intervalOf(figure),
    n: measured === undefined ? '' : formatNumber(measured.n),
    mark: MARKS[judge(figure)],
    elsewhere: measured === undefined ? `(${figure.why ?? 'no such event'})` : figure.elsewhere,
  };
}

function reachOf({ of, atMost, atLeast }: Reach, decimals: number): string {
  const member = of === 'value' ? '' : `${of} `;
  if (atMost !== undefined) return `${member}≤ ${bound(atMost, decimals)}`;
  return atLeast === undefined ? '' : `${member}≥ ${bound(atLeast, decimals)}`;
}

/** Without the zeros that a bound does not need: 0.9, not 0.900. */
function bound(value: number, decimals: number): string {
  const places = (String(value).split('.')[1] ?? '').length;
  return formatNumber(value, Math.min(decimals, places));
}

/** A number; or the median, the 90th and the 95th percentile. */
function measuredOf(measured: Measurement, decimals: number): string {
  if ('value' in measured) return formatNumber(measured.value, decimals);
  return [measured.p50, measured.p90, measured.p95].map((value) => formatNumber(value, decimals)).join(' / ');
}

function intervalOf({ interval, decimals }: TurnFigure): string {
  if (interval === undefined) return '';
  return interval.map((end) => formatNumber(end, decimals)).join('–');
}

/** The panel line by line; a cell that rests on fewer than ten events stands in brackets. */
export function renderByLine(calls: readonly CallScore[]): string {
  const lines = [...new Set(calls.map(({ line }) => line))];
  return renderTable(
    [
      { title: 'line' },
      ...['calls', 'L_R p50', 'R_R', 'L_Y mean', 'R_Y', 'I_A', 'S_BC', 'S_VT', 'S_ND', 'pauses cut', 'EVA'].map(
        (title) => ({ title, align: 'right' }) as const,
      ),
    ],
    lines.map((line) => {
      const own = calls.filter((call) => call.line === line);
      const events = own.flatMap((call) => call.events);
      const marks = own.flatMap(({ eva }) => (eva === undefined ? [] : [eva.score]));
      return [
        line,
        String(own.length),
        delay(events, 'response', (values) => quantile(values, 0.5)),
        share(events, 'response'),
        delay(events, 'yield', mean),
        share(events, 'yield'),
        ratio(count(events, 'incursion'), count(events, 'response')),
        share(events, 'selectivity', 'backchannel'),
        share(events, 'selectivity', 'vocal-tic'),
        share(events, 'selectivity', 'side-speech'),
        cut(events),
        marks.length === 0 ? '–' : formatNumber(mean(marks), 3),
      ];
    }),
  );
}

function delay(
  events: readonly ScoredEvent[],
  of: EventKind,
  statistic: (values: readonly number[]) => number,
): string {
  const values = events.flatMap(({ kind, ms }) => (kind === of && ms !== undefined ? [ms] : []));
  return values.length === 0 ? '–' : bracketed(formatNumber(statistic(values)), values.length);
}

function share(events: readonly ScoredEvent[], of: EventKind, is?: CallerClass): string {
  const own = events.filter((event) => event.kind === of && (is === undefined || event.class === is));
  return ratio(own.filter(({ isRight }) => isRight).length, own.length);
}

function cut(events: readonly ScoredEvent[]): string {
  const paused = events.filter(({ kind }) => kind === 'pause');
  return ratio(paused.filter(({ isRight }) => !isRight).length, paused.length);
}

function ratio(of: number, n: number): string {
  return n === 0 ? '–' : bracketed(formatNumber(of / n, 3), n);
}

const count = (events: readonly ScoredEvent[], of: EventKind): number =>
  events.filter(({ kind }) => kind === of).length;
const bracketed = (text: string, n: number): string => (n < LEAST_EVENTS ? `(${text})` : text);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Cut-offs by the length of the pause, and beside an agent that waits for silence alone. Nothing without a pause. */
export function renderCutOffs(calls: readonly CallScore[]): readonly string[] {
  const events = calls.flatMap((call) => call.events);
  const points = cutOffsByLength(events);
  if (points.length === 0) return [];
  const byLength = points.map(({ fromMs, untilMs, cut: times, n }) => {
    const range = Number.isFinite(untilMs) ? `${fromMs}–${formatNumber(untilMs)}` : `≥ ${formatNumber(fromMs)}`;
    return `${range} ms ${times} of ${n}`;
  });
  const against = againstSilence(events);
  return [
    `Cut off by length of the pause: ${byLength.join(' · ')}.`,
    ...(against === undefined
      ? []
      : [
          `Silence alone, on the same ${against.n} pauses: waiting ${formatNumber(against.delayMs)} ms (this agent’s median delay) cuts ${percent(against.silenceCuts)} of them, this agent ${percent(against.cut)};` +
            ` to cut as few it waits ${formatNumber(against.silenceNeedsMs)} ms. Its curve: ${against.curve
              .map(({ delayMs, cut: part }) => `${formatNumber(delayMs)} ms ${percent(part)}`)
              .join(' · ')}.`,
        ]),
  ];
}

const percent = (part: number): string => `${formatNumber(100 * part, 1)} %`;
