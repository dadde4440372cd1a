/**
 * The language model as a DialogueEngine. Each slot keeps the fixed prefix (system text and small talk) evaluated, and
 * whatever else the next prompt has in common with its last one. It runs where it is created, in the worker thread of an
 * engine pool: llama.cpp holds the thread it is given for 15 to 30 ms per token. What it says is not to be trusted: the
 * guard decides what is spoken.
 */
import { onAbort } from '#kernel/abort.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { DialogueEngine, DialogueRequest } from '../ports.ts';
import { openLlamaRuntime, type LlamaRuntime, type LlamaSlot, type Sampling } from './llama-engine-runtime.ts';
import { commonPrefix, fillPrefix, type PrefixCache } from './llama-engine-prefix.ts';
import { promptFormFor, StopCutter, type PromptForm, type PromptPart, type SmallTalkPair } from './prompting.ts';

export interface LlamaEngineOptions {
  /** Absolute path of a verified GGUF file. */
  readonly modelPath: string;
  /** Two threads were slower than one whenever anything else ran (spinning barriers). @defaultValue 1 */
  readonly threads?: number;
  /** Per slot, prompt and answer together. @defaultValue 1024 */
  readonly contextTokens?: number;
  /** Replies that can be generated at the same time. @defaultValue 2 */
  readonly slots?: number;
  /** Fact of the catalogue entry: an instruction-tuned Gemma, else a base model. */
  readonly instructionTuned: boolean;
  readonly systemText: string;
  readonly smallTalk: readonly SmallTalkPair[];
  readonly callerName?: string;
  readonly agentName?: string;
  readonly maxCards?: number;
  readonly maxHistoryTurns?: number;
  /** An answer is cut here, at a word's end. @defaultValue 40 */
  readonly maxTokens?: number;
  /** @defaultValue 0, greedy */
  readonly temperature?: number;
  /** @defaultValue 1.1 */
  readonly repeatPenalty?: number;
  /** Where the evaluated prefix is kept between starts; without it only in memory. Holds no caller's words. */
  readonly prefixCacheDir?: string;
  /** Logits given to the tokens of the small talk's answers; keeps a small base model from copying the caller. */
  readonly lean?: number;
}

/** Cards and history cost 5 to 7 ms a token before the first word, and a small base model copies them. */
export const BASE_DEFAULTS = { maxCards: 0, maxHistoryTurns: 0, lean: 3 } as const;
export const CHAT_DEFAULTS = { maxCards: 2, maxHistoryTurns: 4, lean: 0 } as const;

/** How many tokens of the answer so far the repeat penalty looks at. */
const REPEAT_WINDOW_TOKENS = 16;
/** Prefill stops between chunks when nobody waits any more; 64 tokens take 0.3 to 0.4 s on one thread. */
const PREFILL_CHUNK_TOKENS = 64;

/** What one reply cost, for benches; token counts, not text. */
export interface ReplyUsage {
  readonly promptTokens: number;
  /** Prompt tokens that were still evaluated from before. */
  readonly keptTokens: number;
  readonly answerTokens: number;
}

export class LlamaEngine implements DialogueEngine, AsyncDisposable {
  readonly #runtime: LlamaRuntime;
  readonly #form: PromptForm;
  readonly #prefix: readonly number[];
  readonly #lean: ReadonlyMap<number, number>;
  readonly #maxTokens: number;
  readonly #temperature: number;
  readonly #repeatPenalty: number;
  readonly #prefixCache: PrefixCache;
  readonly #busy = new Map<LlamaSlot, Hold>();
  #lastUsage: ReplyUsage | undefined;
  #isDisposed = false;

