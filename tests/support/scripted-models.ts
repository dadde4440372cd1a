/** The four models of a call as scripts on a Clock: what they answer, and how long they take to. */
import { sleepOn, type Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type {
  DialogueEngine,
  DialogueRequest,
  Recognizer,
  SpeechScorer,
  SynthesizeOptions,
  Synthesizer,
  Transcript,
  TranscribeOptions,
  Utterance,
} from '#pipeline/ports.ts';

type Script<In, Out> = readonly Out[] | ((input: In, index: number) => Out);

/** The n-th line of a list, or what the function says; a list that has run out is a mistake of the test. */
function take<In, Out>(script: Script<In, Out>, input: In, index: number, who: string): Out {
  if (typeof script === 'function') return script(input, index);
  const line = script[index];
  if (line === undefined) throw new Error(`${who} was asked ${index + 1} times but has ${script.length} lines`);
  return line;
}

const wait = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted();
  return ms > 0 ? sleepOn(clock, ms, { signal }) : Promise.resolve();
};

/** What was heard: the text alone, or with anything of a Transcript changed. */
export type HeardLine = string | (Partial<Transcript> & { readonly text: string });

export interface ScriptedRecognizerOptions {
  readonly clock: Clock;
  readonly heard: Script<Utterance, HeardLine>;
  /** What a closed set makes of the audio; such a request takes no line of `heard`. @defaultValue '' */
  readonly heardClosed?: (utterance: Utterance, texts: readonly string[]) => string;
  /** Mean log-likelihood of a phrase given the audio. @defaultValue -6 for every phrase: nothing fits */
  readonly score?: (utteranceId: string, phrase: string) => number;
  /** @defaultValue 150 */
  readonly transcribeMs?: number;
  /** @defaultValue 60 */
  readonly scoreMs?: number;
}

export class ScriptedRecognizer implements Recognizer {
  readonly name = 'scripted';
  readonly canScore = true;
  readonly #options: ScriptedRecognizerOptions;
  readonly #known = new Set<string>();
  /** Every utterance it was given, aborted ones too. */
  readonly asked: Utterance[] = [];
  /** Those that were to be one of a closed set. */
  readonly askedClosed: Utterance[] = [];
  readonly prompts: (string | undefined)[] = [];
  abortedCount = 0;

  constructor(options: ScriptedRecognizerOptions) {
    this.#options = options;
  }

