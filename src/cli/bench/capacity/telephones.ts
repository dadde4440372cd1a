/** Many telephones at once, run by a process of their own; what they do and hear comes back message by message. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onAbort } from '#kernel/abort.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { PhonePacing } from '#telephony/phone/phone-call.ts';
import type { ServiceAddress } from '../../demo/child-service.ts';
import { CALLER_NUMBER, HOTLINE_NUMBER } from '../../demo/line.ts';
import type { Punctuality } from '../punctuality.ts';

const PROGRAM = fileURLToPath(new URL('telephones-worker.ts', import.meta.url));
/** They must not look at their watches late themselves: see src/cli/bench/asterisk/crowd.ts. */
const NODE_FLAGS = ['--single-threaded-gc', '--max-semi-space-size=4'];

/** One question and the moment its answer began, both at the caller. */
export interface PhoneTurn {
  readonly lastVoicedAtMs: number;
  readonly heardAtMs: number;
}

export interface HeardCall {
  readonly id: number;
  /** Undefined: never connected. */
  readonly callId: string | undefined;
  readonly turns: readonly PhoneTurn[];
  /** Why it ended before the caller wanted; undefined when the caller hung up. */
  readonly failure: string | undefined;
  /** Of audio received from the agent. */
  readonly saidSomethingMs: number;
  readonly frames: Punctuality;
  readonly pacing: PhonePacing;
}

export type PhoneAsked =
  | {
      readonly kind: 'begin';
      readonly address: ServiceAddress;
      readonly from: string;
      readonly to: string;
      /** What callers say, PCM16 at 8000 Hz, each beginning somewhere and going round. */
      readonly lines: readonly Int16Array[];
      readonly seed: number;
    }
  | { readonly kind: 'call'; readonly id: number }
  /** Every caller hangs up. */
  | { readonly kind: 'hang-up' };

export type PhoneTold =
  | { readonly kind: 'connected'; readonly id: number; readonly callId: string }
  | { readonly kind: 'over'; readonly heard: HeardCall }
  | { readonly kind: 'done' };

export interface TelephonesOptions {
  readonly address: ServiceAddress;
  readonly lines: readonly Int16Array[];
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Disposing ends the process and with it every call that is left. */
export class Telephones implements Disposable {
  /** Rejects with INZWA_PHONE_REFUSED when the process ends without having been asked to; otherwise never settles. */
  readonly broken: Promise<never>;
  readonly #process: ChildProcess;
  readonly #abort: Disposable;
  readonly #over = new Map<number, PromiseWithResolvers<HeardCall>>();
  readonly #connected = new Map<number, PromiseWithResolvers<string>>();
  readonly #done = Promise.withResolvers<undefined>();

  constructor({ signal, ...begin }: TelephonesOptions) {
    this.#process = fork(PROGRAM, [], { execArgv: NODE_FLAGS, serialization: 'advanced' });
    this.#abort = onAbort(signal, () => this.#process.kill('SIGKILL'));
    const broken = Promise.withResolvers<never>();
    this.broken = broken.promise;
    this.broken.catch(() => undefined);
    this.#process.on('message', (message: PhoneTold) => {
      this.#hear(message);
    });
    this.#process.once('exit', (code) => {
      const error = new InzwaError('INZWA_PHONE_REFUSED', `the telephones' process ended with ${code ?? 'a signal'}`);
      broken.reject(error);
      for (const { reject } of [...this.#over.values(), ...this.#connected.values()]) reject(error);
      this.#done.resolve(undefined);
    });
    this.#ask({ kind: 'begin', from: CALLER_NUMBER, to: HOTLINE_NUMBER, ...begin });
  }

  /** Places one call; both promises reject when it is never connected, or the process breaks. */
  call(id: number): { readonly connected: Promise<string>; readonly over: Promise<HeardCall> } {
    const connected = Promise.withResolvers<string>();
    const over = Promise.withResolvers<HeardCall>();
    // Nobody may be waiting yet.
    for (const { promise } of [connected, over]) promise.catch(() => undefined);
    this.#connected.set(id, connected);
    this.#over.set(id, over);
    this.#ask({ kind: 'call', id });
    return { connected: connected.promise, over: over.promise };
  }

  /** All callers hang up; resolves when all calls are over. */
  async hangUp(): Promise<void> {
    this.#ask({ kind: 'hang-up' });
    await this.#done.promise;
  }

  [Symbol.dispose](): void {
    this.#abort[Symbol.dispose]();
    this.#process.kill('SIGKILL');
  }

  #ask(message: PhoneAsked): void {
    this.#process.send(message);
  }

  #hear(message: PhoneTold): void {
    switch (message.kind) {
      case 'connected':
        this.#connected.get(message.id)?.resolve(message.callId);
        return;
      case 'over': {
        const { heard } = message;
        const error = new InzwaError('INZWA_PHONE_REFUSED', heard.failure ?? 'the call never began');
        this.#connected.get(heard.id)?.reject(error);
        this.#over.get(heard.id)?.resolve(heard);
        return;
      }
      case 'done':
        this.#done.resolve(undefined);
        return;
    }
  }
}
