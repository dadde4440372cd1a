/** A Whisper of a few thousand seeded weights: written in both weight formats, and computed in plain floats. */
import { writeFileSync } from 'node:fs';

export const TINY = {
  width: 32,
  headWidth: 16,
  encoderLayers: 2,
  decoderLayers: 2,
  vocabulary: 96,
  melBands: 8,
  // As Whisper's own: the engine falls back to a window of 30 s.
  audioPositions: 1500,
  textPositions: 64,
} as const;

export interface TinyTensor {
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

/** By CTranslate2's names; equal seeds give equal weights. */
export function tinyWeights(seed = 7): Map<string, TinyTensor> {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const tensors = new Map<string, TinyTensor>();
  const add = (name: string, dims: readonly number[], scale: number, offset = 0): void => {
    const size = dims.reduce((product, dim) => product * dim, 1);
    tensors.set(name, { dims, values: Float32Array.from({ length: size }, () => offset + scale * random()) });
  };
  const { width: d } = TINY;
  const linear = (name: string, outputs: number, inputs: number): void => {
    add(`${name}/weight`, [outputs, inputs], 1.5 / Math.sqrt(inputs));
    add(`${name}/bias`, [outputs], 0.1);
  };
  const norm = (name: string): void => {
    add(`${name}/layer_norm/gamma`, [d], 0.2, 1);
    add(`${name}/layer_norm/beta`, [d], 0.1);
  };
  add('encoder/conv1/weight', [d, TINY.melBands, 3], 0.3);
  add('encoder/conv1/bias', [d], 0.1);
  add('encoder/conv2/weight', [d, d, 3], 0.15);
  add('encoder/conv2/bias', [d], 0.1);
  add('encoder/position_encodings/encodings', [TINY.audioPositions, d], 0.5);
  add('decoder/position_encodings/encodings', [TINY.textPositions, d], 0.5);
  add('decoder/embeddings/weight', [TINY.vocabulary, d], 0.5);
  norm('encoder');
  norm('decoder');
  const self = (prefix: string): void => {
    norm(`${prefix}/self_attention`);
    linear(`${prefix}/self_attention/linear_0`, 3 * d, d);
    // Whisper's keys have no bias, and Hugging Face's files therefore no tensor for it.
    tensors.get(`${prefix}/self_attention/linear_0/bias`)?.values.fill(0, d, 2 * d);
    linear(`${prefix}/self_attention/linear_1`, d, d);
    norm(`${prefix}/ffn`);
    linear(`${prefix}/ffn/linear_0`, 4 * d, d);
    linear(`${prefix}/ffn/linear_1`, d, 4 * d);
  };
  for (let i = 0; i < TINY.encoderLayers; i++) self(`encoder/layer_${i}`);
  for (let i = 0; i < TINY.decoderLayers; i++) {
    const prefix = `decoder/layer_${i}`;
    self(prefix);
    norm(`${prefix}/attention`);
    linear(`${prefix}/attention/linear_0`, d, d);
    linear(`${prefix}/attention/linear_1`, 2 * d, d);
    tensors.get(`${prefix}/attention/linear_1/bias`)?.values.fill(0, 0, d);
    linear(`${prefix}/attention/linear_2`, d, d);
  }
  return tensors;
}

/** CTranslate2 binary version 6; `int8` keeps the matrices of the layers as CTranslate2 does after quantising. */
export function ctranslate2Bytes(
  tensors: ReadonlyMap<string, TinyTensor>,
  opts: { readonly spec?: string; readonly version?: number; readonly element?: 'f32' | 'i8' } = {},
): Buffer {
  const parts: Buffer[] = [];
  const u32 = (value: number): void => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    parts.push(bytes);
  };
  const string = (value: string): void => {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value.length + 1);
    parts.push(bytes, Buffer.from(`${value}\0`));
  };
  const variable = (name: string, dims: readonly number[], type: number, data: ArrayBufferView): void => {
    string(name);
    parts.push(Buffer.from([dims.length]));
    dims.forEach(u32);
    parts.push(Buffer.from([type]));
    u32(data.byteLength);
    parts.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  };
  const isRounded = (name: string): boolean => opts.element === 'i8' && /linear_\d\/weight$/.test(name);
  u32(opts.version ?? 6);
  string(opts.spec ?? 'WhisperSpec');
  u32(3);
  u32(tensors.size + [...tensors.keys()].filter(isRounded).length);
  for (const [name, { dims, values }] of tensors) {
    if (!isRounded(name)) {
      variable(name, dims, 0, values);
      continue;
    }
    const [rows = 0, columns = 0] = dims;
    const scales = new Float32Array(rows);
    const rounded = new Int8Array(values.length);
    for (let row = 0; row < rows; row++) {
      const part = values.subarray(row * columns, (row + 1) * columns);
      const scale = 127 / part.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
      scales[row] = scale;
      part.forEach((value, i) => (rounded[row * columns + i] = Math.round(value * scale)));
    }
    variable(name, dims, 1, rounded);
    variable(`${name}_scale`, [rows], 0, scales);
  }
  u32(1);
  string('decoder/projection/weight');
  string('decoder/embeddings/weight');
  return Buffer.concat(parts);
}

