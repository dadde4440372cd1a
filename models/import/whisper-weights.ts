/** Whisper's weights under one set of names, whichever file they come from; every shape is checked before anything is read. */
import { InzwaError } from '#kernel/errors.ts';
import { readFloats, requireTensor } from './tensor-file.ts';
import type { TensorFile } from './tensor-file.ts';

/** All sizes that tell one Whisper from another. */
export interface WhisperDims {
  readonly width: number;
  /** Attention heads; Whisper's are 64 wide at every size. */
  readonly heads: number;
  readonly headWidth: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly vocabulary: number;
  readonly melBands: number;
  /** Encoder positions: 1500 stand for 30 s. */
  readonly audioPositions: number;
  readonly textPositions: number;
}

/** y = x * weight^T + bias. */
export interface Linear {
  readonly outputs: number;
  readonly inputs: number;
  /** shape [outputs, inputs]; read from the file at each call */
  readonly weight: () => Float32Array;
  /** shape [outputs] */
  readonly bias: () => Float32Array;
}

/** gamma and beta, shape [width] */
export interface Norm {
  readonly gamma: () => Float32Array;
  readonly beta: () => Float32Array;
}

export interface SelfAttention {
  readonly norm: Norm;
  /** q, k, v stacked: outputs = 3 * width */
  readonly qkv: Linear;
  readonly out: Linear;
}

export interface CrossAttention {
  readonly norm: Norm;
  readonly q: Linear;
  /** k, v stacked: outputs = 2 * width */
  readonly kv: Linear;
  readonly out: Linear;
}

export interface FeedForward {
  readonly norm: Norm;
  readonly up: Linear;
  readonly down: Linear;
}

export interface WhisperWeights {
  readonly dims: WhisperDims;
  /** weight shape [width, melBands, 3] then [width, width, 3] */
  readonly conv1: Linear;
  readonly conv2: Linear;
  /** shape [audioPositions, width] */
  readonly audioPositions: () => Float32Array;
  /** shape [textPositions, width] */
  readonly textPositions: () => Float32Array;
  /** shape [vocabulary, width] */
  readonly embedding: () => Float32Array;
  readonly encoder: readonly { readonly attention: SelfAttention; readonly feedForward: FeedForward }[];
  readonly encoderNorm: Norm;
  readonly decoder: readonly {
    readonly attention: SelfAttention;
    readonly cross: CrossAttention;
    readonly feedForward: FeedForward;
  }[];
  readonly decoderNorm: Norm;
}

/** How one format spells the parts. `stacked` parts may be spread over several tensors, joined by rows. */
interface Spelling {
  readonly encoderLayer: (i: number) => string;
  readonly decoderLayer: (i: number) => string;
  readonly encoder: string;
  readonly decoder: string;
  readonly embedding: string;
  readonly audioPositions: string;
  readonly textPositions: string;
  readonly finalNorm: string;
  readonly gamma: string;
  readonly beta: string;
  readonly self: { readonly norm: string; readonly qkv: readonly string[]; readonly out: string };
  readonly cross: { readonly norm: string; readonly q: string; readonly kv: readonly string[]; readonly out: string };
  readonly feedForward: { readonly norm: string; readonly up: string; readonly down: string };
}

const CTRANSLATE2: Spelling = {
  encoderLayer: (i) => `encoder/layer_${i}/`,
  decoderLayer: (i) => `decoder/layer_${i}/`,
  encoder: 'encoder/',
  decoder: 'decoder/',
  embedding: 'decoder/embeddings/weight',
  audioPositions: 'encoder/position_encodings/encodings',
  textPositions: 'decoder/position_encodings/encodings',
  finalNorm: 'layer_norm/',
  gamma: 'gamma',
  beta: 'beta',
  self: {
    norm: 'self_attention/layer_norm/',
    qkv: ['self_attention/linear_0/'],
    out: 'self_attention/linear_1/',
  },
  cross: {
    norm: 'attention/layer_norm/',
    q: 'attention/linear_0/',
    kv: ['attention/linear_1/'],
    out: 'attention/linear_2/',
  },
  feedForward: { norm: 'ffn/layer_norm/', up: 'ffn/linear_0/', down: 'ffn/linear_1/' },
};

