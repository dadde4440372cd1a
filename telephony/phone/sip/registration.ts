/** The telephone as a carrier's customer: REGISTER with digest, renewed before it expires (RFC 3261 §10.2). */
import type { Clock } from '#kernel/clock.ts';
import type { SocketAddress } from './datagram.ts';
import type { SipCredentials } from './digest.ts';
import { exchange } from './exchange.ts';
import { parseParameters, SipHeaders, sipUri } from './headers.ts';
import type { SipResponse } from './message.ts';
import { refused, type PhoneContext } from './phone-context.ts';
import { randomToken } from './transport.ts';

export interface RegisterOptions {
  readonly registrar: SocketAddress;
  readonly credentials: SipCredentials;
  /** @defaultValue 300 */
  readonly expiresS?: number;
}

/** Disposing withdraws the registration. */
export interface Registration extends AsyncDisposable {
  /** As granted by the registrar. */
  readonly expiresS: number;
}

const EXPIRES_S = 300;
/** Renewed after this share of what was granted. */
const RENEW_AT = 0.5;

/** Resolves once registered; rejects with INZWA_PHONE_REFUSED (details: status, reason). */
export async function register(context: PhoneContext, opts: RegisterOptions): Promise<Registration> {
  const client = new RegistrationClient(context, opts);
  await client.renew();
  return client;
}

class RegistrationClient implements Registration {
  readonly #context: PhoneContext;
  readonly #opts: RegisterOptions;
  readonly #clock: Clock;
  readonly #callId = randomToken();
  #sequence = 0;
  #expiresS: number;
  #isDisposed = false;
  #cancelRenewal: () => void = () => undefined;

  constructor(context: PhoneContext, opts: RegisterOptions) {
    this.#context = context;
    this.#opts = opts;
    this.#clock = context.clock;
    this.#expiresS = opts.expiresS ?? EXPIRES_S;
  }

  get expiresS(): number {
    return this.#expiresS;
  }

  async renew(): Promise<void> {
    let response = await this.#ask(this.#expiresS);
    const least = Number(response?.headers.get('Min-Expires') ?? Number.NaN);
    if (response?.status === 423 && Number.isFinite(least)) response = await this.#ask(least);
    if (response?.status !== 200) throw refused(this.#callId, response ?? { reason: 'the registrar did not answer' });
    this.#expiresS = this.#granted(response);
    if (this.#isDisposed) return;
    this.#cancelRenewal = this.#clock.after(this.#expiresS * RENEW_AT * 1_000, () => {
      // A registrar that refuses the renewal will not deliver calls: that is seen where the calls are missing.
      this.renew().catch(() => undefined);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#cancelRenewal();
    await this.#ask(0);
  }

  async #ask(expiresS: number): Promise<SipResponse | undefined> {
    const { registrar, credentials } = this.#opts;
    const address = `<${sipUri({ user: credentials.username, ...registrar })}>`;
    const request = {
      kind: 'request' as const,
      method: 'REGISTER',
      uri: sipUri({ user: '', ...registrar }),
      headers: new SipHeaders([
        ['Max-Forwards', '70'],
        ['From', `${address};tag=${randomToken()}`],
        ['To', address],
        ['Call-ID', this.#callId],
        ['CSeq', `${this.#sequence + 1} REGISTER`],
        ['Contact', this.#context.contact],
        ['Expires', String(expiresS)],
      ]),
      body: '',
    };
    const { response, sequence } = await exchange(this.#context.transport, request, registrar, credentials);
    this.#sequence = sequence;
    return response;
  }

  /** The Contact's own `expires` counts before the header (RFC 3261 §10.2.4). */
  #granted({ headers }: SipResponse): number {
    const ours = headers.list('Contact').find((contact) => contact.includes(this.#context.contact));
    const text = ours === undefined ? undefined : parseParameters(ours).parameters.get('expires');
    const seconds = Number(text ?? headers.get('Expires') ?? Number.NaN);
    return seconds > 0 ? seconds : this.#expiresS;
  }
}
