/** The hiss of an idle line, so that a silent agent does not sound like a dead one. */
import { InzwaError } from '#kernel/errors.ts';

export interface ComfortNoiseOptions {
  /**
   * RMS in dB below a full-scale square wave, -80 to -50; above -55 a telephone's listener may take it for sound.
   * @defaultValue -65
   */
  readonly levelDbfs?: number;
  /** @defaultValue 1 */
  readonly seed?: number;
}

const DEFAULTS = { levelDbfs: -65, seed: 1 } as const satisfies ComfortNoiseOptions;

/**
 * One pole and a zero at 0 Hz: 9 dB from 300 to 3400 Hz, falling gently as a room's noise does on a line, and no offset.
 * Flat noise sounds like rain.
 */
const POLE = 0.5;
const OFFSET_POLE = 0.95;

/** Four bytes of one random number, less their mean: near enough to a bell curve, and no look-up. */
const MEAN = 4 * 127.5;
const VARIANCE = (4 * (256 * 256 - 1)) / 12;

/** Noise that begins to repeat after 4,294,967,295 samples, six days. Nothing is allocated after construction. */
export class ComfortNoise {
  readonly #gain: number;
  #state: number;
  /** The low-pass filter's and the offset's; as two fields they left 1.5 kB of garbage a frame (measured). */
  readonly #memory = new Float64Array(2);

  constructor(options: ComfortNoiseOptions = {}) {
    const { levelDbfs, seed } = { ...DEFAULTS, ...options };
    if (!(levelDbfs >= -80 && levelDbfs <= -50)) {
      throw new InzwaError('INZWA_CONFIG_INVALID', `comfort noise of ${levelDbfs} dBFS: choose from -80 to -50`);
    }
    this.#gain = (32_768 * 10 ** (levelDbfs / 20)) / Math.sqrt(VARIANCE * shapePower());
    // Xorshift has one state that it never leaves: 0.
    this.#state = seed | 0 || 1;
  }

  /** Fills `out` with the noise's next samples, at 8000 Hz. */
  fill(out: Int16Array): void {
    for (let n = 0; n < out.length; n++) out[n] = Math.round(this.#shape(this.#random()) * this.#gain);
  }

  #shape(white: number): number {
    const lowPassed = white + POLE * (this.#memory[0] as number);
    const offset = this.#memory[1] as number;
    const shaped = lowPassed - offset;
    this.#memory[0] = lowPassed;
    this.#memory[1] = offset + (1 - OFFSET_POLE) * shaped;
    return shaped;
  }

  /** Marsaglia's xorshift, 32 bits. */
  #random(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x & 0xff) + ((x >>> 8) & 0xff) + ((x >>> 16) & 0xff) + (x >>> 24) - MEAN;
  }
}

/** The shape's power for white noise of power 1: the energy of its answer to a single sample. */
function shapePower(): number {
  let [lowPassed, offset, power] = [0, 0, 0];
  for (let n = 0; n < 1_000; n++) {
    lowPassed = (n === 0 ? 1 : 0) + POLE * lowPassed;
    const shaped = lowPassed - offset;
    offset += (1 - OFFSET_POLE) * shaped;
    power += shaped * shaped;
  }
  return power;
}
