/**
 * Whisper's log-mel spectrogram: 25 ms Hann windows every 10 ms, Slaney mel bands up to 8 kHz. Telephone audio of 8 kHz is
 * not upsampled for it: a 200-point transform there has the same 40 Hz bins as a 400-point transform of the ideally
 * upsampled signal, whose bins above 4 kHz are empty. That halves the work and adds no filter's ripple.
 */
import { RealFft } from './real-fft.ts';

/** Whisper's own rate: the mel bands cover 0 to half of it. */
const MODEL_RATE_HZ = 16000;
/** Floor of the power before the logarithm. */
const MIN_POWER = 1e-10;
/** What lies more than 80 dB under the loudest band of the window is cut off there. */
const DYNAMIC_LOG10 = 8;

interface Band {
  readonly firstBin: number;
  readonly weights: Float64Array;
}

/** One instance per input rate; buffers are reused, so no re-entrance. */
export class LogMel {
  readonly #window: Float64Array;
  readonly #frame: Float64Array;
  readonly #power: Float64Array;
  readonly #fft: RealFft;
  readonly #bands: readonly Band[];
  readonly #hopSamples: number;
  /** The power of a half-rate signal's bins is that of the full-rate one divided by the square of the rates' ratio. */
  readonly #gain: number;

  constructor(sampleRateHz: 8000 | 16000, melBands = 80) {
    const size = sampleRateHz / 40;
    this.#hopSamples = sampleRateHz / 100;
    this.#gain = (MODEL_RATE_HZ / sampleRateHz) ** 2;
    this.#window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
    this.#frame = new Float64Array(size);
    this.#power = new Float64Array(size / 2 + 1);
    this.#fft = new RealFft(size);
    this.#bands = slaneyBands(melBands, this.#power.length);
  }

  /**
   * PCM16 (fractions allowed) -> log-mel, row-major [melBands, frames] in a new array. The audio stands at the window's start
   * and silence fills the rest; frames past the audio cost nothing.
   */
  compute(pcm: ArrayLike<number>, frames: number): Float32Array {
    const bands = this.#bands;
    const mel = new Float32Array(bands.length * frames);
    const floor = Math.log10(MIN_POWER);
    mel.fill(floor);
    const half = this.#window.length / 2;
    const voiced = Math.min(frames, Math.ceil((pcm.length + half) / this.#hopSamples));
    let peak = floor;
    for (let t = 0; t < voiced; t++) {
      this.#load(pcm, t * this.#hopSamples - half, frames * this.#hopSamples);
      this.#fft.power(this.#frame, this.#power);
      for (let m = 0; m < bands.length; m++) {
        const band = bands[m];
        if (band === undefined) continue;
        let energy = 0;
        for (let i = 0; i < band.weights.length; i++) {
          energy += (band.weights[i] ?? 0) * (this.#power[band.firstBin + i] ?? 0);
        }
        const value = Math.log10(Math.max(MIN_POWER, energy * this.#gain));
        mel[m * frames + t] = value;
        if (value > peak) peak = value;
      }
    }
    const lowest = peak - DYNAMIC_LOG10;
    for (let i = 0; i < mel.length; i++) mel[i] = (Math.max(mel[i] ?? 0, lowest) + 4) / 4;
    return mel;
  }

  /** One windowed frame, reflected at both ends of the (silence-filled) window as `center=True` does. */
  #load(pcm: ArrayLike<number>, start: number, windowSamples: number): void {
    const frame = this.#frame;
    for (let i = 0; i < frame.length; i++) {
      let at = start + i;
      if (at < 0) at = -at;
      else if (at >= windowSamples) at = 2 * (windowSamples - 1) - at;
      frame[i] = ((pcm[at] ?? 0) / 32768) * (this.#window[i] ?? 0);
    }
  }
}

/** librosa's `htk=False`: linear up to 1 kHz, logarithmic above. */
function melToHz(mel: number): number {
  return mel < 15 ? (mel * 200) / 3 : 1000 * Math.exp((mel - 15) * (Math.log(6.4) / 27));
}

function hzToMel(hz: number): number {
  return hz < 1000 ? (hz * 3) / 200 : 15 + Math.log(hz / 1000) / (Math.log(6.4) / 27);
}

/** librosa's `norm='slaney'` triangles over bins of 40 Hz, cut at `bins` (bands above a lower rate's Nyquist stay empty). */
function slaneyBands(count: number, bins: number): readonly Band[] {
  const top = hzToMel(MODEL_RATE_HZ / 2);
  const edges = Array.from({ length: count + 2 }, (_, i) => melToHz((top * i) / (count + 1)));
  return Array.from({ length: count }, (_, m) => {
    const [low = 0, centre = 0, high = 0] = edges.slice(m, m + 3);
    const weightOf = (bin: number): number => {
      const hz = bin * 40;
      return (Math.max(0, Math.min((hz - low) / (centre - low), (high - hz) / (high - centre))) * 2) / (high - low);
    };
    const firstBin = Math.min(bins, Math.floor(low / 40) + 1);
    const endBin = Math.min(bins, Math.ceil(high / 40));
    return {
      firstBin,
      weights: Float64Array.from({ length: Math.max(0, endBin - firstBin) }, (_, i) => weightOf(firstBin + i)),
    };
  });
}
