/** How far an error rate could have come out otherwise: percentile bootstrap over utterances or speakers. */
import { bootstrapInterval } from '../bench/statistics.ts';
import type { Tally } from './scoring.ts';

/** A share of all errors by all words (never a mean of shares), with its 95 % interval. */
export interface Rate extends Tally {
  /** NaN without a single reference word. May be above 1: insertions count. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface ResampleOptions {
  readonly seed: number;
  /** Who belongs together, one key for each tally: what is drawn is all of a key at once. Undefined: each is its own. */
  readonly clusters?: readonly string[] | undefined;
  /** @defaultValue 2000 */
  readonly resamples?: number;
}

/** The rate of all tallies; utterances of one cluster are drawn together, because one speaker's errors go together. */
export function rateOf(tallies: readonly Tally[], options: ResampleOptions): Rate {
  const groups = clustered(tallies, options.clusters);
  const indices = groups.map((_, index) => index);
  const [low, high] = bootstrapInterval(
    indices,
    (drawn) => shareOf(drawn.map((index) => groups[index] ?? NONE)),
    options,
  );
  return { ...sumOf(tallies), value: shareOf(tallies), low, high };
}

/** The same figure of two engines on the same utterances. */
export interface Difference {
  /** Rate of the first less rate of the second. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Paired: every draw takes the same utterances of both, so what is hard for both does not widen the interval. */
export function differenceOf(first: readonly Tally[], second: readonly Tally[], options: ResampleOptions): Difference {
  const [a, b] = [clustered(first, options.clusters), clustered(second, options.clusters)];
  const indices = a.map((_, index) => index);
  const difference = (drawn: readonly number[]): number =>
    shareOf(drawn.map((index) => a[index] ?? NONE)) - shareOf(drawn.map((index) => b[index] ?? NONE));
  const [low, high] = bootstrapInterval(indices, difference, options);
  return { value: difference(indices), low, high };
}

const NONE: Tally = { errors: 0, total: 0 };

function sumOf(tallies: readonly Tally[]): Tally {
  let [errors, total] = [0, 0];
  for (const tally of tallies) {
    errors += tally.errors;
    total += tally.total;
  }
  return { errors, total };
}

function shareOf(tallies: readonly Tally[]): number {
  const { errors, total } = sumOf(tallies);
  return total === 0 ? Number.NaN : errors / total;
}

function clustered(tallies: readonly Tally[], keys: readonly string[] | undefined): readonly Tally[] {
  if (keys === undefined) return tallies;
  const groups = new Map<string, Tally[]>();
  for (const [index, tally] of tallies.entries()) {
    // Who is not known is somebody else each time.
    const key = keys[index] ?? `#${index}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [tally]);
    else group.push(tally);
  }
  return Array.from(groups.values(), sumOf);
}
