/**
 * One engine thread. ONNX Runtime holds the thread for as long as a run takes, so engines of one worker never compute at
 * the same time; long engines yield between runs, which is when voice activity windows and cancellations get their turn.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { isAbort, TurnAborted } from '#kernel/abort.ts';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import { loadEngines, type EngineHandler } from './engines.ts';
import type { EngineFailure, EngineMethod, EngineRequest, EngineResponse, EngineSpec } from './protocol.ts';

if (!parentPort) throw new InzwaError('INZWA_ENGINE_FAILED', 'the engine worker was not started as a worker thread');
const port = parentPort;
const running = new Map<number, AbortController>();
/** Jobs of one engine run one after the other, in order of arrival; voice activity does not queue behind recognition. */
const lanes = new Map<string, Promise<unknown>>();

const startMs = systemClock.nowMs();
const engines = await loadEngines(workerData as EngineSpec, post);
const facts = { loadMs: systemClock.nowMs() - startMs, ...engines.facts };
post({ kind: 'ready', facts });

port.on('message', (request: EngineRequest) => {
  if (request.kind === 'cancel') {
    running.get(request.id)?.abort(new TurnAborted('superseded'));
    return;
  }
  if (request.kind === 'close') {
    void close();
    return;
  }
  const scope = new AbortController();
  running.set(request.id, scope);
  const lane = request.method.split('.')[0] ?? request.method;
  const before = lanes.get(lane) ?? Promise.resolve();
  lanes.set(
    lane,
    before.then(() => run(request.id, request.method, request.args, scope.signal)),
  );
});

async function close(): Promise<void> {
  for (const scope of running.values()) scope.abort(new TurnAborted('drain'));
  await Promise.all(lanes.values());
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
  if (isAbort(error, signal)) return { code: 'INZWA_CANCELLED', message: `${method} was cancelled`, isRetryable: true };
  if (isInzwaError(error)) return { code: error.code, message: error.message, isRetryable: error.retryable };
  return { code: 'INZWA_ENGINE_FAILED', message: `${method}: ${messageOf(error)}`, isRetryable: true };
}

function post(response: EngineResponse): void {
  port.postMessage(response);
}
