/** A question over HTTP that certainly ends: an answer, or what is known of there being none. */
import { messageOf } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';

export type FetchResult =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string; readonly headers: Headers }
  /** Certainly not heard: nobody listens there. */
  | { readonly kind: 'unreachable'; readonly why: string; readonly cause: unknown }
  /** May have been heard, and done: a time-out, or a connection that broke. */
  | { readonly kind: 'no-answer'; readonly why: string; readonly cause: unknown };

export interface PatientFetchOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What the operating system says when nobody listens there: nothing has been sent then. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Sent once and led nowhere else, answer and all within `timeoutMs`. Rejects with the signal's reason only. */
export async function patientFetch(
  url: URL,
  init: RequestInit,
  { clock, timeoutMs, signal }: PatientFetchOptions,
): Promise<FetchResult> {
  signal?.throwIfAborted();
  const patience = new AbortController();
  const cancel = clock.after(timeoutMs, () => patience.abort());
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, patience.signal]) : patience.signal,
    });
    const { status, headers } = response;
    return { kind: 'answered', status, headers, text: await response.text() };
  } catch (cause) {
    signal?.throwIfAborted();
    if (patience.signal.aborted) return { kind: 'no-answer', why: `no answer within ${timeoutMs} ms`, cause };
    const code = codeOf(cause);
    return {
      kind: code !== undefined && NOT_SENT.has(code) ? 'unreachable' : 'no-answer',
      why: code ?? messageOf(cause),
      cause,
    };
  } finally {
    cancel();
  }
}

/** fetch hides what happened in the cause of its TypeError. */
function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : undefined;
}
