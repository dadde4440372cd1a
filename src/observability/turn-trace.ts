/**
 * From a call's events to one trace for each turn: from the last sound of the caller to the first sound of the answer, as
 * stages that come one after the other and add up to what the caller heard.
 */
import type { AnswerSource, CallEvent } from '#pipeline/events.ts';

/** A moment of a turn; latencies to it are counted from the end of speech. */
export type TurnMoment =
  'soft-end' | 'transcript' | 'decision' | 'answer-text' | 'first-audio' | 'end-of-turn' | 'first-frame' | 'heard';

/**
 * What the time went by with. `gate`: until a silence was found; `recognition`, `decision`, `wording`, `synthesis`: the work on
 * the answer, on the chance that the caller had finished; `turn-end`: the answer was ready and it was not yet certain;
 * `sending`: until the first frame left; `lead-in`: the silence it begins with.
 */
export type TurnStage =
  'gate' | 'recognition' | 'decision' | 'wording' | 'synthesis' | 'turn-end' | 'sending' | 'lead-in';

export interface TurnTrace {
  readonly callId: string;
  readonly turn: number;
  readonly source: AnswerSource;
  /** From the last sound of the caller to the first sound of the answer as it leaves us: the line itself is not in it. */
  readonly totalMs: number;
  /** In the order of the clock, none below 0; their sum is `totalMs`. A stage that did not happen is not there. */
  readonly stages: readonly { readonly stage: TurnStage; readonly ms: number }[];
  /** Milliseconds after the end of speech, at least 0. */
  readonly moments: Readonly<Partial<Record<TurnMoment, number>>>;
  /** Answers of this turn that were prepared and thrown away because the caller went on. */
  readonly discarded: number;
}

/** The order of the work on an answer, with the stage that ends at each moment. */
const WORK = [
  ['soft-end', 'gate'],
  ['transcript', 'recognition'],
  ['decision', 'decision'],
  ['answer-text', 'wording'],
  ['first-audio', 'synthesis'],
  ['end-of-turn', 'turn-end'],
  ['first-frame', 'sending'],
  ['heard', 'lead-in'],
] as const satisfies readonly (readonly [TurnMoment, TurnStage])[];

interface OpenTurn {
  readonly turn: number;
  /** Where the utterance that ended the turn ended, on the audio clock, as the gate found it. */
  ended: { readonly utteranceId: string; readonly speechEndMs: number } | undefined;
  /** The last sound of the utterance that was prepared last, on the audio clock. */
  voiced: { readonly utteranceId: string; readonly endMs: number } | undefined;
  /** An answer has been chosen, or there is none but an apology; what is said before that only fills the silence. */
  isDecided: boolean;
  source: AnswerSource;
  /**
   * Monotonic minus audio clock. The smallest there was: audio comes in frames, and an event is the nearer to the arrival of
   * the last one the smaller it is.
   */
  offsetMs: number;
  discarded: number;
  readonly atMs: Partial<Record<TurnMoment, number>>;
}

export class TurnTraces {
  /** One turn for each live call; `call-ended` takes it out. */
  readonly #open = new Map<string, OpenTurn>();

  /** Returns the turn's trace with the event that completes it. */
  observe(event: CallEvent): TurnTrace | undefined {
    if (event.kind === 'call-ended') {
      this.#open.delete(event.callId);
      return undefined;
    }
    // Turn 0 is of the agent's own accord: greetings, and what fills the silence of a slow turn.
    if (!('turn' in event) || event.turn === 0) return undefined;
    const open = this.#turn(event.callId, event.turn);
    if (!open.ended) open.offsetMs = Math.min(open.offsetMs, event.atMs - event.audioMs);
    switch (event.kind) {
      case 'soft-end':
        open.voiced =
          event.voicedEndMs === undefined ? undefined : { utteranceId: event.utteranceId, endMs: event.voicedEndMs };
        open.atMs['soft-end'] = event.atMs;
        break;
      case 'end-of-turn':
        open.ended = event;
        open.atMs['end-of-turn'] = event.atMs;
        break;
      case 'transcript':
        open.atMs.transcript = event.atMs;
        break;
      case 'stage-failed':
        // Unheard speech is answered by an apology that nothing was decided for; other failures come in the midst of answers.
        if (event.stage !== 'recognition' || open.isDecided) break;
        forgetAnswer(open);
        open.isDecided = true;
        break;
      case 'decision':
        forgetAnswer(open);
        open.isDecided = true;
        open.atMs.decision = event.atMs;
        break;
      case 'answer-text':
        open.source = event.source;
        open.atMs['answer-text'] ??= event.atMs;
        break;
      case 'first-audio':
        open.atMs['first-audio'] ??= event.atMs;
        break;
      case 'speculation-discarded':
        open.discarded += 1;
        forgetAnswer(open);
        delete open.atMs.transcript;
        break;
      case 'first-frame-sent':
        // A frame without an answer to be heard is a filler's.
        if (!open.isDecided || open.atMs['first-audio'] === undefined) break;
        open.atMs['first-frame'] = event.atMs;
        open.atMs.heard = event.atMs + (event.leadInMs ?? 0);
        return this.#close(event.callId, open);
      default:
        break;
    }
    return undefined;
  }

  #turn(callId: string, turn: number): OpenTurn {
    const known = this.#open.get(callId);
    if (known?.turn === turn) return known;
    const opened: OpenTurn = {
      turn,
      ended: undefined,
      voiced: undefined,
      isDecided: false,
      source: 'pack',
      offsetMs: Number.POSITIVE_INFINITY,
      discarded: 0,
      atMs: {},
    };
    this.#open.set(callId, opened);
    return opened;
  }

  /** What is said to no speech (an answer to a key) has no latency. */
  #close(callId: string, open: OpenTurn): TurnTrace | undefined {
    this.#open.delete(callId);
    const speechEndAtMs = speechEndOf(open);
    if (speechEndAtMs === undefined) return undefined;
    const { turn, source, discarded, atMs } = open;
    const moments: Partial<Record<TurnMoment, number>> = {};
    const stages: { stage: TurnStage; ms: number }[] = [];
    let reachedMs = 0;
    for (const [moment, stage] of WORK) {
      const at = atMs[moment];
      if (at === undefined) continue;
      // Work done on the chance that the caller had finished costs nothing when it was done before they had.
      const ms = Math.max(0, at - speechEndAtMs);
      moments[moment] = ms;
      if (moment === 'end-of-turn' && ms <= reachedMs) continue;
      stages.push({ stage, ms: Math.max(0, ms - reachedMs) });
      reachedMs = Math.max(reachedMs, ms);
    }
    return { callId, turn, source, totalMs: reachedMs, stages, moments, discarded };
  }
}

/** On the monotonic clock. */
function speechEndOf({ ended, voiced, offsetMs }: OpenTurn): number | undefined {
  if (!ended) return undefined;
  return offsetMs + (voiced?.utteranceId === ended.utteranceId ? voiced.endMs : ended.speechEndMs);
}

function forgetAnswer(open: OpenTurn): void {
  open.isDecided = false;
  delete open.atMs.decision;
  delete open.atMs['answer-text'];
  delete open.atMs['first-audio'];
}
