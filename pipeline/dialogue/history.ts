import type { Turn } from '../ports.ts';

/** Bounds of what a prompt may carry of the conversation. */
export interface HistoryOptions {
  /** Turns kept, both speakers counted. @defaultValue 12 */
  readonly maxTurns?: number;
  /** Tokens of all kept turns together, as `countTokens` counts them. @defaultValue 300 */
  readonly maxTokens?: number;
  /** @defaultValue estimateTokens */
  readonly countTokens?: (text: string) => number;
}

/** Shona takes about 3.3 tokens a word in byte-pair vocabularies made without it (counted over transcripts). */
export function estimateTokens(text: string): number {
  return Math.ceil((text.match(/\S+/g)?.length ?? 0) * 3.3);
}

/**
 * The conversation as the two people heard it: an agent turn that was interrupted keeps only what reached the caller,
 * so that the dialogue model never builds on words nobody heard. The oldest turns fall out first.
 */
export class ConversationHistory {
  readonly #maxTurns: number;
  readonly #maxTokens: number;
  readonly #countTokens: (text: string) => number;
  readonly #turns: Turn[] = [];
  #open: string | undefined;

  constructor(options: HistoryOptions = {}) {
    this.#maxTurns = options.maxTurns ?? 12;
    this.#maxTokens = options.maxTokens ?? 300;
    this.#countTokens = options.countTokens ?? estimateTokens;
  }

  /** The caller's recognised words; '' (nothing understood) leaves no trace. */
  appendCaller(text: string): void {
    this.#append('caller', text);
  }

  /** The agent takes the floor; an earlier agent turn still open counts as heard. */
  beginAgent(): void {
    this.completeAgent();
    this.#open = '';
  }

  /** Adds a piece to the open agent turn in the order in which it will be heard; ignored when none is open. */
  appendAgent(text: string): void {
    if (this.#open === undefined) return;
    this.#open = join(this.#open, text);
  }

  /** The open agent turn was heard to its end. */
  completeAgent(): void {
    const text = this.#open;
    this.#open = undefined;
    if (text !== undefined) this.#append('agent', text);
  }

  /**
   * Barge-in: the open agent turn shrinks to what was heard; '' drops it. Without an open turn the last agent turn is
   * cut if nothing came after it, because marks of its last words may arrive late.
   */
  truncateToHeard(text: string): void {
    if (this.#open === undefined) {
      if (this.#turns.at(-1)?.who !== 'agent') return;
      this.#turns.pop();
    }
    this.#open = undefined;
    this.#append('agent', text);
  }

  /** Oldest first, neighbouring turns of one speaker joined, the open agent turn left out: it has not been heard. */
  forPrompt(): readonly Turn[] {
    const joined: Turn[] = [];
    for (const turn of this.#turns) {
      const last = joined.at(-1);
      if (last?.who === turn.who) joined[joined.length - 1] = { who: turn.who, text: join(last.text, turn.text) };
      else joined.push(turn);
    }
    return joined;
  }

  #append(who: Turn['who'], text: string): void {
    const trimmed = text.trim();
    if (trimmed === '') return;
    this.#turns.push({ who, text: trimmed });
    let tokens = this.#turns.reduce((sum, turn) => sum + this.#countTokens(turn.text), 0);
    // The newest turn always stays, however long: without it there is nothing to answer.
    while (this.#turns.length > 1 && (this.#turns.length > this.#maxTurns || tokens > this.#maxTokens)) {
      const dropped = this.#turns.shift();
      if (dropped) tokens -= this.#countTokens(dropped.text);
    }
  }
}

function join(before: string, after: string): string {
  return `${before.trimEnd()} ${after.trim()}`.trim();
}
