/** A CTC model that hears tones: one frequency per letter, 20 ms per frame, silence as blank; and the voice for it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GraphBuilder } from '#models/import/graph-builder.ts';
import { writeOnnx } from '#models/import/onnx-writer.ts';

const RATE_HZ = 16_000;
const FRAME = 320;
const LETTERS = Array.from("|abcdefghijklmnopqrstuvwxyz'");
export const TONE_SYMBOLS = ['<pad>', '<s>', '</s>', '<unk>', ...LETTERS];
const FIRST_LETTER = 4;
/** Whole periods in 20 ms, so that letters do not hear each other. */
const hzOf = (letter: number): number => 350 + 100 * letter;

/** `sharpness`: logit of a letter that sounds alone, with that of silence at half of it. */
export async function writeToneCtc(
  folder: string,
  { sharpness = 16 }: { readonly sharpness?: number } = {},
): Promise<{ readonly modelPath: string; readonly vocabularyPath: string }> {
  const graph = new GraphBuilder();
  const letters = LETTERS.length;
  const templates = new Float32Array(2 * letters * FRAME);
  for (let letter = 0; letter < letters; letter++) {
    for (let i = 0; i < FRAME; i++) {
      const phase = (2 * Math.PI * hzOf(letter) * i) / RATE_HZ;
      // A tone of unit variance has an energy of 1 in its own two templates together.
      const scale = Math.SQRT2 / FRAME;
      templates[2 * letter * FRAME + i] = scale * Math.sin(phase);
      templates[(2 * letter + 1) * FRAME + i] = scale * Math.cos(phase);
    }
  }
  const symbols = TONE_SYMBOLS.length;
  const sums = new Float32Array(symbols * 2 * letters);
  for (let letter = 0; letter < letters; letter++) {
    const row = FIRST_LETTER + letter;
    sums.fill(sharpness, row * 2 * letters + 2 * letter, row * 2 * letters + 2 * letter + 2);
  }
  const bias = new Float32Array(symbols).fill(-sharpness, 1, FIRST_LETTER);
  bias[0] = sharpness / 2;
  const wave = graph.node('Unsqueeze', ['input_values', graph.longs([1], [1])]);
  const tones = graph.node('Conv', [wave, graph.floats([2 * letters, 1, FRAME], () => templates)], {
    attributes: { strides: { ints: [FRAME] } },
  });
  const energies = graph.node('Mul', [tones, tones]);
  const scores = graph.node('Conv', [
    energies,
    graph.floats([symbols, 2 * letters, 1], () => sums),
    graph.floats([symbols], () => bias),
  ]);
  graph.node('Transpose', [scores], { attributes: { perm: { ints: [0, 2, 1] } }, outputs: ['logits'] });
  const modelPath = join(folder, 'model.onnx');
  await writeOnnx(
    modelPath,
    graph.build(
      'tone-ctc',
      [{ name: 'input_values', element: 'float32', dims: [1, 'samples'] }],
      [{ name: 'logits', element: 'float32', dims: [1, 'frames', symbols] }],
      {},
    ),
    {},
  );
  const vocabularyPath = join(folder, 'vocab.json');
  writeFileSync(vocabularyPath, JSON.stringify(Object.fromEntries(TONE_SYMBOLS.map((symbol, id) => [symbol, id]))));
  return { modelPath, vocabularyPath };
}

/** Three frames per letter and one of silence behind it, PCM16 at 8 kHz; `blur` mixes every letter with the next one. */
export function toneSpeech(text: string, { blur = 0 }: { readonly blur?: number } = {}): Int16Array {
  const letters = Array.from(text.toLowerCase().replaceAll(' ', '|'), (letter) => LETTERS.indexOf(letter)).filter(
    (letter) => letter >= 0,
  );
  const samples = FRAME / 2;
  const pcm = new Int16Array(4 * samples * (letters.length + 2));
  letters.forEach((letter, at) => {
    const other = (letter + 1) % LETTERS.length;
    for (let i = 0; i < 3 * samples; i++) {
      const tone = (which: number): number => Math.sin((2 * Math.PI * hzOf(which) * i) / (RATE_HZ / 2));
      pcm[4 * samples * (at + 1) + i] = Math.round(9000 * ((1 - blur) * tone(letter) + blur * tone(other)));
    }
  });
  return pcm;
}
