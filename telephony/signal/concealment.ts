/**
 * Fills lost frames with what the voice would probably have said (after ITU-T G.711 Appendix I), without the Appendix's
 * delay of 3.75 ms. It holds good audio back so that the joint to the first lost frame can be blended inside the good
 * one; here the joint lies in the lost frame: what the repeated pitch period lacks to the last sample heard rings out as
 * the voice's resonances would let it. Measured on five synthetic voices reading Shona and English, 5 % lost in bursts, as
 * log-spectral distance over all that a loss touches: silence 8.5 dB, the last frame repeated 5.9, the Appendix with its
 * delay 5.2, this 4.5. tests/bench/signal.ts repeats it on speech without words.
 */
import { LONGEST_PERIOD, pitchPeriod, Ringing } from './extrapolation.ts';

/** 10 ms at 8000 Hz. */
const STEP_SAMPLES = 80;
/** Appendix I: after 60 ms nobody can tell how the word goes on. */
const CONCEALED_SAMPLES = 6 * STEP_SAMPLES;
/** Appendix I: full level for 10 ms, then a fifth of it less every 10 ms. */
const FADE_PER_STEP = 0.2;

/**
 * Repeating one period for long buzzes, so one more is taken for each 20 ms, up to three. The Appendix takes one more for
 * each 10 ms; later the repeated audio is younger, which is 0.3 dB nearer to the original.
 */
const SAMPLES_PER_PERIOD = 2 * STEP_SAMPLES;
const MOST_PERIODS = 3;
/** Three of the longest periods and a quarter of one, to blend the pattern's end into its beginning. */
const HISTORY_SAMPLES = MOST_PERIODS * LONGEST_PERIOD + LONGEST_PERIOD / 4;

const RINGING_SAMPLES = 30;
/** The Appendix blends up to 10 ms into the frame after a loss; what was received is truer than any guess. */
const RETURN_SAMPLES = 24;

/** One line's concealment, at 8000 Hz. Nothing is allocated after construction. */
export class Concealer {
  /** What was handed on, concealed frames included. */
  readonly #history = new Float64Array(HISTORY_SAMPLES);
  /** The history when the loss began. */
  readonly #before = new Float64Array(HISTORY_SAMPLES);
  /** The same, its end blended so that its last periods can be repeated. */
  readonly #pattern = new Float64Array(HISTORY_SAMPLES);
  readonly #ringing = new Ringing();
  readonly #rung = new Float64Array(RINGING_SAMPLES);
  /** The old pattern's continuation while a longer one takes over. */
  readonly #tail = new Float64Array(LONGEST_PERIOD / 4);
  #lostSamples = 0;
  #period = LONGEST_PERIOD;
  #periods = 1;
  #position = 0;

  /** A good frame, before it is handed on: after a loss its first 3 ms are blended, in place, with what was guessed. */
  hear(frame: Int16Array): void {
    if (this.#lostSamples > 0) this.#blendInto(frame);
    this.#remember(frame);
  }

  /** Fills `out` in place of a lost frame. False, and silence, once 60 ms in a row have been filled. */
  conceal(out: Int16Array): boolean {
    if (this.#lostSamples >= CONCEALED_SAMPLES) {
      out.fill(0);
      this.#remember(out);
      return false;
    }
    const isFirst = this.#lostSamples === 0;
    if (isFirst) this.#begin();
    const blended = isFirst ? 0 : this.#lengthen();
    for (let n = 0; n < out.length; n++) {
      let sample = this.#next();
      if (isFirst && n < RINGING_SAMPLES) sample += blend(this.#rung[n] as number, 0, n, RINGING_SAMPLES);
      if (n < blended) sample = blend(this.#tail[n] as number, sample, n, blended);
      out[n] = toPcm16(sample * this.#gain());
      this.#lostSamples += 1;
    }
    this.#remember(out);
    return true;
  }

  /** Forgets the line: what follows has nothing to do with what was heard. */
  reset(): void {
    this.#history.fill(0);
    this.#lostSamples = 0;
  }

  #begin(): void {
    this.#before.set(this.#history);
    this.#period = pitchPeriod(this.#before);
    this.#position = 0;
    this.#repeat(1);
    this.#ringing.after(this.#before, this.#period, this.#rung);
  }

  /** The pattern's last quarter of a period turns into what precedes its beginning: one joint less. */
  #repeat(periods: number): void {
    this.#periods = periods;
    this.#pattern.set(this.#before);
    const overlap = this.#overlap;
    const span = periods * this.#period;
    for (let n = 0; n < overlap; n++) {
      const at = HISTORY_SAMPLES - overlap + n;
      this.#pattern[at] = blend(this.#before[at] as number, this.#before[at - span] as number, n, overlap);
    }
  }

  /** Takes a longer pattern when the loss has lasted; returns over how many samples the old one must fade out. */
  #lengthen(): number {
    const periods = Math.min(MOST_PERIODS, 1 + Math.floor(this.#lostSamples / SAMPLES_PER_PERIOD));
    if (periods === this.#periods) return 0;
    const phase = this.#position % this.#period;
    for (let n = 0; n < this.#overlap; n++) this.#tail[n] = this.#next();
    this.#repeat(periods);
    this.#position = phase;
    return this.#overlap;
  }

  #blendInto(frame: Int16Array): void {
    const samples = Math.min(RETURN_SAMPLES, frame.length);
    const isFilled = this.#lostSamples < CONCEALED_SAMPLES;
    for (let n = 0; n < samples; n++) {
      const guess = isFilled ? this.#next() * this.#gain() : 0;
      frame[n] = toPcm16(blend(guess, frame[n] as number, n, samples));
      this.#lostSamples += 1;
    }
    this.#lostSamples = 0;
  }

  get #overlap(): number {
    return this.#period >> 2;
  }

  #next(): number {
    const span = this.#periods * this.#period;
    const sample = this.#pattern[HISTORY_SAMPLES - span + this.#position] as number;
    this.#position = (this.#position + 1) % span;
    return sample;
  }

  #gain(): number {
    const steps = this.#lostSamples / STEP_SAMPLES;
    return steps <= 1 ? 1 : Math.max(0, 1 - FADE_PER_STEP * (steps - 1));
  }

  #remember(frame: Int16Array): void {
    const history = this.#history;
    history.copyWithin(0, frame.length);
    for (let n = 0; n < frame.length; n++) history[HISTORY_SAMPLES - frame.length + n] = frame[n] as number;
  }
}

/** From `a` to `b` in a straight line, over `length` samples. */
function blend(a: number, b: number, n: number, length: number): number {
  const share = (n + 0.5) / length;
  return a + share * (b - a);
}

function toPcm16(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample)));
}
