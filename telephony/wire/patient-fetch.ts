/** A question over HTTP that certainly ends: an answer, or what is known of there being none. */
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';

export type FetchResult =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string; readonly headers: Headers }
  /** Certainly not heard: nobody listens there. */
  | { readonly kind: 'unreachable'; readonly why: string; readonly cause: unknown }
  /**
   * May have been heard, and done: a time-out, a connection that broke, or an answer that is too long (`cause` is
   * INZWA_ANSWER_TOO_LONG).
   */
  | { readonly kind: 'no-answer'; readonly why: string; readonly cause: unknown };

export interface PatientFetchOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Of the body, decompressed; what is left of a longer one is not fetched. @defaultValue 8000000 */
  readonly maxBytes?: number;
  /** True: only the status counts. The body is not fetched, and `text` is empty. @defaultValue false */
  readonly isStatusEnough?: boolean;
}

/** A page of a thousand calls at Twilio is some 2 MB. What is kept in memory is bounded, because calls live beside it. */
const MAX_BYTES = 8_000_000;

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
  { clock, timeoutMs, signal, maxBytes = MAX_BYTES, isStatusEnough = false }: PatientFetchOptions,
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
    if (isStatusEnough) await response.body?.cancel().catch(() => undefined);
    return { kind: 'answered', status, headers, text: isStatusEnough ? '' : await textOf(response, maxBytes) };
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

/** As `Response.text` reads it. */
async function textOf({ body }: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      throw new InzwaError('INZWA_ANSWER_TOO_LONG', `its answer is longer than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** fetch hides what happened in the cause of its TypeError. */
function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : undefined;
}
