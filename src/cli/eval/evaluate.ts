/** Plays every recording over the line to every engine, one after the other, and keeps what they heard. */
import type { Clock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import type { Recognizer, TranscribeOptions, TranscriptDoubt } from '#pipeline/ports.ts';
import { degrade, type Degradation, type LineAudio } from './degradation.ts';
import type { Ffmpeg } from './ffmpeg.ts';
import type { Entry } from './locate-audio.ts';
import type { Problem } from './manifest.ts';
import { piecesOf } from './pieces.ts';
import { readAudio } from './read-audio.ts';

/** What one engine made of one recording. */
export interface Heard {
  readonly text: string;
  /** The guard's, of the first piece that has one. */
  readonly doubt: TranscriptDoubt | undefined;
  /** From the recording to its transcript, all pieces together. */
  readonly latencyMs: number;
}

export interface UtteranceResult {
  readonly entry: Entry;
  readonly audioMs: number;
  readonly pieces: number;
  /** In the order of the engines; always one each. */
  readonly heard: readonly Heard[];
}

export interface Evaluation {
  readonly results: readonly UtteranceResult[];
  readonly problems: readonly Problem[];
  /** True when it was stopped before the last recording. */
  readonly isPartial: boolean;
  /** INZWA_EVAL_FAILED when an engine failed so often that going on was useless: to be thrown once the rest is reported. */
  readonly failure?: InzwaError;
}

export interface EvaluateOptions {
  readonly recognizers: readonly Recognizer[];
  readonly degradation: Degradation;
  readonly ffmpeg: Ffmpeg | undefined;
  readonly seed: number;
  /** What the recognisers are told beforehand. */
  readonly priming: Pick<TranscribeOptions, 'prompt' | 'lexicon'>;
  readonly clock: Clock;
  /** Aborting it ends the evaluation with what there is; recordings that not every engine has heard do not count. */
  readonly signal: AbortSignal;
  readonly onProgress: (entries: number, doneBytes: number) => void;
}

/** An engine that has failed so often in a row will not get better: a server that is down, a model that is broken. */
const MOST_FAILURES = 5;

/**
 * A recording that cannot be read, or that an engine fails on, is a problem and is left out for all engines alike, so that
 * they are compared on the same ones. Ends early when an engine fails five times in a row.
 */
export async function evaluate(entries: readonly Entry[], options: EvaluateOptions): Promise<Evaluation> {
  const { recognizers, signal, onProgress } = options;
  const results: UtteranceResult[] = [];
  const problems: Problem[] = [];
  const failures = recognizers.map(() => 0);
  let doneBytes = 0;
  try {
    for (const [index, entry] of entries.entries()) {
      if (index === 0) await warmUp(entry, options);
      const audio = await lineAudio(entry, options);
      if (audio instanceof InzwaError) problems.push(problem(entry, 'audio', audio));
      else {
        const heard = await hearAll(entry, audio, options, failures);
        if ('reason' in heard) problems.push(heard);
        else results.push(heard);
      }
      doneBytes += entry.bytes;
      onProgress(index + 1, doneBytes);
    }
  } catch (error) {
    if (isInzwaError(error, 'INZWA_EVAL_FAILED')) return { results, problems, isPartial: true, failure: error };
    if (!signal.aborted) throw error;
    return { results, problems, isPartial: true };
  }
  return { results, problems, isPartial: false };
}

/** The first run of a graph allocates what later ones reuse, so the first recording is heard once without counting. */
async function warmUp(entry: Entry, options: EvaluateOptions): Promise<void> {
  const audio = await lineAudio(entry, options);
  if (audio instanceof InzwaError) return;
  for (const recognizer of options.recognizers) {
    await hear(recognizer, `warm-up:${entry.line}`, audio, options).catch(() => {
      options.signal.throwIfAborted();
    });
  }
}

async function lineAudio(entry: Entry, options: EvaluateOptions): Promise<LineAudio | InzwaError> {
  const { degradation, ffmpeg, seed, signal } = options;
  try {
    const recording = await readAudio(entry.path, { ffmpeg, signal });
    return await degrade(recording, degradation, { seed: seedOf(seed, entry.line), ffmpeg, signal });
  } catch (error) {
    signal.throwIfAborted();
    // One bad file is one row less; a codec that is missing is missing for all of them.
    if (!(error instanceof InzwaError) || error.code === 'INZWA_FFMPEG_MISSING') throw error;
    return error;
  }
}

async function hearAll(
  entry: Entry,
  audio: LineAudio,
  options: EvaluateOptions,
  failures: number[],
): Promise<UtteranceResult | Problem> {
  const heard: Heard[] = [];
  let pieces = 1;
  for (const [index, recognizer] of options.recognizers.entries()) {
    try {
      const outcome = await hear(recognizer, `line:${entry.line}`, audio, options);
      heard.push(outcome.heard);
      pieces = outcome.pieces;
      failures[index] = 0;
    } catch (error) {
      options.signal.throwIfAborted();
      const failed = (failures[index] ?? 0) + 1;
      failures[index] = failed;
      if (failed >= MOST_FAILURES) {
        throw new InzwaError(
          'INZWA_EVAL_FAILED',
          `${recognizer.name} failed ${MOST_FAILURES} times in a row, last with: ${messageOf(error)}`,
          { cause: error },
        );
      }
      return problem(entry, 'engine', new Error(`${recognizer.name}: ${messageOf(error)}`));
    }
  }
  return { entry, audioMs: (audio.pcm.length * 1000) / audio.sampleRateHz, pieces, heard };
}

async function hear(
  recognizer: Recognizer,
  id: string,
  { pcm, sampleRateHz }: LineAudio,
  { priming, clock, signal }: EvaluateOptions,
): Promise<{ readonly heard: Heard; readonly pieces: number }> {
  const pieces = piecesOf(pcm, sampleRateHz);
  const startMs = clock.nowMs();
  const texts: string[] = [];
  let doubt: TranscriptDoubt | undefined;
  for (const [index, piece] of pieces.entries()) {
    const transcript = await recognizer.transcribe(
      { id: `${id}#${index}`, pcm: piece, sampleRateHz },
      { signal, ...priming },
    );
    texts.push(transcript.text);
    doubt ??= transcript.doubt;
  }
  const text = texts.filter((part) => part !== '').join(' ');
  return { heard: { text, doubt, latencyMs: clock.nowMs() - startMs }, pieces: pieces.length };
}

/** Each row has its own noise and losses, the same ones whichever rows are evaluated beside it (a mixing of 32 bits). */
export function seedOf(seed: number, line: number): number {
  let mixed = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) ^ Math.imul(line, 0xc2b2_ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb_352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846c_a68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function problem(entry: Entry, kind: Problem['kind'], error: Error): Problem {
  return { line: entry.line, kind, reason: error.message };
}
