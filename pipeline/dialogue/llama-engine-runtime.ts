/** node-llama-cpp behind the few operations that the dialogue engine needs, so that tests can do without weights. */
import {
  getLlama,
  LlamaLogLevel,
  TokenBias,
  type LlamaContext,
  type LlamaContextSequence,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import { InzwaError, messageOf } from '#kernel/errors.ts';

/** How the next token is chosen. */
export interface Sampling {
  /** 0 is greedy. */
  readonly temperature: number;
  /** Divides the logits of the tokens in `recent`; 1 is off. */
  readonly repeatPenalty: number;
  /** Asked before each token: tokens to punish. */
  readonly recent: () => readonly number[];
  /** Added to the logits of these tokens. */
  readonly lean: ReadonlyMap<number, number>;
}

/** One sequence of the KV cache. Not re-entrant: one operation at a time. */
export interface LlamaSlot {
  /** Tokens whose evaluation is kept, in order. */
  tokens(): readonly number[];
  /** Forgets everything from `count` on. */
  keep(count: number): Promise<void>;
  prefill(tokens: readonly number[]): Promise<void>;
  /** Writes the evaluated state to a file: 18 kB a token, 5 ms. */
  save(path: string): Promise<void>;
  /** Takes over a state that the same model saved; rejects when the file is not one. */
  load(path: string): Promise<void>;
  /** Evaluates `tokens` (at least one), then yields one token after the other; ends by itself at the model's end token. */
  generate(tokens: readonly number[], sampling: Sampling): AsyncGenerator<number, void, undefined>;
}

/** A loaded model with its slots. */
export interface LlamaRuntime {
  readonly slots: readonly LlamaSlot[];
  /** Tokens of one slot, prompt and answer together. */
  readonly contextTokens: number;
  readonly bosToken: number | undefined;
  /** With `isMarkup`, names of special tokens in the text become those tokens; without, they stay text. */
  tokenize(text: string, isMarkup: boolean): readonly number[];
  detokenize(tokens: readonly number[]): string;
  dispose(): Promise<void>;
}

export interface LlamaRuntimeOptions {
  readonly modelPath: string;
  readonly threads: number;
  readonly contextTokens: number;
  readonly slots: number;
}

/** Loads a GGUF file with the prebuilt CPU binary: no download, no compiler, no GPU. Throws INZWA_DIALOGUE_MODEL. */
export async function openLlamaRuntime(options: LlamaRuntimeOptions): Promise<LlamaRuntime> {
  try {
    const llama = await getLlama({
      gpu: false,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      maxThreads: options.threads,
      logLevel: LlamaLogLevel.error,
    });
    const model = await llama.loadModel({ modelPath: options.modelPath, gpuLayers: 0 });
    const context = await model.createContext({
      contextSize: options.contextTokens,
      sequences: options.slots,
      threads: options.threads,
      // The logits of a whole batch are reserved: 262,144 words of vocabulary cost 1 MB a token. 256 took 307 MB, 64 takes
      // 105 MB, and 327 tokens of prefill 1.6 s either way.
      batchSize: 64,
      flashAttention: true,
      // Gemma 3 slides its window over 512 tokens: without the full cache a kept prefix could not be returned to.
      swaFullCache: true,
    });
    const slots = Array.from({ length: options.slots }, () => new SequenceSlot(model, context.getSequence()));
    return runtimeOf(model, context, slots, async () => {
      await context.dispose();
      await model.dispose();
      await llama.dispose();
    });
  } catch (error) {
    throw new InzwaError(
      'INZWA_DIALOGUE_MODEL',
      `the language model ${options.modelPath} could not be loaded: ${messageOf(error)}; ` +
        'run `inzwa models verify`, and check that the package @node-llama-cpp for this platform is installed',
      { cause: error, details: { modelPath: options.modelPath } },
    );
  }
}

function runtimeOf(
  model: LlamaModel,
  context: LlamaContext,
  slots: readonly LlamaSlot[],
  dispose: () => Promise<void>,
): LlamaRuntime {
  return {
    slots,
    contextTokens: context.contextSize,
    bosToken: model.tokens.bos ?? undefined,
    tokenize: (text, isMarkup) => model.tokenize(text, isMarkup),
    detokenize: (tokens) => model.detokenize(tokens as Token[]),
    dispose,
  };
}

class SequenceSlot implements LlamaSlot {
  readonly #model: LlamaModel;
  readonly #sequence: LlamaContextSequence;

  constructor(model: LlamaModel, sequence: LlamaContextSequence) {
    this.#model = model;
    this.#sequence = sequence;
  }

  tokens(): readonly number[] {
    return this.#sequence.contextTokens;
  }

  async keep(count: number): Promise<void> {
    const end = this.#sequence.nextTokenIndex;
    if (end > count) await this.#sequence.eraseContextTokenRanges([{ start: count, end }]);
  }

  prefill(tokens: readonly number[]): Promise<void> {
    return this.#sequence.evaluateWithoutGeneratingNewTokens(tokens as Token[]);
  }

  async save(path: string): Promise<void> {
    await this.#sequence.saveStateToFile(path);
  }

  load(path: string): Promise<void> {
    // The risk is a file of another model: the engine names its files after the model and the prefix.
    return this.#sequence.loadStateFromFile(path, { acceptRisk: true });
  }

  generate(tokens: readonly number[], sampling: Sampling): AsyncGenerator<number, void, undefined> {
    const bias = new TokenBias(this.#model.tokenizer);
    for (const [token, logit] of sampling.lean) bias.set(token as Token, { logit });
    return this.#sequence.evaluate(tokens as Token[], {
      temperature: sampling.temperature,
      repeatPenalty: { punishTokens: () => sampling.recent() as Token[], penalty: sampling.repeatPenalty },
      ...(sampling.lean.size > 0 ? { tokenBias: bias } : {}),
    });
  }
}
