/** The caller's mouth: what is to be said, frame by frame, over the noise of the line. */
import { voicedSpan } from './audible.ts';
import { Line, type LineProfile } from './line-profile.ts';
import type { Spoken } from './phone-call.ts';
import { Tape } from './tape.ts';

const SAMPLES_PER_MS = 8;

interface Utterance {
  readonly pcm: Int16Array;
  spokenSamples: number;
  startSample: number;
  resolve(spoken: Spoken): void;
  reject(error: Error): void;
}

export class Mouth {
  readonly tape = new Tape();
  readonly #startedAtMs: number;
  readonly #line: Line;
  readonly #queue: Utterance[] = [];

  constructor(startedAtMs: number, profile: LineProfile) {
    this.#startedAtMs = startedAtMs;
    this.#line = new Line(profile);
  }

  say(pcm: Int16Array): Promise<Spoken> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ pcm: pcm.slice(), spokenSamples: 0, startSample: 0, resolve, reject });
    });
  }

  /** Fills the next frame and records it; returns false when the line loses it. */
  speak(frame: Int16Array): boolean {
    frame.fill(0);
    let filled = 0;
    const finished: Utterance[] = [];
    for (let head = this.#queue[0]; head && filled < frame.length; head = this.#queue[0]) {
      if (head.spokenSamples === 0) head.startSample = this.tape.length + filled;
      const part = head.pcm.subarray(head.spokenSamples, head.spokenSamples + frame.length - filled);
      frame.set(part, filled);
      filled += part.length;
      head.spokenSamples += part.length;
      if (head.spokenSamples < head.pcm.length) break;
      this.#queue.shift();
      finished.push(head);
    }
    this.#line.addNoise(frame);
    this.tape.append(frame);
    for (const utterance of finished) utterance.resolve(this.#timesOf(utterance));
    return !this.#line.losesFrame();
  }

  /** What was not said by now never will be. */
  close(why: Error): void {
    for (const utterance of this.#queue.splice(0)) utterance.reject(why);
  }

  #timesOf({ pcm, startSample }: Utterance): Spoken {
    const at = (sample: number): number => this.#startedAtMs + (startSample + sample) / SAMPLES_PER_MS;
    const voiced = voicedSpan(pcm);
    return {
      startAtMs: at(0),
      endAtMs: at(pcm.length),
      firstVoicedAtMs: at(voiced?.from ?? 0),
      lastVoicedAtMs: at(voiced?.to ?? pcm.length),
    };
  }
}
