/**
 * An engine worker without models: answers at once, streams (for ever, when the caller asks it to go on), waits to be
 * cancelled, dies (as an `ear`: before it is ready), hangs (`hang`: its thread, `never`: one job of it),
 * is slow (`slow`: holds its thread for 300 ms), or says how its language model fares, as it is asked.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { EngineRequest, EngineResponse, EngineSpec } from '#pipeline/inference/protocol.ts';

if (!parentPort) throw new Error('not a worker');
const port = parentPort;
const post = (response: EngineResponse): void => port.postMessage(response);
const waiting = new Set<number>();
const raised: number[] = [];
const PRIORITIES = ['waiting', 'speculative', 'background'] as const;

/** As a native run does: no message is read meanwhile. */
function holdThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

port.on('message', (request: EngineRequest) => {
  if (request.kind === 'close') {
    port.close();
    return;
  }
  if (request.kind === 'cancel') {
    if (!waiting.delete(request.id)) return;
    post({ kind: 'failed', id: request.id, failure: { code: 'INZWA_CANCELLED', message: '', isRetryable: true } });
    return;
  }
  if (request.kind === 'raise') {
    raised.push(request.id);
    return;
  }
  if (request.kind === 'ping') {
    post({ kind: 'pong' });
    return;
  }
  const { id, method, args, priority } = request;
  post({ kind: 'started', id });
  if (method === 'asr.score') {
    const { phrases } = args as { phrases: readonly string[] };
    if (phrases.includes('die')) process.exit(3);
    if (phrases.includes('wait') || phrases.includes('never')) {
      waiting.add(id);
      return;
    }
    if (phrases.includes('hang')) holdThread(Number.POSITIVE_INFINITY);
    if (phrases.includes('slow')) holdThread(300);
    if (phrases.includes('how urgent')) {
      post({ kind: 'value', id, value: [PRIORITIES.indexOf(priority)] });
      return;
    }
    if (phrases.includes('who was raised')) {
      post({ kind: 'value', id, value: raised });
      return;
    }
    if (phrases.includes('how many wait')) {
      post({ kind: 'value', id, value: [waiting.size] });
      return;
    }
    if (phrases.includes('llm loaded')) post({ kind: 'loaded', what: 'llm' });
    if (phrases.includes('llm degraded')) {
      const failure = { code: 'INZWA_DIALOGUE_MODEL', message: 'no such file', isRetryable: false } as const;
      post({ kind: 'degraded', what: 'llm', failure });
    }
    if (phrases.includes('fail')) {
      post({ kind: 'failed', id, failure: { code: 'INZWA_UTTERANCE_FORGOTTEN', message: 'gone', isRetryable: false } });
      return;
    }
    post({ kind: 'value', id, value: phrases.map((phrase) => -phrase.length) });
    return;
  }
  if (method === 'llm.reply') {
    // Generates until it is told to stop.
    waiting.add(id);
    post({ kind: 'chunk', id, chunk: 'one' });
    post({ kind: 'chunk', id, chunk: 'two' });
    return;
  }
  if (method === 'tts.synthesize') {
    for (const sample of [0.1, 0.2, 0.3]) post({ kind: 'chunk', id, chunk: new Float32Array([sample]) });
    post({ kind: 'value', id, value: null });
  }
});
if ((workerData as EngineSpec).role === 'ear') process.exit(4);
post({ kind: 'ready', facts: { loadMs: 1, sampleRateHz: 8000 } });
