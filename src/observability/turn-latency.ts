/** From a call's events to the latencies of its turns, all from the end of the caller's speech (not of the silence after). */
import type { AnswerSource, CallEvent } from '#pipeline/events.ts';

export type TurnStage = 'end-of-turn' | 'transcript' | 'answer-text' | 'first-audio' | 'first-frame';

export interface TurnLatency {
  readonly source: AnswerSource;
  /** Milliseconds after the last speech, at least 0: work done on the chance that the caller had finished costs nothing. */
  readonly stages: Readonly<Partial<Record<TurnStage, number>>>;
}

interface OpenTurn {
  readonly turn: number;
  speechEndAtMs: number | undefined;
  /** An answer has been chosen, or there is none but an apology; what is said before that only fills the silence. */
  isDecided: boolean;
  source: AnswerSource;
  readonly atMs: Partial<Record<TurnStage, number>>;
}

export class TurnLatencies {
  /** One turn for each live call; `call-ended` takes it out. */
  readonly #open = new Map<string, OpenTurn>();

  /** Returns the turn's latency with the event that completes it. */
  observe(event: CallEvent): TurnLatency | undefined {
    if (event.kind === 'call-ended') {
      this.#open.delete(event.callId);
      return undefined;
    }
    // Turn 0 is of the agent's own accord: greetings, and what fills the silence of a slow turn.
    if (!('turn' in event) || event.turn === 0) return undefined;
    const open = this.#turn(event.callId, event.turn);
    switch (event.kind) {
      case 'end-of-turn':
        open.speechEndAtMs = event.atMs - event.silenceMs;
        open.atMs['end-of-turn'] = event.atMs;
        break;
      case 'transcript':
        open.atMs['transcript'] = event.atMs;
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
        break;
      case 'answer-text':
        open.source = event.source;
        open.atMs['answer-text'] ??= event.atMs;
        break;
      case 'first-audio':
        open.atMs['first-audio'] ??= event.atMs;
        break;
      case 'speculation-discarded':
        forgetAnswer(open);
        break;
      case 'first-frame-sent':
        // A frame without an answer to be heard is a filler's.
        if (!open.isDecided || open.atMs['first-audio'] === undefined) break;
        open.atMs['first-frame'] = event.atMs;
        return this.#close(event.callId, open);
      default:
        break;
    }
    return undefined;
  }

  #turn(callId: string, turn: number): OpenTurn {
    const known = this.#open.get(callId);
    if (known?.turn === turn) return known;
    const opened: OpenTurn = { turn, speechEndAtMs: undefined, isDecided: false, source: 'pack', atMs: {} };
    this.#open.set(callId, opened);
    return opened;
  }

  /** What is said to no speech (an answer to a key) has no latency. */
  #close(callId: string, { speechEndAtMs, source, atMs }: OpenTurn): TurnLatency | undefined {
    this.#open.delete(callId);
    if (speechEndAtMs === undefined) return undefined;
    const stages = Object.fromEntries(
      Object.entries(atMs).map(([stage, at]) => [stage, Math.max(0, at - speechEndAtMs)]),
    );
    return { source, stages };
  }
}

function forgetAnswer(open: OpenTurn): void {
  open.isDecided = false;
  delete open.atMs['answer-text'];
  delete open.atMs['first-audio'];
}
