/** What one call has come to, and what it comes to when the caller hears what was made ready. */
import { USUAL_PACE } from '../speech/pace.ts';
import type { Asked } from './sayings.ts';

/** What becomes true when the caller hears an answer. */
export interface Outcome {
  readonly callerText: string;
  readonly failuresInRow: number;
  readonly asked: Asked;
  readonly cardId?: string;
  /** Undefined leaves what "say it again" repeats as it was. */
  readonly repeatable?: readonly string[];
  readonly pace?: number;
  readonly hasGreeted?: boolean;
  /** The language model's words, known only when they have been said. */
  readonly isFree?: boolean;
  /** Keys that the sentence told of. */
  readonly announcedKeys?: ReadonlySet<string>;
}

/** Nothing that was made ready counts until `commit`, and what was committed can be taken back until the next `settle`. */
export class CallMemory {
  failuresInRow = 0;
  asked: Asked;
  lastCardId: string | undefined;
  lastTexts: readonly string[] = [];
  pace = USUAL_PACE;
  hasGreeted = false;
  announcedKeys: ReadonlySet<string> = new Set();
  readonly #pending = new Map<string, Outcome>();
  #isFree = false;
  #tentative: Outcome | undefined;

  /** `id` of the utterance that is answered; several revisions of one may be pending. */
  pend(id: string, outcome: Outcome): void {
    this.#pending.set(id, outcome);
  }

  commit(id: string): void {
    this.#tentative = this.#pending.get(id);
    this.#pending.clear();
  }

  revoke(): void {
    this.#tentative = undefined;
  }

  /** What the agent asks by what it is saying now, or asked last. */
  get asks(): Asked {
    return this.#tentative ? this.#tentative.asked : this.asked;
  }

  /** Makes what was committed true; returns what the caller had said, undefined when there was nothing to settle. */
  settle(): string | undefined {
    const outcome = this.#tentative;
    this.#tentative = undefined;
    if (!outcome) return undefined;
    this.failuresInRow = outcome.failuresInRow;
    this.asked = outcome.asked;
    this.lastCardId = outcome.cardId ?? this.lastCardId;
    this.lastTexts = outcome.repeatable ?? this.lastTexts;
    this.pace = outcome.pace ?? this.pace;
    this.hasGreeted ||= outcome.hasGreeted === true;
    this.announcedKeys = outcome.announcedKeys ?? new Set();
    this.#isFree = outcome.isFree === true;
    return outcome.callerText;
  }

  /** What the caller heard, just after it was said: a free answer can be repeated as far as it was heard. */
  saidFreely(heardText: string): void {
    if (this.#isFree && heardText !== '') this.lastTexts = [heardText];
    this.#isFree = false;
  }
}