/** Hugging Face's names for the same tensors: the stacked matrices cut in their parts, keys without bias. */
function huggingFaceTensors(tensors: ReadonlyMap<string, TinyTensor>): Map<string, TinyTensor> {
  const out = new Map<string, TinyTensor>();
  const d = TINY.width;
  const rename = (name: string): string =>
    `model.${name
      .replace(/layer_(\d+)\//, 'layers/$1/')
      .replace('self_attention/layer_norm', 'self_attn_layer_norm')
      .replace(/([^_])attention\/layer_norm/, '$1encoder_attn_layer_norm')
      .replace('ffn/layer_norm', 'final_layer_norm')
      .replace('self_attention/linear_1', 'self_attn/out_proj')
      .replace(/([^_])attention\/linear_0/, '$1encoder_attn/q_proj')
      .replace(/([^_])attention\/linear_2/, '$1encoder_attn/out_proj')
      .replace('ffn/linear_0', 'fc1')
      .replace('ffn/linear_1', 'fc2')
      .replace('position_encodings/encodings', 'embed_positions/weight')
      .replace('embeddings', 'embed_tokens')
      .replace('gamma', 'weight')
      .replace('beta', 'bias')
      .replaceAll('/', '.')}`;
  const stacked = [
    { pattern: 'self_attention/linear_0', parts: ['q_proj', 'k_proj', 'v_proj'], owner: 'self_attn' },
    { pattern: 'attention/linear_1', parts: ['k_proj', 'v_proj'], owner: 'encoder_attn' },
  ];
  for (const [name, { dims, values }] of tensors) {
    const stack = stacked.find(
      ({ pattern }) =>
        name.includes(`/${pattern}/`) && (pattern !== 'attention/linear_1' || !name.includes('self_attention')),
    );
    if (stack === undefined) {
      out.set(rename(name), { dims, values });
      continue;
    }
    const kind = name.endsWith('weight') ? 'weight' : 'bias';
    const columns = dims[1] ?? 1;
    stack.parts.forEach((part, i) => {
      if (part === 'k_proj' && kind === 'bias') return;
      const [, layer = ''] = /layer_(\d+)/.exec(name) ?? [];
      const side = name.startsWith('encoder') ? 'encoder' : 'decoder';
      out.set(`model.${side}.layers.${layer}.${stack.owner}.${part}.${kind}`, {
        dims: kind === 'weight' ? [d, columns] : [d],
        values: values.slice(i * d * columns, (i + 1) * d * columns),
      });
    });
  }
  return out;
}

/** The same weights as safetensors in `shards` files with an index; returns the path of the index. */
export function writeSafetensors(dir: string, tensors: ReadonlyMap<string, TinyTensor>, shards = 2): string {
  const all = [...huggingFaceTensors(tensors)];
  const map: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const file = `model-${shard + 1}.safetensors`;
    const mine = all.filter((_, i) => i % shards === shard);
    const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
    let offset = 0;
    for (const [name, { dims, values }] of mine) {
      header[name] = { dtype: 'F32', shape: dims, data_offsets: [offset, offset + values.byteLength] };
      offset += values.byteLength;
      map[name] = file;
    }
    const json = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    writeFileSync(`${dir}/${file}`, Buffer.concat([length, json, ...mine.map(([, { values }]) => bytes(values))]));
  }
  const index = `${dir}/model.safetensors.index.json`;
  writeFileSync(index, JSON.stringify({ metadata: {}, weight_map: map }));
  return index;
}

function bytes(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