const HUGGING_FACE: Spelling = {
  encoderLayer: (i) => `model.encoder.layers.${i}.`,
  decoderLayer: (i) => `model.decoder.layers.${i}.`,
  encoder: 'model.encoder.',
  decoder: 'model.decoder.',
  embedding: 'model.decoder.embed_tokens.weight',
  audioPositions: 'model.encoder.embed_positions.weight',
  textPositions: 'model.decoder.embed_positions.weight',
  finalNorm: 'layer_norm.',
  gamma: 'weight',
  beta: 'bias',
  self: {
    norm: 'self_attn_layer_norm.',
    qkv: ['self_attn.q_proj.', 'self_attn.k_proj.', 'self_attn.v_proj.'],
    out: 'self_attn.out_proj.',
  },
  cross: {
    norm: 'encoder_attn_layer_norm.',
    q: 'encoder_attn.q_proj.',
    kv: ['encoder_attn.k_proj.', 'encoder_attn.v_proj.'],
    out: 'encoder_attn.out_proj.',
  },
  feedForward: { norm: 'final_layer_norm.', up: 'fc1.', down: 'fc2.' },
};

/** Whisper's head width; it divides the width of every published size. */
const HEAD_WIDTH = 64;

/** Throws INZWA_IMPORT_MISSING_TENSOR, INZWA_IMPORT_SHAPE or INZWA_IMPORT_ARCHITECTURE; reads no tensor data. */
export function whisperWeights(
  file: TensorFile,
  format: 'ctranslate2' | 'safetensors',
  opts: { readonly headWidth?: number } = {},
): WhisperWeights {
  const spelling = format === 'ctranslate2' ? CTRANSLATE2 : HUGGING_FACE;
  const dims = readDims(file, spelling, opts.headWidth ?? HEAD_WIDTH);
  const { width } = dims;
  const plain = (name: string, shape: readonly number[]): (() => Float32Array) => {
    const entry = requireTensor(file, name, shape);
    const scale = entry.element === 'i8' || entry.element === 'i16' ? requireTensor(file, `${name}_scale`) : undefined;
    return () => {
      const values = readFloats(entry);
      if (scale !== undefined) divideRows(values, readFloats(scale));
      return values;
    };
  };
  const norm = (prefix: string): Norm => ({
    gamma: plain(prefix + spelling.gamma, [width]),
    beta: plain(prefix + spelling.beta, [width]),
  });
  const part = (prefix: string, shape: readonly number[], hasBias: boolean): Linear => {
    const outputs = shape[0] ?? 0;
    return {
      outputs,
      inputs: shape.slice(1).reduce((product, dim) => product * dim, 1),
      weight: plain(`${prefix}weight`, shape),
      bias: hasBias ? plain(`${prefix}bias`, [outputs]) : () => new Float32Array(outputs),
    };
  };
  const linear = (prefixes: readonly string[], outputs: number, inputs: number): Linear => {
    const rows = outputs / prefixes.length;
    const parts = prefixes.map((prefix) =>
      part(prefix, [rows, inputs], file.entries.has(`${prefix}bias`) || !prefix.endsWith('k_proj.')),
    );
    return {
      outputs,
      inputs,
      weight: () => join(parts.map((each) => each.weight())),
      bias: () => join(parts.map((each) => each.bias())),
    };
  };
  const attention = (prefix: string): SelfAttention => ({
    norm: norm(prefix + spelling.self.norm),
    qkv: linear(
      spelling.self.qkv.map((name) => prefix + name),
      3 * width,
      width,
    ),
    out: linear([prefix + spelling.self.out], width, width),
  });
  const feedForward = (prefix: string): FeedForward => ({
    norm: norm(prefix + spelling.feedForward.norm),
    up: linear([prefix + spelling.feedForward.up], 4 * width, width),
    down: linear([prefix + spelling.feedForward.down], width, 4 * width),
  });
  const cross = (prefix: string): CrossAttention => ({
    norm: norm(prefix + spelling.cross.norm),
    q: linear([prefix + spelling.cross.q], width, width),
    kv: linear(
      spelling.cross.kv.map((name) => prefix + name),
      2 * width,
      width,
    ),
    out: linear([prefix + spelling.cross.out], width, width),
  });
  const convolution = (name: string, inputs: number): Linear =>
    part(`${spelling.encoder}${name}${format === 'ctranslate2' ? '/' : '.'}`, [width, inputs, 3], true);
  return {
    dims,
    conv1: convolution('conv1', dims.melBands),
    conv2: convolution('conv2', width),
    audioPositions: plain(spelling.audioPositions, [dims.audioPositions, width]),
    textPositions: plain(spelling.textPositions, [dims.textPositions, width]),
    embedding: plain(spelling.embedding, [dims.vocabulary, width]),
    encoder: count(dims.encoderLayers, (i) => ({
      attention: attention(spelling.encoderLayer(i)),
      feedForward: feedForward(spelling.encoderLayer(i)),
    })),
    encoderNorm: norm(spelling.encoder + spelling.finalNorm),
    decoder: count(dims.decoderLayers, (i) => ({
      attention: attention(spelling.decoderLayer(i)),
      cross: cross(spelling.decoderLayer(i)),
      feedForward: feedForward(spelling.decoderLayer(i)),
    })),
    decoderNorm: norm(spelling.decoder + spelling.finalNorm),
  };
}