  private constructor(runtime: LlamaRuntime, options: LlamaEngineOptions) {
    const defaults = options.instructionTuned ? CHAT_DEFAULTS : BASE_DEFAULTS;
    this.#runtime = runtime;
    this.#form = promptFormFor(options.instructionTuned, {
      systemText: options.systemText,
      smallTalk: options.smallTalk,
      callerName: options.callerName ?? 'Caller',
      agentName: options.agentName ?? 'Receptionist',
      maxCards: options.maxCards ?? defaults.maxCards,
      maxHistoryTurns: options.maxHistoryTurns ?? defaults.maxHistoryTurns,
      maxLineChars: 240,
    });
    const prefix = this.#tokens(this.#form.prefix);
    this.#prefix = runtime.bosToken === undefined ? prefix : [runtime.bosToken, ...prefix];
    this.#prefixCache = { dir: options.prefixCacheDir, modelPath: options.modelPath };
    this.#maxTokens = options.maxTokens ?? 40;
    this.#temperature = options.temperature ?? 0;
    this.#repeatPenalty = options.repeatPenalty ?? 1.1;
    const lean = options.lean ?? defaults.lean;
    const said = lean === 0 ? [] : options.smallTalk.flatMap((pair) => runtime.tokenize(` ${pair.agent}\n`, false));
    this.#lean = new Map(said.map((token) => [token, lean]));
    if (this.#prefix.length + this.#maxTokens >= runtime.contextTokens) {
      throw new InzwaError(
        'INZWA_DIALOGUE_MODEL',
        `the system text and small talk take ${this.#prefix.length} tokens, which leaves no room for a caller's line ` +
          `and an answer in a context of ${runtime.contextTokens}: shorten them or raise contextTokens`,
      );
    }
  }

  /** Loads the model (about a second from a warm disk); throws INZWA_DIALOGUE_MODEL. Call `warmUp` before the first reply. */
  static async create(options: LlamaEngineOptions, open = openLlamaRuntime): Promise<LlamaEngine> {
    const runtime = await open({
      modelPath: options.modelPath,
      threads: options.threads ?? 1,
      contextTokens: options.contextTokens ?? 1024,
      slots: options.slots ?? 2,
    });
    try {
      return new LlamaEngine(runtime, options);
    } catch (error) {
      await runtime.dispose();
      throw error;
    }
  }

  /** Cost of the last reply that was not aborted. */
  get lastUsage(): ReplyUsage | undefined {
    return this.#lastUsage;
  }

  /**
   * Evaluates the fixed prefix once (about 5 ms a token) and copies the state to the other slots (5 ms), so that no
   * caller pays for it. With `prefixCacheDir` the state outlives the process and the next start skips the evaluation.
   */
  async warmUp(): Promise<void> {
    const free = this.#runtime.slots.filter((slot) => !this.#busy.has(slot));
    const holds = free.map((slot) => this.#hold(slot));
    try {
      await fillPrefix(free, this.#prefix, this.#prefixCache);
    } finally {
      for (const hold of holds) hold.release();
    }
  }

  /**
   * Yields whole words as they are generated. Throws the signal's reason at once when aborted; the slot is free again
   * after the token in work (at most one prefill chunk). Throws INZWA_DIALOGUE_BUSY when every slot is taken.
   */
  async *reply(
    request: DialogueRequest,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<string, void, undefined> {
    signal.throwIfAborted();
    const prompt = [...this.#prefix, ...this.#fitting(request)];
    const { slot, hold } = await this.#takeSlot(prompt, signal);
    const generated = this.#generate(slot, prompt, signal);
    let pending: Promise<unknown> = Promise.resolve();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    aborted.catch(() => undefined);
    const listener = onAbort(signal, () => {
      reject(signal.reason as Error);
    });
    try {
      for (;;) {
        const next = generated.next();
        pending = next;
        // One race per token against a promise that lives as long as this reply only.
        const result = await Promise.race([next, aborted]);
        if (result.done) return;
        yield result.value;
      }
    } finally {
      listener[Symbol.dispose]();
      // The slot stays held until the operation in work has ended, even when the caller of `reply` has left by then.
      hold.isLeaving = true;
      void pending
        .catch(() => undefined)
        .then(() => generated.return())
        .catch(() => undefined)
        .then(hold.release);
      if (!signal.aborted) await hold.released;
    }
  }

  /** Waits for replies in work to let go of their slots, then frees the model. */
  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    await Promise.all([...this.#busy.values()].map((hold) => hold.released));
    await this.#runtime.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async *#generate(
    slot: LlamaSlot,
    prompt: readonly number[],
    signal: AbortSignal,
  ): AsyncGenerator<string, void, undefined> {
    // The last token must be evaluated anew: its logits give the first word.
    const kept = Math.min(commonPrefix(slot.tokens(), prompt), prompt.length - 1);
    await slot.keep(kept);
    let done = kept;
    while (prompt.length - done > PREFILL_CHUNK_TOKENS) {
      await slot.prefill(prompt.slice(done, done + PREFILL_CHUNK_TOKENS));
      done += PREFILL_CHUNK_TOKENS;
      if (signal.aborted) return;
    }
    const answer: number[] = [];
    const sampling: Sampling = {
      temperature: this.#temperature,
      repeatPenalty: this.#repeatPenalty,
      recent: () => answer.slice(-REPEAT_WINDOW_TOKENS),
      lean: this.#lean,
    };
    const cutter = new StopCutter(this.#form.stops);
    const words = new WordFeed();
    let shown = '';
    let isComplete = true;
    for await (const token of slot.generate(prompt.slice(done), sampling)) {
      if (signal.aborted) return;
      answer.push(token);
      const text = this.#runtime.detokenize(answer).trimStart();
      // Half a character: wait for the token that completes it.
      if (!text.endsWith('\uFFFD')) {
        const said = words.push(cutter.push(text.slice(shown.length)));
        shown = text;
        if (said !== '') yield said;
      }
      if (cutter.isStopped) break;
      if (answer.length >= this.#maxTokens) {
        isComplete = false;
        break;
      }
    }
    this.#lastUsage = { promptTokens: prompt.length, keptTokens: kept, answerTokens: answer.length };
    const rest = isComplete ? words.push(cutter.flush()) + words.flush() : '';
    if (rest !== '') yield rest;
  }

  /** The turn's part of the prompt; cards and history go first when it does not fit the context. */
  #fitting(request: DialogueRequest): readonly number[] {
    const room = this.#runtime.contextTokens - this.#prefix.length - this.#maxTokens;
    const full = this.#tokens(this.#form.turn(request));
    if (full.length <= room) return full;
    const bare = this.#tokens(this.#form.turn({ ...request, cards: [], history: request.history.slice(-1) }));
    if (bare.length <= room) return bare;
    throw new InzwaError(
      'INZWA_DIALOGUE_MODEL',
      `a caller's line of ${bare.length} tokens does not fit behind the fixed prompt of ${this.#prefix.length} tokens ` +
        `in a context of ${this.#runtime.contextTokens}: raise contextTokens`,
    );
  }

  /** The free slot that has most of the prompt evaluated; waits for slots that are being let go, never for an answer. */
  async #takeSlot(prompt: readonly number[], signal: AbortSignal): Promise<{ slot: LlamaSlot; hold: Hold }> {
    for (;;) {
      const free = this.#isDisposed ? [] : this.#runtime.slots.filter((slot) => !this.#busy.has(slot));
      const shared = new Map(free.map((slot) => [slot, commonPrefix(slot.tokens(), prompt)]));
      const [best] = free.sort((a, b) => (shared.get(b) ?? 0) - (shared.get(a) ?? 0));
      // Held in the same breath: two replies that wait at once must not both find it free.
      if (best) return { slot: best, hold: this.#hold(best) };
      const leaving = [...this.#busy.values()].filter((hold) => hold.isLeaving);
      if (this.#isDisposed || leaving.length === 0) break;
      await Promise.race(leaving.map((hold) => hold.released));
      signal.throwIfAborted();
    }
    throw new InzwaError(
      'INZWA_DIALOGUE_BUSY',
      this.#isDisposed
        ? 'the dialogue engine has been disposed of'
        : `all ${this.#runtime.slots.length} slots of the dialogue engine are generating; answer from the pack instead`,
      { retryable: !this.#isDisposed },
    );
  }

  #hold(slot: LlamaSlot): Hold {
    const { promise: released, resolve } = Promise.withResolvers<undefined>();
    const release = (): void => {
      this.#busy.delete(slot);
      resolve(undefined);
    };
    const hold: Hold = { released, release, isLeaving: false };
    this.#busy.set(slot, hold);
    return hold;
  }

  #tokens(parts: readonly PromptPart[]): number[] {
    return parts.flatMap((part) => [...this.#runtime.tokenize(part.text, part.isMarkup)]);
  }
}

/** One user of a slot. `isLeaving`: nobody waits for its answer, only the token in work has to end. */
interface Hold {
  readonly released: Promise<unknown>;
  readonly release: () => void;
  isLeaving: boolean;
}

/** Lets text through up to the last word boundary, so that a cut answer never ends in half a word. */
class WordFeed {
  #held = '';

  push(text: string): string {
    this.#held += text;
    const boundary = /^[^]*[\s.,!?;:…](?=\S*$)/.exec(this.#held)?.[0].length ?? 0;
    const said = this.#held.slice(0, boundary);
    this.#held = this.#held.slice(boundary);
    return said;
  }

  flush(): string {
    const said = this.#held;
    this.#held = '';
    return said;
  }
}
