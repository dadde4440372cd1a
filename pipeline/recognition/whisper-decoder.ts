/** The decoder's side of Whisper: encoded audio in, ways to listen to it and likelihoods of phrases out. */
import { Tensor } from 'onnxruntime-node';
import { startTokens } from './decoding.ts';
import { beginText } from './decoder-stream.ts';
import { tokenRoles } from './lexicon-boost.ts';
import { Listening } from './listening.ts';
import { scorePhrases } from './phrase-scores.ts';
import { suppressedTokens } from './tokenizer.ts';
import { MASKED } from './whisper-sessions.ts';
import type { DecoderBiases } from './decoder-stream.ts';
import type { ListenOptions } from './listening.ts';
import type { WhisperTokenizer } from './tokenizer.ts';
import type { EncodedAudio, WhisperSessions } from './whisper-sessions.ts';

export interface WhisperDecoderOptions {
  readonly sessions: WhisperSessions;
  readonly tokenizer: WhisperTokenizer;
  /** A window in which nothing is said; asked for once. */
  readonly silence: () => Promise<EncodedAudio>;
}

/** Phrases whose likelihood in silence is remembered: all the closed questions of some hotlines. */
const KEPT_PHRASES = 4000;

export class WhisperDecoder {
  readonly #sessions: WhisperSessions;
  readonly #tokenizer: WhisperTokenizer;
  readonly #silence: () => Promise<EncodedAudio>;
  readonly #biases: DecoderBiases;
  readonly #roles: Uint8Array;
  readonly #inSilence = new Map<string, number>();

  constructor({ sessions, tokenizer, silence }: WhisperDecoderOptions) {
    this.#sessions = sessions;
    this.#tokenizer = tokenizer;
    this.#silence = silence;
    const { vocabulary } = sessions.shape;
    const suppressed = suppressedTokens(tokenizer, vocabulary);
    const bias = (ids: readonly number[]): Tensor => {
      const values = new Float32Array(vocabulary);
      for (const id of ids) values[id] = MASKED;
      return new Tensor('float32', values, [vocabulary]);
    };
    this.#biases = {
      plain: bias([]),
      speech: bias(suppressed),
      first: bias([...suppressed, ...tokenizer.encode(' '), tokenizer.special.endOfText]),
    };
    this.#roles = tokenRoles((tokens) => tokenizer.decode(tokens), vocabulary);
  }

  async listen(options: ListenOptions): Promise<Listening> {
    const tokenizer = this.#tokenizer;
    const { special } = tokenizer;
    const prompt = options.prompt === undefined ? [] : tokenizer.encode(` ${options.prompt.trim()}`);
    const stream = { sessions: this.#sessions, audio: options.audio, biases: this.#biases, special };
    const begun = await beginText(stream, startTokens(special, options.language, prompt));
    const score = async (phrases: readonly string[]) => {
      const inAudio = await this.score(phrases, options);
      const inSilence = await this.#scoreInSilence(phrases, options);
      return inAudio.map((each, index) => ({ inAudio: each, inSilence: inSilence[index] ?? 0 }));
    };
    return new Listening({ stream, begun, tokenizer, roles: this.#roles, score }, options);
  }

  /** Mean log-likelihood per token, end token included, of each phrase as it is written; no prompt stands before it. */
  async score(
    phrases: readonly string[],
    { audio, language, betweenSteps }: Pick<ListenOptions, 'audio' | 'language' | 'betweenSteps'>,
  ): Promise<readonly number[]> {
    return scorePhrases(
      phrases.map((phrase) => this.#tokenizer.encode(` ${phrase.trim()}`)),
      {
        sessions: this.#sessions,
        audio,
        plainBias: this.#biases.plain,
        start: startTokens(this.#tokenizer.special, language, []),
        endOfText: this.#tokenizer.special.endOfText,
        betweenSteps,
      },
    );
  }

  async #scoreInSilence(
    phrases: readonly string[],
    options: Pick<ListenOptions, 'language' | 'betweenSteps'>,
  ): Promise<readonly number[]> {
    const keyOf = (phrase: string): string => `${options.language} ${phrase}`;
    const missing = phrases.filter((phrase) => !this.#inSilence.has(keyOf(phrase)));
    if (this.#inSilence.size + missing.length > KEPT_PHRASES) this.#inSilence.clear();
    const asked = this.#inSilence.size === 0 ? phrases : missing;
    if (asked.length > 0) {
      const scores = await this.score(asked, { ...options, audio: await this.#silence() });
      asked.forEach((phrase, index) => this.#inSilence.set(keyOf(phrase), scores[index] ?? 0));
    }
    return phrases.map((phrase) => this.#inSilence.get(keyOf(phrase)) ?? 0);
  }
}
