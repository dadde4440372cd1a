/**
 * A graph of a few nodes with the inputs, the latent and the decoder of a VITS, written here byte by byte: each symbol
 * becomes a frame, each frame 64 samples of a tone as loud as the symbol's id. No weights are needed to test what is
 * around a voice.
 */
import { delimited, integer, join } from '#pipeline/speech/protobuf.ts';

const FLOAT = 1;
const INT64 = 7;
export const TINY_SAMPLES_PER_FRAME = 64;

function tensor(name: string, dims: readonly number[], type: number, data: ArrayBufferView): Uint8Array {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return join([...dims.map((dim) => integer(1, dim)), integer(2, type), delimited(8, name), delimited(9, raw)]);
}

function ints(name: string, values: readonly number[]): Uint8Array {
  return join([delimited(1, name), ...values.map((value) => integer(8, value)), integer(20, 7)]);
}

function int(name: string, value: number): Uint8Array {
  return join([delimited(1, name), integer(3, value), integer(20, 2)]);
}

function node(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Uint8Array[] = [],
): Uint8Array {
  return join([
    ...inputs.map((name) => delimited(1, name)),
    delimited(2, output),
    delimited(3, `/${op}/${output}`),
    delimited(4, op),
    ...attributes.map((attribute) => delimited(5, attribute)),
  ]);
}

function value(name: string, type: number, labels: readonly string[]): Uint8Array {
  const shape = join(labels.map((label) => delimited(1, delimited(2, label))));
  return join([delimited(1, name), delimited(2, delimited(1, join([integer(1, type), delimited(2, shape)])))]);
}

export interface TinyFlow {
  /** What the weights of its only layer are called. */
  readonly layer: string;
  /** Whether it reads who speaks, as a voice of several speakers does. */
  readonly knowsSpeaker?: boolean;
}

/** `piper` has the inputs of a Piper export, `mms` those of sherpa-onnx; `decoderName` is what the decoder's weights are called. */
export function tinyVits(kind: 'piper' | 'mms', decoderName = 'dec', flow?: TinyFlow): Uint8Array {
  const ids = kind === 'piper' ? 'input' : 'x';
  const pace = kind === 'piper' ? 'scales' : 'length_scale';
  const tone = Float32Array.from({ length: TINY_SAMPLES_PER_FRAME }, (_, i) => Math.sin((2 * Math.PI * i * 4) / 64));
  const graph = join([
    ...[
      node('Cast', [ids], 'ids_float', [int('to', FLOAT)]),
      node('Gather', [pace, 'pace_index'], 'pace'),
      node('Mul', ['ids_float', 'pace'], 'paced'),
      node('Mul', ['paced', 'volume'], 'loud'),
      node('Unsqueeze', ['loud', 'one'], flow ? 'prior' : 'latent'),
      ...(flow ? flowNodes(flow, pace) : []),
      node('Conv', ['latent', `${decoderName}.conv_pre.weight`], 'wide', [
        ints('kernel_shape', [3]),
        ints('pads', [1, 1]),
      ]),
      node('ConvTranspose', ['wide', 'tone'], 'audio', [
        ints('kernel_shape', [TINY_SAMPLES_PER_FRAME]),
        ints('strides', [TINY_SAMPLES_PER_FRAME]),
      ]),
      node('Tanh', ['audio'], 'bounded'),
      node('Unsqueeze', ['bounded', 'one'], 'output'),
    ].map((bytes) => delimited(1, bytes)),
    delimited(2, 'tiny-vits'),
    ...[
      tensor('pace_index', [1], INT64, BigInt64Array.of(kind === 'piper' ? 1n : 0n)),
      tensor('volume', [1], FLOAT, Float32Array.of(0.01)),
      tensor('one', [1], INT64, BigInt64Array.of(1n)),
      tensor(`${decoderName}.conv_pre.weight`, [1, 1, 3], FLOAT, Float32Array.of(0.2, 0.5, 0.3)),
      ...(flow ? [tensor(`${flow.layer}.weight`, [1, 1, 5], FLOAT, Float32Array.of(0.1, 0.2, 0.4, 0.2, 0.1))] : []),
      tensor('tone', [1, 1, TINY_SAMPLES_PER_FRAME], FLOAT, tone),
    ].map((bytes) => delimited(5, bytes)),
    delimited(11, value(ids, INT64, ['batch', 'symbols'])),
    delimited(11, value(pace, FLOAT, ['scale'])),
    delimited(12, value('output', FLOAT, ['batch', 'one', 'one', 'samples'])),
  ]);
  const opset = join([delimited(1, ''), integer(2, 15)]);
  return join([integer(1, 8), delimited(7, graph), delimited(8, opset)]);
}

/** One layer that mixes five frames, under a mask that is 1 for every symbol. */
function flowNodes({ layer, knowsSpeaker = false }: TinyFlow, speaker: string): Uint8Array[] {
  return [
    node('Sub', ['ids_float', 'ids_float'], 'nothing'),
    node('Exp', ['nothing'], 'all'),
    node('Unsqueeze', ['all', 'one'], 'mask'),
    node('Identity', ['prior'], 'turned'),
    node('Conv', ['turned', `${layer}.weight`], 'mixed', [ints('kernel_shape', [5]), ints('pads', [2, 2])]),
    ...(knowsSpeaker
      ? [node('Gather', [speaker, 'pace_index'], 'who'), node('Mul', ['mixed', 'who'], 'of-speaker')]
      : []),
    node('Mul', [knowsSpeaker ? 'of-speaker' : 'mixed', 'mask'], 'latent'),
  ];
}

/** The `.onnx.json` of a Piper voice that knows these symbols, ids from 3 on. */
export function tinyPiperConfig(symbols = ' ,.?!abdefhijklmnoprstuvwzŋɑɔəɛɡɪɹɾʃʒːˈ'): string {
  const ids = Array.from('_^$' + symbols).map((symbol, id) => [symbol, [id]] as const);
  return JSON.stringify({
    audio: { sample_rate: 16_000 },
    espeak: { voice: 'en-us' },
    inference: { noise_scale: 0.667, length_scale: 1, noise_w: 0.8 },
    phoneme_id_map: Object.fromEntries(ids),
  });
}
