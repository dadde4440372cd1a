/** What one window of 20 ms holds of the eight DTMF frequencies. It decides nothing and remembers only the last window. */
import { DTMF_HIGH_HZ, DTMF_LOW_HZ } from './dtmf-tones.ts';

const RATE_HZ = 8_000;
/** 20 ms: short enough to lie wholly inside a pause of 23 ms, which ends a key press (ITU-T Q.24). */
const WINDOW_SAMPLES = 160;
/** 5 ms: a tone of 40 ms holds four windows and more wherever it begins. */
export const HOP_SAMPLES = 40;

const FREQUENCIES_HZ: readonly number[] = [...DTMF_LOW_HZ, ...DTMF_HIGH_HZ];
const LOWS = DTMF_LOW_HZ.length;

/** Hann: at 268 Hz, the least distance between a low and a high tone, it lets through less than -50 dB. */
const HANN = Float64Array.from(
  { length: WINDOW_SAMPLES },
  (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / WINDOW_SAMPLES),
);
const SUM = HANN.reduce((sum, weight) => sum + weight, 0);
const SQUARES = HANN.reduce((sum, weight) => sum + weight * weight, 0);

const COSINES = FREQUENCIES_HZ.map((hz) => windowed(Math.cos, hz));
const SINES = FREQUENCIES_HZ.map((hz) => windowed(Math.sin, hz));
/** How far the phase of a tone that is exact turns from one window to the next. */
const TURNS = FREQUENCIES_HZ.map((hz) => (2 * Math.PI * hz * HOP_SAMPLES) / RATE_HZ);

function windowed(wave: (angle: number) => number, hz: number): Float32Array {
  return Float32Array.from(HANN, (weight, n) => weight * wave((2 * Math.PI * hz * n) / RATE_HZ));
}

/** Powers are mean squares of samples scaled to [-1, 1). Call `push` for each hop of 40 samples; all figures change with it. */
export class DtmfSpectrum {
  /** Of the whole window, whatever is in it. */
  totalPower = 0;
  /** The strongest row and column, 0 to 3. */
  row = 0;
  column = 0;
  /** Distance of the two tones from their nominal frequencies, by their phase since the last window: (-100, 100]. */
  lowOffsetHz = 0;
  highOffsetHz = 0;
  lowPower = 0;
  highPower = 0;

  readonly #samples = new Float32Array(WINDOW_SAMPLES);
  #real = new Float64Array(FREQUENCIES_HZ.length);
  #imaginary = new Float64Array(FREQUENCIES_HZ.length);
  #lastReal = new Float64Array(FREQUENCIES_HZ.length);
  #lastImaginary = new Float64Array(FREQUENCIES_HZ.length);

  /** Moves the window on by HOP_SAMPLES from `at`; below `floorPower` only the total is measured and false returned. */
  push(frame: Int16Array, at: number, floorPower: number): boolean {
    const samples = this.#samples;
    samples.copyWithin(0, HOP_SAMPLES);
    for (let n = 0; n < HOP_SAMPLES; n++) {
      samples[WINDOW_SAMPLES - HOP_SAMPLES + n] = (frame[at + n] as number) / 32_768;
    }
    let energy = 0;
    for (let n = 0; n < WINDOW_SAMPLES; n++) energy += ((samples[n] as number) * (HANN[n] as number)) ** 2;
    this.totalPower = energy / SQUARES;
    [this.#real, this.#lastReal] = [this.#lastReal, this.#real];
    [this.#imaginary, this.#lastImaginary] = [this.#lastImaginary, this.#imaginary];
    if (this.totalPower < floorPower) {
      this.#real.fill(0);
      this.#imaginary.fill(0);
      return false;
    }
    this.#transform();
    this.#pick();
    return true;
  }

  /** Power at a row's and a column's nominal frequencies, both together. */
  powerAt(row: number, column: number): number {
    return this.#power(row) + this.#power(LOWS + column);
  }

  reset(): void {
    this.#samples.fill(0);
    this.#real.fill(0);
    this.#imaginary.fill(0);
  }

  #transform(): void {
    const samples = this.#samples;
    for (let k = 0; k < FREQUENCIES_HZ.length; k++) {
      const cosines = COSINES[k] as Float32Array;
      const sines = SINES[k] as Float32Array;
      let real = 0;
      let imaginary = 0;
      for (let n = 0; n < WINDOW_SAMPLES; n++) {
        const sample = samples[n] as number;
        real += sample * (cosines[n] as number);
        imaginary -= sample * (sines[n] as number);
      }
      this.#real[k] = real;
      this.#imaginary[k] = imaginary;
    }
  }

  #pick(): void {
    const low = this.#strongest(0, LOWS);
    const high = this.#strongest(LOWS, FREQUENCIES_HZ.length);
    this.row = low;
    this.column = high - LOWS;
    this.lowOffsetHz = this.#offsetHz(low);
    this.highOffsetHz = this.#offsetHz(high);
    this.lowPower = this.#power(low) / response(this.lowOffsetHz);
    this.highPower = this.#power(high) / response(this.highOffsetHz);
  }

  #strongest(from: number, to: number): number {
    let best = from;
    for (let k = from + 1; k < to; k++) if (this.#power(k) > this.#power(best)) best = k;
    return best;
  }

  #power(k: number): number {
    const real = this.#real[k] as number;
    const imaginary = this.#imaginary[k] as number;
    return (2 * (real * real + imaginary * imaginary)) / (SUM * SUM);
  }

  /** A frequency from two phases is good to 2 Hz at 10 dB of noise; from the height of a line alone it would take 100 ms. */
  #offsetHz(k: number): number {
    const real = this.#real[k] as number;
    const imaginary = this.#imaginary[k] as number;
    const lastReal = this.#lastReal[k] as number;
    const lastImaginary = this.#lastImaginary[k] as number;
    const turn = Math.atan2(imaginary * lastReal - real * lastImaginary, real * lastReal + imaginary * lastImaginary);
    const beyond = turn - (TURNS[k] as number);
    const wrapped = beyond - 2 * Math.PI * Math.round(beyond / (2 * Math.PI));
    return (wrapped * RATE_HZ) / (2 * Math.PI * HOP_SAMPLES);
  }
}

/** What the window leaves of the power of a tone that lies beside the frequency looked at. */
function response(offsetHz: number): number {
  const bins = (offsetHz * WINDOW_SAMPLES) / RATE_HZ;
  const x = Math.PI * bins;
  // The window's transform has a hole at one bin that its limit fills; offsets that count are below 0.9.
  if (Math.abs(bins) < 1e-3) return 1;
  if (Math.abs(bins) > 0.99) return 0.25;
  return (Math.sin(x) / (x * (1 - bins * bins))) ** 2;
}
