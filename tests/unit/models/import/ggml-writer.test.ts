import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCTranslate2 } from '#models/import/ctranslate2.ts';
import { writeGgml } from '#models/import/ggml-writer.ts';
import { toHalf } from '#models/import/half-float.ts';
import { openSafetensors } from '#models/import/safetensors.ts';
import { FFT_BINS, melFilters, tokenBytes } from '#models/import/whisper-assets.ts';
import { whisperWeights, type WhisperWeights } from '#models/import/whisper-weights.ts';
import { LogMel } from '#pipeline/recognition/log-mel.ts';
import { END_OF_TEXT, tinyTokenizerJson } from '../../pipeline/recognition/tiny-tokenizer.ts';
import { TINY, ctranslate2Bytes, tinyWeights, writeSafetensors } from './tiny-whisper.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'inzwa-ggml-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const tokens = tokenBytes(tinyTokenizerJson(), 'tokenizer.json');
const weightsOf = async (): Promise<WhisperWeights> => {
  const path = join(dir, 'model.bin');
  writeFileSync(path, ctranslate2Bytes(tinyWeights()));
  return whisperWeights(await openCTranslate2(path), 'ctranslate2', { headWidth: TINY.headWidth });
};

interface Read {
  readonly sizes: readonly number[];
  readonly filters: Float32Array;
  readonly words: readonly Buffer[];
  readonly tensors: ReadonlyMap<string, { readonly extents: readonly number[]; readonly values: readonly number[] }>;
}

/** Reads the file as whisper.cpp's `whisper_model_load` does. */
function read(path: string): Read {
  const bytes = readFileSync(path);
  let at = 0;
  const int = (): number => bytes.readInt32LE((at += 4) - 4);
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  expect(int()).toBe(0x67676d6c);
  const sizes = Array.from({ length: 11 }, int);
  const [bands, bins] = [int(), int()];
  const filters = new Float32Array(Uint8Array.from(take(4 * bands * bins)).buffer);
  const words = Array.from({ length: int() }, () => take(int()));
  const tensors = new Map<string, { extents: number[]; values: number[] }>();
  while (at < bytes.length) {
    const [rank, length, type] = [int(), int(), int()];
    const extents = Array.from({ length: rank }, int);
    const name = take(length).toString();
    const count = extents.reduce((product, extent) => product * extent, 1);
    const data = take(count * (type === 1 ? 2 : 4));
    const values = Array.from({ length: count }, (_, i) =>
      type === 1 ? fromHalf(data.readUInt16LE(2 * i)) : data.readFloatLE(4 * i),
    );
    tensors.set(name, { extents, values });
  }
  return { sizes, filters, words, tensors };
}

function fromHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -magnitude : magnitude;
}

