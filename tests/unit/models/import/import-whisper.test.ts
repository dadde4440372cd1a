import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importWhisper } from '#models/import/import-whisper.ts';
import { MASKED, WhisperSessions } from '#pipeline/recognition/whisper-sessions.ts';
import type { WhisperSource } from '#models/import/import-whisper.ts';
import { ReferenceWhisper } from './reference-whisper.ts';
import { TINY, ctranslate2Bytes, tinyWeights, writeSafetensors } from './tiny-whisper.ts';

const FRAMES = 30;
const TOKENS = [5, 17, 40, 2, 33];
const mel = Float32Array.from(
  { length: TINY.melBands * FRAMES },
  (_, i) => Math.sin(i * 0.7) + 0.3 * Math.cos(i * 2.1),
);
const bias = new Tensor('float32', new Float32Array(TINY.vocabulary), [TINY.vocabulary]);

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'inzwa-import-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function ctranslate2(bytes: Buffer): WhisperSource {
  const modelBin = join(dir, 'model.bin');
  writeFileSync(modelBin, bytes);
  return { format: 'ctranslate2', modelBin };
}

async function imported(source: WhisperSource): Promise<WhisperSessions> {
  const { encoder, decoder, scorer, dims } = await importWhisper({
    source,
    outDir: join(dir, 'out'),
    headWidth: TINY.headWidth,
  });
  expect(dims).toMatchObject({ ...TINY, heads: 2 });
  return WhisperSessions.create({ encoderPath: encoder, decoderPath: decoder, scorerPath: scorer }, 1);
}

/** Log-probabilities after every token: all at once, or token by token through the cache. */
async function logProbsOf(sessions: WhisperSessions, isStepwise: boolean): Promise<number[][]> {
  const audio = await sessions.encode(mel, FRAMES);
  const rows: number[][] = [];
  let state = sessions.emptyState;
  const groups = isStepwise ? TOKENS.map((token) => [token]) : [TOKENS];
  for (const tokens of groups) {
    const total = state.length + tokens.length;
    const mask = Float32Array.from({ length: tokens.length * total }, (_, i) =>
      i % total <= state.length + Math.floor(i / total) ? 0 : MASKED,
    );
    const positions = tokens.map((_, i) => state.length + i);
    const run = await sessions.decode(audio, state, { tokens, positions, mask });
    for (let i = 0; i < tokens.length; i++) {
      rows.push([...(await sessions.project(run.hidden.subarray(i * TINY.width, (i + 1) * TINY.width), bias))]);
    }
    state = run.state;
  }
  return rows;
}

/** Root mean square difference over all rows. */
function distance(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  let sum = 0;
  let count = 0;
  a.forEach((row, i) => {
    row.forEach((value, j) => {
      sum += (value - b[i]![j]!) ** 2;
      count += 1;
    });
  });
  return Math.sqrt(sum / count);
}

