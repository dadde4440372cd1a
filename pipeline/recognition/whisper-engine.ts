/**
 * Whisper on a window as long as the utterance. Made for one thread that it shares with others: between encoder and decoder
 * steps it goes back to the event loop, and there it also notices that nobody waits any more.
 */
import { setImmediate } from 'node:timers/promises';
import { Tensor } from 'onnxruntime-node';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import { decodeGreedily, startTokens } from './decoding.ts';
import { LogMel } from './log-mel.ts';
import { endsInRepeatedWord } from './restart-cut.ts';
import { phraseTree } from './phrase-tree.ts';
import { speechMs as voicedMs } from './speech-time.ts';
import { WhisperTokenizer, suppressedTokens } from './tokenizer.ts';
import { doubtOf } from './transcript-guard.ts';
import { MASKED, WhisperSessions } from './whisper-sessions.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Recognizer, Transcript, TranscribeOptions, TranscriptDoubt, Utterance } from '#pipeline/ports.ts';
import type { DecoderState, EncodedAudio, WhisperPaths } from './whisper-sessions.ts';

export interface WhisperEngineOptions extends WhisperPaths {
  /** As `Recognizer.name`. @defaultValue 'whisper-onnx' */
  readonly name?: string;
  readonly tokenizerPath: string;
  /** Whisper's code of the language that is always assumed: `sn`, `en` … */
  readonly language: string;
  /** @defaultValue 1: two threads were slower for one utterance on two cores, and the other core serves the next call */
  readonly threads?: number;
  /**
   * Silence that the window holds behind the utterance.
   * @defaultValue 1000 ms: English does not care between 400 and 3000 (CER 3.5 to 4.4 %, n 120), primed Shona does (17 % at
   * 400, 13.7 at 1000, 12.6 at 1500), and every further second costs about 15 ms; with none the text itself is wrong
   */
  readonly trailingSilenceMs?: number;
  readonly clock?: Clock;
}

/** Transcription may override the engine's language. */
export interface EngineTranscribeOptions extends TranscribeOptions {
  readonly language?: string;
  /** `full` takes Whisper's own 30 s window at once: for comparisons. @defaultValue 'short' */
  readonly window?: 'short' | 'full';
}

const FULL_WINDOW_FRAMES = 3000;
const FRAME_MS = 10;
/** Utterances whose encoded audio is kept for `score`. */
const KEPT_UTTERANCES = 4;
/** Rows per projection: their log-probabilities (3.3 MB at 16) stay in the cache. */
const SCORE_ROWS = 16;
/** Nobody says more than about 13 tokens a second; the rest of the limit is for short utterances. */
const TOKENS_PER_SECOND = 14;
const SPARE_TOKENS = 16;
/** Doubts that a short window itself can cause; the others a full window would only confirm, 700 ms later. */
const RETRIED: ReadonlySet<TranscriptDoubt> = new Set(['repetitive', 'too-fast', 'empty', 'wrong-script']);
/** Enough silence for the decoder to end where the speech does; it costs 50 ms more than the usual second. */
const SECOND_LOOK_SILENCE_MS = 4000;
/** Less speech than this is not worth a second try. */
const MIN_RETRY_SPEECH_MS = 300;

interface Attempt {
  readonly text: string;
  readonly avgLogProb: number;
  readonly noSpeechProb: number;
  readonly doubt: TranscriptDoubt | undefined;
  readonly audio: EncodedAudio;
  readonly timings: Transcript['timings'];
}

interface Heard {
  readonly utterance: Utterance;
  readonly speechMs: number;
  readonly language: number;
  readonly options: EngineTranscribeOptions;
}

export class WhisperEngine implements Recognizer {
  readonly name: string;
  readonly canScore = true;
  readonly #sessions: WhisperSessions;
  readonly #tokenizer: WhisperTokenizer;
  readonly #language: number;
  readonly #trailingSilenceMs: number;
  readonly #clock: Clock;
  readonly #mels = new Map<number, LogMel>();
  readonly #kept = new Map<string, { readonly audio: EncodedAudio; readonly language: number }>();
  readonly #plainBias: Tensor;
  readonly #speechBias: Tensor;
  readonly #firstBias: Tensor;

  private constructor(sessions: WhisperSessions, tokenizer: WhisperTokenizer, options: WhisperEngineOptions) {
    this.name = options.name ?? 'whisper-onnx';
    this.#sessions = sessions;
    this.#tokenizer = tokenizer;
    this.#language = tokenizer.language(options.language);
    this.#trailingSilenceMs = options.trailingSilenceMs ?? 1000;
    this.#clock = options.clock ?? systemClock;
    const { vocabulary } = sessions.shape;
    const suppressed = suppressedTokens(tokenizer, vocabulary);
    const bias = (ids: readonly number[]): Tensor => {
      const values = new Float32Array(vocabulary);
      for (const id of ids) values[id] = MASKED;
      return new Tensor('float32', values, [vocabulary]);
    };
    this.#plainBias = bias([]);
    this.#speechBias = bias(suppressed);
    this.#firstBias = bias([...suppressed, ...tokenizer.encode(' '), tokenizer.special.endOfText]);
  }

