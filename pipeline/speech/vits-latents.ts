/** The latent frames of one text, which the decoder turns into sound: computed no further than they are asked for. */
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { floatOutput } from './vits-graph.ts';

export interface FlowSession {
  readonly session: InferenceSession;
  readonly priorName: string;
  readonly maskName: string | undefined;
  readonly latentName: string;
}

/**
 * Prior frames on each side that a latent frame depends on: four coupling layers of four convolutions that reach two frames
 * far, as every published VITS has. Measured on en_US-joe-medium: from 32 on the difference to the whole is that of float32.
 */
export const FLOW_MARGIN_FRAMES = 32;
/** How far the flow runs ahead once something is heard: its margins cost 64 frames each time that it runs. */
const FLOW_STEP_FRAMES = 192;

export class Latents {
  readonly frames: number;
  readonly #source: Tensor;
  readonly #channels: number;
  readonly #flow: FlowSession | undefined;
  /** Frames that exist. */
  #made: number;
  #latent: Float32Array;

  /** `source`: the prior when there is a flow to run, otherwise the latent itself; shape [1, channels, frames]. */
  constructor(source: Tensor, flow: FlowSession | undefined) {
    const [, channels = 0, frames = 0] = source.dims;
    this.#source = source;
    this.#channels = channels;
    this.frames = frames;
    this.#flow = flow;
    this.#made = flow ? 0 : frames;
    this.#latent = flow ? new Float32Array(channels * frames) : (source.data as Float32Array);
  }

  /** Frames [from, to), shape [1, channels, to - from], in a tensor of its own. */
  async slice(from: number, to: number): Promise<Tensor> {
    if (this.#flow && this.#made < to) await this.#makeUntil(to, this.#flow);
    return framesOf(this.#latent, this.#channels, from, to);
  }

  async #makeUntil(wanted: number, { session, priorName, maskName, latentName }: FlowSession): Promise<void> {
    const from = this.#made;
    // The very first frames are what a caller waits for.
    const to = from === 0 ? wanted : Math.min(this.frames, Math.max(wanted, from + FLOW_STEP_FRAMES));
    const start = Math.max(0, from - FLOW_MARGIN_FRAMES);
    const end = Math.min(this.frames, to + FLOW_MARGIN_FRAMES);
    const length = end - start;
    const outputs = await session.run({
      [priorName]: framesOf(this.#source.data as Float32Array, this.#channels, start, end),
      // One text alone: no frame is there only to make it as long as another.
      ...(maskName !== undefined && {
        [maskName]: new Tensor('float32', new Float32Array(length).fill(1), [1, 1, length]),
      }),
    });
    const made = floatOutput(outputs, latentName);
    for (let channel = 0; channel < this.#channels; channel++) {
      const row = made.subarray(channel * length + from - start, channel * length + to - start);
      this.#latent.set(row, channel * this.frames + from);
    }
    this.#made = to;
  }
}

/** Frames [from, to) of data of shape [1, channels, frames]. */
function framesOf(data: Float32Array, channels: number, from: number, to: number): Tensor {
  const frames = data.length / channels;
  const slice = new Float32Array(channels * (to - from));
  for (let channel = 0; channel < channels; channel++) {
    slice.set(data.subarray(channel * frames + from, channel * frames + to), channel * (to - from));
  }
  return new Tensor('float32', slice, [1, channels, to - from]);
}
