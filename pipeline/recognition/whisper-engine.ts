/**
 * Whisper on a window as long as the utterance. Made for one thread that it shares with others: between encoder and decoder
 * steps it goes back to the event loop, and there it also notices that nobody waits any more.
 */
import { setImmediate } from 'node:timers/promises';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import { hear } from './hearing.ts';
import { LogMel } from './log-mel.ts';
import { endsInRepeatedWord } from './restart-cut.ts';
import { speechMs as voicedMs } from './speech-time.ts';
import { WhisperTokenizer } from './tokenizer.ts';
import { WhisperDecoder } from './whisper-decoder.ts';
import { WhisperSessions } from './whisper-sessions.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Recognizer, Transcript, TranscribeOptions, TranscriptDoubt, Utterance } from '#pipeline/ports.ts';
import type { Heard } from './hearing.ts';
import type { EncodedAudio, WhisperPaths } from './whisper-sessions.ts';

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
/** What phrases are held against to know how likely they are of themselves: two seconds of it and the usual one behind. */
const SILENCE_HZ = 8000;
const SILENCE_FRAMES = 300;
/** Utterances whose encoded audio is kept for `score`, some 6 MB each: one for each of the calls that one machine serves. */
const KEPT_UTTERANCES = 8;
/** Doubts that a short window itself can cause; the others a full window would only confirm, 700 ms later. */
const RETRIED: ReadonlySet<TranscriptDoubt> = new Set(['repetitive', 'too-fast', 'empty', 'wrong-script']);
/** Enough silence for the decoder to end where the speech does; it costs 50 ms more than the usual second. */
const SECOND_LOOK_SILENCE_MS = 4000;
/** Less speech than this is not worth a second try. */
const MIN_RETRY_SPEECH_MS = 300;

interface Attempt extends Heard {
  readonly noSpeechProb: number;
  readonly audio: EncodedAudio;
  readonly timings: Transcript['timings'];
}

interface Encoded {
  readonly audio: EncodedAudio;
  readonly melMs: number;
  readonly encoderMs: number;
}

interface Kept {
  /** A copy. */
  readonly pcm: Int16Array;
  readonly frames: number;
  readonly audio: EncodedAudio;
  readonly language: number;
}

interface Request {
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
  readonly #decoder: WhisperDecoder;
  readonly #language: number;
  readonly #trailingSilenceMs: number;
  readonly #clock: Clock;
  readonly #mels = new Map<number, LogMel>();
  #encodedSilence: EncodedAudio | undefined;
  readonly #kept = new Map<string, Kept>();

