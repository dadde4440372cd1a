/**
 * One engine thread. ONNX Runtime holds the thread for as long as a run takes, so engines of one worker never compute at
 * the same time; long engines yield between runs, which is when voice activity windows and cancellations get their turn.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { isAbort, TurnAborted } from '#kernel/abort.ts';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import type { EngineHandler } from './engine-handlers.ts';
import { loadEngines } from './engines.ts';
import { Lane } from './lane.ts';
import type { EngineFailure, EngineMethod, EngineRequest, EngineResponse, EngineSpec } from './protocol.ts';

if (!parentPort) throw new InzwaError('INZWA_ENGINE_FAILED', 'the engine worker was not started as a worker thread');
const port = parentPort;
const running = new Map<number, AbortController>();
/** By engine. Voice activity has none: its windows are collected for one run, and do not queue behind recognition. */
const lanes = new Map<string, Lane>();

const startMs = systemClock.nowMs();
const engines = await loadEngines(workerData as EngineSpec, post);
const facts = { loadMs: systemClock.nowMs() - startMs, ...engines.facts };
post({ kind: 'ready', facts });

port.on('message', (request: EngineRequest) => {
  switch (request.kind) {
    case 'ping':
      post({ kind: 'pong' });
      return;
    case 'cancel':
      cancel(request.id, 'superseded');
      return;
    case 'raise':
      for (const lane of lanes.values()) lane.raise(request.id);
      return;
    case 'close':
      void close();
      return;
    case 'call':
      take(request);
  }
});

function take({ id, method, args, priority }: Extract<EngineRequest, { kind: 'call' }>): void {
  const scope = new AbortController();
  running.set(id, scope);
  const engine = method.split('.')[0] ?? method;
  if (engine === 'vad') {
    void run(id, method, args, scope.signal);
    return;
  }
  const lane = lanes.get(engine) ?? new Lane();
  lanes.set(engine, lane);
  lane.add({
    id,
    priority,
    run: () => {
      post({ kind: 'started', id });
      return run(id, method, args, scope.signal);
    },
    drop: () => {
      running.delete(id);
      post({ kind: 'failed', id, failure: cancelled(method) });
    },
  });
}

function cancel(id: number, why: 'superseded' | 'drain'): void {
  for (const lane of lanes.values()) if (lane.cancel(id)) return;
  running.get(id)?.abort(new TurnAborted(why));
}

async function close(): Promise<void> {
  for (const id of [...running.keys()]) cancel(id, 'drain');
  await Promise.all([...lanes.values()].map((lane) => lane.idle));
  await engines.dispose();
  port.close();
}

async function run(id: number, method: EngineMethod, args: unknown, signal: AbortSignal): Promise<void> {
  try {
    signal.throwIfAborted();
    const handler: EngineHandler | undefined = engines.handlers[method];
    if (!handler) throw new InzwaError('INZWA_ENGINE_FAILED', `this worker has no engine for ${method}`);
    const value = await handler(args, { signal, onChunk: (chunk) => post({ kind: 'chunk', id, chunk }) });
    post({ kind: 'value', id, value });
  } catch (error) {
    post({ kind: 'failed', id, failure: failureOf(error, method, signal) });
  } finally {
    running.delete(id);
  }
}

function failureOf(error: unknown, method: EngineMethod, signal: AbortSignal): EngineFailure {
  if (isAbort(error, signal)) return cancelled(method);
  if (isInzwaError(error)) return { code: error.code, message: error.message, isRetryable: error.retryable };
  return { code: 'INZWA_ENGINE_FAILED', message: `${method}: ${messageOf(error)}`, isRetryable: true };
}

function cancelled(method: EngineMethod): EngineFailure {
  return { code: 'INZWA_CANCELLED', message: `${method} was cancelled`, isRetryable: true };
}

function post(response: EngineResponse): void {
  port.postMessage(response);
}
