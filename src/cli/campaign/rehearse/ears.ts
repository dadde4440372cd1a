/** The words that reached each telephone: the sound is the telephone's own, the words are those of the call's events. */
import type { CallEvent } from '#pipeline/events.ts';

/** One call as it is heard. */
export class CallEars {
  readonly #untaken: string[] = [];
  /** What the line is saying, or has said last, in full. */
  speaking = '';
  /** Everything that the line's ear made of the caller's words. */
  readonly transcripts: string[] = [];
  /** Sound that the line says was heard. */
  heardMs = 0;
  /** Times that the line let itself be interrupted. */
  bargeIns = 0;

  observe(event: CallEvent): void {
    if (event.kind === 'barge-in') this.bargeIns += 1;
    if (event.kind === 'answer-text') this.speaking = event.text;
    if (event.kind === 'transcript') this.transcripts.push(event.text);
    if (event.kind !== 'agent-said') return;
    this.heardMs += event.heardMs;
    if (event.heardText !== '') this.#untaken.push(event.heardText);
  }

  /** What was heard since the last time. */
  take(): string {
    return this.#untaken.splice(0).join(' ');
  }
}

/** All calls of a rehearsal, by the id that their events have. */
export class Ears {
  readonly #calls = new Map<string, CallEars>();
  /** Telephones that have answered and do not know the id of their call, in that order. */
  readonly #waiting: CallEars[] = [];

  readonly observe = (event: CallEvent): void => {
    const known = this.#calls.get(event.callId);
    if (known === undefined && event.kind === 'call-started') {
      const waiting = this.#waiting.shift();
      if (waiting !== undefined) this.#calls.set(event.callId, waiting);
    }
    this.of(event.callId).observe(event);
  };

  of(callId: string): CallEars {
    const ears = this.#calls.get(callId) ?? new CallEars();
    this.#calls.set(callId, ears);
    return ears;
  }

  /** Those of the next call that begins: the wire sees to it that no two telephones answer at the same moment. */
  ofNext(): CallEars {
    const ears = new CallEars();
    this.#waiting.push(ears);
    return ears;
  }
}
