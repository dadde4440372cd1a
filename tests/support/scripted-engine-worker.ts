/** An engine worker without models: answers at once, streams, waits to be cancelled, or dies, as it is asked. */
import { parentPort } from 'node:worker_threads';
import type { EngineRequest, EngineResponse } from '#pipeline/inference/protocol.ts';

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
    if (phrases.includes('fail')) {
      post({ kind: 'failed', id, failure: { code: 'INZWA_UTTERANCE_FORGOTTEN', message: 'gone', isRetryable: false } });
      return;
    }
    post({ kind: 'value', id, value: phrases.map((phrase) => -phrase.length) });
    return;
  }
  if (method === 'tts.synthesize') {
    for (const sample of [0.1, 0.2, 0.3]) post({ kind: 'chunk', id, chunk: new Float32Array([sample]) });
    post({ kind: 'value', id, value: null });
  }
});
post({ kind: 'ready', facts: { loadMs: 1, sampleRateHz: 8000 } });