function readDims(file: TensorFile, spelling: Spelling, headWidth: number): WhisperDims {
  const [vocabulary = 0, width = 0] = requireTensor(file, spelling.embedding).dims;
  const [audioPositions = 0] = requireTensor(file, spelling.audioPositions).dims;
  const [textPositions = 0] = requireTensor(file, spelling.textPositions).dims;
  const conv1 = spelling === CTRANSLATE2 ? 'encoder/conv1/weight' : 'model.encoder.conv1.weight';
  const [, melBands = 0] = requireTensor(file, conv1).dims;
  const layers = (prefix: (i: number) => string): number => {
    let i = 0;
    while (file.entries.has(prefix(i) + spelling.self.norm + spelling.gamma)) i++;
    return i;
  };
  const encoderLayers = layers(spelling.encoderLayer);
  const decoderLayers = layers(spelling.decoderLayer);
  if (width === 0 || width % headWidth !== 0 || encoderLayers === 0 || decoderLayers === 0) {
    throw new InzwaError(
      'INZWA_IMPORT_ARCHITECTURE',
      `${file.label} is no Whisper model: width ${width}, ${encoderLayers} encoder and ${decoderLayers} decoder layers`,
      { details: { width, encoderLayers, decoderLayers } },
    );
  }
  return {
    width,
    heads: width / headWidth,
    headWidth,
    encoderLayers,
    decoderLayers,
    vocabulary,
    melBands,
    audioPositions,
    textPositions,
  };
}

/** CTranslate2 keeps value = round(weight * scale), one scale per row or one for all. */
function divideRows(values: Float32Array, scales: Float32Array): void {
  const rowLength = values.length / scales.length;
  for (let row = 0, i = 0; row < scales.length; row++) {
    const scale = scales[row] ?? 1;
    for (let k = 0; k < rowLength; k++, i++) values[i] = (values[i] ?? 0) / scale;
  }
}

function join(parts: readonly Float32Array[]): Float32Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const joined = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

function count<T>(n: number, make: (i: number) => T): readonly T[] {
  return Array.from({ length: n }, (_, i) => make(i));
}
