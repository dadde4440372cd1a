/** Call events as they come in, and waiting for one of them. */
import type { Clock } from '#kernel/clock.ts';
import type { CallEvent } from '#pipeline/events.ts';

/** Subscribes a listener; the returned function ends it. */
export type EventSource = (listener: (event: CallEvent) => void) => () => void;

export type EventOf<Kind extends CallEvent['kind']> = Extract<CallEvent, { readonly kind: Kind }>;

export class EventLog implements Disposable {
  /** In the order of arrival; grows. */
  readonly events: CallEvent[] = [];
  readonly #waiters = new Set<() => void>();
  readonly #unsubscribe: () => void;

  constructor(source: EventSource, isWanted: (event: CallEvent) => boolean = () => true) {
    this.#unsubscribe = source((event) => {
      if (!isWanted(event)) return;
      this.events.push(event);
      for (const wake of this.#waiters) wake();
    });
  }

  of<Kind extends CallEvent['kind']>(kind: Kind): readonly EventOf<Kind>[] {
    return this.events.filter((event): event is EventOf<Kind> => event.kind === kind);
  }

  /** The first event of that kind at or after `fromMs` (by its own time), also one that has come already; undefined when none comes in time. */
  async waitFor<Kind extends CallEvent['kind']>(
    kind: Kind,
    opts: { readonly fromMs: number; readonly timeoutMs: number; readonly clock: Clock; readonly signal: AbortSignal },
  ): Promise<EventOf<Kind> | undefined> {
    const found = (): EventOf<Kind> | undefined => this.of(kind).find(({ atMs }) => atMs >= opts.fromMs);
    if (!found()) {
      const come = Promise.withResolvers<undefined>();
      const wake = (): void => {
        if (found()) come.resolve(undefined);
      };
      this.#waiters.add(wake);
      const cancel = opts.clock.after(opts.timeoutMs, () => {
        come.resolve(undefined);
      });
      await come.promise;
      cancel();
      this.#waiters.delete(wake);
      opts.signal.throwIfAborted();
    }
    return found();
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }
}
