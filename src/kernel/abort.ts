/** Cancellation scopes: process, call, turn. The reason of an aborted signal is always one of these. */
export type TurnAbortCause = 'barge-in' | 'caller-continued' | 'caller-hung-up' | 'superseded' | 'timeout' | 'drain';

export class TurnAborted extends Error {
  override readonly name = 'TurnAborted';
  // Not `cause`: Error.cause means the error that led to this one.
  readonly why: TurnAbortCause;
  constructor(why: TurnAbortCause) {
    super(`turn aborted: ${why}`);
    this.why = why;
  }
}

/** True when the error only says that nobody waits any more; such an error is not logged as one. */
export function isAbort(error: unknown, signal?: AbortSignal): boolean {
  return (
    error instanceof TurnAborted ||
    (signal?.aborted === true && error === signal.reason) ||
    (error instanceof Error && error.name === 'AbortError')
  );
}

/** Runs once when the signal aborts (at once if it has); disposing removes the listener, so a long-lived signal retains nothing. */
export function onAbort(signal: AbortSignal, run: () => void): Disposable {
  if (signal.aborted) run();
  else signal.addEventListener('abort', run, { once: true });
  return {
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', run);
    },
  };
}