describe('writeGgml', () => {
  it('writes sizes, filters and tokens where whisper.cpp reads them', async () => {
    const path = join(dir, 'ggml.bin');
    const progress: number[] = [];
    await writeGgml(path, await weightsOf(), { tokens, onProgress: (done, total) => progress.push(done / total) });
    const { sizes, filters, words } = read(path);
    const { width, vocabulary, audioPositions, textPositions, encoderLayers, decoderLayers, melBands } = TINY;
    expect(sizes).toEqual([
      ...[vocabulary, audioPositions, width, 2, encoderLayers],
      ...[textPositions, width, 2, decoderLayers, melBands, 1],
    ]);
    expect(filters).toEqual(melFilters(melBands));
    expect(words).toHaveLength(END_OF_TEXT);
    expect(words.map(String)).toContain(' vura');
    expect(progress.at(-1)).toBe(1);
    expect(readdirSync(dir).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('writes every tensor, stacked ones apart, keys without bias', async () => {
    const path = join(dir, 'ggml.bin');
    await writeGgml(path, await weightsOf(), { tokens });
    const { tensors } = read(path);
    const d = TINY.width;
    // Per encoder layer 15, per decoder layer 24, and 7 + 4 of their own.
    expect(tensors.size).toBe(15 * TINY.encoderLayers + 24 * TINY.decoderLayers + 11);
    expect([...tensors.keys()].filter((name) => name.endsWith('key.bias'))).toEqual([]);
    const source = tinyWeights();
    const expected: readonly [name: string, from: string, extents: readonly number[], row: number][] = [
      ['encoder.conv1.weight', 'encoder/conv1/weight', [3, TINY.melBands, d], 0],
      ['encoder.conv2.bias', 'encoder/conv2/bias', [1, d], 0],
      ['encoder.ln_post.bias', 'encoder/layer_norm/beta', [d], 0],
      ['decoder.token_embedding.weight', 'decoder/embeddings/weight', [d, TINY.vocabulary], 0],
      ['decoder.positional_embedding', 'decoder/position_encodings/encodings', [d, TINY.textPositions], 0],
      ['encoder.blocks.1.attn.key.weight', 'encoder/layer_1/self_attention/linear_0/weight', [d, d], d],
      ['encoder.blocks.1.attn.value.bias', 'encoder/layer_1/self_attention/linear_0/bias', [d], 2 * d],
      ['decoder.blocks.0.cross_attn.key.weight', 'decoder/layer_0/attention/linear_1/weight', [d, d], 0],
      ['decoder.blocks.0.cross_attn.value.weight', 'decoder/layer_0/attention/linear_1/weight', [d, d], d],
      ['decoder.blocks.0.cross_attn_ln.weight', 'decoder/layer_0/attention/layer_norm/gamma', [d], 0],
      ['decoder.blocks.1.mlp.0.weight', 'decoder/layer_1/ffn/linear_0/weight', [d, 4 * d], 0],
      ['decoder.blocks.1.mlp.2.weight', 'decoder/layer_1/ffn/linear_1/weight', [4 * d, d], 0],
    ];
    for (const [name, from, extents, row] of expected) {
      const tensor = tensors.get(name);
      expect(tensor?.extents, name).toEqual(extents);
      const { values, dims } = source.get(from)!;
      const rowLength = values.length / dims[0]!;
      tensor!.values.forEach((value, i) => {
        expect(Math.abs(value - values[row * rowLength + i]!), name).toBeLessThan(1e-3);
      });
    }
  });

  it('writes the same from safetensors', async () => {
    await writeGgml(join(dir, 'a.bin'), await weightsOf(), { tokens });
    const index = writeSafetensors(dir, tinyWeights());
    const file = await openSafetensors([index]);
    const weights = whisperWeights(file, 'safetensors', { headWidth: TINY.headWidth });
    await writeGgml(join(dir, 'b.bin'), weights, { tokens });
    expect(readFileSync(join(dir, 'b.bin')).equals(readFileSync(join(dir, 'a.bin')))).toBe(true);
  });

  it('leaves nothing behind when it is aborted', async () => {
    const before = await weightsOf();
    const work = writeGgml(join(dir, 'ggml.bin'), before, { tokens, signal: AbortSignal.abort(new Error('enough')) });
    await expect(work).rejects.toThrow('enough');
    expect(readdirSync(dir)).toEqual(['model.bin']);
  });
});

describe('melFilters', () => {
  it('are those of our own spectrogram', () => {
    const filters = melFilters(80);
    const mel = new LogMel(16_000);
    // A tone in bin 25: what the filters make of its power must be what the spectrogram says, band by band.
    const pcm = Int16Array.from({ length: 1600 }, (_, i) =>
      Math.round(20_000 * Math.sin((2 * Math.PI * 1000 * i) / 16_000)),
    );
    const computed = mel.compute(pcm, 6);
    const loudest = Array.from({ length: 80 }, (_, band) => computed[band * 6 + 3]!);
    const expected = Array.from({ length: 80 }, (_, band) => filters[band * FFT_BINS + 25]!);
    expect(loudest.indexOf(Math.max(...loudest))).toBe(expected.indexOf(Math.max(...expected)));
    const sums = Array.from({ length: 80 }, (_, band) =>
      filters.subarray(band * FFT_BINS, (band + 1) * FFT_BINS).reduce((sum, height) => sum + height * 40, 0),
    );
    // Slaney's normalisation: every triangle has an area of 1; the narrow ones are cut by the bins' grid.
    for (const area of sums.slice(40)) expect(Math.abs(area - 1)).toBeLessThan(0.15);
  });
});

describe('toHalf', () => {
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_520, 0x7c00],
    [1e9, 0x7c00],
    [-Infinity, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [3 * 2 ** -25, 0x0002],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 - 2 ** -12, 0x4000],
  ])('%f is %i', (value, bits) => {
    expect(toHalf(value)).toBe(bits);
  });

  it('gives back every half as it was', () => {
    for (let bits = 0; bits < 0x7c00; bits++) expect(toHalf(fromHalf(bits))).toBe(bits);
  });
});

describe('tokenBytes', () => {
  it('refuses what is no tokenizer of Whisper', () => {
    for (const json of ['{', '{}', '{"model": {"vocab": {"a": 0}}, "added_tokens": []}']) {
      expect(() => tokenBytes(json, 'tokenizer.json')).toThrow(
        expect.objectContaining({ code: 'INZWA_IMPORT_FORMAT' }),
      );
    }
  });
});
