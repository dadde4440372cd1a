/**
 * Weights of a few thousand numbers with Whisper's own vocabulary, for whisper.cpp itself: its published binary for Linux on
 * x64 takes half a minute for one run of the real ones.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLocalModels } from '#models/catalogue.ts';
import { openCTranslate2 } from '#models/import/ctranslate2.ts';
import { writeGgml } from '#models/import/ggml-writer.ts';
import { tokenBytes } from '#models/import/whisper-assets.ts';
import { whisperWeights } from '#models/import/whisper-weights.ts';
import { ctranslate2Bytes, TINY, tinyWeights } from '../unit/models/import/tiny-whisper.ts';

/** Absolute path of the file, below `folder`. */
export async function tinyGgml(folder: string): Promise<string> {
  const { files } = await (await openLocalModels()).open('whisper-base');
  const tensors = tinyWeights();
  const tokens = 51_865;
  const values = Float32Array.from({ length: tokens * TINY.width }, (_, i) => Math.sin(i * i * 0.37));
  tensors.set('decoder/embeddings/weight', { dims: [tokens, TINY.width], values });
  const modelBin = join(folder, 'model.bin');
  await writeFile(modelBin, ctranslate2Bytes(tensors));
  const weights = whisperWeights(await openCTranslate2(modelBin), 'ctranslate2', { headWidth: TINY.headWidth });
  const path = join(folder, 'ggml.bin');
  const tokenizer = files['tokenizer'] ?? '';
  await writeGgml(path, weights, { tokens: tokenBytes(await readFile(tokenizer, 'utf8'), tokenizer) });
  return path;
}
