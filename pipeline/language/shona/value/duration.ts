/** Spans of time and ages: maawa maviri nemaminitsi makumi matatu, awa nehafu, two and a half hours, mazuva matatu. */
import type { Duration } from '../../spoken-value.ts';
import { prefixKind } from './lexicon.ts';
import { type Atoms, isNext } from './parts.ts';
import { quantityAt } from './quantity.ts';
import type { Grammar } from './reading.ts';

type Unit = keyof Duration;

interface Stretch {
  readonly unit: Unit;
  readonly count: number;
  /** Of the unit: 0 when a whole number was said. */
  readonly fraction: number;
  readonly end: number;
  /** The number was left out: "awa". */
  readonly isBare: boolean;
}

const LARGEST_FIRST: readonly Unit[] = ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds'];
/** In what a part of the unit is given; a month and a week have no whole half. */
const SMALLER: Readonly<Partial<Record<Unit, readonly [Unit, number]>>> = {
  years: ['months', 12],
  days: ['hours', 24],
  hours: ['minutes', 60],
  minutes: ['seconds', 60],
};

/** mazuva matatu, awa rimwe, awa nehafu. "gore ra2018" and "gore 1977" name a year. */
function unitFirst(atoms: Atoms, at: number): Stretch | undefined {
  const { timeUnit: unit, isSingular = false } = atoms[at]?.lexeme ?? {};
  if (unit === undefined) return undefined;
  const next = atoms[at + 1];
  const number = isNext(next) ? quantityAt(atoms, at + 1) : undefined;
  if (number !== undefined) {
    if (unit === 'years' && isSingular && number.value >= 1000) return undefined;
    return { unit, count: number.value, fraction: Number(`0.${number.digits || '0'}`), end: number.end, isBare: false };
  }
  if (!isSingular) return undefined;
  const part = next !== undefined && prefixKind(next.prefix) === 'and' ? (next.lexeme.part ?? 0) : 0;
  return { unit, count: 1, fraction: part, end: part > 0 ? at + 2 : at + 1, isBare: part === 0 };
}

/** two hours, 30 minutes, gumi remazuva, hafu yeawa, half an hour. */
function numberFirst(atoms: Atoms, at: number): Stretch | undefined {
  const part = atoms[at]?.lexeme.part;
  const number = part === undefined ? quantityAt(atoms, at) : undefined;
  const end = part === undefined ? number?.end : at + 1;
  if (end === undefined) return undefined;
  const noun = atoms[end];
  const unit = noun?.lexeme.timeUnit;
  if (noun?.pause !== 'none' || unit === undefined) return undefined;
  const isOf = prefixKind(noun.prefix) === 'of';
  if (!isOf && noun.prefix !== '') return undefined;
  const isForeign = part !== undefined || number?.series === 'english' || number?.series === 'figure';
  // A Shona count belongs to the noun before it, and a Shona noun takes the number behind it.
  if (!isOf && (!isForeign || (isNext(atoms[end + 1]) && atoms[end + 1]?.lexeme.series === 'agreeing')))
    return undefined;
  const fraction = part ?? Number(`0.${number?.digits || '0'}`);
  return { unit, count: number?.value ?? 0, fraction, end: end + 1, isBare: false };
}

/** Adds a stretch to a duration; undefined when the unit is not smaller than those before, or its part has no whole number. */
function plus(said: Duration, { unit, count, fraction }: Stretch): Duration | undefined {
  const rank = LARGEST_FIRST.indexOf(unit);
  if (LARGEST_FIRST.slice(rank).some((smaller) => said[smaller] !== undefined)) return undefined;
  if (fraction === 0) return { ...said, [unit]: count };
  const [smaller, size] = SMALLER[unit] ?? [];
  const parts = fraction * (size ?? 0);
  if (smaller === undefined || !Number.isInteger(parts) || parts === 0) return undefined;
  return { ...said, ...(count === 0 ? {} : { [unit]: count }), [smaller]: parts };
}

/** See the file's head. A noun alone ("zuva") is a duration only where one is expected. */
export const readDuration: Grammar = (atoms, at) => {
  if (prefixKind(atoms[at]?.prefix ?? '') === 'at' && atoms[at]?.prefix !== 'mu') return undefined;
  const first = unitFirst(atoms, at) ?? numberFirst(atoms, at);
  const start = first === undefined ? undefined : plus({}, first);
  if (first === undefined || start === undefined) return undefined;
  let duration: Duration = start;
  let { end } = first;
  for (;;) {
    const atom = atoms[end];
    if (atom === undefined || first.isBare || atom.pause === 'stop') break;
    if (prefixKind(atom.prefix) !== 'and' && !(isNext(atom) && atom.lexeme.series === 'english')) break;
    const next = unitFirst(atoms, end) ?? numberFirst(atoms, end);
    const sum: Duration | undefined = next === undefined || next.isBare ? undefined : plus(duration, next);
    if (next === undefined || sum === undefined) break;
    duration = sum;
    end = next.end;
  }
  if (atoms[end]?.lexeme.role === 'old') end += 1;
  return { meaning: { kind: 'duration', duration }, end, isWeak: first.isBare };
};
