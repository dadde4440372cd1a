/** One text, or several with one beginning, decoded over one encoded window. */
import { MASKED } from './whisper-sessions.ts';
import type { Tensor } from 'onnxruntime-node';
import type { BranchingStream, Branch } from './beam-search.ts';
import type { TokenStream } from './decoding.ts';
import type { DecoderState, EncodedAudio, WhisperSessions } from './whisper-sessions.ts';

/** Added to the logits, shape [vocabulary]; MASKED for what is never decoded. */
export interface DecoderBiases {
  /** Nothing is suppressed. */
  readonly plain: Tensor;
  readonly speech: Tensor;
  /** As `speech`, and the empty text too. */
  readonly first: Tensor;
}

export interface DecoderStreamOptions {
  readonly sessions: WhisperSessions;
  readonly audio: EncodedAudio;
  readonly biases: DecoderBiases;
  readonly special: { readonly startOfTranscript: number; readonly noSpeech: number };
}

/** The beginning that one or several streams go on from. */
export interface BegunText {
  readonly start: readonly number[];
  readonly state: DecoderState;
  /** shape [vocabulary]; log-probabilities of what follows, the empty text suppressed */
  readonly first: Float32Array;
  /** P(no speech), read where the transcript starts, behind the prompt. */
  readonly noSpeechProb: number;
}

/** Feeds the start: once for all the ways in which the audio is then listened to. */
export async function beginText(options: DecoderStreamOptions, start: readonly number[]): Promise<BegunText> {
  const { sessions, audio, biases, special } = options;
  const { width } = sessions.shape;
  const { hidden, state } = await sessions.decode(audio, sessions.emptyState, {
    tokens: start,
    positions: start.map((_, at) => at),
    mask: causalMask(start.length),
  });
  const row = start.indexOf(special.startOfTranscript);
  const scores = await sessions.project(hidden.subarray(row * width, (row + 1) * width), biases.plain);
  const noSpeechProb = Math.exp(scores[special.noSpeech] ?? -Infinity);
  return { start, state, first: await sessions.project(hidden.subarray(-width), biases.first), noSpeechProb };
}

/** Every token sees all before it and itself; shape [count, count]. */
export function causalMask(count: number): Float32Array {
  return Float32Array.from({ length: count * count }, (_, at) => (at % count <= Math.floor(at / count) ? 0 : MASKED));
}

export class DecoderStream implements TokenStream, BranchingStream {
  readonly #options: DecoderStreamOptions;
  readonly #begun: BegunText;
  #state: DecoderState;
  /** For every fed token the slot before it in its text; -1 for the first. */
  readonly #parents: number[];
  readonly #positions: number[];

  constructor(options: DecoderStreamOptions, begun: BegunText) {
    this.#options = options;
    this.#begun = begun;
    this.#state = begun.state;
    this.#parents = begun.start.map((_, at) => at - 1);
    this.#positions = begun.start.map((_, at) => at);
  }

  begin(): Float32Array {
    return this.#begun.first;
  }

  async next(tokens: readonly number[], isFirst: boolean): Promise<Float32Array> {
    if (isFirst) return this.begin();
    const past = this.#parents.length;
    const rows = await this.extend(tokens.map((token, at) => ({ token, behind: past + at - 1 })));
    return rows.at(-1) ?? this.begin();
  }

  async extend(branches: readonly Branch[]): Promise<readonly Float32Array[]> {
    const { sessions, biases } = this.#options;
    const { vocabulary } = sessions.shape;
    const scores = await sessions.project(await this.#feed(branches), biases.speech);
    return branches.map((_, row) => scores.subarray(row * vocabulary, (row + 1) * vocabulary));
  }

  /** `hidden` of what was fed. */
  async #feed(branches: readonly Branch[]): Promise<Float32Array> {
    const past = this.#parents.length;
    const total = past + branches.length;
    const mask = new Float32Array(branches.length * total).fill(MASKED);
    for (const [row, { behind }] of branches.entries()) {
      this.#parents.push(behind);
      this.#positions.push(behind < 0 ? 0 : (this.#positions[behind] ?? 0) + 1);
      for (let at = past + row; at >= 0; at = this.#parents[at] ?? -1) mask[row * total + at] = 0;
    }
    const { hidden, state } = await this.#options.sessions.decode(this.#options.audio, this.#state, {
      tokens: branches.map(({ token }) => token),
      positions: this.#positions.slice(past),
      mask,
    });
    this.#state = state;
    return hidden;
  }
}
