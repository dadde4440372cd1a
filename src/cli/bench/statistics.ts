/** Order statistics of measured values, and how far a second run may differ. No dependency, no clock, seeded randomness. */

/** What every bench writes for a figure that has a distribution. */
export interface Distribution {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  /** Where the worst one matters. */
  readonly max?: number;
  readonly n: number;
}

/** Quantile `q` in [0, 1] with linear interpolation between the two nearest ranks (R type 7); NaN for no values. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const rank = (sorted.length - 1) * Math.min(1, Math.max(0, q));
  const below = sorted[Math.floor(rank)] ?? Number.NaN;
  const above = sorted[Math.ceil(rank)] ?? Number.NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** p50, p90, p95 and n of the values, rounded to `decimals` places. */
export function distributionOf(values: readonly number[], decimals = 1): Distribution {
  return {
    p50: round(quantile(values, 0.5), decimals),
    p90: round(quantile(values, 0.9), decimals),
    p95: round(quantile(values, 0.95), decimals),
    n: values.length,
  };
}

/** Rounds half away from zero for the positive values that benches hold; keeps NaN. */
export function round(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}

export interface BootstrapOptions {
  /** @defaultValue 2000: the ends of a 95 % interval then move by less than 1 % of its width between seeds. */
  readonly resamples?: number;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** Share of the resampled statistics inside the interval, in (0, 1). @defaultValue 0.95 */
  readonly level?: number;
}

/** Percentile bootstrap interval [low, high] of a statistic; the same values and seed give the same interval. */
export function bootstrapInterval(
  values: readonly number[],
  statistic: (sample: readonly number[]) => number,
  { resamples = 2000, seed = 1, level = 0.95 }: BootstrapOptions = {},
): readonly [low: number, high: number] {
  if (values.length === 0) return [Number.NaN, Number.NaN];
  const random = seededRandom(seed);
  const sample = new Array<number>(values.length).fill(0);
  const outcomes: number[] = [];
  for (let round = 0; round < resamples; round += 1) {
    for (let index = 0; index < sample.length; index += 1) {
      sample[index] = values[Math.floor(random() * values.length)] ?? Number.NaN;
    }
    outcomes.push(statistic(sample));
  }
  const tail = (1 - level) / 2;
  return [quantile(outcomes, tail), quantile(outcomes, 1 - tail)];
}

/** Uniform numbers in [0, 1) from a 32-bit xorshift; a seed of 0 counts as 1, because 0 would stay 0. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}

/** Share of successes with the Wilson score interval (95 %), which stays inside [0, 1] for small n and for shares of 0 and 1. */
export function shareOf(
  successes: number,
  n: number,
): { readonly share: number; readonly low: number; readonly high: number } {
  if (n === 0) return { share: Number.NaN, low: Number.NaN, high: Number.NaN };
  const z = 1.96;
  const share = successes / n;
  const centre = share + (z * z) / (2 * n);
  const spread = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return { share, low: Math.max(0, (centre - spread) / scale), high: Math.min(1, (centre + spread) / scale) };
}
