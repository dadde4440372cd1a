/** Twilio's REST through its own package, over fetch: one request for one question, with a time limit and a signal. */
import RequestClient from 'twilio/lib/base/RequestClient.js';
import type Response from 'twilio/lib/http/response.js';
import Twilio from 'twilio/lib/rest/Twilio.js';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import { patientFetch } from '../wire/patient-fetch.ts';

/**
 * How Twilio failed. `gone`: no such call, or it is over. `unreachable`: certainly not heard. `server-error`,
 * `bad-answer`, `no-reply`: it may have been heard and done.
 */
export type TwilioFailure =
  'refused' | 'unauthorised' | 'gone' | 'rate-limited' | 'server-error' | 'bad-answer' | 'unreachable' | 'no-reply';

export interface TwilioRestClientOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** In place of Twilio's own origin; a path in it stays in front of Twilio's. */
  readonly baseUrl?: string | undefined;
  readonly clock: Clock;
  /** How long Twilio gets to answer. @defaultValue 10000 */
  readonly timeoutMs?: number;
}

export type TwilioCalls = Twilio['calls'];

interface Scope {
  /** What is asked, for an error; it must hold no number. */
  readonly what: string;
  readonly signal?: AbortSignal;
  /** Asking twice does no harm. @defaultValue true */
  readonly isIdempotent?: boolean;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const TWILIO = 'https://api.twilio.com';
const VERSION = '/2010-04-01/';

/** Twilio's own error codes: 20404 no such resource, 21220 the call is in no state to be changed, which is over. */
const GONE_CODES: ReadonlySet<number> = new Set([20_404, 21_220]);

const MAY_PASS: ReadonlySet<TwilioFailure> = new Set(['server-error', 'bad-answer', 'no-reply']);

export class TwilioRestClient {
  readonly #opts: TwilioRestClientOptions;

  constructor(opts: TwilioRestClientOptions) {
    this.#opts = opts;
  }

  /** Rejects with INZWA_TRUNK_FAILED, whose failure `twilioFailureOf` tells, or with the signal's reason. */
  async ask<T>(question: (calls: TwilioCalls) => Promise<T>, { what, signal, isIdempotent = true }: Scope): Promise<T> {
    const { accountSid, authToken } = this.#opts;
    const httpClient = new FetchClient(this.#opts, signal);
    try {
      return await question(new Twilio(accountSid, authToken, { httpClient }).calls);
    } catch (error) {
      signal?.throwIfAborted();
      const verdict = verdictOf(error);
      if (!verdict) throw error;
      const { failure, why, status, code } = verdict;
      const definite = failure === 'unreachable' || failure === 'rate-limited';
      throw new InzwaError('INZWA_TRUNK_FAILED', `Twilio did not ${what}: ${why}`, {
        retryable: definite || (isIdempotent && MAY_PASS.has(failure)),
        cause: isInzwaError(error) ? error.cause : undefined,
        details: {
          failure,
          ...(status !== undefined && { status }),
          ...(code !== undefined && { twilioCode: code }),
          ...(httpClient.retryAfterMs !== undefined && { retryAfterMs: httpClient.retryAfterMs }),
        },
      });
    }
  }
}

/** How Twilio failed; undefined for any other error. */
export function twilioFailureOf(error: unknown): TwilioFailure | undefined {
  if (!isInzwaError(error, 'INZWA_TRUNK_FAILED')) return undefined;
  return error.details['failure'] as TwilioFailure | undefined;
}

/** True when the question may have been heard and done, though no answer says so. */
export function isTwilioAmbiguous(error: unknown): boolean {
  const failure = twilioFailureOf(error);
  return failure !== undefined && MAY_PASS.has(failure);
}

/**
 * The package's own client follows no signal, gives a hung connection 30 s, and can ask again by itself. This one sends
 * what it is given once.
 */
class FetchClient extends RequestClient {
  /** What the last answer asked for, in seconds (RFC 9110 §10.2.3); a date is not read. */
  retryAfterMs: number | undefined;
  readonly #opts: TwilioRestClientOptions;
  readonly #signal: AbortSignal | undefined;