  private constructor(sessions: WhisperSessions, tokenizer: WhisperTokenizer, options: WhisperEngineOptions) {
    this.name = options.name ?? 'whisper-onnx';
    this.#sessions = sessions;
    this.#tokenizer = tokenizer;
    this.#language = tokenizer.language(options.language);
    this.#trailingSilenceMs = options.trailingSilenceMs ?? 1000;
    this.#clock = options.clock ?? systemClock;
    this.#decoder = new WhisperDecoder({ sessions, tokenizer, silence: () => this.#silence() });
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

  /**
   * As `Recognizer.transcribe`; PCM16 at 8 or 16 kHz, of which the first 29 s count. An utterance that is still kept is not
   * encoded again: a second look with another prompt or lexicon costs the decoder's time alone.
   */
  async transcribe(utterance: Utterance, options: EngineTranscribeOptions): Promise<Transcript> {
    options.signal.throwIfAborted();
    const request: Request = {
      utterance,
      options,
      speechMs: voicedMs(utterance.pcm, utterance.sampleRateHz),
      language: options.language === undefined ? this.#language : this.#tokenizer.language(options.language),
    };
    let window = options.window ?? 'short';
    const frames = window === 'full' ? FULL_WINDOW_FRAMES : this.#frames(utterance);
    let attempt = await this.#attempt(request, frames);
    // What may be said is known where a set is closed: there a longer window has nothing to mend.
    const isRetried = window === 'short' && options.closed === undefined;
    if (isRetried && endsInRepeatedWord(attempt.text)) {
      const second = await this.#attempt(request, this.#frames(utterance, SECOND_LOOK_SILENCE_MS));
      attempt = { ...second, audio: attempt.audio, timings: sumOf(attempt.timings, second.timings) };
    }
    if (isRetried && attempt.doubt && RETRIED.has(attempt.doubt) && request.speechMs >= MIN_RETRY_SPEECH_MS) {
      const first = attempt.timings;
      const retried = await this.#attempt(request, FULL_WINDOW_FRAMES);
      // The short window's encoding stays the one to score against: its scores were what the thresholds are made from.
      attempt = { ...retried, audio: attempt.audio, timings: sumOf(first, retried.timings) };
      window = 'full';
    }
    this.#keep(utterance.id, { pcm: utterance.pcm.slice(), frames, audio: attempt.audio, language: request.language });
    return {
      utteranceId: utterance.id,
      text: attempt.text,
      avgLogProb: attempt.avgLogProb,
      confidence: Math.exp(attempt.avgLogProb),
      noSpeechProb: attempt.noSpeechProb,
      ...(attempt.doubt === undefined ? {} : { doubt: attempt.doubt }),
      ...(attempt.alternatives.length === 0 ? {} : { alternatives: attempt.alternatives }),
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
    const betweenSteps = (): Promise<void> => this.#breathe(signal);
    return this.#decoder.score(phrases, { ...kept, betweenSteps });
  }

  async dispose(): Promise<void> {
    this.#kept.clear();
    await this.#sessions.dispose();
  }

  async #attempt({ utterance, speechMs, language, options }: Request, frames: number): Promise<Attempt> {
    const { signal, prompt } = options;
    const { audio, melMs, encoderMs } =
      this.#encodedBefore(utterance, frames) ?? (await this.#encode(utterance, frames, signal));
    const startMs = this.#clock.nowMs();
    const betweenSteps = (): Promise<void> => this.#breathe(signal);
    const listening = await this.#decoder.listen({ audio, language, prompt, speechMs, betweenSteps });
    return {
      ...(await hear(listening, { ...options, speechMs })),
      noSpeechProb: listening.noSpeechProb,
      audio,
      timings: { melMs, encoderMs, decoderMs: this.#clock.nowMs() - startMs },
    };
  }

  #encodedBefore({ id, pcm }: Utterance, frames: number): Encoded | undefined {
    const kept = this.#kept.get(id);
    if (kept?.frames !== frames || kept.pcm.length !== pcm.length) return undefined;
    return kept.pcm.every((sample, at) => sample === pcm[at])
      ? { audio: kept.audio, melMs: 0, encoderMs: 0 }
      : undefined;
  }

  async #encode({ pcm, sampleRateHz }: Utterance, frames: number, signal: AbortSignal): Promise<Encoded> {
    const startMs = this.#clock.nowMs();
    const mel = this.#mel(sampleRateHz).compute(pcm, frames);
    const melEndMs = this.#clock.nowMs();
    await this.#breathe(signal);
    const audio = await this.#sessions.encode(mel, frames);
    const encoderMs = this.#clock.nowMs() - melEndMs;
    await this.#breathe(signal);
    return { audio, melMs: melEndMs - startMs, encoderMs };
  }

  #frames({ pcm, sampleRateHz }: Utterance, silenceMs = this.#trailingSilenceMs): number {
    const frames = Math.ceil(((pcm.length * 1000) / sampleRateHz + silenceMs) / FRAME_MS);
    return Math.min(FULL_WINDOW_FRAMES, frames + (frames % 2));
  }

  async #silence(): Promise<EncodedAudio> {
    const silence = new Int16Array(2 * SILENCE_HZ);
    this.#encodedSilence ??= await this.#sessions.encode(
      this.#mel(SILENCE_HZ).compute(silence, SILENCE_FRAMES),
      SILENCE_FRAMES,
    );
    return this.#encodedSilence;
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

  #keep(utteranceId: string, kept: Kept): void {
    this.#kept.delete(utteranceId);
    this.#kept.set(utteranceId, kept);
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

function sumOf(a: Transcript['timings'], b: Transcript['timings']): Transcript['timings'] {
  return {
    melMs: a.melMs + b.melMs,
    encoderMs: a.encoderMs + b.encoderMs,
    decoderMs: a.decoderMs + b.decoderMs,
  };
}
