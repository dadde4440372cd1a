/**
 * Whisper weights in the file format of whisper.cpp, as its `whisper_model_load` reads it: sizes, mel filters, tokens, then
 * the tensors, each as rank, length of its name, element type, extents from the innermost on, name, data. Little-endian.
 */
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { bytesOf } from './graph-builder.ts';
import { toHalves } from './half-float.ts';
import { FFT_BINS, melFilters } from './whisper-assets.ts';
import type { Linear, Norm, SelfAttention, FeedForward, WhisperWeights } from './whisper-weights.ts';

const MAGIC = 0x67676d6c;
/** `ggml_type` of a tensor; the file's own type is that of its matrices. */
const ELEMENT = { f32: 0, f16: 1 } as const;

interface GgmlTensor {
  readonly name: string;
  readonly element: keyof typeof ELEMENT;
  /** From the innermost (contiguous) extent on. */
  readonly extents: readonly number[];
  readonly values: () => Float32Array;
}

export interface WriteGgmlOptions {
  /** Bytes of every ordinary token by its id; whisper.cpp names the special ones itself. */
  readonly tokens: readonly Uint8Array[];
  readonly signal?: AbortSignal;
  /** Bytes written so far, and in all. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/**
 * Writes under another name and renames when complete. Matrices and convolutions become numbers of 16 bits, one tensor at a
 * time. Throws the signal's reason.
 */
export async function writeGgml(path: string, weights: WhisperWeights, options: WriteGgmlOptions): Promise<void> {
  const tensors = tensorsOf(weights);
  const head = headOf(weights, options.tokens);
  const totalBytes =
    head.length + tensors.reduce((sum, tensor) => sum + headerOf(tensor).length + dataBytes(tensor), 0);
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await using file = await open(partial, 'w');
    let doneBytes = await writeAll(file, head);
    for (const tensor of tensors) {
      options.signal?.throwIfAborted();
      doneBytes += await writeAll(file, headerOf(tensor));
      const values = tensor.values();
      doneBytes += await writeAll(file, bytesOf(tensor.element === 'f16' ? toHalves(values) : values));
      options.onProgress?.(doneBytes, totalBytes);
    }
    await file.sync();
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await rename(partial, path);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<number> {
  for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten;
  return bytes.length;
}

function headOf({ dims }: WhisperWeights, tokens: readonly Uint8Array[]): Buffer {
  const sizes = [
    dims.vocabulary,
    dims.audioPositions,
    dims.width,
    dims.heads,
    dims.encoderLayers,
    dims.textPositions,
    dims.width,
    dims.heads,
    dims.decoderLayers,
    dims.melBands,
    ELEMENT.f16,
  ];
  const words = tokens.flatMap((token) => [ints([token.length]), token]);
  return Buffer.concat([
    ints([MAGIC, ...sizes, dims.melBands, FFT_BINS]),
    bytesOf(melFilters(dims.melBands)),
    ints([tokens.length]),
    ...words,
  ]);
}

function headerOf({ name, element, extents }: GgmlTensor): Buffer {
  const label = Buffer.from(name, 'utf8');
  return Buffer.concat([ints([extents.length, label.length, ELEMENT[element], ...extents]), label]);
}

function dataBytes({ element, extents }: GgmlTensor): number {
  return extents.reduce((product, extent) => product * extent, element === 'f16' ? 2 : 4);
}

function ints(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32LE(value, 4 * i));
  return bytes;
}

function tensorsOf(weights: WhisperWeights): readonly GgmlTensor[] {
  const { dims } = weights;
  const { width } = dims;
  const plain = (name: string, extents: readonly number[], values: () => Float32Array): GgmlTensor => ({
    name,
    element: 'f32',
    extents,
    values,
  });
  const matrix = (name: string, extents: readonly number[], values: () => Float32Array): GgmlTensor => ({
    ...plain(name, extents, values),
    element: 'f16',
  });
  const norm = (name: string, { gamma, beta }: Norm): readonly GgmlTensor[] => [
    plain(`${name}.weight`, [width], gamma),
    plain(`${name}.bias`, [width], beta),
  ];
  /** The rows [from, to) of a stacked matrix; Whisper's keys have no bias. */
  const rows = (name: string, { inputs, weight, bias }: Linear, from: number, to: number): readonly GgmlTensor[] => [
    matrix(`${name}.weight`, [inputs, to - from], () => weight().subarray(from * inputs, to * inputs)),
    ...(name.endsWith('.key') ? [] : [plain(`${name}.bias`, [to - from], () => bias().subarray(from, to))]),
  ];
  const whole = (name: string, linear: Linear): readonly GgmlTensor[] => rows(name, linear, 0, linear.outputs);
  const attention = (block: string, { norm: before, qkv, out }: SelfAttention): readonly GgmlTensor[] => [
    ...norm(`${block}.attn_ln`, before),
    ...rows(`${block}.attn.query`, qkv, 0, width),
    ...rows(`${block}.attn.key`, qkv, width, 2 * width),
    ...rows(`${block}.attn.value`, qkv, 2 * width, 3 * width),
    ...whole(`${block}.attn.out`, out),
  ];
  const feedForward = (block: string, { norm: before, up, down }: FeedForward): readonly GgmlTensor[] => [
    ...norm(`${block}.mlp_ln`, before),
    ...whole(`${block}.mlp.0`, up),
    ...whole(`${block}.mlp.2`, down),
  ];
  const convolution = (name: string, { inputs, weight, bias }: Linear): readonly GgmlTensor[] => [
    matrix(`${name}.weight`, [3, inputs / 3, width], weight),
    // A column, as the convolution's result has its channels outermost.
    plain(`${name}.bias`, [1, width], bias),
  ];
  return [
    plain('encoder.positional_embedding', [width, dims.audioPositions], weights.audioPositions),
    ...convolution('encoder.conv1', weights.conv1),
    ...convolution('encoder.conv2', weights.conv2),
    ...norm('encoder.ln_post', weights.encoderNorm),
    ...weights.encoder.flatMap((layer, i) => [
      ...attention(`encoder.blocks.${i}`, layer.attention),
      ...feedForward(`encoder.blocks.${i}`, layer.feedForward),
    ]),
    plain('decoder.positional_embedding', [width, dims.textPositions], weights.textPositions),
    matrix('decoder.token_embedding.weight', [width, dims.vocabulary], weights.embedding),
    ...norm('decoder.ln', weights.decoderNorm),
    ...weights.decoder.flatMap((layer, i) => [
      ...attention(`decoder.blocks.${i}`, layer.attention),
      ...norm(`decoder.blocks.${i}.cross_attn_ln`, layer.cross.norm),
      ...whole(`decoder.blocks.${i}.cross_attn.query`, layer.cross.q),
      ...rows(`decoder.blocks.${i}.cross_attn.key`, layer.cross.kv, 0, width),
      ...rows(`decoder.blocks.${i}.cross_attn.value`, layer.cross.kv, width, 2 * width),
      ...whole(`decoder.blocks.${i}.cross_attn.out`, layer.cross.out),
      ...feedForward(`decoder.blocks.${i}`, layer.feedForward),
    ]),
  ];
}
