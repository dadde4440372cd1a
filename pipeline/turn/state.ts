/** What the turn controller knows, what happens to it, and what it wants done. Plain values: nothing here runs. */
import type { TurnAbortCause } from '#kernel/abort.ts';
import type { EndCause } from '../ports.ts';

/** Fixed things the agent may say of its own accord; the words are the language pack's. */
export type Prompted = 'greeting' | 'still-there' | 'goodbye-silent' | 'thinking' | 'gave-up';

export type TurnTimer = 'still-there' | 'goodbye' | 'thinking';

interface Common {
  /** Caller turns begun so far. */
  readonly turn: number;
  /** Times in a row that the caller was asked whether they are there. */
  readonly unanswered: number;
}

export type TurnState =
  /** Nobody speaks; the caller may. */
  | (Common & { readonly phase: 'listening' })
  /** The caller speaks. `softUtteranceId`: recognition of what was said so far runs on the chance that it is all. */
  | (Common & { readonly phase: 'hearing'; readonly onsetMs: number; readonly softUtteranceId: string | undefined })
  /** The caller has finished; the answer is on its way. */
  | (Common & {
      readonly phase: 'thinking';
      readonly onsetMs: number;
      readonly utteranceId: string;
      /** The turn was ended by force: the caller speaks on and is answered all the same. */
      readonly isForced: boolean;
      /** The caller has been told that we are looking. */
      readonly isAnnounced: boolean;
    })
  /** The agent speaks. `onsetMs`: where the utterance it answers began; undefined for what it says of its own accord. */
  | (Common & {
      readonly phase: 'speaking';
      readonly onsetMs: number | undefined;
      readonly sinceMs: number;
      readonly endsCall: boolean;
    })
  /** Both speak. */
  | (Common & {
      readonly phase: 'overlapped';
      readonly onsetMs: number | undefined;
      readonly sinceMs: number;
      readonly endsCall: boolean;
      readonly overlapOnsetMs: number;
    })
  | (Common & { readonly phase: 'ended' });

/** `atMs` is the audio clock throughout. */
export type TurnEvent =
  | { readonly kind: 'call-started'; readonly atMs: number }
  /** The gate has confirmed speech that began at `onsetMs`. */
  | { readonly kind: 'speech-start'; readonly atMs: number; readonly onsetMs: number }
  /** Another window of confirmed speech; `voicedMs` since its onset. */
  | { readonly kind: 'voiced'; readonly atMs: number; readonly voicedMs: number }
  | { readonly kind: 'soft-end'; readonly atMs: number; readonly utteranceId: string }
  /** The caller went on after a soft end; `onsetMs` is still where the whole utterance began. */
  | { readonly kind: 'speech-resumed'; readonly atMs: number; readonly onsetMs: number }
  /** `isForced`: at the utterance limit, while the caller speaks on. */
  | { readonly kind: 'end-of-turn'; readonly atMs: number; readonly utteranceId: string; readonly isForced: boolean }
  /** The answer to an utterance can begin to sound. `endsCall`: the call ends when it has been said. */
  | { readonly kind: 'prepared'; readonly atMs: number; readonly utteranceId: string; readonly endsCall: boolean }
  /** What was heard was no speech to answer (a cough, noise). */
  | { readonly kind: 'nothing-said'; readonly atMs: number; readonly utteranceId: string }
  /** What is being said turns out to be the last of the call. */
  | { readonly kind: 'reply-ends-call'; readonly atMs: number }
  | { readonly kind: 'playout-finished'; readonly atMs: number }
  | { readonly kind: 'dtmf'; readonly atMs: number; readonly digit: string }
  | { readonly kind: 'timer'; readonly atMs: number; readonly timer: TurnTimer }
  | { readonly kind: 'leg-ended'; readonly atMs: number };

export type Effect =
  /** Recognise the utterance and make its answer ready, unheard. */
  | { readonly kind: 'prepare'; readonly utteranceId: string; readonly turn: number }
  /** The caller went on: throw away what was prepared. */
  | { readonly kind: 'discard'; readonly utteranceId: string }
  /** The caller waits for this answer: report `prepared` or `nothing-said` as soon as it is known. */
  | { readonly kind: 'await-answer'; readonly utteranceId: string; readonly turn: number }
  /** Let the prepared answer sound. */
  | { readonly kind: 'say-answer'; readonly utteranceId: string; readonly turn: number }
  /** The answer that began to sound answered only a part of the utterance: it leaves no trace. */
  | { readonly kind: 'revoke-answer' }
  | { readonly kind: 'say-prompted'; readonly prompted: Prompted; readonly turn: number }
  | { readonly kind: 'answer-key'; readonly digit: string; readonly turn: number }
  /** Stop language model, synthesis and playout of what is being said, and have the far end forget the rest. */
  | { readonly kind: 'abort-turn'; readonly why: TurnAbortCause }
  | { readonly kind: 'note-barge-in'; readonly turn: number; readonly overlapMs: number }
  | { readonly kind: 'note-backchannel'; readonly turn: number; readonly overlapMs: number }
  /** From here on the caller's utterance begins at `onsetMs` (continuations keep the earlier onset). */
  | { readonly kind: 'utterance-from'; readonly onsetMs: number }
  | { readonly kind: 'arm'; readonly timer: TurnTimer; readonly ms: number }
  | { readonly kind: 'disarm'; readonly timer: TurnTimer }
  | { readonly kind: 'hang-up'; readonly cause: EndCause };

export const INITIAL_STATE: TurnState = { phase: 'listening', turn: 0, unanswered: 0 };
