/** Power spectrum of real frames whose length is 2 * 2^a * 5^b, as Whisper's 400 samples (and 200 at 8 kHz) are. */

interface Stage {
  readonly radix: number;
  /** Length of the transforms that this stage joins. */
  readonly span: number;
  /** radix x radix butterfly, then the twiddles of (k, q), as cosine and sine. */
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/** Reuses its buffers: one instance per thread of use, no re-entrance. */
export class RealFft {
  readonly #size: number;
  readonly #stages: readonly Stage[];
  #re: Float64Array;
  #im: Float64Array;
  #otherRe: Float64Array;
  #otherIm: Float64Array;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  constructor(size: number) {
    const half = size / 2;
    this.#size = size;
    this.#stages = stagesOf(half);
    this.#re = new Float64Array(half);
    this.#im = new Float64Array(half);
    this.#otherRe = new Float64Array(half);
    this.#otherIm = new Float64Array(half);
    this.#cos = Float64Array.from({ length: half + 1 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#sin = Float64Array.from({ length: half + 1 }, (_, k) => Math.sin((2 * Math.PI * k) / size));
  }

  /** |DFT|^2 of `frame`, shape [size], into `power`, shape [size / 2 + 1]. */
  power(frame: Float64Array, power: Float64Array): void {
    const half = this.#size / 2;
    for (let i = 0; i < half; i++) {
      this.#re[i] = frame[2 * i] ?? 0;
      this.#im[i] = frame[2 * i + 1] ?? 0;
    }
    for (const stage of this.#stages) this.#run(stage);
    const re = this.#re;
    const im = this.#im;
    for (let k = 0; k <= half; k++) {
      const a = k === half ? 0 : k;
      const b = k === 0 || k === half ? 0 : half - k;
      const evenRe = ((re[a] ?? 0) + (re[b] ?? 0)) / 2;
      const evenIm = ((im[a] ?? 0) - (im[b] ?? 0)) / 2;
      const oddRe = ((im[a] ?? 0) + (im[b] ?? 0)) / 2;
      const oddIm = ((re[b] ?? 0) - (re[a] ?? 0)) / 2;
      const c = this.#cos[k] ?? 0;
      const s = this.#sin[k] ?? 0;
      const x = evenRe + oddRe * c + oddIm * s;
      const y = evenIm + oddIm * c - oddRe * s;
      power[k] = x * x + y * y;
    }
  }

  /** One Stockham stage: no bit reversal, source and target buffers change places. */
  #run({ radix, span, cos, sin }: Stage): void {
    const n = this.#re.length;
    const re = this.#re;
    const im = this.#im;
    const outRe = this.#otherRe;
    const outIm = this.#otherIm;
    const groups = n / (radix * span);
    const step = n / radix;
    for (let group = 0; group < groups; group++) {
      for (let k = 0; k < span; k++) {
        const source = group * span + k;
        for (let q = 0; q < radix; q++) {
          let sumRe = 0;
          let sumIm = 0;
          const table = (k * radix + q) * radix;
          for (let p = 0; p < radix; p++) {
            const c = cos[table + p] ?? 0;
            const s = sin[table + p] ?? 0;
            const x = re[source + p * step] ?? 0;
            const y = im[source + p * step] ?? 0;
            sumRe += x * c + y * s;
            sumIm += y * c - x * s;
          }
          const target = group * radix * span + q * span + k;
          outRe[target] = sumRe;
          outIm[target] = sumIm;
        }
      }
    }
    this.#re = outRe;
    this.#im = outIm;
    this.#otherRe = re;
    this.#otherIm = im;
  }
}

function stagesOf(n: number): readonly Stage[] {
  const stages: Stage[] = [];
  let span = 1;
  for (const radix of [5, 5, 4, 4, 4, 4, 2]) {
    if (n % (span * radix) !== 0) continue;
    // Twiddle of part p at output (q, k) of a transform of length radix * span: exp(-2 pi i p (q span + k) / (radix span)).
    const cos = new Float64Array(span * radix * radix);
    const sin = new Float64Array(span * radix * radix);
    for (let k = 0; k < span; k++) {
      for (let q = 0; q < radix; q++) {
        for (let p = 0; p < radix; p++) {
          const turn = (2 * Math.PI * p * (q * span + k)) / (radix * span);
          cos[(k * radix + q) * radix + p] = Math.cos(turn);
          sin[(k * radix + q) * radix + p] = Math.sin(turn);
        }
      }
    }
    stages.push({ radix, span, cos, sin });
    span *= radix;
  }
  if (span !== n) throw new RangeError(`no transform for ${2 * n} samples: only factors 2, 4 and 5`);
  return stages;
}