  constructor(opts: TwilioRestClientOptions, signal: AbortSignal | undefined) {
    super();
    this.#opts = opts;
    this.#signal = signal;
  }

  override async request<TData>(opts: RequestClient.RequestOptions<TData>): Promise<Response.default<TData>> {
    const { clock, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#opts;
    const url = this.#urlOf(opts.uri);
    for (const [key, value] of pairsOf(opts.params)) url.searchParams.append(key, value);
    const init = {
      method: opts.method.toUpperCase(),
      headers: {
        ...(opts.headers as Readonly<Record<string, string>>),
        authorization: `Basic ${Buffer.from(`${opts.username ?? ''}:${opts.password ?? ''}`).toString('base64')}`,
      },
      ...(opts.data !== undefined && { body: new URLSearchParams(pairsOf(opts.data)) }),
    };
    const answer = await patientFetch(url, init, { clock, timeoutMs, signal: this.#signal });
    if (answer.kind !== 'answered') {
      const { kind, why, cause } = answer;
      // Not in the words for a person who did not pick up: it stands beside calls in results.
      const failure: TwilioFailure = kind === 'no-answer' ? 'no-reply' : kind;
      throw new InzwaError('INZWA_TRUNK_FAILED', why, { cause, details: { failure } });
    }
    const retryAfter = answer.headers.get('retry-after') ?? '';
    this.retryAfterMs = /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : undefined;
    // The package reads its body as JSON itself, and nothing of the headers.
    return { statusCode: answer.status, body: answer.text, headers: {} } as unknown as Response.default<TData>;
  }

  /**
   * A list says where it goes on: relative, absolute (which the package hangs behind Twilio's origin as a path), with the
   * base's own path or without. Whatever it says, only its part from the version on is asked, and only of the base: the
   * credentials go nowhere else.
   */
  #urlOf(uri: string): URL {
    const { pathname, search, origin, hostname } = new URL(uri);
    const { baseUrl = hostname.endsWith('.twilio.com') ? origin : TWILIO } = this.#opts;
    const path = pathname.slice(Math.max(0, pathname.lastIndexOf(VERSION)));
    return new URL(`${baseUrl.replace(/\/+$/, '')}${path}${search}`);
  }
}

/** Lists are said by repeating their name. */
function pairsOf(fields: unknown): [string, string][] {
  return Object.entries((fields ?? {}) as Readonly<Record<string, unknown>>).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one): [string, string][] =>
      one === undefined ? [] : [[key, String(one)]],
    ),
  );
}

interface Verdict {
  readonly failure: TwilioFailure;
  readonly why: string;
  readonly status?: number | undefined;
  readonly code?: number | undefined;
}

/** The package's exceptions hold Twilio's own sentence, which may name the number: only its codes are used. */
function verdictOf(error: unknown): Verdict | undefined {
  if (isInzwaError(error)) return { failure: error.details['failure'] as TwilioFailure, why: error.message };
  // The package parses an answer of 200 as it is.
  if (error instanceof SyntaxError) return { failure: 'bad-answer', why: 'its answer is not JSON' };
  const { status, code } = error as { readonly status?: unknown; readonly code?: unknown };
  if (typeof status !== 'number') return undefined;
  const twilioCode = typeof code === 'number' ? code : undefined;
  const more = twilioCode === undefined ? '' : `, error ${twilioCode}: see twilio.com/docs/api/errors/${twilioCode}`;
  return { failure: failureOf(status, twilioCode), why: `HTTP ${status}${more}`, status, code: twilioCode };
}

function failureOf(status: number, code: number | undefined): TwilioFailure {
  if (status === 404 || (code !== undefined && GONE_CODES.has(code))) return 'gone';
  if (status === 401 || status === 403) return 'unauthorised';
  if (status === 429) return 'rate-limited';
  return status >= 500 ? 'server-error' : 'refused';
}
