/**
 * Any server with OpenAI's transcription interface (POST {url}/audio/transcriptions): faster-whisper behind speaches, vLLM,
 * a front of Triton. Neither texts nor the key get into a message.
 */
import { systemClock, type Clock } from '#kernel/clock.ts';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type { Recognizer, Transcript, TranscribeOptions, Utterance } from '#pipeline/ports.ts';
import { floatToPcm16 } from '../audio/pcm.ts';
import { encodeWav } from '../audio/wav.ts';
import { cannotScore } from './cannot-score.ts';
import { cutPrompt } from './cut-prompt.ts';
import { readAnswer, type OpenAiAnswer } from './openai-answer.ts';
import { MODEL_RATE_HZ, plainTranscript, samplesAt16kHz } from './plain-transcript.ts';

export interface OpenAiOptions {
  /** Without /audio/transcriptions: `https://api.openai.com/v1`, `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  /** As the server names it. */
  readonly model: string;
  readonly apiKey?: string | undefined;
  /** ISO 639-1 code that is always assumed. */
  readonly language: string;
  /** From the request to the last byte of the answer, retry included. @defaultValue 8000 */
  readonly deadlineMs?: number;
  readonly clock?: Clock;
}

/** A transcript of one utterance has some hundred bytes, with segments and tokens some thousand. */
const MOST_BYTES = 1_000_000;
/** Statuses by which servers say that they do not know a field or its value. */
const UNKNOWN_FIELD: ReadonlySet<number> = new Set([400, 415, 422, 501]);
/** Statuses that pass by themselves. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

type Dialect = 'verbose' | 'plain';

interface Attempt {
  readonly status: number;
  readonly body: string;
}

export class OpenAiRecognizer implements Recognizer {
  readonly name: string;
  readonly canScore = false;
  readonly #options: OpenAiOptions;
  readonly #clock: Clock;
  readonly #endpoint: string;
  readonly #host: string;
  /** What the server was found to understand; the first utterance finds out. */
  #dialect: Dialect = 'verbose';

  constructor(options: OpenAiOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#host = new URL(options.url).host;
    this.#endpoint = `${options.url.replace(/\/+$/, '')}/audio/transcriptions`;
    this.name = `openai (${options.model} at ${this.#host})`;
  }

  /** Throws INZWA_RECOGNISER_UNREACHABLE or INZWA_RECOGNISER_REFUSED, or the signal's reason. */
  async transcribe(utterance: Utterance, options: TranscribeOptions): Promise<Transcript> {
    const { signal } = options;
    signal.throwIfAborted();
    const startMs = this.#clock.nowMs();
    const deadlineMs = this.#options.deadlineMs ?? 8000;
    const late = new AbortController();
    const cancel = this.#clock.after(deadlineMs, () => late.abort());
    try {
      const scope = AbortSignal.any([signal, late.signal]);
      const answer = await this.#ask(wavOf(utterance), options, scope);
      const prompt = promptOf(options);
      const timings = { melMs: 0, encoderMs: 0, decoderMs: this.#clock.nowMs() - startMs };
      return plainTranscript(utterance, { ...answer, prompt, timings });
    } catch (error) {
      signal.throwIfAborted();
      if (late.signal.aborted) throw this.#unreachable(`did not answer within ${deadlineMs} ms`, error);
      throw error;
    } finally {
      cancel();
    }
  }

  score(
    utteranceId: string,
    _phrases: readonly string[],
    { signal }: { readonly signal: AbortSignal },
  ): Promise<readonly number[]> {
    return cannotScore(this.name, utteranceId, signal);
  }

  async #ask(wav: Blob, options: TranscribeOptions, signal: AbortSignal): Promise<OpenAiAnswer> {
    const dialect = this.#dialect;
    let attempt = await this.#post(this.#form(wav, options, dialect), signal);
    if (dialect === 'verbose' && UNKNOWN_FIELD.has(attempt.status)) {
      const plain = await this.#post(this.#form(wav, options, 'plain'), signal);
      // A server that takes neither has another reason, and may take the richer one next time.
      if (plain.status === 200) this.#dialect = 'plain';
      attempt = plain;
    }
    if (attempt.status !== 200) throw this.#refused(`answered ${attempt.status}`, PASSING.has(attempt.status));
    const answer = readAnswer(attempt.body);
    if (!answer) throw this.#refused('answered with no transcript', false);
    return answer;
  }

  #form(wav: Blob, options: TranscribeOptions, dialect: Dialect): FormData {
    const form = new FormData();
    form.set('file', wav, 'utterance.wav');
    form.set('model', this.#options.model);
    form.set('language', this.#options.language);
    form.set('response_format', dialect === 'verbose' ? 'verbose_json' : 'json');
    form.set('temperature', '0');
    const prompt = promptOf(options);
    if (prompt !== undefined) form.set('prompt', prompt);
    // faster-whisper's name for words that are likely; not OpenAI's, so only where more than the standard is understood.
    const hotwords = cutPrompt(options.lexicon?.join(' '));
    if (hotwords !== undefined && options.prompt !== undefined && dialect === 'verbose') form.set('hotwords', hotwords);
    return form;
  }

  /** Once more when the connection fails: a server that restarts, or one that closed a kept connection just now. */
  async #post(form: FormData, signal: AbortSignal): Promise<Attempt> {
    for (let isAgain = false; ; isAgain = true) {
      try {
        return await this.#send(form, signal);
      } catch (error) {
        if (signal.aborted || error instanceof InzwaError) throw error;
        if (isAgain) throw this.#unreachable(`cannot be reached (${reasonOf(error)})`, error);
      }
    }
  }

  async #send(form: FormData, signal: AbortSignal): Promise<Attempt> {
    const { apiKey } = this.#options;
    const response = await fetch(this.#endpoint, {
      method: 'POST',
      body: form,
      signal,
      // Neither the caller's voice nor the key goes anywhere but where it was meant to.
      redirect: 'manual',
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    });
    return { status: response.status, body: await this.#textOf(response) };
  }

  async #textOf(response: Response): Promise<string> {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += part.length;
      if (bytes > MOST_BYTES) throw this.#refused('answered with more than a transcript has', false);
      parts.push(part);
    }
    return Buffer.concat(parts).toString('utf8');
  }

  #unreachable(what: string, cause: unknown): InzwaError {
    return new InzwaError(
      'INZWA_RECOGNISER_UNREACHABLE',
      `the recognition server at ${this.#host} ${what}: see INZWA_RECOGNIZER_URL`,
      { retryable: true, cause },
    );
  }

  #refused(what: string, retryable: boolean): InzwaError {
    return new InzwaError(
      'INZWA_RECOGNISER_REFUSED',
      `the recognition server at ${this.#host} ${what}: see INZWA_RECOGNIZER_MODEL and INZWA_RECOGNIZER_API_KEY`,
      { retryable },
    );
  }
}

/** The lexicon stands in for a prompt where there is none. */
function promptOf({ prompt, lexicon }: TranscribeOptions): string | undefined {
  return cutPrompt(prompt ?? lexicon?.join(' '));
}

function wavOf(utterance: Utterance): Blob {
  const samples = samplesAt16kHz(utterance);
  const pcm = new Int16Array(samples.length);
  floatToPcm16(pcm, samples);
  const wav = encodeWav({ sampleRateHz: MODEL_RATE_HZ, channels: [pcm] });
  return new Blob([wav.slice()], { type: 'audio/wav' });
}

/** fetch says "fetch failed" and keeps the reason in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  return code ?? messageOf(cause ?? error);
}
