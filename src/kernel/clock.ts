/**
 * Time as an injected value. Turn decisions count audio samples (the audio clock) and never ask here;
 * playout deadlines, time-outs and metrics ask a Clock, so tests can own it.
 */
export interface Clock {
  /** Monotonic milliseconds. On Linux every process of one machine shares the zero, so two processes can compare. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch: for records and calling hours only, never for a duration. */
  wallMs(): number;
  /** Calls `run` once after `ms` (at least one turn of the event loop); the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
  /** Resolves after `ms`; rejects with `signal.reason` as soon as the signal aborts. */
  sleep(ms: number, opts: { readonly signal: AbortSignal }): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Number(process.hrtime.bigint()) / 1e6,
  wallMs: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => {
      clearTimeout(timer);
    };
  },
  sleep: (ms, opts) => sleepOn(systemClock, ms, opts),
};

/** Builds `sleep` out of `after`, for every Clock alike. */
export function sleepOn(
  clock: Pick<Clock, 'after'>,
  ms: number,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
