/** Rounds weights to eight bits, one scale per output channel, in the layouts that ONNX Runtime's kernels want. */

/**
 * Largest weight magnitude in the matrix products. ONNX Runtime's AVX2 kernel multiplies unsigned activations with signed
 * weights by `vpmaddubsw`, whose sum of two products saturates at 32,767: 2 * 255 * 64 = 32,640 fits, 2 * 255 * 127 does not.
 */
export const MATMUL_WEIGHT_LIMIT = 64;

/** Largest magnitude where nothing is multiplied in eight bits (the rows of the token table). */
export const TABLE_WEIGHT_LIMIT = 127;

export interface QuantisedMatrix {
  /** shape [inputs, outputs] when transposed, else [outputs, inputs] */
  readonly values: Int8Array;
  /** shape [outputs]; weight = value * scale */
  readonly scales: Float32Array;
}

/** Symmetric quantisation of `weight`, shape [outputs, inputs], to magnitudes up to `limit`; rows of zeros get scale 1. */
export function quantiseRows(
  weight: Float32Array,
  outputs: number,
  inputs: number,
  opts: { readonly limit: number; readonly isTransposed: boolean },
): QuantisedMatrix {
  const values = new Int8Array(outputs * inputs);
  const scales = new Float32Array(outputs);
  const inverse = new Float32Array(outputs);
  for (let row = 0; row < outputs; row++) {
    let peak = 0;
    for (let i = row * inputs; i < (row + 1) * inputs; i++) {
      const magnitude = Math.abs(weight[i] ?? 0);
      if (magnitude > peak) peak = magnitude;
    }
    scales[row] = peak === 0 ? 1 : peak / opts.limit;
    inverse[row] = peak === 0 ? 0 : opts.limit / peak;
  }
  if (opts.isTransposed) transposeInto(values, weight, inverse, outputs, inputs);
  else {
    for (let row = 0, i = 0; row < outputs; row++) {
      const factor = inverse[row] ?? 0;
      for (const end = i + inputs; i < end; i++) values[i] = Math.round((weight[i] ?? 0) * factor);
    }
  }
  return { values, scales };
}

/** In tiles: a plain column walk over the 51,865 rows of the token table misses the cache at every step. */
function transposeInto(
  values: Int8Array,
  weight: Float32Array,
  inverse: Float32Array,
  outputs: number,
  inputs: number,
): void {
  const tile = 64;
  for (let row0 = 0; row0 < outputs; row0 += tile) {
    const rowEnd = Math.min(outputs, row0 + tile);
    for (let col0 = 0; col0 < inputs; col0 += tile) {
      const colEnd = Math.min(inputs, col0 + tile);
      for (let row = row0; row < rowEnd; row++) {
        const factor = inverse[row] ?? 0;
        for (let col = col0; col < colEnd; col++) {
          values[col * outputs + row] = Math.round((weight[row * inputs + col] ?? 0) * factor);
        }
      }
    }
  }
}