  async transcribe(utterance: Utterance, opts: TranscribeOptions): Promise<Transcript> {
    const { closed } = opts;
    const index = closed ? -1 : this.asked.push(utterance) - 1;
    if (closed) this.askedClosed.push(utterance);
    else this.prompts.push(opts.prompt);
    const decoderMs = this.#options.transcribeMs ?? 150;
    try {
      await wait(this.#options.clock, decoderMs, opts.signal);
    } catch (error) {
      this.abortedCount += 1;
      throw error;
    }
    this.#known.add(utterance.id);
    const line = closed
      ? (this.#options.heardClosed?.(utterance, closed.texts) ?? '')
      : take(this.#options.heard, utterance, index, 'the recogniser');
    return {
      utteranceId: utterance.id,
      avgLogProb: -0.3,
      confidence: Math.exp(-0.3),
      noSpeechProb: 0.01,
      window: 'short',
      audioMs: (utterance.pcm.length / utterance.sampleRateHz) * 1000,
      timings: { melMs: 0, encoderMs: 0, decoderMs },
      ...(typeof line === 'string' ? { text: line } : line),
    };
  }

  async score(
    utteranceId: string,
    phrases: readonly string[],
    opts: { readonly signal: AbortSignal },
  ): Promise<readonly number[]> {
    if (!this.#known.has(utteranceId)) {
      throw new InzwaError('INZWA_UTTERANCE_FORGOTTEN', `utterance ${utteranceId} was never transcribed`);
    }
    await wait(this.#options.clock, this.#options.scoreMs ?? 60, opts.signal);
    return phrases.map((phrase) => this.#options.score?.(utteranceId, phrase) ?? -6);
  }
}

export interface ScriptedDialogueOptions {
  readonly clock: Clock;
  /** Each answer as the pieces in which it is generated. */
  readonly replies: Script<DialogueRequest, readonly string[]>;
  /** @defaultValue 140 */
  readonly firstPieceMs?: number;
  /** @defaultValue 25 */
  readonly pieceMs?: number;
}

export class ScriptedDialogueEngine implements DialogueEngine {
  readonly #options: ScriptedDialogueOptions;
  readonly asked: DialogueRequest[] = [];
  abortedCount = 0;

  constructor(options: ScriptedDialogueOptions) {
    this.#options = options;
  }

  async *reply(
    request: DialogueRequest,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<string, void, undefined> {
    const index = this.asked.push(request) - 1;
    const { clock, replies, firstPieceMs = 140, pieceMs = 25 } = this.#options;
    try {
      let ms = firstPieceMs;
      signal.throwIfAborted();
      for (const piece of take(replies, request, index, 'the dialogue engine')) {
        await wait(clock, ms, signal);
        yield piece;
        signal.throwIfAborted();
        ms = pieceMs;
      }
    } catch (error) {
      if (signal.aborted) this.abortedCount += 1;
      throw error;
    }
  }
}

export interface ScriptedSynthesizerOptions {
  readonly clock: Clock;
  /** @defaultValue 22050 */
  readonly sampleRateHz?: number;
  /** How long a letter sounds. @defaultValue 60 */
  readonly msPerChar?: number;
  /** Audio in one chunk. @defaultValue 200 */
  readonly chunkMs?: number;
  /** Computing time as a share of playing time. @defaultValue 0.06 */
  readonly rtf?: number;
  /** What it hums; tests find it again by its frequency. @defaultValue 440 */
  readonly toneHz?: number;
}

/** Hums one tone for as long as the text would take. */
export class ScriptedSynthesizer implements Synthesizer {
  readonly #options: ScriptedSynthesizerOptions;
  readonly sampleRateHz: number;
  readonly asked: string[] = [];
  abortedCount = 0;

  constructor(options: ScriptedSynthesizerOptions) {
    this.#options = options;
    this.sampleRateHz = options.sampleRateHz ?? 22_050;
  }

  async *synthesize(
    text: string,
    { signal, speakingRate = 1 }: SynthesizeOptions,
  ): AsyncGenerator<Float32Array, void, undefined> {
    this.asked.push(text);
    const { clock, msPerChar = 60, chunkMs = 200, rtf = 0.06, toneHz = 440 } = this.#options;
    const total = Math.round((text.length * msPerChar * this.sampleRateHz) / 1000 / speakingRate);
    const chunk = Math.round((chunkMs * this.sampleRateHz) / 1000);
    try {
      for (let at = 0; at < total; at += chunk) {
        const length = Math.min(chunk, total - at);
        await wait(clock, (length / this.sampleRateHz) * 1000 * rtf, signal);
        yield Float32Array.from(
          { length },
          (_, i) => 0.3 * Math.sin((2 * Math.PI * toneHz * (at + i)) / this.sampleRateHz),
        );
        signal.throwIfAborted();
      }
    } catch (error) {
      if (signal.aborted) this.abortedCount += 1;
      throw error;
    }
  }
}

export interface ScriptedScorerOptions {
  readonly clock: Clock;
  /** @defaultValue 8000 */
  readonly sampleRateHz?: number;
  /** @defaultValue 256 */
  readonly windowSamples?: number;
  /** P(speech) of a window. @defaultValue 0.95 from a level of -40 dBFS on, else 0.02 */
  readonly probability?: (window: Float32Array, index: number) => number;
  /** @defaultValue 0 */
  readonly scoreMs?: number;
}

/** Takes anything loud for speech. */
export class ScriptedSpeechScorer implements SpeechScorer {
  readonly #options: ScriptedScorerOptions;
  readonly #never = new AbortController().signal;
  readonly sampleRateHz: number;
  readonly windowSamples: number;
  #index = 0;
  resetCount = 0;

  constructor(options: ScriptedScorerOptions) {
    this.#options = options;
    this.sampleRateHz = options.sampleRateHz ?? 8000;
    this.windowSamples = options.windowSamples ?? 256;
  }

  async score(window: Float32Array): Promise<number> {
    if (window.length !== this.windowSamples) {
      throw new Error(`a window has ${this.windowSamples} samples, not ${window.length}`);
    }
    // Before the wait: the window's memory belongs to the caller.
    const value = (this.#options.probability ?? byLevel)(window, this.#index++);
    await wait(this.#options.clock, this.#options.scoreMs ?? 0, this.#never);
    return value;
  }

  reset(): void {
    this.#index = 0;
    this.resetCount += 1;
  }
}

function byLevel(window: Float32Array): number {
  const power = window.reduce((sum, sample) => sum + sample * sample, 0) / window.length;
  return 10 * Math.log10(power + 1e-12) >= -40 ? 0.95 : 0.02;
}
