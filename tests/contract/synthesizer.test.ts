/** Every Synthesizer keeps these promises. The real voice runs the same suite in tests/e2e/vits.test.ts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { tinyPiperConfig, tinyVits } from '../unit/pipeline/speech/tiny-vits.ts';
import { synthesizerContract } from './synthesizer-contract.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synthesizer-'));
  await writeFile(join(folder, 'piper.onnx'), tinyVits('piper'));
  await writeFile(join(folder, 'piper.onnx.json'), tinyPiperConfig());
  await writeFile(join(folder, 'mms.onnx'), tinyVits('mms'));
  await writeFile(
    join(folder, 'tokens.txt'),
    Array.from('wanimkdgurtsoehvc ')
      .map((c, id) => `${c} ${id}`)
      .join('\n'),
  );
});
afterAll(() => rm(folder, { recursive: true }));

describe('VitsEngine with a Piper graph', () => {
  synthesizerContract(() => VitsEngine.create({ kind: 'piper', modelPath: join(folder, 'piper.onnx') }));
});

describe('VitsEngine with an MMS graph', () => {
  synthesizerContract(() =>
    VitsEngine.create({ kind: 'mms', modelPath: join(folder, 'mms.onnx'), vocab: join(folder, 'tokens.txt') }),
  );
});
