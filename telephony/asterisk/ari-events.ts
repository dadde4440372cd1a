/** The events socket of ARI: one connection per application, made again for as long as it is wanted. */
import { WebSocket } from 'ws';
import { InzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import { onAbort } from '#kernel/abort.ts';
import { basicAuthorization } from './ari-client.ts';
import { parseAriEvent, type AriEvent } from './ari-messages.ts';

/** What went wrong between us and Asterisk, by name: a label of a counter, so the set stays small. */
export type AriTroubleKind =
  | 'events-unreachable'
  | 'events-refused'
  | 'events-lost'
  | 'application-taken'
  | 'bad-event'
  | 'orphan'
  | 'clean-up-failed';

/** A sentence for the log says what happened and what to do; it never holds a number. Must not throw. */
export type AriTroubleSink = (kind: AriTroubleKind, sentence: string) => void;

export interface AriEventsOptions {
  /** As for AriClient. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly app: string;
  readonly clock: Clock;
  readonly onEvent: (event: AriEvent) => void;
  /** Called after every connection, before any event of it. */
  readonly onConnected: () => void;
  readonly onTrouble: AriTroubleSink;
}

/** The first try to connect again comes at once for a person, and the last ones do not tire a dead machine. */
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** A peer that vanished without a reset is noticed after two of these at most. */
const PING_INTERVAL_MS = 10_000;

/** Events of a channel are some 1,500 bytes; a list of channels could make a bridge event longer. */
const MAX_EVENT_BYTES = 1_048_576;

export class AriEvents implements Disposable {
  readonly #opts: AriEventsOptions;
  #socket: WebSocket | undefined;
  #isOpen = false;
  #isStopped = false;
  #failures = 0;
  #lastTrouble: AriTroubleKind | undefined;
  #cancelTimer: () => void = () => undefined;
  #connected = Promise.withResolvers<undefined>();

  constructor(opts: AriEventsOptions) {
    this.#opts = opts;
    this.#connect();
  }

  get isConnected(): boolean {
    return this.#isOpen;
  }

  /** Resolves when events come in; rejects with INZWA_TRUNK_FAILED (retryable) after `withinMs`, or with the signal's reason. */
  async connected({ withinMs, signal }: { readonly withinMs: number; readonly signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    if (this.#isOpen) return;
    const over = Promise.withResolvers<never>();
    using _ = onAbort(signal, () => {
      over.reject(signal.reason as Error);
    });
    const cancel = this.#opts.clock.after(withinMs, () => {
      over.reject(
        new InzwaError(
          'INZWA_TRUNK_FAILED',
          'Asterisk’s events do not come in, so no call can be followed; see the log',
          {
            retryable: true,
            details: { failure: 'unreachable' },
          },
        ),
      );
    });
    try {
      await Promise.race([this.#connected.promise, over.promise]);
    } finally {
      cancel();
    }
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
    this.#isOpen = false;
    this.#cancelTimer();
    this.#socket?.close(1000);
    this.#socket?.terminate();
  }

  #connect(): void {
    const { url, user, password, app, clock } = this.#opts;
    // subscribeAll would bring every channel of the machine.
    const address = `${url.replace(/^http/, 'ws')}/events?app=${encodeURIComponent(app)}&subscribeAll=false`;
    const socket = new WebSocket(address, {
      headers: { authorization: basicAuthorization(user, password) },
      maxPayload: MAX_EVENT_BYTES,
      followRedirects: false,
    });
    this.#socket = socket;
    this.#cancelTimer = clock.after(CONNECT_TIMEOUT_MS, () => socket.terminate());
    let refusal: number | undefined;
    let reason = '';
    socket.on('open', () => this.#opened(socket));
    socket.on('message', (data) => this.#receive((data as Buffer).toString('utf8')));
    socket.on('unexpected-response', (_request, response) => {
      refusal = response.statusCode;
      response.destroy();
      socket.terminate();
    });
    // What `close` says no more of: ECONNREFUSED and its like.
    socket.on('error', (error: NodeJS.ErrnoException) => (reason = error.code ?? error.message));
    socket.on('close', () => this.#closed(refusal, reason));
  }

  #opened(socket: WebSocket): void {
    this.#cancelTimer();
    this.#isOpen = true;
    this.#failures = 0;
    this.#lastTrouble = undefined;
    this.#keepAlive(socket);
    this.#opts.onConnected();
    this.#connected.resolve(undefined);
  }

  #keepAlive(socket: WebSocket): void {
    let isAlive = true;
    socket.on('pong', () => (isAlive = true));
    const next = (): void => {
      this.#cancelTimer = this.#opts.clock.after(PING_INTERVAL_MS, () => {
        if (!isAlive) {
          socket.terminate();
          return;
        }
        isAlive = false;
        socket.ping();
        next();
      });
    };
    next();
  }

  #receive(text: string): void {
    const parsed = parseAriEvent(text);
    if (!parsed.ok) {
      if (parsed.reason !== 'unknown-event') {
        this.#opts.onTrouble('bad-event', `an event of Asterisk could not be read (${parsed.reason}) and was left out`);
      }
      return;
    }
    if (parsed.event.type === 'ApplicationReplaced') {
      // Two that take the name from each other in turn would both hear half of everything.
      this.#opts.onTrouble(
        'application-taken',
        `another program has connected to Asterisk as ${this.#opts.app}; this one controls no calls any more: give each its own application name`,
      );
      this[Symbol.dispose]();
      this.#connected = Promise.withResolvers();
      return;
    }
    this.#opts.onEvent(parsed.event);
  }

  #closed(refusal: number | undefined, reason: string): void {
    this.#cancelTimer();
    if (this.#isStopped) return;
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#connected = Promise.withResolvers();
      this.#tell('events-lost', 'the connection for Asterisk’s events was lost; it is made again');
    } else if (refusal === undefined) {
      this.#tell(
        'events-unreachable',
        `Asterisk’s events cannot be reached (${reason || 'no answer'}): is it running, and is the ARI address its http.conf’s? Tried again every ${LONGEST_BACKOFF_MS / 1_000} s`,
      );
    } else {
      this.#tell(
        'events-refused',
        `Asterisk refuses its events (${refusal}): are user and password those of ari.conf, and is res_ari_events loaded? Tried again every ${LONGEST_BACKOFF_MS / 1_000} s`,
      );
    }
    const waitMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(this.#failures++, 10));
    this.#cancelTimer = this.#opts.clock.after(waitMs, () => this.#connect());
  }

  /** Once for each kind, not once for each try: a night without Asterisk is one line. */
  #tell(kind: AriTroubleKind, sentence: string): void {
    if (this.#lastTrouble === kind) return;
    this.#lastTrouble = kind;
    this.#opts.onTrouble(kind, sentence);
  }
}
