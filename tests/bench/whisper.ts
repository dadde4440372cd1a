/** Whisper beside faster-whisper: node tests/bench/whisper.ts [--json FILE]; needs Python 3 and, once, PyPI. */
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openLocalModels } from '#models/catalogue.ts';
import { benchWhisper } from '#src/cli/bench/whisper/whisper-bench.ts';

const { values: args } = parseArgs({ options: { json: { type: 'string' } } });
const models = await openLocalModels();
const [asr, voice] = [await models.open('whisper-base'), await models.open('piper-joe')];
const result = await benchWhisper({
  whisper: {
    encoderPath: asr.files['encoder']!,
    decoderPath: asr.files['decoder']!,
    scorerPath: asr.files['scorer']!,
    tokenizerPath: asr.files['tokenizer']!,
  },
  voice: { modelPath: voice.files['model']!, configPath: voice.files['config']! },
  ctranslate2: {
    weights: asr.files['weights']!,
    config: asr.files['config']!,
    tokenizer: asr.files['tokenizer']!,
    vocabulary: asr.files['vocabulary']!,
  },
  cacheDir: join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'inzwa', 'bench'),
  signal: new AbortController().signal,
  onProgress: (text) => process.stderr.write(`${text}\n`),
});
console.table(result.figures);
if (args.json !== undefined) await writeFile(args.json, `${JSON.stringify(result, undefined, 2)}\n`);
