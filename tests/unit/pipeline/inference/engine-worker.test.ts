import { afterEach, describe, expect, it } from 'vitest';
import { TurnAborted } from '#kernel/abort.ts';
import { EngineWorker } from '#pipeline/inference/engine-worker.ts';
import { WorkerRecognizer, WorkerSynthesizer } from '#pipeline/inference/proxies.ts';

const PROGRAM = new URL('../../../support/scripted-engine-worker.ts', import.meta.url);
const SPEC = {
  role: 'mouth',
  vits: { kind: 'piper', modelPath: '', configPath: '' },
  llama: undefined,
} as const;
const signal = new AbortController().signal;

const deaths: Error[] = [];
let worker: EngineWorker;
const start = (): EngineWorker => (worker = new EngineWorker(SPEC, (error) => deaths.push(error), PROGRAM));
const score = (phrase: string, opts = { signal }): Promise<readonly number[]> =>
  new WorkerRecognizer(worker).score('u', [phrase], opts);

afterEach(async () => {
  await worker[Symbol.asyncDispose]();
  deaths.length = 0;
});

describe('an engine worker', () => {
  it('answers calls by name, several at once', async () => {
    await start().ready;
    expect(await Promise.all([score('abc'), score('abcd')])).toEqual([[-3], [-4]]);
  });

  it('streams chunks in order', async () => {
    const facts = await start().ready;
    const chunks: number[] = [];
    const voice = new WorkerSynthesizer(worker, facts.sampleRateHz ?? 0);
    for await (const chunk of voice.synthesize('mhoroi', { signal })) chunks.push(...chunk);
    expect(chunks.map((value) => value.toFixed(1))).toEqual(['0.1', '0.2', '0.3']);
  });

  it('rejects with the engine’s own code', async () => {
    await start().ready;
    await expect(score('fail')).rejects.toMatchObject({ code: 'INZWA_UTTERANCE_FORGOTTEN', retryable: false });
  });

  it('rejects an aborted call at once with its reason, and tells the engine', async () => {
    await start().ready;
    const scope = new AbortController();
    const waits = score('wait', { signal: scope.signal });
    expect(await score('how many wait')).toEqual([1]);
    scope.abort(new TurnAborted('barge-in'));
    await expect(waits).rejects.toBe(scope.signal.reason);
    expect(await score('how many wait')).toEqual([0]);
  });

  it('fails what was pending when it dies, and is there again', async () => {
    await start().ready;
    const waits = score('wait');
    await expect(score('die')).rejects.toMatchObject({ code: 'INZWA_ENGINE_DIED', retryable: true });
    await expect(waits).rejects.toMatchObject({ code: 'INZWA_ENGINE_DIED' });
    await worker.ready;
    expect(await score('abc')).toEqual([-3]);
    expect(deaths).toHaveLength(1);
  });

  it('fails what is pending when it is closed', async () => {
    await start().ready;
    const waits = score('wait');
    const refused = expect(waits).rejects.toMatchObject({ code: 'INZWA_CANCELLED' });
    await worker[Symbol.asyncDispose]();
    await refused;
  });
});
