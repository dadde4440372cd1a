/** The three Whisper graphs in ONNX Runtime: tensors in, tensors out. Knows nothing of text, languages or utterances. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { InzwaError, messageOf } from '#kernel/errors.ts';

export interface WhisperPaths {
  readonly encoderPath: string;
  readonly decoderPath: string;
  readonly scorerPath: string;
}

/** Cross-attention keys and values of one encoded window, by decoder input name; about 7 MB for 5 s of Whisper base. */
export interface EncodedAudio {
  readonly feeds: Readonly<Record<string, Tensor>>;
}

/** Self-attention keys and values of the tokens decoded so far. */
export interface DecoderState {
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly length: number;
}

export interface DecoderInput {
  readonly tokens: readonly number[];
  /** Place of each token in its text; 0 is the first. */
  readonly positions: readonly number[];
  /** shape [tokens, past + tokens], row-major; 0 or MASKED. */
  readonly mask: Float32Array;
}

/** Added to the attention score of what a position may not see. */
export const MASKED = -1e9;

/** Whisper's head width at every size; models written by tests may be smaller, so it is read from the graph. */
interface Shape {
  readonly layers: number;
  readonly heads: number;
  readonly headWidth: number;
  readonly width: number;
  readonly vocabulary: number;
  readonly melBands: number;
}

export class WhisperSessions {
  readonly shape: Shape;
  readonly #encoder: InferenceSession;
  readonly #decoder: InferenceSession;
  readonly #scorer: InferenceSession;
  readonly #presentNames: readonly string[];
  readonly #encodedNames: readonly string[];
  readonly #empty: DecoderState;

  private constructor(encoder: InferenceSession, decoder: InferenceSession, scorer: InferenceSession) {
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#scorer = scorer;
    this.#encodedNames = encoder.outputNames;
    this.#presentNames = decoder.outputNames.filter((name) => name.startsWith('present_'));
    const past = shapeOf(decoder, 'past_k_0');
    this.shape = {
      layers: this.#presentNames.length / 2,
      heads: numberAt(past, 1),
      headWidth: numberAt(past, 3),
      width: numberAt(shapeOf(scorer, 'hidden'), 1),
      vocabulary: numberAt(shapeOf(scorer, 'bias'), 0),
      melBands: numberAt(shapeOf(encoder, 'mel'), 1),
    };
    const none = new Tensor('float32', new Float32Array(0), [1, this.shape.heads, 0, this.shape.headWidth]);
    this.#empty = {
      length: 0,
      feeds: Object.fromEntries(this.#presentNames.map((name) => [pastName(name), none])),
    };
  }

  /** Throws INZWA_RECOGNISER_MODEL when a graph cannot be opened or is not one that `inzwa models import` wrote. */
  static async create(paths: WhisperPaths, threads: number): Promise<WhisperSessions> {
    const opened: InferenceSession[] = [];
    try {
      for (const path of [paths.encoderPath, paths.decoderPath, paths.scorerPath])
        opened.push(await open(path, threads));
      const [encoder, decoder, scorer] = opened;
      if (encoder === undefined || decoder === undefined || scorer === undefined) throw new Error('no sessions');
      return new WhisperSessions(encoder, decoder, scorer);
    } catch (error) {
      for (const session of opened) await session.release();
      throw error;
    }
  }

  get emptyState(): DecoderState {
    return this.#empty;
  }

  /** `mel`: shape [melBands, frames], frames even. Blocks the thread for about 10 ms per second of window (Whisper base). */
  async encode(mel: Float32Array, frames: number): Promise<EncodedAudio> {
    const input = { mel: new Tensor('float32', mel, [1, this.shape.melBands, frames]) };
    return { feeds: await this.#encoder.run(input, this.#encodedNames) };
  }

  /** `hidden`: shape [tokens, width]. The given state stays usable. */
  async decode(
    audio: EncodedAudio,
    state: DecoderState,
    { tokens, positions, mask }: DecoderInput,
  ): Promise<{ readonly hidden: Float32Array; readonly state: DecoderState }> {
    const length = state.length + tokens.length;
    const outputs = await this.#decoder.run({
      tokens: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length]),
      positions: new Tensor('int64', BigInt64Array.from(positions, BigInt), [tokens.length]),
      mask: new Tensor('float32', mask, [1, 1, tokens.length, length]),
      ...state.feeds,
      ...audio.feeds,
    });
    const feeds: Record<string, Tensor> = {};
    for (const name of this.#presentNames) feeds[pastName(name)] = outputOf(outputs, name);
    return { hidden: outputOf(outputs, 'hidden').data as Float32Array, state: { feeds, length } };
  }

  /**
   * Log-probabilities of the next token after each row of `hidden`, shape [rows, vocabulary]; `bias` is added to the logits.
   * Eight rows take hardly longer than one: the time goes into reading the embedding.
   */
  async project(hidden: Float32Array, bias: Tensor): Promise<Float32Array> {
    const rows = hidden.length / this.shape.width;
    const outputs = await this.#scorer.run(
      { hidden: new Tensor('float32', hidden, [rows, this.shape.width]), bias, targets: FIRST_TARGET },
      LOG_PROBS,
    );
    return outputOf(outputs, 'log_probs').data as Float32Array;
  }

  /** Log-probability of each (row, token); `hidden` is of shape [rows, width]. */
  async likelihoods(
    hidden: Float32Array,
    bias: Tensor,
    targets: readonly (readonly [row: number, token: number])[],
  ): Promise<Float32Array> {
    const outputs = await this.#scorer.run(
      {
        hidden: new Tensor('float32', hidden, [hidden.length / this.shape.width, this.shape.width]),
        bias,
        targets: new Tensor('int64', BigInt64Array.from(targets.flat(), BigInt), [targets.length, 2]),
      },
      TARGET_LOG_PROBS,
    );
    return outputOf(outputs, 'target_log_probs').data as Float32Array;
  }

  async dispose(): Promise<void> {
    for (const session of [this.#encoder, this.#decoder, this.#scorer]) await session.release();
  }
}

const FIRST_TARGET = new Tensor('int64', new BigInt64Array(2), [1, 2]);
const LOG_PROBS = ['log_probs'];
const TARGET_LOG_PROBS = ['target_log_probs'];

function pastName(presentName: string): string {
  return presentName.replace('present_', 'past_');
}

async function open(path: string, threads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(path, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
  } catch (cause) {
    throw unusable(path, messageOf(cause), cause);
  }
}

function unusable(what: string, why: string, cause?: unknown): InzwaError {
  return new InzwaError(
    'INZWA_RECOGNISER_MODEL',
    `the recogniser's graph ${what} cannot be used: ${why}; import the weights again with "inzwa models import"`,
    { cause },
  );
}

function shapeOf(session: InferenceSession, input: string): readonly (number | string)[] {
  const metadata = session.inputMetadata.find((each) => each.name === input);
  if (metadata?.isTensor !== true) throw unusable('', `it has no input "${input}"`);
  return metadata.shape;
}

function numberAt(shape: readonly (number | string)[], axis: number): number {
  const dim = shape[axis];
  if (typeof dim !== 'number') throw unusable('', `axis ${axis} of one of its inputs has no fixed size`);
  return dim;
}

function outputOf(outputs: InferenceSession.OnnxValueMapType, name: string): Tensor {
  const value = outputs[name];
  if (value === undefined) throw unusable('', `it has no output "${name}"`);
  return value;
}
