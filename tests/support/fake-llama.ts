/** llama.cpp without weights: a token is a character, evaluation takes virtual time, and the answer is scripted. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Clock } from '#kernel/clock.ts';
import type {
  LlamaRuntime,
  LlamaRuntimeOptions,
  LlamaSlot,
  Sampling,
} from '#pipeline/dialogue/llama-engine-runtime.ts';

export interface FakeLlamaOptions {
  readonly clock: Clock;
  /** What the model writes behind the whole prompt; it ends with the text (end token) or goes on past the engine's stop. */
  readonly answer: (prompt: string) => string;
  /** @defaultValue 25 */
  readonly tokenMs?: number;
  /** Per evaluated token. @defaultValue 0 */
  readonly prefillMs?: number;
  readonly contextTokens?: number;
}

export const BOS = 0x2400;
/** Markup is read as other tokens than the same characters in data, as in a real vocabulary. */
const MARKUP_OFFSET = 0x100000;

export class FakeLlama {
  readonly #options: FakeLlamaOptions;
  slots: FakeSlot[] = [];
  isDisposed = false;

  constructor(options: FakeLlamaOptions) {
    this.#options = options;
  }

  /** Stands for openLlamaRuntime. */
  readonly open = (options: LlamaRuntimeOptions): Promise<LlamaRuntime> => {
    this.slots = Array.from({ length: options.slots }, () => new FakeSlot(this.#options));
    return Promise.resolve({
      slots: this.slots,
      contextTokens: this.#options.contextTokens ?? options.contextTokens,
      bosToken: BOS,
      tokenize: (text: string, isMarkup: boolean) =>
        toTokens(text).map((token) => token + (isMarkup ? MARKUP_OFFSET : 0)),
      detokenize: toText,
      dispose: () => {
        this.isDisposed = true;
        return Promise.resolve();
      },
    });
  };
}

export class FakeSlot implements LlamaSlot {
  readonly #options: FakeLlamaOptions;
  #kept: number[] = [];
  #isBusy = false;
  /** Tokens evaluated since the beginning: what a kept prefix saves. */
  evaluatedTokens = 0;
  samplings: Sampling[] = [];

  constructor(options: FakeLlamaOptions) {
    this.#options = options;
  }

  tokens(): readonly number[] {
    return this.#kept;
  }

  text(): string {
    return toText(this.#kept);
  }

  keep(count: number): Promise<void> {
    return this.#alone(async () => {
      this.#kept.length = Math.min(this.#kept.length, count);
    });
  }

  prefill(tokens: readonly number[]): Promise<void> {
    return this.#alone(() => this.#evaluate(tokens));
  }

  async save(path: string): Promise<void> {
    await this.#alone(() => writeFile(path, JSON.stringify(this.#kept)));
  }

  async load(path: string): Promise<void> {
    await this.#alone(async () => {
      this.#kept = JSON.parse(await readFile(path, 'utf8')) as number[];
    });
  }

  async *generate(tokens: readonly number[], sampling: Sampling): AsyncGenerator<number, void, undefined> {
    this.samplings.push(sampling);
    await this.#alone(() => this.#evaluate(tokens));
    const answer = toTokens(this.#options.answer(this.text()));
    for (const token of answer) {
      await this.#alone(() => this.#pass(this.#options.tokenMs ?? 25));
      this.#kept.push(token);
      yield token;
    }
  }

  async #evaluate(tokens: readonly number[]): Promise<void> {
    if (tokens.length === 0) throw new Error('nothing to evaluate');
    await this.#pass(tokens.length * (this.#options.prefillMs ?? 0));
    this.#kept.push(...tokens);
    this.evaluatedTokens += tokens.length;
  }

  /** llama.cpp cannot be interrupted in the middle of an evaluation. */
  #pass(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#options.clock.after(ms, resolve);
    });
  }

  /** A sequence is not re-entrant: the engine must never touch it while it works. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isBusy) throw new Error('two operations on one sequence at a time');
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }
}

function toTokens(text: string): number[] {
  return Array.from(text, (char) => char.codePointAt(0) ?? 0);
}

function toText(tokens: readonly number[]): string {
  return tokens.map((token) => String.fromCodePoint(token % MARKUP_OFFSET)).join('');
}
