/** A leg of another sample rate as a leg of 8 kHz, which is what the conversation hears and speaks. */
import { InzwaError } from '#kernel/errors.ts';
import type { AudioFormat, CallLeg, EndCause, LegEvent } from '../ports.ts';
import { Resampler } from './resampler.ts';

const RATE_HZ = 8_000;

/** The leg itself when it has 8 kHz already. Its sample rate must be a whole multiple of 8 kHz and its ptime the same. */
export function narrowband(leg: CallLeg): CallLeg {
  return leg.format.sampleRateHz === RATE_HZ ? leg : new NarrowbandLeg(leg);
}

class NarrowbandLeg implements CallLeg {
  readonly callId: string;
  readonly format: AudioFormat;
  readonly #leg: CallLeg;
  readonly #ratio: number;
  readonly #frameSamples: number;
  readonly #down: FrameResampler;
  readonly #up: FrameResampler;

  constructor(leg: CallLeg) {
    this.#leg = leg;
    this.callId = leg.callId;
    this.format = { sampleRateHz: RATE_HZ, ptimeMs: leg.format.ptimeMs };
    this.#ratio = leg.format.sampleRateHz / RATE_HZ;
    this.#frameSamples = (RATE_HZ * leg.format.ptimeMs) / 1_000;
    this.#down = new FrameResampler(leg.format, this.format);
    this.#up = new FrameResampler(this.format, leg.format);
  }

  attach(sink: (event: LegEvent) => void): void {
    this.#leg.attach((event) => {
      if (event.kind === 'frame') sink({ ...event, pcm: this.#down.convert(event.pcm) });
      else if (event.kind === 'gap') sink({ ...event, samples: event.samples / this.#ratio });
      else sink(event);
    });
  }

  send(frame: Int16Array): void {
    if (frame.length !== this.#frameSamples) {
      throw new InzwaError(
        'INZWA_FRAME_LENGTH',
        `call ${this.callId}: a frame of ${frame.length} samples was sent; the leg takes exactly ${this.#frameSamples}`,
      );
    }
    this.#leg.send(this.#up.convert(frame));
  }

  mark(name: string): void {
    this.#leg.mark(name);
  }

  async clear(): Promise<number | undefined> {
    const unplayed = await this.#leg.clear();
    return unplayed === undefined ? undefined : unplayed / this.#ratio;
  }

  get unsentMs(): number {
    return this.#leg.unsentMs;
  }

  hangUp(cause: EndCause): Promise<void> {
    return this.#leg.hangUp(cause);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leg[Symbol.asyncDispose]();
  }
}

/** Frame in, frame out: the filter's delay (a few milliseconds) is silence in front of the first frame. */
class FrameResampler {
  readonly #resampler: Resampler;
  readonly #input: Float32Array;
  readonly #frame: Int16Array;
  /** Converted samples that wait for the frame to be full; the filter's delay is in it from the start. */
  readonly #waiting: Float32Array;
  #filled: number;

  constructor(from: AudioFormat, to: AudioFormat) {
    const samplesOf = ({ sampleRateHz, ptimeMs }: AudioFormat): number => (sampleRateHz * ptimeMs) / 1_000;
    this.#resampler = new Resampler({ fromHz: from.sampleRateHz, toHz: to.sampleRateHz });
    this.#input = new Float32Array(samplesOf(from));
    this.#frame = new Int16Array(samplesOf(to));
    this.#filled = Math.ceil((this.#resampler.delaySamples * to.sampleRateHz) / from.sampleRateHz) + 1;
    this.#waiting = new Float32Array(2 * this.#frame.length + this.#filled);
  }

  /** The result is reused at the next call. */
  convert(pcm: Int16Array): Int16Array {
    for (let i = 0; i < this.#input.length; i++) this.#input[i] = (pcm[i] ?? 0) / 32_768;
    const converted = this.#resampler.push(this.#input);
    this.#waiting.set(converted, this.#filled);
    this.#filled += converted.length;
    for (let i = 0; i < this.#frame.length; i++) {
      this.#frame[i] = Math.max(-32_768, Math.min(32_767, Math.round((this.#waiting[i] ?? 0) * 32_768)));
    }
    this.#waiting.copyWithin(0, this.#frame.length, this.#filled);
    this.#filled -= this.#frame.length;
    return this.#frame;
  }
}
