/**
 * Whisper as three ONNX graphs: the encoder for a window of any even length, the decoder for any number of positions at
 * once (a prompt, one step, or many candidate phrases packed into one sequence by an attention mask), and the projection
 * onto the vocabulary for just those positions whose next token is asked for.
 */
import { TABLE_WEIGHT_LIMIT, quantiseRows } from './quantise.ts';
import { GraphBuilder, bytesOf } from './graph-builder.ts';
import type { OnnxDim, OnnxGraph, OnnxValueInfo } from './onnx-writer.ts';
import type { FeedForward, Linear, WhisperDims, WhisperWeights } from './whisper-weights.ts';

const MICROSOFT = 'com.microsoft';

function float(name: string, dims: readonly OnnxDim[]): OnnxValueInfo {
  return { name, element: 'float32', dims };
}

function metadataOf(dims: WhisperDims): Record<string, string> {
  return Object.fromEntries(Object.entries(dims).map(([key, value]) => [`inzwa.whisper.${key}`, String(value)]));
}

function layers(dims: WhisperDims): readonly number[] {
  return Array.from({ length: dims.decoderLayers }, (_, i) => i);
}

function feedForward(g: GraphBuilder, x: string, width: number, { norm, up, down }: FeedForward): string {
  return g.add(x, g.linearByRows(g.gelu(g.linear(g.norm(x, width, norm), up)), down));
}

/** Attention of `heads` heads over [1, n, width] inputs; `rest` are the optional inputs from the bias on. */
function attend(
  g: GraphBuilder,
  dims: WhisperDims,
  qkv: readonly string[],
  rest: readonly string[] = [],
  outputs: readonly string[] = [],
): string {
  const options = {
    domain: MICROSOFT,
    attributes: { num_heads: { int: dims.heads }, scale: { float: dims.headWidth ** -0.5 } },
  } as const;
  if (outputs.length === 0) return g.node('MultiHeadAttention', [...qkv, ...rest], options);
  const [context = ''] = g.split('MultiHeadAttention', [...qkv, ...rest], 1 + outputs.length, {
    ...options,
    outputs: [`context_${outputs.join('_')}`, ...outputs],
  });
  return context;
}

function splitLast(g: GraphBuilder, input: string, parts: number, width: number): readonly string[] {
  const sizes = g.longs([parts], new Array<number>(parts).fill(width));
  return g.split('Split', [input, sizes], parts, { attributes: { axis: { int: -1 } } });
}

/** [1, n, width] -> [1, heads, n, headWidth], as the graph's output `name`. */
function headsOf(g: GraphBuilder, dims: WhisperDims, input: string, name: string): void {
  const shaped = g.node('Reshape', [input, g.longs([4], [0, 0, dims.heads, dims.headWidth])]);
  g.node('Transpose', [shaped], { attributes: { perm: { ints: [0, 2, 1, 3] } }, outputs: [name] });
}

/**
 * `mel` f32 [1, melBands, frames], frames even, 100 per second -> `cross_k_i`, `cross_v_i` f32 [1, heads, frames / 2,
 * headWidth] for every decoder layer i.
 */
export function encoderGraph(weights: WhisperWeights): OnnxGraph {
  const { dims } = weights;
  const { width } = dims;
  const g = new GraphBuilder();
  const convolve = (input: string, conv: Linear, stride: number): string => {
    const inputs = [
      input,
      g.floats([conv.outputs, conv.inputs / 3, 3], conv.weight),
      g.floats([conv.outputs], conv.bias),
    ];
    const attributes = { kernel_shape: { ints: [3] }, pads: { ints: [1, 1] }, strides: { ints: [stride] } };
    return g.gelu(g.node('Conv', inputs, { attributes }));
  };
  const audio = convolve(convolve('mel', weights.conv1, 1), weights.conv2, 2);
  const rows = g.node('Transpose', [audio], { attributes: { perm: { ints: [0, 2, 1] } } });
  const length = g.node('Shape', [rows], { attributes: { start: { int: 1 }, end: { int: 2 } } });
  const table = g.floats([dims.audioPositions, width], weights.audioPositions);
  let x = g.add(rows, g.node('Slice', [table, g.longs([1], [0]), length, g.longs([1], [0])]));
  for (const layer of weights.encoder) {
    const qkv = g.linear(g.norm(x, width, layer.attention.norm), layer.attention.qkv);
    x = g.add(x, g.linear(attend(g, dims, splitLast(g, qkv, 3, width)), layer.attention.out));
    x = feedForward(g, x, width, layer.feedForward);
  }
  const encoded = g.norm(x, width, weights.encoderNorm);
  weights.decoder.forEach((layer, i) => {
    const [k = '', v = ''] = splitLast(g, g.linear(encoded, layer.cross.kv), 2, width);
    headsOf(g, dims, k, `cross_k_${i}`);
    headsOf(g, dims, v, `cross_v_${i}`);
  });
  const heads: readonly OnnxDim[] = [1, dims.heads, 'positions', dims.headWidth];
  return g.build(
    'whisper_encoder',
    [float('mel', [1, dims.melBands, 'frames'])],
    layers(dims).flatMap((i) => [float(`cross_k_${i}`, heads), float(`cross_v_${i}`, heads)]),
    metadataOf(dims),
  );
}

