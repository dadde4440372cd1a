/** Posts what Twilio posts: signed, repeated as its connection overrides say, each with the id of its event. */
import { randomUUID } from 'node:crypto';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import type { Clock } from '#kernel/clock.ts';
import { patientFetch, type FetchResult } from '../../wire/patient-fetch.ts';

export interface WebhookSenderOptions {
  readonly authToken: string;
  readonly clock: Clock;
  /** Changes where a request goes; it is signed for the address that it had. @defaultValue nothing */
  readonly reach?: ((url: URL) => void) | undefined;
  /** How long an answer may take; Twilio: 15 s. @defaultValue 15000 */
  readonly timeoutMs?: number;
}

export type Form = Readonly<Record<string, string>>;

const DEFAULT_TIMEOUT_MS = 15_000;

/** Twilio's own: once more, and only when the connection could not be made. */
const DEFAULT_RETRIES = 1;
const MAX_RETRIES = 5;
const RETRY_PAUSE_MS = 500;

export class WebhookSender {
  readonly #opts: WebhookSenderOptions;

  constructor(opts: WebhookSenderOptions) {
    this.#opts = opts;
  }

  /** Rejects with the signal's reason only. The last answer counts. */
  async post(url: string, form: Form, { signal }: { readonly signal: AbortSignal }): Promise<FetchResult> {
    const { clock } = this.#opts;
    const { target, retries, retriesOn } = overridesOf(url);
    const signature = getExpectedTwilioSignature(this.#opts.authToken, target.href, { ...form });
    const headers = { 'x-twilio-signature': signature, 'i-twilio-idempotency-token': randomUUID() };
    for (let tried = 0; ; tried++) {
      const answer = await this.#ask(target, form, headers, signal);
      if (tried >= retries || !retriesOn.has(failureOf(answer))) return answer;
      await clock.sleep(RETRY_PAUSE_MS, { signal });
    }
  }

  /** What somebody sends who does not know the token. */
  async forge(url: string, form: Form, { signal }: { readonly signal: AbortSignal }): Promise<FetchResult> {
    const { target } = overridesOf(url);
    const signature = getExpectedTwilioSignature('a token of somebody else', target.href, { ...form });
    return this.#ask(target, form, { 'x-twilio-signature': signature }, signal);
  }

  #ask(target: URL, form: Form, headers: Form, signal: AbortSignal): Promise<FetchResult> {
    const { clock, reach, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#opts;
    const url = new URL(target);
    reach?.(url);
    const init = { method: 'POST', headers, body: new URLSearchParams(form) };
    return patientFetch(url, init, { clock, timeoutMs, signal });
  }
}

type Failure = 'none' | 'ct' | 'rt' | '4xx' | '5xx';

function failureOf(answer: FetchResult): Failure {
  if (answer.kind === 'unreachable') return 'ct';
  if (answer.kind === 'no-answer') return 'rt';
  if (answer.status < 400) return 'none';
  return answer.status < 500 ? '4xx' : '5xx';
}

/** `#rc=3&rp=5xx,ct`: how often and for which failures a request is repeated. The fragment is neither sent nor signed. */
function overridesOf(url: string): { target: URL; retries: number; retriesOn: ReadonlySet<Failure> } {
  const target = new URL(url);
  const overrides = new URLSearchParams(target.hash.slice(1));
  target.hash = '';
  const count = Number(overrides.get('rc') ?? DEFAULT_RETRIES);
  const policy = (overrides.get('rp') ?? 'ct').split(',');
  const all: readonly Failure[] = ['ct', 'rt', '4xx', '5xx'];
  return {
    target,
    retries: Number.isInteger(count) ? Math.min(Math.max(count, 0), MAX_RETRIES) : DEFAULT_RETRIES,
    retriesOn: new Set(policy.includes('all') ? all : all.filter((failure) => policy.includes(failure))),
  };
}
