/** A SIP telephone in software: one socket for the signalling, one per call for the sound; calls, is called, registers. */
import { onAbort } from '#kernel/abort.ts';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { CalleeScript, IncomingSipCall, ScriptSource } from './callee-script.ts';
import { udpNetwork, type DatagramNetwork, type DatagramSocket } from './datagram.ts';
import { ALLOW } from './dialog.ts';
import type { SipCredentials } from './digest.ts';
import { parseNameAddress, sipUri } from './headers.ts';
import { IncomingCall } from './incoming-call.ts';
import { responseTo } from './message.ts';
import { dial, type DialOptions } from './outgoing-call.ts';
import type { DialogParty, PhoneContext } from './phone-context.ts';
import { register, type RegisterOptions, type Registration } from './registration.ts';
import type { SipCodec } from './sdp.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { SipLineProfile, SipPhoneCall } from './sip-phone-call.ts';
import { randomToken, SipTransport } from './transport.ts';

export interface SipPhoneOptions {
  readonly clock?: Clock;
  /** @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** @defaultValue 0, any that is free */
  readonly port?: number;
  /**
   * Taken and offered, in the order of preference.
   * @defaultValue ['PCMA', 'PCMU']
   */
  readonly codecs?: readonly SipCodec[];
  /** Of every call, where the call has none of its own. */
  readonly line?: SipLineProfile;
  readonly credentials?: SipCredentials;
  /** @defaultValue real UDP */
  readonly network?: DatagramNetwork;
  /** Closes the telephone when aborted. */
  readonly signal: AbortSignal;
}

const DEFAULTS = { host: '127.0.0.1', port: 0, codecs: ['PCMA', 'PCMU'] } as const satisfies Partial<SipPhoneOptions>;

/** A little more than a call's own farewell. */
const CLOSE_MS = 2_500;
/** A telephone nobody told what to do does not answer. */
const NOBODY_HOME: CalleeScript = { kind: 'reject', status: 480 };

export class SipPhone implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Every call that came, in order. */
  readonly incoming: IncomingSipCall[] = [];
  readonly #context: PhoneContext;
  readonly #parties = new Map<string, DialogParty>();
  readonly #registrations = new Set<Registration>();
  readonly #abort: Disposable;
  readonly #waiting = new Set<(call: IncomingSipCall) => void>();
  #scripts: readonly ScriptSource[] = [];
  #handedOut = 0;
  #closing: Promise<void> | undefined;

  /** Rejects with the system's error when the port is taken. */
  static async open(opts: SipPhoneOptions): Promise<SipPhone> {
    const { host, port } = { ...DEFAULTS, ...opts };
    opts.signal.throwIfAborted();
    const socket = await (opts.network ?? udpNetwork).open({ host, port });
    if (opts.signal.aborted) socket.close();
    opts.signal.throwIfAborted();
    return new SipPhone(socket, opts);
  }

  private constructor(socket: DatagramSocket, opts: SipPhoneOptions) {
    const { clock = systemClock, network = udpNetwork, codecs = DEFAULTS.codecs, line = {}, credentials } = opts;
    const transport = new SipTransport({ socket, clock, onRequest: (transaction) => this.#receive(transaction) });
    this.host = socket.address.host;
    this.port = socket.address.port;
    this.#context = {
      transport,
      network,
      clock,
      line,
      codecs,
      credentials,
      contact: `<${sipUri({ user: credentials?.username ?? 'phone', host: this.host, port: this.port })}>`,
      isClosing: () => this.#closing !== undefined,
      join: (callId, tag, party) => this.#parties.set(`${callId} ${tag}`, party),
      leave: (callId, tag) => this.#parties.delete(`${callId} ${tag}`),
    };
    this.#abort = onAbort(opts.signal, () => void this[Symbol.asyncDispose]());
  }

  /** Resolves with the answered call, with `acceptsEarlyMedia` also with one that is not yet; rejects with INZWA_PHONE_REFUSED or the abort's reason. */
  call(opts: DialOptions): Promise<SipPhoneCall> {
    return dial(this.#context, opts);
  }

  /** One script for each call from now on, the last of them for all that follow; none: nobody is at home (480). */
  expect(...scripts: readonly ScriptSource[]): void {
    this.#scripts = scripts;
  }

  /** The next call that came in and that this did not return before; rejects with INZWA_PHONE_TIMEOUT. */
  async waitForCall({ timeoutMs }: { readonly timeoutMs: number }): Promise<IncomingSipCall> {
    const index = this.#handedOut++;
    const here = this.incoming[index];
    if (here) return here;
    return new Promise((resolve, reject) => {
      const cancel = this.#context.clock.after(timeoutMs, () => {
        this.#waiting.delete(waiter);
        reject(new InzwaError('INZWA_PHONE_TIMEOUT', `port ${this.port}: no call came in within ${timeoutMs} ms`));
      });
      const waiter = (call: IncomingSipCall): void => {
        if (call !== this.incoming[index]) return;
        cancel();
        this.#waiting.delete(waiter);
        resolve(call);
      };
      this.#waiting.add(waiter);
    });
  }

  /** Withdrawn when the telephone closes; rejects with INZWA_PHONE_REFUSED. */
  async register(opts: RegisterOptions): Promise<Registration> {
    const registration = await register(this.#context, opts);
    this.#registrations.add(registration);
    return registration;
  }

  /** Ends every call and waits until the other sides know, at most some 2 s. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#abort[Symbol.dispose]();
    const { clock, transport } = this.#context;
    const farewells = Promise.all([
      ...[...this.#parties.values()].map((party) => party.close()),
      ...[...this.#registrations].map((registration) => registration[Symbol.asyncDispose]()),
    ]);
    const patience = Promise.withResolvers<undefined>();
    const cancel = clock.after(CLOSE_MS, () => patience.resolve(undefined));
    await Promise.race([farewells, patience.promise]);
    cancel();
    transport.close();
  }

  #receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const tag = parseNameAddress(request.headers.get('To') ?? '').parameters.get('tag');
    if (tag !== undefined) {
      const party = this.#parties.get(`${request.headers.get('Call-ID')} ${tag}`);
      if (party) party.receive(transaction);
      else transaction.respond(responseTo(request, 481));
    } else if (request.method === 'INVITE') this.#receiveCall(transaction);
    else {
      const status = request.method === 'OPTIONS' ? 200 : 405;
      transaction.respond(responseTo(request, status, { toTag: randomToken(), headers: [['Allow', ALLOW]] }));
    }
  }

  #receiveCall(transaction: ServerTransaction): void {
    const { request } = transaction;
    const required = request.headers.list('Require');
    if (required.length > 0) {
      const headers = [['Unsupported', required.join(', ')]] as const;
      transaction.respond(responseTo(request, 420, { toTag: randomToken(), headers }));
      return;
    }
    if (this.#closing) {
      transaction.respond(responseTo(request, 480, { toTag: randomToken() }));
      return;
    }
    const script = this.#scripts[0] ?? NOBODY_HOME;
    if (this.#scripts.length > 1) this.#scripts = this.#scripts.slice(1);
    const call = new IncomingCall(this.#context, transaction, script);
    this.incoming.push(call);
    for (const waiter of this.#waiting) waiter(call);
  }
}
