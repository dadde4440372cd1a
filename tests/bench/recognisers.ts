/**
 * The recognisers on the same synthetic utterances: node tests/bench/recognisers.ts [--most N] [--whisper-cpp N]
 * [--save DIR]. 20 of English, 20 of Shona primed with their own sentences, over 8 kHz mu-law. faster-whisper needs Python 3 and, once, PyPI;
 * whisper.cpp is asked for the first N of each language only, since a run can take a minute.
 */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openLocalModels } from '#models/catalogue.ts';
import { ggmlFile } from '#models/ggml.ts';
import { floatToPcm16, pcm16ToFloat } from '#pipeline/audio/pcm.ts';
import { resample } from '#pipeline/audio/resampler.ts';
import { encodeWav } from '#pipeline/audio/wav.ts';
import { cutPrompt } from '#pipeline/recognition/cut-prompt.ts';
import type { Recognizer } from '#pipeline/ports.ts';
import { OpenAiRecognizer } from '#pipeline/recognition/openai-recognizer.ts';
import { WhisperCppEngine } from '#pipeline/recognition/whisper-cpp-engine.ts';
import { WhisperEngine } from '#pipeline/recognition/whisper-engine.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { quantile } from '#src/cli/bench/statistics.ts';
import { BENCH_SENTENCES } from '#src/cli/bench/whisper/whisper-sentences.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import { FasterWhisperServer } from '../support/faster-whisper-server.ts';

type Language = 'en' | 'sn';

interface Spoken {
  readonly language: Language;
  readonly text: string;
  readonly pcm: Int16Array;
}

const { values: args } = parseArgs({
  options: { 'whisper-cpp': { type: 'string' }, save: { type: 'string' }, most: { type: 'string', default: '20' } },
});
const { signal } = new AbortController();
const models = await openLocalModels();
const asr = await models.open('whisper-base');
const spoken = await speakAll();
if (args.save !== undefined) await save(args.save);
const shona = spoken.filter(({ language }) => language === 'sn');
/** The same for all: as much as fits those that count characters. */
const prompts: Readonly<Record<Language, string | undefined>> = {
  en: undefined,
  sn: cutPrompt(shona.map(({ text }) => text).join(' ')),
};

const whisper = (language: Language) =>
  WhisperEngine.create({
    encoderPath: asr.files['encoder']!,
    decoderPath: asr.files['decoder']!,
    scorerPath: asr.files['scorer']!,
    tokenizerPath: asr.files['tokenizer']!,
    language,
  });
await using server = await FasterWhisperServer.start('whisper-base', { signal });
const rows = [
  ...(await measure('whisper (ONNX)', whisper)),
  ...(await measure(
    'openai (faster-whisper)',
    (language) =>
      Promise.resolve(new OpenAiRecognizer({ url: server.url, model: 'whisper-base', language, deadlineMs: 120_000 })),
    { cpuMs: () => childCpuMs(server.pid) },
  )),
];
const few = Number(args['whisper-cpp'] ?? '0');
if (few > 0) {
  const modelPath = await ggmlFile(models, asr, { signal });
  const open = (language: Language) => WhisperCppEngine.create({ modelPath, language });
  rows.push(
    ...(await measure('whisper-cpp', open, { most: few })),
    ...(await measure('whisper (ONNX), the same few', whisper, { most: few })),
  );
}
console.table(rows);

