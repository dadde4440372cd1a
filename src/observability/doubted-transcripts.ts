/** From a call's events to what became of each transcript that the guard doubted. */
import type { CallEvent } from '#pipeline/events.ts';
import type { TranscriptDoubt } from '#pipeline/ports.ts';

/**
 * `answered`: a card, an intent or the language model answered all the same, on better evidence than the text. `asked
 * again`: the caller was told that it was not understood. `ignored`: nothing was said. `overtaken`: the caller went on, or
 * the call ended, before anything came of it.
 */
export type DoubtOutcome = 'answered' | 'asked-again' | 'ignored' | 'overtaken';

export interface DoubtedTranscript {
  readonly reason: TranscriptDoubt;
  readonly outcome: DoubtOutcome;
}

/** What the answers call themselves when they have none. */
const ASKING_AGAIN: ReadonlySet<string> = new Set(['not-understood', 'offer-human']);

interface Pending {
  readonly reason: TranscriptDoubt;
  /** Decided before it is certain that the caller had finished. */
  outcome: DoubtOutcome | undefined;
  hasEnded: boolean;
}

export class DoubtedTranscripts {
  /** At most one for each live call; `call-ended` takes it out. */
  readonly #pending = new Map<string, Pending>();

  /** Returns a doubted transcript with the event after which nothing more can become of it. */
  observe(event: CallEvent): DoubtedTranscript | undefined {
    const pending = this.#pending.get(event.callId);
    switch (event.kind) {
      case 'transcript': {
        const closed = pending && this.#close(event.callId, pending);
        if (event.doubt !== undefined) {
          this.#pending.set(event.callId, { reason: event.doubt, outcome: undefined, hasEnded: false });
        }
        return closed;
      }
      case 'decision':
        if (!pending) return undefined;
        pending.outcome = ASKING_AGAIN.has(event.intent ?? '') ? 'asked-again' : 'answered';
        return undefined;
      case 'end-of-turn':
        if (pending) pending.hasEnded = true;
        return undefined;
      case 'speech-start':
        return pending?.hasEnded === true ? this.#close(event.callId, pending) : undefined;
      case 'speculation-discarded':
        if (!pending) return undefined;
        return this.#close(event.callId, { ...pending, outcome: undefined, hasEnded: false });
      case 'call-ended':
        return pending && this.#close(event.callId, pending);
      default:
        return undefined;
    }
  }

  /** The turn was over and nothing was decided: it was left alone. */
  #close(callId: string, { reason, outcome, hasEnded }: Pending): DoubtedTranscript {
    this.#pending.delete(callId);
    return { reason, outcome: outcome ?? (hasEnded ? 'ignored' : 'overtaken') };
  }
}
