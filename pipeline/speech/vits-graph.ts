/** The tensors of a VITS graph in ONNX Runtime, whichever of the three usual exports it is. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { InzwaError, messageOf } from '#kernel/errors.ts';

export interface VitsScales {
  /** Variety of the voice's timbre; 0 makes the same text the same audio. */
  readonly noiseScale: number;
  /** 1 is the voice's own pace, 0.8 is faster. */
  readonly lengthScale: number;
  /** Variety of rhythm. */
  readonly noiseW: number;
}

/** Opens a graph on `threads` threads of the calling thread; throws INZWA_VOICE_MODEL when ONNX Runtime refuses it. */
export async function openGraph(graph: Uint8Array, path: string, threads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(graph, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
  } catch (error) {
    throw new InzwaError(
      'INZWA_VOICE_MODEL',
      `the voice model ${path} cannot be opened: ${messageOf(error)}; verify it with "inzwa models verify"`,
      { cause: error },
    );
  }
}

/**
 * The inputs of a graph by the names its exporter gave them: Piper (`input`, `input_lengths`, `scales`), sherpa-onnx
 * (`x`, `x_length`, `noise_scale`, `length_scale`, `noise_scale_w`), Transformers (`input_ids`, `attention_mask`).
 */
export function vitsFeeds(
  inputNames: readonly string[],
  ids: readonly number[],
  scales: VitsScales,
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  for (const name of inputNames) {
    const tensor = vitsInput(name, ids, scales);
    if (tensor === undefined) {
      throw new InzwaError('INZWA_VOICE_MODEL', `the voice model asks for an input "${name}" that no known VITS has`);
    }
    feeds[name] = tensor;
  }
  return feeds;
}

function vitsInput(name: string, ids: readonly number[], scales: VitsScales): Tensor | undefined {
  switch (name) {
    case 'input':
    case 'x':
    case 'input_ids':
      return new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
    case 'attention_mask':
      return new Tensor('int64', new BigInt64Array(ids.length).fill(1n), [1, ids.length]);
    case 'input_lengths':
    case 'x_length':
      return new Tensor('int64', BigInt64Array.of(BigInt(ids.length)), [1]);
    case 'scales':
      return new Tensor('float32', Float32Array.of(scales.noiseScale, scales.lengthScale, scales.noiseW), [3]);
    case 'noise_scale':
      return new Tensor('float32', Float32Array.of(scales.noiseScale), [1]);
    case 'length_scale':
      return new Tensor('float32', Float32Array.of(scales.lengthScale), [1]);
    case 'noise_scale_w':
      return new Tensor('float32', Float32Array.of(scales.noiseW), [1]);
    case 'sid':
      return new Tensor('int64', BigInt64Array.of(0n), [1]);
    default:
      return undefined;
  }
}

/** The float data of one output; throws INZWA_VOICE_MODEL when the graph gave none. */
export function floatOutput(outputs: Readonly<Record<string, unknown>>, name: string | undefined): Float32Array {
  const tensor = outputs[name ?? ''];
  if (tensor instanceof Tensor && tensor.data instanceof Float32Array) return tensor.data;
  throw new InzwaError('INZWA_VOICE_MODEL', `the voice model gave no float32 output "${name ?? ''}"`);
}
