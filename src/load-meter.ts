/** How busy something is: the share of recent time in which at least one job was in its hands. */
import type { Clock } from '#kernel/clock.ts';

/** Two or three turns of a call. */
const WINDOW_MS = 20_000;

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export class LoadMeter {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #windowMs: number;
  readonly #startedMs: number;
  /** Oldest first, none overlaps another. */
  readonly #busy: Span[] = [];
  #running = 0;
  #sinceMs = 0;

  /** @param windowMs - @defaultValue 20 s */
  constructor({ clock, windowMs = WINDOW_MS }: { readonly clock: Pick<Clock, 'nowMs'>; readonly windowMs?: number }) {
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#startedMs = clock.nowMs();
  }

  get windowMs(): number {
    return this.#windowMs;
  }

  /** A job begins; dispose of what is returned when it is over. */
  begin(): Disposable {
    if (this.#running === 0) this.#sinceMs = this.#clock.nowMs();
    this.#running += 1;
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        this.#running -= 1;
        if (this.#running > 0) return;
        this.#forget();
        this.#busy.push({ fromMs: this.#sinceMs, toMs: this.#clock.nowMs() });
      },
    };
  }

  /** In [0, 1], over the window, or over what has passed of it. */
  share(): number {
    this.#forget();
    const nowMs = this.#clock.nowMs();
    const fromMs = Math.max(this.#startedMs, nowMs - this.#windowMs);
    let busyMs = this.#running > 0 ? nowMs - Math.max(fromMs, this.#sinceMs) : 0;
    for (const span of this.#busy) busyMs += span.toMs - Math.max(fromMs, span.fromMs);
    return nowMs > fromMs ? Math.min(1, busyMs / (nowMs - fromMs)) : 0;
  }

  #forget(): void {
    const fromMs = this.#clock.nowMs() - this.#windowMs;
    while ((this.#busy[0]?.toMs ?? fromMs) < fromMs) this.#busy.shift();
  }
}
