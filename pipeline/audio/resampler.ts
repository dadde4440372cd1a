/**
 * Sample rate conversion by any ratio of whole numbers, streaming: a Kaiser-windowed sinc cut into one filter per output
 * phase. Output sample n lies exactly at input time n * fromHz / toHz (the filter's delay is taken out), so positions can
 * be converted by the ratio alone; the price is that the last few milliseconds come out only at the next push or `flush`.
 */
import { InzwaError } from '#kernel/errors.ts';

export interface ResamplerOptions {
  readonly fromHz: number;
  readonly toHz: number;
  /** End of the flat part as a share of the lower Nyquist frequency; the stopband begins at that frequency. @defaultValue 0.9 */
  readonly passband?: number;
}

/** Design attenuation; the tests hold it to 70 dB. */
const STOPBAND_DB = 80;
/** More phases than this need a table of megabytes: 22,050 -> 8,000 has 160. */
const MOST_PHASES = 1024;

/** The filters of one ratio, shared by all streams of that ratio. */
interface Phases {
  /** Inputs per output are `step / count`. */
  readonly count: number;
  readonly step: number;
  /** Taps on each side of an output's position. */
  readonly half: number;
  /** shape [count][2 * half] */
  readonly taps: Float32Array;
}

/** One stream. Not re-entrant. */
export class Resampler {
  readonly #phases: Phases;
  readonly #isIdentity: boolean;
  /** Input from `half - 1` samples before the next output's position on. */
  #input: Float32Array;
  #inputLength = 0;
  #output = new Float32Array(0);
  /** Where in #input the next output's window begins, and its phase. */
  #base = 0;
  #phase = 0;
  #taken = 0;
  #given = 0;

  constructor({ fromHz, toHz, passband = 0.9 }: ResamplerOptions) {
    this.#phases = phasesFor(fromHz, toHz, passband);
    this.#isIdentity = fromHz === toHz;
    this.#input = new Float32Array(4 * this.#phases.half);
    this.reset();
  }

  /** Samples of input that must follow a position before it comes out. */
  get delaySamples(): number {
    return this.#isIdentity ? 0 : this.#phases.half;
  }

  /** Converts what can be converted now. The result is a view of a reused buffer, valid until the next call. */
  push(samples: Float32Array): Float32Array {
    if (this.#isIdentity) return samples;
    this.#append(samples);
    this.#taken += samples.length;
    return this.#drain(Number.POSITIVE_INFINITY);
  }

  /** The rest of the stream, as if silence followed, up to ceil(input * toHz / fromHz) in all; then starts anew. */
  flush(): Float32Array {
    if (this.#isIdentity) return new Float32Array(0);
    const { count, step, half } = this.#phases;
    const whole = Math.ceil((this.#taken * count) / step);
    this.#append(new Float32Array(half + 1));
    const rest = this.#drain(whole - this.#given);
    this.reset();
    return rest;
  }

  /** Forgets the stream so far. */
  reset(): void {
    // Silence before the first sample, so that the first output has a whole window.
    this.#input.fill(0, 0, this.#phases.half);
    this.#inputLength = this.#phases.half - 1;
    this.#base = 0;
    this.#phase = 0;
    this.#taken = 0;
    this.#given = 0;
  }

  #append(samples: Float32Array): void {
    // What lies before the next window is never read again.
    const start = Math.min(this.#base, this.#inputLength);
    this.#input.copyWithin(0, start, this.#inputLength);
    this.#inputLength -= start;
    this.#base -= start;
    const needed = this.#inputLength + samples.length;
    if (needed > this.#input.length) {
      const grown = new Float32Array(Math.max(needed, 2 * this.#input.length));
      grown.set(this.#input.subarray(0, this.#inputLength));
      this.#input = grown;
    }
    this.#input.set(samples, this.#inputLength);
    this.#inputLength = needed;
  }

  #drain(most: number): Float32Array {
    const { count, step, half, taps } = this.#phases;
    const width = 2 * half;
    const possible = Math.floor(((this.#inputLength - width - this.#base + 1) * count - this.#phase + step - 1) / step);
    const outputs = Math.max(0, Math.min(most, possible));
    if (outputs > this.#output.length) this.#output = new Float32Array(Math.max(outputs, 2 * this.#output.length));
    const input = this.#input;
    const output = this.#output;
    let base = this.#base;
    let phase = this.#phase;
    for (let n = 0; n < outputs; n++) {
      // `half` is even, so four sums leave no rest; separate sums let the processor overlap the additions.
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      for (let at = base, tap = phase * width, end = base + width; at < end; at += 4, tap += 4) {
        a += (input[at] as number) * (taps[tap] as number);
        b += (input[at + 1] as number) * (taps[tap + 1] as number);
        c += (input[at + 2] as number) * (taps[tap + 2] as number);
        d += (input[at + 3] as number) * (taps[tap + 3] as number);
      }
      output[n] = a + b + (c + d);
      phase += step;
      base += Math.floor(phase / count);
      phase %= count;
    }
    this.#base = base;
    this.#phase = phase;
    this.#given += outputs;
    return output.subarray(0, outputs);
  }
}

/** All of a recording at once, in an array of its own. */
export function resample(samples: Float32Array, options: ResamplerOptions): Float32Array {
  const resampler = new Resampler(options);
  const head = resampler.push(samples).slice();
  const tail = resampler.flush();
  const out = new Float32Array(head.length + tail.length);
  out.set(head);
  out.set(tail, head.length);
  return out;
}

/** Designing 160 filters of 276 taps takes milliseconds: once per ratio and process. */
const designed = new Map<string, Phases>();

function phasesFor(fromHz: number, toHz: number, passband: number): Phases {
  const key = `${fromHz}:${toHz}:${passband}`;
  const known = designed.get(key);
  if (known) return known;
  const phases = designPhases(fromHz, toHz, passband);
  designed.set(key, phases);
  return phases;
}

function designPhases(fromHz: number, toHz: number, passband: number): Phases {
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const count = toHz / divisor;
  const step = fromHz / divisor;
  if (!(Number.isInteger(fromHz) && Number.isInteger(toHz) && fromHz > 0 && toHz > 0 && count <= MOST_PHASES)) {
    throw new InzwaError(
      'INZWA_SAMPLE_RATE',
      `cannot convert from ${fromHz} Hz to ${toHz} Hz: use whole, common rates`,
    );
  }
  const nyquistHz = Math.min(fromHz, toHz) / 2;
  const transition = ((1 - passband) * nyquistHz) / fromHz;
  // Kaiser's formula for the length of a filter: (A - 7.95) / (14.36 * transition width), transition in cycles per sample.
  const half = 2 * Math.ceil((STOPBAND_DB - 7.95) / (14.36 * transition) / 4);
  const cutoff = ((1 + passband) / 2) * (nyquistHz / fromHz);
  const beta = 0.1102 * (STOPBAND_DB - 8.7);
  const taps = new Float32Array(count * 2 * half);
  for (let phase = 0; phase < count; phase++) {
    const row = new Float64Array(2 * half);
    let sum = 0;
    for (let tap = 0; tap < row.length; tap++) {
      const distance = tap - (half - 1) - phase / count;
      const value = sinc(2 * cutoff * distance) * kaiser(distance / half, beta);
      row[tap] = value;
      sum += value;
    }
    // Every phase passes a constant unchanged, else a constant would hum at the output's phase rate.
    for (let tap = 0; tap < row.length; tap++) taps[phase * row.length + tap] = (row[tap] ?? 0) / sum;
  }
  return { count, step, half, taps };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number, beta: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel0(beta * Math.sqrt(1 - x * x)) / bessel0(beta);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
