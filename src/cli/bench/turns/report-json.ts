/** The report for machines: the file that every bench writes, with intervals, the panel's curves and every single event. */
import { figuresFile, type FiguresFile } from '../figures.ts';
import type { Machine } from '../machine.ts';
import type { CallScore } from './score-call.ts';
import type { TurnFigure } from './score-figures.ts';
import { againstSilence, cutOffsByLength } from './score-pauses.ts';

export interface RunContext {
  readonly machine: Machine;
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly agent: string;
  readonly seed: number;
  readonly isQuick: boolean;
  /** Acts asked for of each class. */
  readonly events: number;
  readonly planned: number;
  readonly failed: readonly { readonly id: string; readonly why: string }[];
  /** Which lines this machine cannot make, why, and what to install. */
  readonly leftOut?: string | undefined;
}

/** `details.calls` holds every scored event, so that any other figure can be made from the file. */
export function turnsFile(
  figures: readonly TurnFigure[],
  calls: readonly CallScore[],
  { machine, measuredAt, ...run }: RunContext,
): FiguresFile {
  const events = calls.flatMap((call) => call.events);
  const details = {
    ...run,
    intervals: Object.fromEntries(
      figures.flatMap(({ key, interval }) => (interval === undefined ? [] : [[key, interval] as const])),
    ),
    notMeasured: Object.fromEntries(
      figures.flatMap(({ key, why, measured }) => (measured === undefined ? [[key, why ?? ''] as const] : [])),
    ),
    elsewhere: Object.fromEntries(
      figures.flatMap(({ key, elsewhere }) => (elsewhere === '' ? [] : [[key, elsewhere] as const])),
    ),
    cutOffsByLength: cutOffsByLength(events),
    againstSilence: againstSilence(events),
    calls,
  };
  return figuresFile('turns', figures, { machine, measuredAt, details });
}
