/** The caller's ear: what was played to it, sample by sample, and where in it there was sound. */
import { isAudibleStep, STEP_SAMPLES } from './audible.ts';
import { Tape } from './tape.ts';

const SAMPLES_PER_MS = 8;
const STEP_MS = STEP_SAMPLES / SAMPLES_PER_MS;

export class Ear {
  readonly tape = new Tape();
  readonly #startedAtMs: number;
  /** One entry for each 5 ms: true where it can be heard. */
  readonly #audible: boolean[] = [];

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  /** Takes one whole frame; returns true when none of it can be heard. */
  hear(frame: Int16Array): boolean {
    this.tape.append(frame);
    let isSilent = true;
    for (let at = 0; at < frame.length; at += STEP_SAMPLES) {
      const isAudible = isAudibleStep(frame, at);
      this.#audible.push(isAudible);
      if (isAudible) isSilent = false;
    }
    return isSilent;
  }

  /** The first audible moment at or after `atMs`. */
  audibleAfter(atMs: number): number | undefined {
    for (let step = this.#stepAt(atMs); step < this.#audible.length; step++) {
      if (this.#audible[step]) return this.#timeOf(step);
    }
    return undefined;
  }

  /** The start of the silence that reaches to now, but not before `notBeforeMs`; undefined when there is sound now. */
  quietSince(notBeforeMs: number): number | undefined {
    const first = this.#stepAt(notBeforeMs);
    let step = this.#audible.length;
    while (step > first && !this.#audible[step - 1]) step--;
    return step < this.#audible.length ? this.#timeOf(step) : undefined;
  }

  /** The moment up to which the ear has heard. */
  get heardUpToMs(): number {
    return this.#timeOf(this.#audible.length);
  }

  #stepAt(atMs: number): number {
    return Math.max(0, Math.ceil((atMs - this.#startedAtMs) / STEP_MS));
  }

  #timeOf(step: number): number {
    return this.#startedAtMs + step * STEP_MS;
  }
}