  /** Loads the graphs (about 0.5 s); throws INZWA_RECOGNISER_MODEL or INZWA_TOKENIZER_INVALID. */
  static async create(options: WhisperEngineOptions): Promise<WhisperEngine> {
    const tokenizer = await WhisperTokenizer.open(options.tokenizerPath);
    return new WhisperEngine(await WhisperSessions.create(options, options.threads ?? 1), tokenizer, options);
  }

  /** Runs every graph once on noise, so that the first caller does not pay for first-time allocations. */
  async warmUp(): Promise<void> {
    const pcm = Int16Array.from({ length: 16000 }, (_, i) => Math.round(2000 * Math.sin(i * i * 1e-4)));
    const { signal } = new AbortController();
    const id = 'warm-up';
    await this.transcribe({ id, pcm, sampleRateHz: 8000 }, { signal });
    await this.score(id, ['mhoroi', 'mangwanani'], { signal });
    this.#kept.delete(id);
  }

  /** As `Recognizer.transcribe`; PCM16 at 8 or 16 kHz, of which the first 29 s count. */
  async transcribe(utterance: Utterance, options: EngineTranscribeOptions): Promise<Transcript> {
    options.signal.throwIfAborted();
    const heard: Heard = {
      utterance,
      options,
      speechMs: voicedMs(utterance.pcm, utterance.sampleRateHz),
      language: options.language === undefined ? this.#language : this.#tokenizer.language(options.language),
    };
    let window = options.window ?? 'short';
    let attempt = await this.#attempt(heard, window === 'full' ? FULL_WINDOW_FRAMES : this.#frames(utterance));
    if (window === 'short' && endsInRepeatedWord(attempt.text)) {
      const second = await this.#attempt(heard, this.#frames(utterance, SECOND_LOOK_SILENCE_MS));
      attempt = { ...second, audio: attempt.audio, timings: sumOf(attempt.timings, second.timings) };
    }
    if (window === 'short' && attempt.doubt && RETRIED.has(attempt.doubt) && heard.speechMs >= MIN_RETRY_SPEECH_MS) {
      const first = attempt.timings;
      const retried = await this.#attempt(heard, FULL_WINDOW_FRAMES);
      // The short window's encoding stays the one to score against: its scores were what the thresholds are made from.
      attempt = { ...retried, audio: attempt.audio, timings: sumOf(first, retried.timings) };
      window = 'full';
    }
    this.#keep(utterance.id, attempt.audio, heard.language);
    return {
      utteranceId: utterance.id,
      text: attempt.text,
      avgLogProb: attempt.avgLogProb,
      confidence: Math.exp(attempt.avgLogProb),
      noSpeechProb: attempt.noSpeechProb,
      ...(attempt.doubt === undefined ? {} : { doubt: attempt.doubt }),
      window,
      audioMs: (utterance.pcm.length * 1000) / utterance.sampleRateHz,
      timings: attempt.timings,
    };
  }

  /** As `Recognizer.score`: no prompt stands before the phrases, and nothing is suppressed. */
  async score(
    utteranceId: string,
    phrases: readonly string[],
    { signal }: { readonly signal: AbortSignal },
  ): Promise<readonly number[]> {
    signal.throwIfAborted();
    const kept = this.#kept.get(utteranceId);
    if (kept === undefined) {
      throw new InzwaError('INZWA_UTTERANCE_FORGOTTEN', `the encoded audio of utterance ${utteranceId} is not kept`, {
        details: { utteranceId },
      });
    }
    if (phrases.length === 0) return [];
    const { special } = this.#tokenizer;
    const tree = phraseTree(
      startTokens(special, kept.language, []),
      phrases.map((phrase) => this.#tokenizer.encode(` ${phrase.trim()}`)),
      special.endOfText,
    );
    const { hidden } = await this.#sessions.decode(kept.audio, this.#sessions.emptyState, tree);
    const likelihoods = await this.#likelihoods(hidden, tree.targets, signal);
    return tree.phrases.map(
      (targets) => targets.reduce((sum, target) => sum + (likelihoods[target] ?? 0), 0) / targets.length,
    );
  }

  async dispose(): Promise<void> {
    this.#kept.clear();
    await this.#sessions.dispose();
  }

  async #attempt({ utterance, speechMs, language, options }: Heard, frames: number): Promise<Attempt> {
    const { signal, prompt } = options;
    const startMs = this.#clock.nowMs();
    const mel = this.#mel(utterance.sampleRateHz).compute(utterance.pcm, frames);
    const melEndMs = this.#clock.nowMs();
    await this.#breathe(signal);
    const audio = await this.#sessions.encode(mel, frames);
    const encoderEndMs = this.#clock.nowMs();
    await this.#breathe(signal);
    const { special } = this.#tokenizer;
    const promptTokens = prompt === undefined ? [] : this.#tokenizer.encode(` ${prompt.trim()}`);
    const start = startTokens(special, language, promptTokens);
    const text = this.#text(audio, start);
    const result = await decodeGreedily(text, {
      start,
      endOfText: special.endOfText,
      decode: (tokens) => this.#tokenizer.decode(tokens),
      speechMs,
      maxTokens: SPARE_TOKENS + Math.ceil((speechMs / 1000) * TOKENS_PER_SECOND),
      betweenSteps: () => this.#breathe(signal),
    });
    const heard = {
      text: this.#tokenizer.decode(result.tokens).trim(),
      avgLogProb: result.avgLogProb,
      noSpeechProb: text.noSpeechProb(),
    };
    return {
      ...heard,
      doubt: doubtOf({ ...heard, speechMs, prompt, isComplete: result.isComplete }),
      audio,
      timings: {
        melMs: melEndMs - startMs,
        encoderMs: encoderEndMs - melEndMs,
        decoderMs: this.#clock.nowMs() - encoderEndMs,
      },
    };
  }

