/** Asterisk's REST interface (ARI) as questions with a time limit and answers with a name; what to ask is for others to know. */
import { z } from 'zod';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import { patientFetch } from '../wire/patient-fetch.ts';
import { variableValue } from './ari-messages.ts';

/**
 * How a question failed. `gone`: there is no such channel or bridge, which is often no error. `conflict`: it is not in a
 * state for this. `unreachable`: the question was certainly not heard. `no-answer`, `server-error`, `bad-answer`: it may
 * have been heard and done.
 */
export type AriFailure =
  'gone' | 'conflict' | 'refused' | 'unauthorised' | 'server-error' | 'bad-answer' | 'unreachable' | 'no-answer';

export interface AriClientOptions {
  /** With its path and without a slash at the end: `http://127.0.0.1:8088/ari`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly clock: Clock;
  /** How long Asterisk gets to answer. @defaultValue 5000 */
  readonly timeoutMs?: number;
}

export interface AriQuestion {
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Asking twice does no harm. @defaultValue true, except for POST */
  readonly isIdempotent?: boolean;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

const DEFAULT_TIMEOUT_MS = 5_000;

export class AriClient {
  readonly #url: string;
  readonly #authorization: string;
  readonly #clock: Clock;
  readonly #timeoutMs: number;

  constructor({ url, user, password, clock, timeoutMs }: AriClientOptions) {
    this.#url = url;
    this.#authorization = basicAuthorization(user, password);
    this.#clock = clock;
    this.#timeoutMs = timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /**
   * The answer's JSON; undefined where there is none. `path` is shown in errors and must hold no number; `query` and `body`
   * are not shown. Rejects with INZWA_TRUNK_FAILED, whose failure `failureOf` tells, or with the signal's reason.
   */
  async ask(method: Method, path: string, question: AriQuestion = {}): Promise<unknown> {
    const { query = {}, body, signal, isIdempotent = method !== 'POST' } = question;
    const failed = (failure: AriFailure, why: string, extra: { status?: number; cause?: unknown } = {}): InzwaError =>
      new InzwaError('INZWA_TRUNK_FAILED', `Asterisk did not do ${method} ${path}: ${why}`, {
        retryable: failure === 'unreachable' || (isIdempotent && MAY_PASS.has(failure)),
        cause: extra.cause,
        details: { failure, ...(extra.status !== undefined && { status: extra.status }) },
      });
    const url = new URL(`${this.#url}${path}`);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, String(value));
    const headers = {
      authorization: this.#authorization,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const answer = await patientFetch(url, init, { clock: this.#clock, timeoutMs: this.#timeoutMs, signal });
    if (answer.kind === 'unreachable') {
      const hint = 'is Asterisk running, and is the ARI address its http.conf’s?';
      throw failed('unreachable', `${answer.why}; ${hint}`, { cause: answer.cause });
    }
    if (answer.kind === 'no-answer') throw failed('no-answer', answer.why, { cause: answer.cause });
    const { status, text } = answer;
    if (status < 200 || status > 299) {
      throw failed(failureOfStatus(status), `${status} ${saidIn(text)}`.trimEnd(), { status });
    }
    return text === '' ? undefined : parseJson(text, () => failed('bad-answer', 'its answer is not JSON'));
  }

  /** An answer that must have a certain shape; a failure of `bad-answer` when it has not. */
  async read<T>(path: string, schema: z.ZodType<T>, question: AriQuestion = {}): Promise<T> {
    const parsed = schema.safeParse(await this.ask('GET', path, question));
    if (parsed.success) return parsed.data;
    throw new InzwaError('INZWA_TRUNK_FAILED', `Asterisk’s answer to GET ${path} is not what ARI describes`, {
      retryable: true,
      details: { failure: 'bad-answer' },
    });
  }

  /** False when there was nothing to remove, which is as good. */
  async remove(path: string, question: AriQuestion = {}): Promise<boolean> {
    try {
      await this.ask('DELETE', path, question);
      return true;
    } catch (error) {
      if (failureOf(error) === 'gone') return false;
      throw error;
    }
  }

  /** '' when it is not set. Works for channels in and out of Stasis. */
  async readVariable(channelId: string, variable: string): Promise<string> {
    const { value } = await this.read(channelPath(channelId, '/variable'), variableValue, { query: { variable } });
    return value;
  }

  /**
   * Sets variables for the dialplan of a channel, in the order given; the dialplan reads them as `${SHARED(NAME)}`. ARI
   * refuses plain variables on a channel that is not in Stasis (409, measured on 22.10), so this goes through the function
   * SHARED, whose variables belong to the channel and go with it.
   */
  async setVariables(
    channelId: string,
    variables: Readonly<Record<string, string>>,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<void> {
    for (const [name, value] of Object.entries(variables)) {
      const variable = `SHARED(${name},${channelId})`;
      await this.ask('POST', '/asterisk/variable', { query: { variable, value }, signal, isIdempotent: true });
    }
  }
}

const MAY_PASS: ReadonlySet<AriFailure> = new Set(['server-error', 'bad-answer', 'no-answer']);

/** How ARI failed; undefined for any other error. */
export function failureOf(error: unknown): AriFailure | undefined {
  if (!isInzwaError(error, 'INZWA_TRUNK_FAILED')) return undefined;
  return error.details['failure'] as AriFailure | undefined;
}

/** True when the question may have been heard and done, though no answer says so. */
export function isAmbiguous(error: unknown): boolean {
  const failure = failureOf(error);
  return failure !== undefined && MAY_PASS.has(failure);
}

/** The path of one channel; ids come from Asterisk too and may hold anything. */
export function channelPath(id: string, rest = ''): string {
  return `/channels/${encodeURIComponent(id)}${rest}`;
}

/** RFC 7617. */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function failureOfStatus(status: number): AriFailure {
  if (status === 401 || status === 403) return 'unauthorised';
  if (status === 404) return 'gone';
  // 412: the channel is in an invalid state, such as not yet answered.
  if (status === 409 || status === 412) return 'conflict';
  return status >= 500 ? 'server-error' : 'refused';
}

/** ARI's own sentence, without anything that could be somebody's number. */
function saidIn(text: string): string {
  try {
    // Mostly `message`; `error` where a channel could not be allocated.
    const { message, error } = z
      .looseObject({ message: z.string(), error: z.string() })
      .partial()
      .parse(JSON.parse(text));
    return (message ?? error ?? '').slice(0, 200).replaceAll(/\d{4,}/g, '…');
  } catch {
    // Not JSON: a proxy's page, which says less than the status.
    return '';
  }
}

function parseJson(text: string, bad: () => InzwaError): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw bad();
  }
}