/**
 * `tokens` i64 [1, n], `positions` i64 [n], `mask` f32 [1, 1, n, past + n] (added to the attention scores of every
 * self-attention: 0 where a position may look, a large negative number where not), `past_k_i`, `past_v_i` f32 [1, heads,
 * past, headWidth], `cross_k_i`, `cross_v_i` -> `hidden` f32 [1, n, width] after the last norm, `present_k_i`,
 * `present_v_i` f32 [1, heads, past + n, headWidth].
 */
export function decoderGraph(weights: WhisperWeights): OnnxGraph {
  const { dims } = weights;
  const { width } = dims;
  const g = new GraphBuilder();
  let x = g.add(embed(g, weights), g.node('Gather', [positionTable(g, weights), 'positions']));
  weights.decoder.forEach((layer, i) => {
    const qkv = splitLast(g, g.linear(g.norm(x, width, layer.attention.norm), layer.attention.qkv), 3, width);
    const own = attend(
      g,
      dims,
      qkv,
      ['', '', 'mask', `past_k_${i}`, `past_v_${i}`],
      [`present_k_${i}`, `present_v_${i}`],
    );
    x = g.add(x, g.linear(own, layer.attention.out));
    const q = g.linear(g.norm(x, width, layer.cross.norm), layer.cross.q);
    x = g.add(x, g.linear(attend(g, dims, [q, `cross_k_${i}`, `cross_v_${i}`]), layer.cross.out));
    x = feedForward(g, x, width, layer.feedForward);
  });
  const last = g.norm(x, width, weights.decoderNorm);
  g.node('Identity', [last], { outputs: ['hidden'] });
  const all = (prefix: string, length: OnnxDim): readonly OnnxValueInfo[] =>
    layers(dims).flatMap((i) => [
      float(`${prefix}_k_${i}`, [1, dims.heads, length, dims.headWidth]),
      float(`${prefix}_v_${i}`, [1, dims.heads, length, dims.headWidth]),
    ]);
  return g.build(
    'whisper_decoder',
    [
      { name: 'tokens', element: 'int64', dims: [1, 'n'] },
      { name: 'positions', element: 'int64', dims: ['n'] },
      float('mask', [1, 1, 'n', 'total']),
      ...all('past', 'past'),
      ...all('cross', 'audio'),
    ],
    [float('hidden', [1, 'n', width]), ...all('present', 'total')],
    metadataOf(dims),
  );
}

/** Rows of the token table, kept in eight bits with a scale per row. */
function embed(g: GraphBuilder, { dims, embedding }: WhisperWeights): string {
  const scales = new Float32Array(dims.vocabulary);
  const table = g.constant('int8', [dims.vocabulary, dims.width], () => {
    const rows = quantiseRows(embedding(), dims.vocabulary, dims.width, {
      limit: TABLE_WEIGHT_LIMIT,
      isTransposed: false,
    });
    scales.set(rows.scales);
    return bytesOf(rows.values);
  });
  const scale = g.floats([dims.vocabulary, 1], () => scales);
  const rows = g.node('Cast', [g.node('Gather', [table, 'tokens'])], { attributes: { to: { int: 1 } } });
  return g.node('Mul', [rows, g.node('Gather', [scale, 'tokens'])]);
}

function positionTable(g: GraphBuilder, { dims, textPositions }: WhisperWeights): string {
  return g.floats([dims.textPositions, dims.width], textPositions);
}

/**
 * `hidden` f32 [rows, width], `bias` f32 [vocabulary] (added to the logits: suppression, boosting), `targets` i64
 * [count, 2] of (row, token) -> `log_probs` f32 [rows, vocabulary] and `target_log_probs` f32 [count].
 */
export function scorerGraph(weights: WhisperWeights): OnnxGraph {
  const { dims, embedding } = weights;
  const g = new GraphBuilder();
  const logits = g.project('hidden', dims.vocabulary, dims.width, embedding);
  g.node('LogSoftmax', [g.add(logits, 'bias')], { attributes: { axis: { int: -1 } }, outputs: ['log_probs'] });
  g.node('GatherND', ['log_probs', 'targets'], { outputs: ['target_log_probs'] });
  return g.build(
    'whisper_scorer',
    [
      float('hidden', ['rows', dims.width]),
      float('bias', [dims.vocabulary]),
      { name: 'targets', element: 'int64', dims: ['count', 2] },
    ],
    [float('log_probs', ['rows', dims.vocabulary]), float('target_log_probs', ['count'])],
    metadataOf(dims),
  );
}
