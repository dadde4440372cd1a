import { describe, expect, it } from 'vitest';
import { TurnAborted } from '#kernel/abort.ts';
import { InzwaError } from '#kernel/errors.ts';
import { replyWhenLoaded, tellOutcome } from '#pipeline/inference/late-reply.ts';
import type { EngineNews } from '#pipeline/inference/protocol.ts';
import type { DialogueEngine, DialogueRequest } from '#pipeline/ports.ts';

const REQUEST: DialogueRequest = { callId: 'CA1', history: [], cards: [] };
const ENGINE: DialogueEngine = {
  async *reply() {
    yield 'Mhoroi';
  },
};

async function newsOf(loading: Promise<unknown>): Promise<EngineNews[]> {
  const news: EngineNews[] = [];
  await tellOutcome(loading, (each) => news.push(each));
  return news;
}

describe('a language model that is still being loaded', () => {
  it('answers what has waited for it', async () => {
    const loading = Promise.withResolvers<DialogueEngine>();
    const { signal } = new AbortController();
    const first = replyWhenLoaded(loading.promise, REQUEST, { signal }).next();
    loading.resolve(ENGINE);
    expect(await first).toEqual({ done: false, value: 'Mhoroi' });
  });

  it('is not waited for by a reply that nobody wants any more', async () => {
    const never = new Promise<DialogueEngine>(() => undefined);
    const scope = new AbortController();
    const first = replyWhenLoaded(never, REQUEST, { signal: scope.signal }).next();
    scope.abort(new TurnAborted('barge-in'));
    await expect(first).rejects.toBe(scope.signal.reason);
  });

  it('says when it is there, and why it will not be', async () => {
    expect(await newsOf(Promise.resolve(ENGINE))).toEqual([{ kind: 'loaded', what: 'llm' }]);
    const failed = new InzwaError('INZWA_DIALOGUE_MODEL', 'the file is no GGUF');
    expect(await newsOf(Promise.reject(failed))).toEqual([
      {
        kind: 'degraded',
        what: 'llm',
        failure: { code: 'INZWA_DIALOGUE_MODEL', message: 'the file is no GGUF', isRetryable: false },
      },
    ]);
    expect(await newsOf(Promise.reject(new Error('out of memory')))).toMatchObject([
      { failure: { code: 'INZWA_DIALOGUE_MODEL', message: 'out of memory' } },
    ]);
  });
});
