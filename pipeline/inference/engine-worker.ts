/**
 * The media loop's end of one engine worker: calls by name, streams, cancellation, and a new worker when one dies.
 * Nothing here blocks; a dead worker fails what was pending with INZWA_ENGINE_DIED and is started again.
 */
import { Worker } from 'node:worker_threads';
import { onAbort } from '#kernel/abort.ts';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type {
  EngineFacts,
  EngineMethod,
  EngineMethods,
  EngineRequest,
  EngineResponse,
  EngineSpec,
} from './protocol.ts';

interface Pending {
  readonly onChunk: (chunk: unknown) => void;
  readonly settle: (outcome: { value: unknown } | { error: Error }) => void;
}

export class EngineWorker implements AsyncDisposable {
  readonly #spec: EngineSpec;
  readonly #onDeath: (error: Error) => void;
  readonly #program: URL;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker;
  #ready: PromiseWithResolvers<EngineFacts>;
  #nextId = 1;
  #isClosing = false;
  #deaths = 0;

  /** @param onDeath told of every death, for the log and the metrics; the worker is restarted by itself */
  constructor(
    spec: EngineSpec,
    onDeath: (error: Error) => void,
    program: URL = new URL('./worker.ts', import.meta.url),
  ) {
    this.#spec = spec;
    this.#onDeath = onDeath;
    this.#program = program;
    this.#ready = Promise.withResolvers();
    this.#worker = this.#start();
  }

  /** Resolves when the models are loaded and warm; rejects with the reason when they cannot be loaded. */
  get ready(): Promise<EngineFacts> {
    return this.#ready.promise;
  }

  get deaths(): number {
    return this.#deaths;
  }

  call<M extends EngineMethod>(
    method: M,
    args: EngineMethods[M]['args'],
    opts: { readonly signal?: AbortSignal; readonly transfer?: readonly ArrayBuffer[] } = {},
  ): Promise<EngineMethods[M]['value']> {
    return this.#send(method, args, opts, () => undefined) as Promise<EngineMethods[M]['value']>;
  }

  /** Chunks in order; throws the signal's reason when aborted. The engine's own output is short, so chunks are not held back. */
  async *stream<M extends EngineMethod>(
    method: M,
    args: EngineMethods[M]['args'],
    opts: { readonly signal: AbortSignal },
  ): AsyncGenerator<EngineMethods[M]['chunk']> {
    const chunks: EngineMethods[M]['chunk'][] = [];
    let wake = Promise.withResolvers<undefined>();
    let failure: unknown;
    let isDone = false;
    const finished = this.#send(method, args, opts, (chunk) => {
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
    if (failure !== undefined) throw failure instanceof Error ? failure : new Error(messageOf(failure));
  }

  /** Waits for the run in work: native code that is torn off in the middle takes the whole process with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#failAll(new InzwaError('INZWA_CANCELLED', 'the engines are being shut down'));
    this.#ready.promise.catch(() => undefined);
    const worker = this.#worker;
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    this.#post({ kind: 'close' });
    await exited;
  }

  #send(
    method: EngineMethod,
    args: unknown,
    opts: { readonly signal?: AbortSignal; readonly transfer?: readonly ArrayBuffer[] },
    onChunk: (chunk: unknown) => void,
  ): Promise<unknown> {
    const { signal } = opts;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const listening =
        signal &&
        onAbort(signal, () => {
          if (!this.#pending.delete(id)) return;
          this.#post({ kind: 'cancel', id });
          reject(signal.reason as Error);
        });
      this.#pending.set(id, {
        onChunk,
        settle: (outcome) => {
          listening?.[Symbol.dispose]();
          if ('error' in outcome) reject(outcome.error);
          else resolve(outcome.value);
        },
      });
      this.#post({ kind: 'call', id, method, args }, opts.transfer);
    });
  }

  #post(request: EngineRequest, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, [...transfer]);
  }

  #start(): Worker {
    const worker = new Worker(this.#program, { workerData: this.#spec });
    worker.on('message', (response: EngineResponse) => {
      this.#receive(response);
    });
    worker.on('error', (error) => {
      this.#die(worker, error);
    });
    worker.on('exit', (code) => {
      this.#die(worker, new Error(`exit code ${code}`));
    });
    return worker;
  }

  #receive(response: EngineResponse): void {
    if (response.kind === 'ready') {
      this.#ready.resolve(response.facts);
      return;
    }
    const pending = this.#pending.get(response.id);
    if (!pending) return;
    if (response.kind === 'chunk') {
      pending.onChunk(response.chunk);
      return;
    }
    this.#pending.delete(response.id);
    if (response.kind === 'value') {
      pending.settle({ value: response.value });
      return;
    }
    const { code, message, isRetryable } = response.failure;
    pending.settle({ error: new InzwaError(code, message, { retryable: isRetryable }) });
  }

  #die(worker: Worker, cause: unknown): void {
    if (this.#isClosing || worker !== this.#worker) return;
    this.#deaths += 1;
    const error = new InzwaError(
      'INZWA_ENGINE_DIED',
      `the ${this.#spec.role} engines stopped working (${messageOf(cause)}); they are being started again`,
      { retryable: true, cause, details: { role: this.#spec.role, deaths: this.#deaths } },
    );
    this.#failAll(error);
    this.#onDeath(error);
    const wasReady = this.#ready;
    // A worker that never became ready will not do so by being tried for ever: its model is at fault.
    wasReady.reject(error);
    wasReady.promise.catch(() => undefined);
    this.#ready = Promise.withResolvers();
    if (this.#deaths <= MOST_RESTARTS) this.#worker = this.#start();
    else this.#ready.reject(error);
    this.#ready.promise.catch(() => undefined);
  }

  #failAll(error: Error): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { settle } of pending) settle({ error });
  }
}

/** After this many deaths of one worker the process should be restarted by its supervisor instead. */
const MOST_RESTARTS = 20;
