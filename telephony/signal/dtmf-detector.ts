/**
 * Telephone keys as they sound (ITU-T Q.24), for lines that carry no telephone-event (RFC 4733). A press is two steady
 * tones and nothing else: the test of the total power covers what a test of second harmonics would, and is stricter.
 * Speech has pairs of such tones too, but not alone, not on frequency and not steady for 35 ms: in 540 minutes of speech
 * by ten synthetic voices at pitches of 0.75 to 1.5, no run of good windows was longer than 2; a press needs 4.
 */
import { DtmfSpectrum, HOP_SAMPLES } from './dtmf-spectrum.ts';
import { DTMF_HIGH_HZ, DTMF_KEYS, DTMF_LOW_HZ, type DtmfKey } from './dtmf-tones.ts';

export interface DtmfVerdict {
  /** The key whose press was recognised in this frame, 30 to 50 ms after it began; once for each press. */
  readonly digit?: DtmfKey;
  /** The frame holds, or may hold, a key's tone: nothing for a recogniser. */
  readonly isTone: boolean;
}

/** Q.24: within 1.5 % is a tone, beyond 3.5 % is none; between them it is free. */
const FREQUENCY_TOLERANCE = 0.025;
/** The high tone over the low one. Q.24 asks for -8 to 4 dB at least; telephones' microphones and cables add to it. */
const LEAST_TWIST = power(-10);
const MOST_TWIST = power(6);
/** -42 dBm0 each; Q.24's administrations ask for -24 to -29 dBm0. */
const LEAST_TONE_POWER = power(-48);
/** Of a window's power in the two tones: what is left may be noise or echo at -7.5 dB, or the codec. */
const LEAST_PURITY = 0.85;
/** Since the run began: a voice's harmonics glide by more. Noise at -10 dB moves a frequency by 2 Hz. */
const MOST_DRIFT_HZ = 8;
/** From one window to the next. */
const MOST_LEVEL_STEP = power(1.5);
/** 30 ms of tone, for the edges of a window weigh nothing: 40 ms always hold that many, 23 ms never do. */
const PRESS_HOPS = 4;

/** A press is over when its tones fall by 10 dB for three windows: a pause of 23 ms does that, one of 10 ms cannot. */
const RELEASED = power(-10);
const RELEASE_HOPS = 3;
/** Or when speech has taken its place for 40 ms; a lost frame or a jump of phase disturbs the windows for 20 ms. */
const HELD_PURITY = 0.5;
const BURIED_HOPS = 8;

const SILENT: DtmfVerdict = { isTone: false };
const TONE: DtmfVerdict = { isTone: true };
const PRESSES: readonly DtmfVerdict[] = DTMF_KEYS.map((digit) => ({ digit, isTone: true }));
const NO_KEY = -1;

function power(db: number): number {
  return 10 ** (db / 10);
}

/** One line's listener. Frames hold whole multiples of 5 ms at 8000 Hz; nothing is allocated after construction. */
export class DtmfDetector {
  readonly #spectrum = new DtmfSpectrum();
  /** The run of good windows that goes on: how many, the key, the first one's frequencies, the last one's power. */
  #run = 0;
  #runKey = NO_KEY;
  #lowOffsetHz = 0;
  #highOffsetHz = 0;
  #tonePower = 0;
  /** The press that goes on. */
  #pressed = NO_KEY;
  #pressPower = 0;
  #quietHops = 0;
  #buriedHops = 0;

  /** Frames in order, lost ones as they were concealed: a press then survives a loss of 60 ms. */
  hear(frame: Int16Array): DtmfVerdict {
    let verdict = SILENT;
    for (let at = 0; at + HOP_SAMPLES <= frame.length; at += HOP_SAMPLES) {
      const isMeasured = this.#spectrum.push(frame, at, LEAST_TONE_POWER);
      const isGood = isMeasured && this.#isGood();
      this.#count(isGood);
      const isHeld = this.#holds(isMeasured, isGood);
      if (this.#run >= PRESS_HOPS && this.#runKey !== this.#pressed) {
        this.#press();
        verdict = PRESSES[this.#pressed] as DtmfVerdict;
      } else if ((isGood || isHeld) && verdict === SILENT) {
        verdict = TONE;
      }
    }
    return verdict;
  }

  /** The line was silent, or sent nothing, for longer than a lost frame: the same key after it is a new press. */
  reset(): void {
    this.#spectrum.reset();
    this.#run = 0;
    this.#pressed = NO_KEY;
  }

  #isGood(): boolean {
    const { totalPower, row, column, lowOffsetHz, highOffsetHz, lowPower, highPower } = this.#spectrum;
    return (
      lowPower + highPower >= LEAST_PURITY * totalPower &&
      highPower >= LEAST_TWIST * lowPower &&
      highPower <= MOST_TWIST * lowPower &&
      lowPower >= LEAST_TONE_POWER &&
      highPower >= LEAST_TONE_POWER &&
      Math.abs(lowOffsetHz) <= FREQUENCY_TOLERANCE * (DTMF_LOW_HZ[row] as number) &&
      Math.abs(highOffsetHz) <= FREQUENCY_TOLERANCE * (DTMF_HIGH_HZ[column] as number)
    );
  }

  #count(isGood: boolean): void {
    if (!isGood) {
      this.#run = 0;
      return;
    }
    const { row, column, lowOffsetHz, highOffsetHz, lowPower, highPower } = this.#spectrum;
    const key = row * DTMF_HIGH_HZ.length + column;
    const tonePower = lowPower + highPower;
    const isSteady =
      this.#run > 0 &&
      key === this.#runKey &&
      Math.abs(lowOffsetHz - this.#lowOffsetHz) <= MOST_DRIFT_HZ &&
      Math.abs(highOffsetHz - this.#highOffsetHz) <= MOST_DRIFT_HZ &&
      tonePower <= MOST_LEVEL_STEP * this.#tonePower &&
      this.#tonePower <= MOST_LEVEL_STEP * tonePower;
    this.#tonePower = tonePower;
    if (isSteady) {
      this.#run += 1;
      return;
    }
    this.#run = 1;
    this.#runKey = key;
    this.#lowOffsetHz = lowOffsetHz;
    this.#highOffsetHz = highOffsetHz;
  }

  #press(): void {
    this.#pressed = this.#runKey;
    this.#pressPower = this.#keyPower();
    this.#quietHops = 0;
    this.#buriedHops = 0;
  }

  /** True while the press that was recognised still sounds in this window; notices its end. */
  #holds(isMeasured: boolean, isGood: boolean): boolean {
    if (this.#pressed === NO_KEY) return false;
    const keyPower = isMeasured ? this.#keyPower() : 0;
    // A tone that fades without a pause is still the same press.
    if (isGood && this.#runKey === this.#pressed) this.#pressPower = keyPower;
    const isQuiet = keyPower < RELEASED * this.#pressPower;
    const isBuried = keyPower < HELD_PURITY * this.#spectrum.totalPower;
    this.#quietHops = isQuiet ? this.#quietHops + 1 : 0;
    this.#buriedHops = isBuried ? this.#buriedHops + 1 : 0;
    if (this.#quietHops >= RELEASE_HOPS || this.#buriedHops >= BURIED_HOPS) this.#pressed = NO_KEY;
    return !isQuiet && !isBuried;
  }

  #keyPower(): number {
    const columns = DTMF_HIGH_HZ.length;
    return this.#spectrum.powerAt(Math.floor(this.#pressed / columns), this.#pressed % columns);
  }
}
