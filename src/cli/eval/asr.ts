/** `inzwa eval asr`: how well recognisers hear recordings whose words are known. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { openLocalModels } from '#models/catalogue.ts';
import { loadLanguage, packCodes } from '#prompts/language.ts';
import { describeMachine, summarizeMachine } from '../bench/machine.ts';
import { seededRandom } from '../bench/statistics.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { createTerminal, type Terminal } from '../terminal.ts';
import { describeDegradation } from './degradation.ts';
import { evaluate, type Evaluation } from './evaluate.ts';
import { Ffmpeg, ffmpegMissing } from './ffmpeg.ts';
import { locateAudio, type Entry, type Located } from './locate-audio.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { ASR_HELP, parseAsrOptions, type AsrOptions } from './options.ts';
import { readPriming, type Priming } from './priming.ts';
import { isCompressedName, NO_WAV } from './read-audio.ts';
import { openRecognizer, type OpenedRecognizer } from './recognizers.ts';
import { renderReport, reportJson, utteranceTable, type Report } from './report.ts';
import { textForms } from './scoring.ts';
import { summarize } from './summary.ts';

export async function run(args: readonly string[]): Promise<number> {
  const options = parseAsrOptions(args);
  if (options === undefined) {
    createTerminal().line(ASR_HELP);
    return 0;
  }
  using interrupt = listenForInterrupt();
  try {
    const isWhole = await evaluateAsr(options, createTerminal(), interrupt.signal);
    return interrupt.exitCode ?? (isWhole ? 0 : 1);
  } catch (error) {
    if (interrupt.exitCode !== undefined) return interrupt.exitCode;
    throw error;
  }
}

/** True when every row of the manifest is in the figures. */
async function evaluateAsr(options: AsrOptions, terminal: Terminal, signal: AbortSignal): Promise<boolean> {
  const manifest = await openManifest(options.manifest);
  const located = await locateAudio(manifest, { manifestPath: options.manifest, audioFolder: options.audioFolder });
  const entries = sampleOf(located.entries, options);
  const ffmpeg = await findFfmpeg(options, entries, signal);
  const priming = await readPriming({
    hotline: options.promptHotline,
    lexiconFile: options.lexiconFile,
    language: options.language,
  });
  await using opened = await openAll(options, signal);
  const recognizers = opened.list.map(({ recognizer }) => recognizer);
  const totalBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const bar = terminal.progress('recordings');
  const evaluation = await evaluate(entries, {
    ...{ recognizers, ffmpeg, signal },
    degradation: options.degradation,
    seed: options.seed,
    priming: priming.options,
    clock: systemClock,
    onProgress: (done, doneBytes) => bar.update({ doneBytes, totalBytes }, `  ${done} of ${entries.length}`),
  }).finally(() => bar.end());
  const names = recognizers.map(({ name }) => name);
  const report = reportOf({ options, manifest, located, evaluation, priming, names, sampled: entries.length });
  terminal.line(renderReport(report));
  terminal.line();
  terminal.line(summarizeMachine(report.machine));
  if (options.jsonPath !== undefined) await write(options.jsonPath, reportJson(report), terminal);
  if (options.tsvPath !== undefined) {
    await write(options.tsvPath, utteranceTable(evaluation.results, names, formsOf(options.language)), terminal);
  }
  if (evaluation.failure !== undefined) throw evaluation.failure;
  return report.problems.length === 0 && !evaluation.isPartial && entries.length > 0;
}

async function openManifest(file: string): Promise<Manifest> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new InzwaError('INZWA_EVAL_MANIFEST', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  });
  return readManifest(bytes, file);
}

/** N rows drawn without replacement, in the manifest's order. */
function sampleOf(entries: readonly Entry[], { sample, seed }: AsrOptions): readonly Entry[] {
  if (sample === undefined || sample >= entries.length) return entries;
  const random = seededRandom(seed);
  const order = entries.map((_, index) => index);
  for (let i = 0; i < sample; i++) {
    const j = i + Math.floor(random() * (order.length - i));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  const drawn = new Set(order.slice(0, sample));
  return entries.filter((_, index) => drawn.has(index));
}

/** Looked for only where it may be needed, and then before anything slow is done. */
async function findFfmpeg(
  { ffmpeg: command, degradation }: AsrOptions,
  entries: readonly Entry[],
  signal: AbortSignal,
): Promise<Ffmpeg | undefined> {
  const ffmpeg = await Ffmpeg.find(command, { signal });
  if (ffmpeg === undefined) {
    if (degradation.codec !== undefined) throw ffmpegMissing('AMR and GSM are encoded', command);
    if (entries.some(({ path }) => isCompressedName(path))) throw ffmpegMissing(NO_WAV, command);
  } else if (degradation.codec !== undefined) ffmpeg.requireCodec(degradation.codec);
  return ffmpeg;
}

interface OpenedRecognizers extends AsyncDisposable {
  readonly list: readonly OpenedRecognizer[];
}

async function openAll({ engines, language }: AsrOptions, signal: AbortSignal): Promise<OpenedRecognizers> {
  const models = await openLocalModels();
  await using stack = new AsyncDisposableStack();
  const list: OpenedRecognizer[] = [];
  const hasPack = packCodes().includes(language);
  const whisperLanguage = hasPack ? loadLanguage(language).definition.recognisers.whisper : language;
  const how = { models, language, whisperLanguage, env: process.env, signal };
  for (const choice of engines) list.push(stack.use(await openRecognizer(choice, how)));
  const kept = stack.move();
  return { list, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

interface ReportParts {
  readonly options: AsrOptions;
  readonly manifest: Manifest;
  readonly located: Located;
  readonly evaluation: Evaluation;
  readonly priming: Priming;
  readonly names: readonly string[];
  readonly sampled: number;
}

function reportOf({ options, manifest, located, evaluation, priming, names, sampled }: ReportParts): Report {
  const { seed, language, resampleBy } = options;
  const problems = [...manifest.problems, ...located.problems, ...evaluation.problems];
  return {
    evaluation: 'asr',
    measuredAt: new Date(systemClock.wallMs()).toISOString(),
    machine: describeMachine(names),
    manifest: {
      file: options.manifest,
      layout: manifest.description,
      rows: manifest.rows.length + manifest.problems.length,
      // Everything, unless a sample was asked for.
      sampled: sampled < located.entries.length ? sampled : manifest.rows.length + manifest.problems.length,
    },
    line: describeDegradation(options.degradation),
    language,
    seed,
    priming: priming.description,
    isPartial: evaluation.isPartial,
    summary: summarize(evaluation.results, { engines: names, forms: formsOf(language), seed, resampleBy }),
    problems: problems.sort((a, b) => a.line - b.line),
  };
}

/** The folded form is there for languages that have a pack; Whisper knows a hundred that have none. */
function formsOf(code: string) {
  if (!packCodes().includes(code)) return textForms(undefined);
  const language = loadLanguage(code);
  return textForms((word) => language.fold(word));
}

/** For the owner alone: a report may name speakers, the table holds their words. */
async function write(file: string, text: string, terminal: Terminal): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { mode: 0o600 });
  terminal.line(`Written to ${file}`);
}
