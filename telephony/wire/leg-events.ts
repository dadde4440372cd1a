/** The way from a leg to its one listener: in order, never re-entrant, and kept (bounded) while nobody listens yet. */
import type { AudioFormat, LegEvent } from '#pipeline/ports.ts';

/** Audio kept for a listener that has not attached: what a conversation may take to be built. */
const KEPT_MS = 2_000;

export interface LegEventsOptions {
  readonly format: AudioFormat;
  /** Called for each event that was kept and then dropped, oldest first, because nobody attached in time. */
  readonly onOverflow: () => void;
  /** Called with what the listener threw; the events go on. */
  readonly onListenerError: (error: unknown) => void;
}

export class LegEvents {
  readonly #queue: LegEvent[] = [];
  readonly #capacity: number;
  readonly #onOverflow: () => void;
  readonly #onListenerError: (error: unknown) => void;
  #sink: ((event: LegEvent) => void) | undefined;
  #isDelivering = false;
  #hasEnded = false;

  constructor({ format, onOverflow, onListenerError }: LegEventsOptions) {
    this.#capacity = KEPT_MS / format.ptimeMs;
    this.#onOverflow = onOverflow;
    this.#onListenerError = onListenerError;
  }

  /** One listener for the life of the leg; what was kept is delivered before this returns. */
  attach(sink: (event: LegEvent) => void): void {
    this.#sink = sink;
    this.#deliver();
  }

  /** A frame is copied only when it must wait; otherwise the listener reads the leg's own buffer. */
  emit(event: LegEvent): void {
    // A listener may end the leg in the middle of a frame's events: nothing follows the end.
    if (this.#hasEnded) return;
    this.#hasEnded = event.kind === 'ended';
    if (this.#sink && !this.#isDelivering) {
      this.#deliver();
      this.#call(this.#sink, event);
      this.#deliver();
      return;
    }
    this.#queue.push(event.kind === 'frame' ? { ...event, pcm: event.pcm.slice() } : event);
    if (this.#sink || this.#queue.length <= this.#capacity) return;
    this.#queue.shift();
    this.#onOverflow();
  }

  #deliver(): void {
    if (this.#isDelivering || !this.#sink) return;
    for (let event = this.#queue.shift(); event; event = this.#queue.shift()) this.#call(this.#sink, event);
  }

  #call(sink: (event: LegEvent) => void, event: LegEvent): void {
    this.#isDelivering = true;
    try {
      sink(event);
    } catch (error) {
      this.#onListenerError(error);
    }
    this.#isDelivering = false;
  }
}