  /** A decoder over one encoded window; P(no speech) is read where the transcript starts, behind the prompt. */
  #text(audio: EncodedAudio, start: readonly number[]) {
    const sessions = this.#sessions;
    const { width } = sessions.shape;
    const startRow = start.indexOf(this.#tokenizer.special.startOfTranscript);
    let state: DecoderState = sessions.emptyState;
    let noSpeechProb = 0;
    return {
      noSpeechProb: () => noSpeechProb,
      next: async (tokens: readonly number[], isFirst: boolean): Promise<Float32Array> => {
        const positions = tokens.map((_, i) => state.length + i);
        const mask = causalMask(state.length, tokens.length);
        const run = await sessions.decode(audio, state, { tokens, positions, mask });
        state = run.state;
        if (isFirst) {
          const row = run.hidden.subarray(startRow * width, (startRow + 1) * width);
          const scores = await sessions.project(row, this.#plainBias);
          noSpeechProb = Math.exp(scores[this.#tokenizer.special.noSpeech] ?? -Infinity);
        }
        return sessions.project(run.hidden.subarray(-width), isFirst ? this.#firstBias : this.#speechBias);
      },
    };
  }

  /** In chunks of rows; between them the event loop gets its turn. */
  async #likelihoods(
    hidden: Float32Array,
    targets: readonly (readonly [row: number, token: number])[],
    signal: AbortSignal,
  ): Promise<Float32Array> {
    const { width } = this.#sessions.shape;
    const found = new Float32Array(targets.length);
    for (let first = 0; first * width < hidden.length; first += SCORE_ROWS) {
      const asked = [...targets.entries()].filter(([, [row]]) => row >= first && row < first + SCORE_ROWS);
      if (asked.length === 0) continue;
      await this.#breathe(signal);
      const rows = hidden.subarray(first * width, (first + SCORE_ROWS) * width);
      const local = asked.map(([, [row, token]]) => [row - first, token] as const);
      const values = await this.#sessions.likelihoods(rows, this.#plainBias, local);
      asked.forEach(([index], i) => {
        found[index] = values[i] ?? -Infinity;
      });
    }
    return found;
  }

  #frames({ pcm, sampleRateHz }: Utterance, silenceMs = this.#trailingSilenceMs): number {
    const frames = Math.ceil(((pcm.length * 1000) / sampleRateHz + silenceMs) / FRAME_MS);
    return Math.min(FULL_WINDOW_FRAMES, frames + (frames % 2));
  }

  #mel(sampleRateHz: number): LogMel {
    if (sampleRateHz !== 8000 && sampleRateHz !== 16000) {
      throw new RangeError(`utterances come at 8000 or 16000 Hz, not ${sampleRateHz}`);
    }
    const known = this.#mels.get(sampleRateHz);
    if (known !== undefined) return known;
    const mel = new LogMel(sampleRateHz, this.#sessions.shape.melBands);
    this.#mels.set(sampleRateHz, mel);
    return mel;
  }

  #keep(utteranceId: string, audio: EncodedAudio, language: number): void {
    this.#kept.delete(utteranceId);
    this.#kept.set(utteranceId, { audio, language });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_UTTERANCES) break;
      this.#kept.delete(oldest);
    }
  }

  /** ONNX Runtime's runs block the thread: this is where other work on it, and a cancellation, get through. */
  async #breathe(signal: AbortSignal): Promise<void> {
    await setImmediate();
    signal.throwIfAborted();
  }
}

/** Every new token sees all before it and itself. */
function causalMask(past: number, count: number): Float32Array {
  const mask = new Float32Array(count * (past + count));
  for (let row = 0; row < count; row++)
    mask.fill(MASKED, row * (past + count) + past + row + 1, (row + 1) * (past + count));
  return mask;
}

function sumOf(a: Transcript['timings'], b: Transcript['timings']): Transcript['timings'] {
  return {
    melMs: a.melMs + b.melMs,
    encoderMs: a.encoderMs + b.encoderMs,
    decoderMs: a.decoderMs + b.decoderMs,
  };
}
