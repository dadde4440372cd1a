/**
 * An engine worker without models: answers at once, streams (for ever, when the caller asks it to go on), waits to be
 * cancelled, dies (as an `ear`: before it is ready), or says how its language model fares, as it is asked.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { EngineRequest, EngineResponse, EngineSpec } from '#pipeline/inference/protocol.ts';

if (!parentPort) throw new Error('not a worker');
const port = parentPort;
const post = (response: EngineResponse): void => port.postMessage(response);
const waiting = new Set<number>();

port.on('message', (request: EngineRequest) => {
  if (request.kind === 'close') {
    port.close();
    return;
  }
  if (request.kind === 'cancel') {
    waiting.delete(request.id);
    return;
  }
  const { id, method, args } = request;
  if (method === 'asr.score') {
    const { phrases } = args as { phrases: readonly string[] };
    if (phrases.includes('die')) process.exit(3);
    if (phrases.includes('wait')) {
      waiting.add(id);
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
