/** One encoded window that can be asked for its text in several ways; the decoder's beginning is fed once. */
import { searchBeam } from './beam-search.ts';
import { ClosedWords } from './closed-words.ts';
import { decodeGreedily } from './decoding.ts';
import { DecoderStream } from './decoder-stream.ts';
import { LexiconBoost } from './lexicon-boost.ts';
import { lexiconTrie } from './lexicon-trie.ts';
import { FREE } from './token-guide.ts';
import type { Reading } from '#pipeline/ports.ts';
import type { BegunText, DecoderStreamOptions } from './decoder-stream.ts';
import type { WhisperTokenizer } from './tokenizer.ts';
import type { EncodedAudio } from './whisper-sessions.ts';

/** Nobody says more than about 13 tokens a second; the rest of the limit is for short utterances. */
const TOKENS_PER_SECOND = 14;
const SPARE_TOKENS = 16;
/** So much less likely, token for token, another reading may be and still be told. */
const TOLD_WITHIN = 0.5;

export interface ListenOptions {
  readonly audio: EncodedAudio;
  /** Id of the language's token. */
  readonly language: number;
  readonly prompt: string | undefined;
  readonly speechMs: number;
  /** Runs between the steps; throws to stop. */
  readonly betweenSteps: () => Promise<void>;
}

export interface SearchOptions {
  /** Made likelier; none: nothing is. */
  readonly words: ReadonlySet<string>;
  /** As LexiconBoostOptions.strength. */
  readonly strength: number;
  readonly width: number;
  readonly alternatives: number;
}

export interface PhraseScore {
  readonly inAudio: number;
  readonly inSilence: number;
}

export interface DecodedReading extends Reading {
  readonly isComplete: boolean;
}

export interface ListeningParts {
  readonly stream: DecoderStreamOptions;
  readonly begun: BegunText;
  readonly tokenizer: WhisperTokenizer;
  /** As LexiconBoostOptions.roles. */
  readonly roles: Uint8Array;
  /** Mean log-likelihoods per token of phrases, as they are written, in this audio and in silence. */
  readonly score: (phrases: readonly string[]) => Promise<readonly PhraseScore[]>;
}

export class Listening {
  readonly #parts: ListeningParts;
  readonly #options: ListenOptions;

  constructor(parts: ListeningParts, options: ListenOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  get noSpeechProb(): number {
    return this.#parts.begun.noSpeechProb;
  }

  /** The plain way: always the likeliest token. */
  async greedily(): Promise<DecodedReading> {
    const { start } = this.#parts.begun;
    const stream = new DecoderStream(this.#parts.stream, this.#parts.begun);
    const result = await decodeGreedily(stream, { ...this.#limits, start });
    return { ...result, text: this.#text(result.tokens) };
  }

  /** Best first, of different sound. */
  async search({ words, strength, width, alternatives }: SearchOptions): Promise<readonly DecodedReading[]> {
    const stream = new DecoderStream(this.#parts.stream, this.#parts.begun);
    const options = {
      ...this.#limits,
      startLength: this.#parts.begun.start.length,
      width,
      // One text comes with several full stops and capitals; only readings of different sound are told.
      ...(alternatives > 0 ? { endings: 3 * width, within: TOLD_WITHIN } : { endings: width, within: 0 }),
    };
    if (words.size === 0 || strength === 0) return this.#readings(await searchBeam(stream, FREE, options));
    const trie = lexiconTrie(words, (text) => this.#parts.tokenizer.encode(text));
    const boost = new LexiconBoost({ trie, strength, roles: this.#parts.roles });
    return this.#readings(await searchBeam(stream, boost, options));
  }

  /** Best first; each made of nothing but `texts`, as they are written there. */
  async words(texts: readonly string[], width: number): Promise<readonly DecodedReading[]> {
    const stream = new DecoderStream(this.#parts.stream, this.#parts.begun);
    const { endOfText } = this.#parts.tokenizer.special;
    const guide = new ClosedWords({ texts, encode: (text) => this.#parts.tokenizer.encode(text), endOfText });
    const options = {
      ...this.#limits,
      startLength: this.#parts.begun.start.length,
      width,
      endings: width,
      within: TOLD_WITHIN,
    };
    const readings = await searchBeam(stream, guide, options);
    return readings.map(({ state, avgLogProb, isComplete }) => ({
      text: state === undefined ? '' : guide.said(state).join(' '),
      avgLogProb,
      isComplete,
    }));
  }

  /** As ListeningParts.score. */
  score(phrases: readonly string[]): Promise<readonly PhraseScore[]> {
    return this.#parts.score(phrases);
  }

  get #limits() {
    const { speechMs, betweenSteps } = this.#options;
    return {
      endOfText: this.#parts.tokenizer.special.endOfText,
      decode: (tokens: readonly number[]) => this.#parts.tokenizer.decode(tokens),
      speechMs,
      maxTokens: SPARE_TOKENS + Math.ceil((speechMs / 1000) * TOKENS_PER_SECOND),
      betweenSteps,
    };
  }

  #readings(
    found: readonly { readonly tokens: readonly number[]; readonly avgLogProb: number; readonly isComplete: boolean }[],
  ): readonly DecodedReading[] {
    return found.map(({ tokens, avgLogProb, isComplete }) => ({ text: this.#text(tokens), avgLogProb, isComplete }));
  }

  #text(tokens: readonly number[]): string {
    return this.#parts.tokenizer.decode(tokens).trim();
  }
}
