/** A leg that lets a recording listen once its caller has agreed. It changes nothing of what goes through it. */
import type { AudioFormat, CallLeg, EndCause, LegEvent } from '#pipeline/ports.ts';
import type { StereoMix } from './stereo-mix.ts';

export class TappedLeg implements CallLeg {
  readonly callId: string;
  readonly format: AudioFormat;
  readonly #leg: CallLeg;
  readonly #onOver: () => void;
  #mix: StereoMix | undefined;
  #endRecording: () => void = () => undefined;

  constructor(leg: CallLeg, onOver: () => void) {
    this.#leg = leg;
    this.callId = leg.callId;
    this.format = leg.format;
    this.#onOver = onOver;
  }

  get isRecorded(): boolean {
    return this.#mix !== undefined;
  }

  /** `onEnd` is called when the call is over. */
  record(mix: StereoMix, onEnd: () => void): void {
    this.#mix = mix;
    this.#endRecording = onEnd;
  }

  attach(sink: (event: LegEvent) => void): void {
    this.#leg.attach((event) => {
      if (event.kind === 'frame') this.#mix?.heard(event.pcm);
      else if (event.kind === 'gap') this.#mix?.lost(event.samples);
      else if (event.kind === 'ended') this.#over();
      sink(event);
    });
  }

  send(frame: Int16Array): void {
    this.#leg.send(frame);
    this.#mix?.said(frame);
  }

  mark(name: string): void {
    this.#leg.mark(name);
  }

  clear(): Promise<number | undefined> {
    this.#mix?.cleared();
    return this.#leg.clear();
  }

  get unsentMs(): number {
    return this.#leg.unsentMs;
  }

  async hangUp(cause: EndCause): Promise<void> {
    this.#over();
    await this.#leg.hangUp(cause);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over();
    await this.#leg[Symbol.asyncDispose]();
  }

  #over(): void {
    this.#endRecording();
    this.#onOver();
  }
}
