/**
 * The media loop's end of one engine worker: calls by name, streams, cancellation, and a new worker when one dies or hangs.
 * Nothing here blocks; a dead worker fails what was pending, and what comes until the next one is started, with
 * INZWA_ENGINE_DIED, one that hangs with INZWA_ENGINE_TIMEOUT. What comes while the next one loads waits for it.
 */
import { Worker } from 'node:worker_threads';
import type { Clock } from '#kernel/clock.ts';
import { onAbort, TurnAborted } from '#kernel/abort.ts';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type { WorkPriority } from '../ports.ts';
import type {
  EngineFacts,
  EngineFailure,
  EngineMethod,
  EngineMethods,
  EngineRequest,
  EngineResponse,
  EngineSpec,
} from './protocol.ts';
import { Vigil } from './vigil.ts';

interface Pending {
  readonly callId: string | undefined;
  readonly onChunk: (chunk: unknown) => void;
  readonly settle: (outcome: { value: unknown } | { error: Error }) => void;
}

export interface EngineWorkerOptions {
  readonly clock: Clock;
  /** Told of every death, for the log; the worker is started again by itself. */
  readonly onDeath: (error: InzwaError) => void;
  /** Told when the language model cannot be loaded: the other engines work without it. */
  readonly onDegraded: (error: InzwaError) => void;
  /** @defaultValue worker.ts beside this file */
  readonly program?: URL;
}

export interface EngineCallOptions {
  readonly signal?: AbortSignal;
  /** @defaultValue speculative, or waiting while the call does */
  readonly priority?: WorkPriority | undefined;
  /** Whose work it is: raised when that call waits. */
  readonly callId?: string;
}

/** Until the next start after so many deaths in a row: a fault that passes costs nothing, one that stays costs little. */
const BACK_OFF_MS = [0, 500, 1_000, 2_000, 5_000, 10_000] as const;
const LONGEST_BACK_OFF_MS = 10_000;

/** A worker that has worked for this long has got over what its predecessors died of. */
const HEALTHY_MS = 60_000;

/**
 * A thread that does not answer for so long hangs. One run holds the ear for 1 to 50 ms; the recogniser for 0.5 s with Whisper
 * base at the full window, some 2 s with the next larger one, and with a CTC model for as long as the whole recognition; the
 * mouth for about a second (a long clause, the loading of the language model). All of it a few times longer on a busy machine.
 */
function stallMs(spec: EngineSpec): number {
  switch (spec.role) {
    case 'ear':
      return 1_500;
    case 'recognizer':
      return spec.recognizer.kind === 'whisper' ? 5_000 : 20_000;
    case 'mouth':
      return 5_000;
  }
}

/** A worker that has not ended so long after it was asked to is torn off. */
const TEAR_OFF_MS = 30_000;

export class EngineWorker implements AsyncDisposable {
  readonly #spec: EngineSpec;
  readonly #options: EngineWorkerOptions;
  readonly #pending = new Map<number, Pending>();
  /** Calls in which somebody waits for an answer. */
  readonly #waiting = new Set<string>();
  /** Workers that hung, until they have ended. */
  readonly #abandoned = new Set<Worker>();
  /** Undefined between a death and the next start. */
  #worker: Worker | undefined;
  #exited: Promise<unknown> = Promise.resolve();
  #ready = newReady();
  #nextId = 1;
  #isClosing = false;
  #deathsInRow = 0;
  #upSinceMs: number | undefined;
  #hasDialogue = false;
  #vigil: Vigil | undefined;
  #cancelRestart: (() => void) | undefined;

  constructor(spec: EngineSpec, options: EngineWorkerOptions) {
    this.#spec = spec;
    this.#options = options;
    this.#start();
  }

  /** Resolves when the models are loaded and warm; rejects when the worker dies before. After a death: the next worker's. */
  get ready(): Promise<EngineFacts> {
    return this.#ready.promise;
  }

  /** True while a worker with loaded models runs. */
  get isUp(): boolean {
    return this.#upSinceMs !== undefined;
  }

  /** True while the language model, which is loaded after the others, can be used. */
  get hasDialogue(): boolean {
    return this.#hasDialogue;
  }

  call<M extends EngineMethod>(
    method: M,
    args: EngineMethods[M]['args'],
    opts: EngineCallOptions = {},
  ): Promise<EngineMethods[M]['value']> {
    return this.#send(method, args, opts, () => undefined) as Promise<EngineMethods[M]['value']>;
  }