/** On a busy machine the processor's time compares what the clock's does not. */
async function measure(
  name: string,
  open: (language: Language) => Promise<Recognizer>,
  { most = Number(args.most), cpuMs = ownCpuMs }: { readonly most?: number; readonly cpuMs?: () => number } = {},
) {
  const measured = [];
  for (const language of ['en', 'sn'] as const) {
    const recognizer = await open(language);
    const mine = spoken.filter((each) => each.language === language).slice(0, most);
    const prompt = prompts[language];
    const options = { signal, ...(prompt !== undefined && { prompt }) };
    const times: number[] = [];
    const cpuTimes: number[] = [];
    let errors = 0;
    let characters = 0;
    let doubted = 0;
    for (const [i, utterance] of [mine[0]!, ...mine].entries()) {
      const startMs = performance.now();
      const startCpuMs = cpuMs();
      const heard = await recognizer.transcribe({ id: `u#${i}`, pcm: utterance.pcm, sampleRateHz: 8000 }, options);
      if (i === 0) continue; // once for nothing: first-time allocations
      times.push(performance.now() - startMs);
      cpuTimes.push(cpuMs() - startCpuMs);
      const [said, got] = [plain(utterance.text), plain(heard.text)];
      errors += editDistance(said, got);
      characters += said.length;
      if (heard.doubt !== undefined) doubted += 1;
      process.stderr.write(`${name} ${language} ${times.at(-1)?.toFixed(0)} ms "${heard.text}"\n`);
    }
    if ('dispose' in recognizer) await (recognizer as { dispose(): Promise<void> }).dispose();
    measured.push({
      name,
      language,
      n: mine.length,
      'CER %': Number(((100 * errors) / characters).toFixed(1)),
      doubted,
      'median ms': Math.round(quantile(times, 0.5)),
      'p95 ms': Math.round(quantile(times, 0.95)),
      'median CPU ms': Math.round(quantile(cpuTimes, 0.5)),
    });
  }
  return measured;
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Linux only: user and system time in ticks of 10 ms, NaN elsewhere. */
function childCpuMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return NaN;
  }
}

async function speakAll(): Promise<readonly Spoken[]> {
  const { files } = await models.open('piper-joe');
  const voice = { kind: 'piper', modelPath: files['model']!, configPath: files['config']! } as const;
  const voices = {
    sn: await VitsEngine.create(voice),
    en: await VitsEngine.create({ ...voice, toIpa: (ipa: string) => ipa }),
  };
  const all: Spoken[] = [];
  for (const { language, text, spoken: said } of BENCH_SENTENCES) {
    const chunks: number[] = [];
    const engine = voices[language];
    for await (const chunk of engine.synthesize(said, { signal, noiseScale: 0 })) chunks.push(...chunk);
    const narrow = resample(Float32Array.from(chunks), { fromHz: engine.sampleRateHz, toHz: 8000 });
    const pcm = new Int16Array(narrow.length + 1600);
    floatToPcm16(pcm.subarray(800), narrow);
    const bytes = new Uint8Array(pcm.length);
    muLaw.encodeInto(bytes, pcm);
    muLaw.decodeInto(pcm, bytes);
    all.push({ language, text, pcm });
  }
  await voices.sn.dispose();
  await voices.en.dispose();
  return all;
}

/** For engines of other programs: WAV at 16 kHz and the texts. */
async function save(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [i, { pcm }] of spoken.entries()) {
    const floats = new Float32Array(pcm.length);
    pcm16ToFloat(floats, pcm);
    const wide = resample(floats, { fromHz: 8000, toHz: 16_000 });
    const samples = new Int16Array(wide.length);
    floatToPcm16(samples, wide);
    await writeFile(join(folder, `${i}.wav`), encodeWav({ sampleRateHz: 16_000, channels: [samples] }));
  }
  const texts = spoken.map(({ language, text }) => ({ language, text }));
  await writeFile(join(folder, 'texts.json'), JSON.stringify(texts));
}

function plain(text: string): string {
  const numbers: Readonly<Record<string, string>> = {
    '2': 'two',
    '3': 'three',
    '7': 'seven',
    '10': 'ten',
    '20': 'twenty',
  };
  return text
    .toLowerCase()
    .replaceAll(/\d+/g, (digits) => numbers[digits] ?? digits)
    .replaceAll(/[^\p{L}\p{N} ]/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function editDistance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = before[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, before[j]! + 1, row[j - 1]! + 1));
    }
    before = row;
  }
  return before[b.length]!;
}
