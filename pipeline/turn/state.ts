/** What the turn controller knows, what happens to it, and what it wants done. Plain values: nothing here runs. */
import type { TurnAbortCause } from '#kernel/abort.ts';
import type { EndCause } from '../ports.ts';
import type { OverlapWords } from './overlap-verdict.ts';

/** Fixed things the agent may say of its own accord; the words are the language pack's. */
export type Prompted = 'greeting' | 'still-there' | 'goodbye-silent' | 'thinking' | 'gave-up';

export type TurnTimer = 'still-there' | 'goodbye' | 'thinking' | 'verdict';

/** Why an agent that was held went on. */
export type WentOn =
  /** It sounds like a word of listening, or like nothing. */
  | 'backchannel'
  /** It was over before anything was known of it but its length. */
  | 'brief'
  /** Far quieter than the caller speaks to us. */
  | 'side-speech';

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
  /** Both speak, or the agent is held because both did. */
  | (Common & {
      readonly phase: 'overlapped';
      readonly onsetMs: number | undefined;
      readonly sinceMs: number;
      readonly endsCall: boolean;
      /** Where the caller's utterance began. */
      readonly overlapOnsetMs: number;
      /** Where this stretch of it began: a word of listening may have come before. */
      readonly beganMs: number;
      /** `not-yet`: the agent speaks on; `held`: a verdict is due; `went-on`: one was given, and may yet be overturned. */
      readonly hold: 'not-yet' | 'held' | 'went-on';
      /** Voiced speech of the utterance before this stretch; undefined until its first window tells. */
      readonly voicedBeforeMs: number | undefined;
      /** Of this stretch. */
      readonly voicedMs: number;
      readonly lastVoicedAtMs: number;
      /** Its beginning has been given to the recogniser. */
      readonly isWeighed: boolean;
      /** The caller has fallen silent, and this is what they said. */
      readonly softUtteranceId: string | undefined;
      /** And has said no more for as long as a turn needs to end. */
      readonly hasEnded: boolean;
    })
  | (Common & { readonly phase: 'ended' });

/** `atMs` is the audio clock throughout. */
export type TurnEvent =
  | { readonly kind: 'call-started'; readonly atMs: number }
  /** The gate has confirmed speech that began at `onsetMs`. */
  /** `isFaint`, here and below: much quieter than the caller usually is. */
  | { readonly kind: 'speech-start'; readonly atMs: number; readonly onsetMs: number; readonly isFaint?: boolean }
  /** Another window of confirmed speech; `voicedMs` since its onset. */
  | { readonly kind: 'voiced'; readonly atMs: number; readonly voicedMs: number; readonly isFaint?: boolean }
  /** What was asked for by `weigh` has been recognised. `utteranceId`: of the whole of it, undefined for its beginning. */
  | {
      readonly kind: 'weighed';
      readonly atMs: number;
      readonly utteranceId: string | undefined;
      readonly words: OverlapWords;
    }
  | { readonly kind: 'soft-end'; readonly atMs: number; readonly utteranceId: string }
  /** The caller went on after a soft end; `onsetMs` is still where the whole utterance began. */
  | { readonly kind: 'speech-resumed'; readonly atMs: number; readonly onsetMs: number; readonly isFaint?: boolean }
  /** `isForced`: at the utterance limit, while the caller speaks on. */
  /** `silenceMs`: how long the caller has been silent by then. @defaultValue 0 */
  | {
      readonly kind: 'end-of-turn';
      readonly atMs: number;
      readonly utteranceId: string;
      readonly isForced: boolean;
      readonly silenceMs?: number;
    }
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
  /** Say no more for now; what was sent already is heard, and nothing is lost. */
  | { readonly kind: 'hold'; readonly turn: number; readonly overlapMs: number }
  /** Go on from the word that the hold cut off, if it cut one off. */
  | { readonly kind: 'go-on'; readonly turn: number; readonly why: WentOn }
  /** Recognise what is said under the agent's speech, from `onsetMs` on, and report `weighed`. */
  | { readonly kind: 'weigh'; readonly onsetMs: number; readonly utteranceId: string | undefined }
  /** Nobody needs to know any more what `weigh` asked for. */
  | { readonly kind: 'weigh-no-more' }
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
