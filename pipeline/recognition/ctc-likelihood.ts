/** How likely a sequence of symbols is under a CTC model's output, summed over all ways in which it can be aligned. */

/** Log-probabilities of every symbol in every frame. */
export interface CtcFrames {
  /** shape [frames, symbols], row-major, log-probabilities */
  readonly logProbs: Float32Array;
  readonly frames: number;
  readonly symbols: number;
  readonly blank: number;
}

/** Row by row; numerically safe for logits of any size. */
export function logSoftmax(logits: Float32Array, symbols: number): Float32Array {
  const out = new Float32Array(logits.length);
  for (let row = 0; row < logits.length; row += symbols) {
    let peak = -Infinity;
    for (let i = row; i < row + symbols; i++) peak = Math.max(peak, logits[i] ?? -Infinity);
    let sum = 0;
    for (let i = row; i < row + symbols; i++) sum += Math.exp((logits[i] ?? -Infinity) - peak);
    const norm = peak + Math.log(sum);
    for (let i = row; i < row + symbols; i++) out[i] = (logits[i] ?? -Infinity) - norm;
  }
  return out;
}

/** Both are logarithms; -Infinity is the logarithm of nothing. */
export function logAdd(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high));
}

/**
 * log P(ids | audio) by the forward recursion (Graves et al. 2006, equations 5 to 8), -Infinity when there are too few
 * frames for so many symbols.
 */
export function ctcLogLikelihood({ logProbs, frames, symbols, blank }: CtcFrames, ids: readonly number[]): number {
  // Blank, first symbol, blank, second symbol, … blank.
  const states = 2 * ids.length + 1;
  const symbolOf = (state: number): number => (state % 2 === 0 ? blank : (ids[(state - 1) / 2] ?? blank));
  let before = new Float64Array(states).fill(-Infinity);
  before[0] = 0;
  for (let t = 0; t < frames; t++) {
    const now = new Float64Array(states).fill(-Infinity);
    for (let s = 0; s < states; s++) {
      const symbol = symbolOf(s);
      let sum = before[s] ?? -Infinity;
      // Before the first frame only the very beginning exists; from there the first symbol can be reached directly.
      if (s > 0) sum = logAdd(sum, before[s - 1] ?? -Infinity);
      // A blank may be left out between two symbols unless they are equal.
      if (s > 1 && s % 2 === 1 && symbol !== symbolOf(s - 2)) sum = logAdd(sum, before[s - 2] ?? -Infinity);
      now[s] = sum + (logProbs[t * symbols + symbol] ?? -Infinity);
    }
    before = now;
  }
  return logAdd(before[states - 1] ?? -Infinity, before[states - 2] ?? -Infinity);
}
