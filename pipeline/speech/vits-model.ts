/**
 * A VITS graph as a source of raw audio: whole, or cut where its flow and its decoder begin, so that the first fifth of a
 * second is ready after the encoder, a fifth of the flow's work and a twentieth of the decoder's. Raw: no trimming, no level.
 */
import { readFile } from 'node:fs/promises';
import { setImmediate as nextLoop } from 'node:timers/promises';
import type { InferenceSession } from 'onnxruntime-node';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { splitAtDecoder, type SplitFlow } from './graph-split.ts';
import { Latents } from './vits-latents.ts';
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
/**
 * Frames of the first pieces (11.6 ms each at 22,050 Hz, 16 ms at 16 kHz), the last figure for all that follow. Each is made
 * while the one before it is heard, twice over where another engine has the core.
 */
export const PIECE_FRAMES: readonly number[] = [16, 32, 96, 192];

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
  const { flow, latentName } = split;
  return new SplitModel({
    encoder: await openGraph(split.encoder, path, threads),
    flow: flow && { ...flow, session: await openGraph(flow.graph, path, threads) },
    decoder: await openGraph(split.decoder, path, threads),
    latentName,
  });
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

interface SplitSessions {
  readonly encoder: InferenceSession;
  readonly flow: (SplitFlow & { readonly session: InferenceSession }) | undefined;
  readonly decoder: InferenceSession;
  readonly latentName: string;
}

class SplitModel implements VitsModel {
  readonly #sessions: SplitSessions;

  constructor(sessions: SplitSessions) {
    this.#sessions = sessions;
  }

  async *pieces(ids: readonly number[], scales: VitsScales, signal: AbortSignal): AsyncGenerator<Float32Array> {
    const { decoder, latentName } = this.#sessions;
    signal.throwIfAborted();
    const latents = await this.#encode(ids, scales);
    if (latents === undefined) return;
    const others = decoder.inputNames.filter((name) => name !== latentName);
    const feeds = vitsFeeds(others, ids, scales);
    for (let from = 0, index = 0; from < latents.frames; index++) {
      await nextLoop();
      signal.throwIfAborted();
      const size = PIECE_FRAMES[Math.min(index, PIECE_FRAMES.length - 1)] ?? latents.frames;
      const to = Math.min(latents.frames, from + size);
      const start = Math.max(0, from - DECODER_MARGIN_FRAMES);
      const end = Math.min(latents.frames, to + DECODER_MARGIN_FRAMES);
      feeds[latentName] = await latents.slice(start, end);
      const samples = floatOutput(await decoder.run(feeds), decoder.outputNames[0]);
      const samplesPerFrame = samples.length / (end - start);
      yield samples.slice((from - start) * samplesPerFrame, (to - start) * samplesPerFrame);
      from = to;
    }
  }

  async release(): Promise<void> {
    const { encoder, flow, decoder } = this.#sessions;
    for (const session of [encoder, flow?.session, decoder]) await session?.release();
  }

  async #encode(ids: readonly number[], scales: VitsScales): Promise<Latents | undefined> {
    const { encoder, flow, latentName } = this.#sessions;
    const outputs = await encoder.run(vitsFeeds(encoder.inputNames, ids, scales));
    const tensor = outputs[flow?.priorName ?? latentName];
    return tensor && new Latents(tensor, flow && { ...flow, latentName });
  }
}
