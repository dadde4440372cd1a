/** Whisper's forward pass in plain floats, as slow and as plain as the paper: what the imported graphs are held against. */
import { TINY } from './tiny-whisper.ts';
import type { TinyTensor } from './tiny-whisper.ts';

type Row = readonly number[];
type Rows = readonly Row[];

export class ReferenceWhisper {
  readonly #tensors: ReadonlyMap<string, TinyTensor>;

  constructor(tensors: ReadonlyMap<string, TinyTensor>) {
    this.#tensors = tensors;
  }

  /** `mel`: shape [melBands, frames], row-major. Log-probabilities of the token after each of `tokens`. */
  logProbs(mel: Float32Array, frames: number, tokens: readonly number[]): Rows {
    const audio = this.#encode(mel, frames);
    const embedding = this.#rows('decoder/embeddings/weight');
    const positions = this.#rows('decoder/position_encodings/encodings');
    let x: Rows = tokens.map((token, i) => add(embedding[token]!, positions[i]!));
    for (let layer = 0; layer < TINY.decoderLayers; layer++) {
      const prefix = `decoder/layer_${layer}`;
      x = this.#selfAttention(`${prefix}/self_attention`, x, true);
      const normed = this.#norm(`${prefix}/attention`, x);
      const q = this.#linear(`${prefix}/attention/linear_0`, normed);
      const kv = this.#linear(`${prefix}/attention/linear_1`, audio);
      const d = TINY.width;
      const context = attend(
        q,
        kv.map((row) => row.slice(0, d)),
        kv.map((row) => row.slice(d)),
        false,
      );
      x = addRows(x, this.#linear(`${prefix}/attention/linear_2`, context));
      x = this.#feedForward(`${prefix}/ffn`, x);
    }
    return this.#norm('decoder', x).map((row) => logSoftmax(embedding.map((word) => dot(word, row))));
  }

  #encode(mel: Float32Array, frames: number): Rows {
    const input = Array.from({ length: frames }, (_, t) =>
      Array.from({ length: TINY.melBands }, (_, m) => mel[m * frames + t]!),
    );
    const positions = this.#rows('encoder/position_encodings/encodings');
    const convolved = this.#conv('encoder/conv2', this.#conv('encoder/conv1', input, 1), 2);
    let x: Rows = convolved.map((row, i) => add(row, positions[i]!));
    for (let layer = 0; layer < TINY.encoderLayers; layer++) {
      x = this.#selfAttention(`encoder/layer_${layer}/self_attention`, x, false);
      x = this.#feedForward(`encoder/layer_${layer}/ffn`, x);
    }
    return this.#norm('encoder', x);
  }

  #conv(name: string, input: Rows, stride: number): Rows {
    const { dims, values } = this.#tensors.get(`${name}/weight`)!;
    const bias = this.#tensors.get(`${name}/bias`)!.values;
    const [outputs = 0, inputs = 0] = dims;
    return Array.from({ length: Math.ceil(input.length / stride) }, (_, t) =>
      Array.from({ length: outputs }, (_, o) => {
        let sum = bias[o]!;
        for (let k = 0; k < 3; k++) {
          const row = input[t * stride + k - 1];
          if (row) for (let i = 0; i < inputs; i++) sum += row[i]! * values[(o * inputs + i) * 3 + k]!;
        }
        return gelu(sum);
      }),
    );
  }

  #selfAttention(prefix: string, x: Rows, isCausal: boolean): Rows {
    const d = TINY.width;
    const qkv = this.#linear(`${prefix}/linear_0`, this.#norm(prefix, x));
    const [q, k, v] = [0, 1, 2].map((part) => qkv.map((row) => row.slice(part * d, (part + 1) * d)));
    return addRows(x, this.#linear(`${prefix}/linear_1`, attend(q!, k!, v!, isCausal)));
  }

  #feedForward(prefix: string, x: Rows): Rows {
    const up = this.#linear(`${prefix}/linear_0`, this.#norm(prefix, x)).map((row) => row.map(gelu));
    return addRows(x, this.#linear(`${prefix}/linear_1`, up));
  }

  #norm(prefix: string, x: Rows): Rows {
    const gamma = this.#tensors.get(`${prefix}/layer_norm/gamma`)!.values;
    const beta = this.#tensors.get(`${prefix}/layer_norm/beta`)!.values;
    return x.map((row) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
      return row.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * gamma[i]! + beta[i]!);
    });
  }

  #linear(name: string, x: Rows): Rows {
    const weight = this.#rows(`${name}/weight`);
    const bias = this.#tensors.get(`${name}/bias`)!.values;
    return x.map((row) => weight.map((each, i) => dot(each, row) + bias[i]!));
  }

  #rows(name: string): Rows {
    const { dims, values } = this.#tensors.get(name)!;
    const columns = dims[1]!;
    return Array.from({ length: dims[0]! }, (_, i) => [...values.subarray(i * columns, (i + 1) * columns)]);
  }
}

function attend(q: Rows, k: Rows, v: Rows, isCausal: boolean): Rows {
  const { headWidth } = TINY;
  return q.map((row, at) => {
    const out: number[] = [];
    for (let head = 0; head * headWidth < row.length; head++) {
      const part = (each: Row): Row => each.slice(head * headWidth, (head + 1) * headWidth);
      const seen = isCausal ? at + 1 : k.length;
      const scores = k.slice(0, seen).map((key) => dot(part(row), part(key)) / Math.sqrt(headWidth));
      const weights = logSoftmax(scores).map(Math.exp);
      for (let i = 0; i < headWidth; i++) {
        out.push(weights.reduce((sum, weight, j) => sum + weight * part(v[j]!)[i]!, 0));
      }
    }
    return out;
  });
}

function dot(a: Row, b: Row): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function add(a: Row, b: Row): Row {
  return a.map((value, i) => value + b[i]!);
}

function addRows(a: Rows, b: Rows): Rows {
  return a.map((row, i) => add(row, b[i]!));
}

function logSoftmax(values: Row): Row {
  const peak = Math.max(...values);
  const log = Math.log(values.reduce((sum, value) => sum + Math.exp(value - peak), 0)) + peak;
  return values.map((value) => value - log);
}

/** Exact GELU; erf by Abramowitz and Stegun 7.1.26, good to 1.5e-7. */
function gelu(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = (1 - poly * Math.exp(-z * z)) * Math.sign(x);
  return (x * (1 + erf)) / 2;
}