describe('importing Whisper', () => {
  const expected = new ReferenceWhisper(tinyWeights()).logProbs(mel, FRAMES, TOKENS);
  const spread = distance(expected, new ReferenceWhisper(tinyWeights(8)).logProbs(mel, FRAMES, TOKENS));

  it.each([
    ['CTranslate2 float32', () => ctranslate2(ctranslate2Bytes(tinyWeights()))],
    ['CTranslate2 int8', () => ctranslate2(ctranslate2Bytes(tinyWeights(), { element: 'i8' }))],
    [
      'sharded safetensors',
      (): WhisperSource => ({ format: 'safetensors', files: [writeSafetensors(dir, tinyWeights())] }),
    ],
  ])('%s: the graphs compute what a plain float forward pass does, up to eight bits', async (_, source) => {
    const sessions = await imported(source());
    const whole = await logProbsOf(sessions, false);
    // Other weights are 20 times farther away than rounding moves these.
    expect(distance(whole, expected)).toBeLessThan(spread / 20);
    expect(distance(await logProbsOf(sessions, true), expected)).toBeLessThan(spread / 20);
    await sessions.dispose();
  });

  it('reports bytes written up to the announced total', async () => {
    const seen: [number, number][] = [];
    await importWhisper({
      source: ctranslate2(ctranslate2Bytes(tinyWeights())),
      outDir: join(dir, 'out'),
      headWidth: TINY.headWidth,
      onProgress: (done, total) => seen.push([done, total]),
    });
    const [done, total] = seen.at(-1)!;
    expect(done).toBe(total);
    expect(seen.every(([bytes], i) => i === 0 || bytes >= seen[i - 1]![0])).toBe(true);
    expect(readdirSync(join(dir, 'out')).sort()).toEqual([
      'decoder.onnx',
      'encoder.onnx',
      'scorer.onnx',
      'whisper.json',
    ]);
  });

  const whole = ctranslate2Bytes(tinyWeights());
  const lacking = tinyWeights();
  lacking.delete('decoder/layer_1/ffn/linear_1/weight');
  const misshapen = tinyWeights();
  misshapen.set('encoder/layer_0/ffn/linear_0/bias', { dims: [3], values: new Float32Array(3) });
  it.each([
    ['INZWA_IMPORT_TRUNCATED', 'cut in a tensor', whole.subarray(0, whole.length / 2)],
    ['INZWA_IMPORT_TRUNCATED', 'cut in a name', whole.subarray(0, 30)],
    ['INZWA_IMPORT_FORMAT', 'another version', ctranslate2Bytes(tinyWeights(), { version: 9 })],
    ['INZWA_IMPORT_FORMAT', 'something else', Buffer.from('not a model at all, just some text')],
    ['INZWA_IMPORT_ARCHITECTURE', 'another model', ctranslate2Bytes(tinyWeights(), { spec: 'TransformerSpec' })],
    ['INZWA_IMPORT_MISSING_TENSOR', 'a tensor less', ctranslate2Bytes(lacking)],
    ['INZWA_IMPORT_SHAPE', 'a wrong shape', ctranslate2Bytes(misshapen)],
  ])('refuses with %s: %s', async (code, _, bytes) => {
    const outDir = join(dir, 'out');
    const options = { source: ctranslate2(bytes), outDir, headWidth: TINY.headWidth };
    await expect(importWhisper(options)).rejects.toMatchObject({ code });
    expect(() => readdirSync(outDir)).toThrow('ENOENT');
  });

  it('refuses a safetensors file that ends early, and one that is something else', async () => {
    const path = join(dir, 'model.safetensors');
    const header = Buffer.from(JSON.stringify({ a: { dtype: 'F32', shape: [4], data_offsets: [0, 16] } }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(path, Buffer.concat([length, header, Buffer.alloc(8)]));
    const options = { source: { format: 'safetensors', files: [path] }, outDir: join(dir, 'out') } as const;
    await expect(importWhisper(options)).rejects.toMatchObject({ code: 'INZWA_IMPORT_TRUNCATED' });
    writeFileSync(path, 'GGUF, not safetensors');
    await expect(importWhisper(options)).rejects.toMatchObject({ code: 'INZWA_IMPORT_FORMAT' });
    rmSync(path);
    await expect(importWhisper(options)).rejects.toMatchObject({ code: 'INZWA_IMPORT_UNREADABLE' });
  });

  it('leaves an earlier import alone and nothing half-written when it is aborted', async () => {
    const outDir = join(dir, 'out');
    const source = ctranslate2(ctranslate2Bytes(tinyWeights()));
    await importWhisper({ source, outDir, headWidth: TINY.headWidth });
    const before = readdirSync(outDir);
    const controller = new AbortController();
    const aborted = importWhisper({
      source,
      outDir,
      headWidth: TINY.headWidth,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(aborted).rejects.toThrow('enough');
    expect(readdirSync(outDir)).toEqual(before);
  });
});
