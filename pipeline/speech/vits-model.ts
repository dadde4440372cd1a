/**
 * A VITS graph as a source of raw audio: whole, or cut where its decoder begins, so that the first third of a second is
 * ready after the encoder and a tenth of the decoder's work. Raw: no trimming, no level.
 */
import { readFile } from 'node:fs/promises';
import { setImmediate as nextLoop } from 'node:timers/promises';
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { splitAtDecoder } from './graph-split.ts';
import { floatOutput, openGraph, vitsFeeds, type VitsScales } from './vits-graph.ts';

export interface VitsModel {
  /** Samples in [-1, 1] in order; looks at the signal and yields to the event loop between pieces. */
  pieces(ids: readonly number[], scales: VitsScales, signal: AbortSignal): AsyncGenerator<Float32Array>;
  release(): Promise<void>;
}

/**
 * Latent frames on each side that a piece of audio depends on. Measured on en_US-joe-medium: with 8 the difference to the
 * whole is -64 dB, from 10 on -122 dB (rounding of float32). The larger residual blocks of MMS reach 13.2 frames.
 */
export const DECODER_MARGIN_FRAMES = 16;
/** Frames of the first pieces (11.6 ms each at 22,050 Hz, 16 ms at 16 kHz), the last figure for all that follow. */
export const PIECE_FRAMES: readonly number[] = [32, 64, 192];

export interface VitsModelOptions {
  readonly threads: number;
  /** False runs the graph in one go, as the measure of what splitting changes. @defaultValue true */
  readonly isSplit?: boolean;
}

/** Opens the model file; one whose decoder cannot be told apart is run whole. */
export async function openVitsModel(path: string, { threads, isSplit = true }: VitsModelOptions): Promise<VitsModel> {
  const file = await readFile(path).catch((error: unknown) => {
    throw new InzwaError('INZWA_VOICE_MODEL', `the voice model cannot be read: ${messageOf(error)}`, { cause: error });
  });
  const split = isSplit ? trySplit(file) : undefined;
  if (split === undefined) return new WholeModel(await openGraph(file, path, threads));
  const encoder = await openGraph(split.encoder, path, threads);
  return new SplitModel(encoder, await openGraph(split.decoder, path, threads), split.latentName);
}

function trySplit(file: Uint8Array): ReturnType<typeof splitAtDecoder> {
  try {
    return splitAtDecoder(file);
  } catch (error) {
    // Not a protobuf at all: ONNX Runtime says so in a better sentence.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class WholeModel implements VitsModel {
  readonly #session: InferenceSession;

  constructor(session: InferenceSession) {
    this.#session = session;
  }

  async *pieces(ids: readonly number[], scales: VitsScales, signal: AbortSignal): AsyncGenerator<Float32Array> {
    signal.throwIfAborted();
    const outputs = await this.#session.run(vitsFeeds(this.#session.inputNames, ids, scales));
    yield floatOutput(outputs, this.#session.outputNames[0]);
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

class SplitModel implements VitsModel {
  readonly #encoder: InferenceSession;
  readonly #decoder: InferenceSession;
  readonly #latentName: string;

  constructor(encoder: InferenceSession, decoder: InferenceSession, latentName: string) {
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#latentName = latentName;
  }

  async *pieces(ids: readonly number[], scales: VitsScales, signal: AbortSignal): AsyncGenerator<Float32Array> {
    signal.throwIfAborted();
    const outputs = await this.#encoder.run(vitsFeeds(this.#encoder.inputNames, ids, scales));
    const latent = outputs[this.#latentName];
    if (latent === undefined) return;
    const frames = latent.dims[2] ?? 0;
    const others = this.#decoder.inputNames.filter((name) => name !== this.#latentName);
    const feeds = vitsFeeds(others, ids, scales);
    for (let from = 0, index = 0; from < frames; index++) {
      await nextLoop();
      signal.throwIfAborted();
      const size = PIECE_FRAMES[Math.min(index, PIECE_FRAMES.length - 1)] ?? frames;
      const to = Math.min(frames, from + size);
      const start = Math.max(0, from - DECODER_MARGIN_FRAMES);
      const end = Math.min(frames, to + DECODER_MARGIN_FRAMES);
      feeds[this.#latentName] = sliceFrames(latent, start, end);
      const samples = floatOutput(await this.#decoder.run(feeds), this.#decoder.outputNames[0]);
      const samplesPerFrame = samples.length / (end - start);
      yield samples.slice((from - start) * samplesPerFrame, (to - start) * samplesPerFrame);
      from = to;
    }
  }

  async release(): Promise<void> {
    await this.#encoder.release();
    await this.#decoder.release();
  }
}

/** Frames [start, end) of a latent, shape [1, channels, frames]. */
function sliceFrames(latent: Tensor, start: number, end: number): Tensor {
  const [, channels = 0, frames = 0] = latent.dims;
  const data = latent.data as Float32Array;
  const slice = new Float32Array(channels * (end - start));
  for (let channel = 0; channel < channels; channel++) {
    slice.set(data.subarray(channel * frames + start, channel * frames + end), channel * (end - start));
  }
  return new Tensor('float32', slice, [1, channels, end - start]);
}
