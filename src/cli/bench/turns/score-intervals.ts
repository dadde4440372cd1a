/** Estimates with n and a 95 % interval. Whole calls are drawn again: what happens in one call goes together. */
import { bootstrapInterval, quantile, shareOf } from '../statistics.ts';

/** Values of one call each. */
export type ByCall<T> = readonly (readonly T[])[];

export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** A run draws this often for each of some thirty figures; the ends then move by a few per cent of the width between seeds. */
export const RESAMPLES = 1_000;

/** A statistic of all values; NaN for none. */
export function estimate(
  groups: ByCall<number>,
  statistic: (values: readonly number[]) => number,
  seed: number,
): Estimate {
  const calls = groups.filter((values) => values.length > 0);
  const values = calls.flat();
  const indices = calls.map((_, index) => index);
  const drawn = (sample: readonly number[]): number => statistic(sample.flatMap((index) => calls[index] ?? []));
  const [low, high] = bootstrapInterval(indices, drawn, { seed, resamples: RESAMPLES });
  return { value: statistic(values), low, high, n: values.length };
}

/** Share of what is true. Where all is alike, drawing again says nothing, and Wilson's interval stands there. */
export function estimateShare(groups: ByCall<boolean>, seed: number): Estimate {
  const values = groups.flat();
  const right = values.filter(Boolean).length;
  if (right === 0 || right === values.length) {
    const { share, low, high } = shareOf(right, values.length);
    return { value: share, low, high, n: values.length };
  }
  return estimate(
    groups.map((call) => call.map(Number)),
    mean,
    seed,
  );
}

/** Number of one thing for each of another: sums over calls, divided. NaN when there is none of the other. */
export function estimateRatio(calls: readonly { readonly of: number; readonly per: number }[], seed: number): Estimate {
  const ratio = (indices: readonly number[]): number => {
    let [of, per] = [0, 0];
    for (const index of indices) {
      of += calls[index]?.of ?? 0;
      per += calls[index]?.per ?? 0;
    }
    return per === 0 ? Number.NaN : of / per;
  };
  const indices = calls.map((_, index) => index);
  const n = calls.reduce((sum, { per }) => sum + per, 0);
  const value = ratio(indices);
  if (value === 0) {
    const { low, high } = shareOf(0, n);
    return { value, low, high, n };
  }
  const [low, high] = bootstrapInterval(indices, ratio, { seed, resamples: RESAMPLES });
  return { value, low, high, n };
}

/** NaN for no values. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