  /** Chunks in order; throws the signal's reason when aborted. The engine's own output is short, so chunks are not held back. */
  async *stream<M extends EngineMethod>(
    method: M,
    args: EngineMethods[M]['args'],
    opts: EngineCallOptions & { readonly signal: AbortSignal },
  ): AsyncGenerator<EngineMethods[M]['chunk']> {
    const chunks: EngineMethods[M]['chunk'][] = [];
    let wake = Promise.withResolvers<undefined>();
    let failure: unknown;
    let isDone = false;
    const consumer = new AbortController();
    using _forwarding = onAbort(opts.signal, () => consumer.abort(opts.signal.reason));
    const finished = this.#send(method, args, { ...opts, signal: consumer.signal }, (chunk) => {
      chunks.push(chunk as EngineMethods[M]['chunk']);
      wake.resolve(undefined);
    })
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        isDone = true;
        wake.resolve(undefined);
      });
    const hasEnded = (): boolean => isDone;
    try {
      for (;;) {
        const chunk = chunks.shift();
        if (chunk !== undefined) {
          yield chunk;
          continue;
        }
        if (hasEnded()) break;
        await wake.promise;
        wake = Promise.withResolvers();
      }
      await finished;
    } finally {
      // A consumer that leaves early (a refused clause) must not leave the engine at work; after the end this is nothing.
      consumer.abort(new TurnAborted('superseded'));
    }
    if (failure !== undefined) throw failure instanceof Error ? failure : new Error(messageOf(failure));
  }

  /** From now on this call's work comes before that of callers who still speak, what is queued already included; or no more. */
  setWaiting(callId: string, isWaiting: boolean): void {
    if (!isWaiting) {
      this.#waiting.delete(callId);
      return;
    }
    this.#waiting.add(callId);
    for (const [id, pending] of this.#pending) {
      if (pending.callId === callId) this.#worker?.postMessage({ kind: 'raise', id } satisfies EngineRequest);
    }
  }

  /** Waits for the run in work: native code that is torn off in the middle takes the whole process with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#upSinceMs = undefined;
      this.#cancelRestart?.();
      this.#vigil?.end();
      for (const worker of this.#abandoned) void worker.terminate();
      this.#failAll(shutDown());
      this.#ready.reject(shutDown());
      this.#worker?.postMessage({ kind: 'close' } satisfies EngineRequest);
    }
    // Resolved already when the last worker has died and the next has not been started.
    const ended = this.#exited;
    const tornOff = Promise.withResolvers<undefined>();
    const cancel = this.#options.clock.after(TEAR_OFF_MS, () => {
      void this.#worker?.terminate();
      tornOff.resolve(undefined);
    });
    await Promise.race([ended, tornOff.promise]);
    cancel();
  }

  #send(
    method: EngineMethod,
    args: unknown,
    opts: EngineCallOptions,
    onChunk: (chunk: unknown) => void,
  ): Promise<unknown> {
    const { signal, callId } = opts;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (this.#isClosing) return Promise.reject(shutDown());
    const worker = this.#worker;
    if (!worker) return Promise.reject(this.#died('they are not back yet'));
    const id = this.#nextId++;
    const isAwaited = callId !== undefined && this.#waiting.has(callId);
    const priority = opts.priority ?? (isAwaited ? 'waiting' : 'speculative');
    this.#vigil?.add(id, method);
    return new Promise((resolve, reject) => {
      const listening =
        signal &&
        onAbort(signal, () => {
          if (!this.#pending.delete(id)) return;
          // What runs is still watched: an engine that does not come to its next step hangs.
          worker.postMessage({ kind: 'cancel', id } satisfies EngineRequest);
          reject(signal.reason as Error);
        });
      this.#pending.set(id, {
        callId,
        onChunk,
        settle: (outcome) => {
          listening?.[Symbol.dispose]();
          if ('error' in outcome) reject(outcome.error);
          else resolve(outcome.value);
        },
      });
      worker.postMessage({ kind: 'call', id, method, args, priority } satisfies EngineRequest);
    });
  }

  #start(): void {
    const worker = new Worker(this.#options.program ?? new URL('./worker.ts', import.meta.url), {
      workerData: this.#spec,
    });
    this.#worker = worker;
    this.#vigil = new Vigil({
      clock: this.#options.clock,
      stallMs: stallMs(this.#spec),
      ping: () => worker.postMessage({ kind: 'ping' } satisfies EngineRequest),
      onHang: (what) => this.#replace(worker, what),
    });
    this.#exited = new Promise((resolve) => worker.once('exit', resolve));
    worker.on('message', (response: EngineResponse) => {
      if (worker === this.#worker) this.#receive(response);
    });
    worker.on('error', (error) => {
      this.#die(worker, error);
    });
    worker.on('exit', (code) => {
      this.#die(worker, new Error(`exit code ${code}`));
    });
  }

  #receive(response: EngineResponse): void {
    if (response.kind === 'ready') {
      if (!this.#isClosing) {
        this.#upSinceMs = this.#options.clock.nowMs();
        this.#vigil?.up();
      }
      this.#ready.resolve(response.facts);
      return;
    }
    if (response.kind === 'loaded') {
      this.#hasDialogue = true;
      return;
    }
    if (response.kind === 'degraded') {
      if (!this.#isClosing) this.#options.onDegraded(errorOf(response.failure));
      return;
    }
    if (response.kind === 'pong') {
      this.#vigil?.pong();
      return;
    }
    const pending = this.#pending.get(response.id);
    if (response.kind === 'started' || response.kind === 'chunk') {
      this.#vigil?.progress(response.id);
      if (response.kind === 'chunk') pending?.onChunk(response.chunk);
      return;
    }
    this.#vigil?.remove(response.id);
    if (!pending) return;
    this.#pending.delete(response.id);
    if (response.kind === 'value') {
      pending.settle({ value: response.value });
      return;
    }
    pending.settle({ error: errorOf(response.failure) });
  }

  #die(worker: Worker, cause: unknown): void {
    this.#lose(worker, (backOffMs) =>
      this.#died(`${messageOf(cause)}; they are started again in ${backOffMs} ms`, cause),
    );
  }

  /** It is asked to end by itself, should it wake up: native code that is torn off in the middle takes the process with it. */
  #replace(worker: Worker, what: string): void {
    this.#abandoned.add(worker);
    worker.postMessage({ kind: 'close' } satisfies EngineRequest);
    worker.unref();
    const cancelTearOff = this.#options.clock.after(TEAR_OFF_MS, () => void worker.terminate());
    worker.once('exit', () => {
      cancelTearOff();
      this.#abandoned.delete(worker);
    });
    this.#lose(worker, (backOffMs) => {
      const { role } = this.#spec;
      const message = `the ${role} engines hang: ${what}; they are replaced in ${backOffMs} ms`;
      return new InzwaError('INZWA_ENGINE_TIMEOUT', message, {
        retryable: true,
        details: { role, deathsInRow: this.#deathsInRow },
      });
    });
  }

  #lose(worker: Worker, errorFor: (backOffMs: number) => InzwaError): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#vigil?.end();
    this.#hasDialogue = false;
    if (this.#isClosing) return;
    const { clock, onDeath } = this.#options;
    if (this.#upSinceMs !== undefined && clock.nowMs() - this.#upSinceMs >= HEALTHY_MS) this.#deathsInRow = 0;
    this.#upSinceMs = undefined;
    const backOffMs = BACK_OFF_MS[this.#deathsInRow] ?? LONGEST_BACK_OFF_MS;
    this.#deathsInRow += 1;
    const error = errorFor(backOffMs);
    this.#failAll(error);
    this.#ready.reject(error);
    this.#ready = newReady();
    this.#cancelRestart = clock.after(backOffMs, () => this.#start());
    onDeath(error);
  }

  #died(what: string, cause?: unknown): InzwaError {
    return new InzwaError('INZWA_ENGINE_DIED', `the ${this.#spec.role} engines stopped working: ${what}`, {
      retryable: true,
      cause,
      details: { role: this.#spec.role, deathsInRow: this.#deathsInRow },
    });
  }

  #failAll(error: Error): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { settle } of pending) settle({ error });
  }
}

/** Whoever awaits it hears of a rejection; that nobody does is not a fault of its own. */
function newReady(): PromiseWithResolvers<EngineFacts> {
  const ready = Promise.withResolvers<EngineFacts>();
  ready.promise.catch(() => undefined);
  return ready;
}

function errorOf({ code, message, isRetryable }: EngineFailure): InzwaError {
  return new InzwaError(code, message, { retryable: isRetryable });
}

function shutDown(): InzwaError {
  return new InzwaError('INZWA_CANCELLED', 'the engines are being shut down');
}
