import { afterEach, describe, expect, it } from 'vitest';
import { TurnAborted } from '#kernel/abort.ts';
import { EngineWorker } from '#pipeline/inference/engine-worker.ts';
import type { EngineSpec } from '#pipeline/inference/protocol.ts';
import { shona } from '#pipeline/language/shona/shona.ts';
import {
  WorkerDialogueEngine,
  WorkerRecognizer,
  WorkerScorer,
  WorkerSynthesizer,
} from '#pipeline/inference/proxies.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const PROGRAM = new URL('../../../support/scripted-engine-worker.ts', import.meta.url);
const SPEC = {
  role: 'mouth',
  vits: { kind: 'piper', modelPath: '', configPath: '', language: shona.definition },
  llama: undefined,
} as const;
const signal = new AbortController().signal;

const EAR = {
  role: 'ear',
  vad: { modelPath: '' },
} as const;

const deaths: Error[] = [];
const degraded: Error[] = [];
let clock: VirtualClock;
let worker: EngineWorker;
const start = (spec: EngineSpec = SPEC): EngineWorker => {
  clock = new VirtualClock();
  return (worker = new EngineWorker(spec, {
    clock,
    onDeath: (error) => deaths.push(error),
    onDegraded: (error) => degraded.push(error),
    program: PROGRAM,
  }));
};
const score = (phrase: string, opts = { signal }): Promise<readonly number[]> =>
  new WorkerRecognizer(worker, { name: 'scripted', canScore: true }).score('u', [phrase], opts);

/** Time for that many pings, each of which a real thread may answer. */
const pingsPass = async (count: number): Promise<void> => {
  for (let ping = 0; ping < count; ping++) {
    await clock.advance(250);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

afterEach(async () => {
  await worker[Symbol.asyncDispose]();
  deaths.length = 0;
  degraded.length = 0;
});

/** Threads are started, up to nine of them, on machines that others use too. */
describe('an engine worker', { timeout: 30_000 }, () => {
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
    expect(worker.isUp).toBe(false);
    await clock.advance(0);
    await worker.ready;
    expect(worker.isUp).toBe(true);
    expect(await score('abc')).toEqual([-3]);
    expect(deaths).toHaveLength(1);
  });

  it('refuses at once while none is there, and is started again later each time', async () => {
    await start().ready;
    await score('die').catch(() => undefined);
    await expect(score('abc')).rejects.toMatchObject({ code: 'INZWA_ENGINE_DIED', retryable: true });
    for (const backOffMs of [0, 500, 1_000, 2_000, 5_000, 10_000, 10_000]) {
      await clock.advance(Math.max(0, backOffMs - 1));
      if (backOffMs > 0) await expect(score('abc')).rejects.toMatchObject({ code: 'INZWA_ENGINE_DIED' });
      await clock.advance(1);
      await worker.ready;
      await score('die').catch(() => undefined);
    }
    expect(deaths).toHaveLength(8);
  });

  it('forgets its deaths when it has worked for a minute', async () => {
    await start().ready;
    for (let life = 0; life < 3; life++) {
      await clock.advance(60_000);
      await score('die').catch(() => undefined);
      await clock.advance(0);
      await worker.ready;
    }
    expect(await score('abc')).toEqual([-3]);
  });

  it('goes without a worker to wait for when the last one is dead', async () => {
    await start().ready;
    await score('die').catch(() => undefined);
    await worker[Symbol.asyncDispose]();
    await expect(score('abc')).rejects.toMatchObject({ code: 'INZWA_CANCELLED' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('says so when it dies before it is ready', async () => {
    await expect(start(EAR).ready).rejects.toMatchObject({ code: 'INZWA_ENGINE_DIED' });
    expect(worker.isUp).toBe(false);
  });

  it('stops the engine when whoever listens to a stream leaves early', async () => {
    await start().ready;
    const llm = new WorkerDialogueEngine(worker);
    for await (const text of llm.reply({ callId: 'CA1', history: [], cards: [] }, { signal })) {
      expect(text).toBe('one');
      break;
    }
    expect(await score('how many wait')).toEqual([0]);
  });

  it('ends a stream at the abort with its reason', async () => {
    await start().ready;
    const scope = new AbortController();
    const llm = new WorkerDialogueEngine(worker);
    const heard = async (): Promise<void> => {
      for await (const text of llm.reply({ callId: 'CA1', history: [], cards: [] }, { signal: scope.signal })) {
        if (text === 'two') scope.abort(new TurnAborted('barge-in'));
      }
    };
    await expect(heard()).rejects.toMatchObject({ why: 'barge-in' });
    expect(await score('how many wait')).toEqual([0]);
  });

  it('tells the engine who waits, and raises what that call has in the queue', async () => {
    await start().ready;
    const recognizer = new WorkerRecognizer(worker, { name: 'scripted', canScore: true });
    const scope = new AbortController();
    const urgency = (
      opts: { signal: AbortSignal; priority?: 'background' },
      call = 'CA1',
    ): Promise<readonly number[]> => recognizer.score(`${call}#2`, ['how urgent'], opts);
    expect(await urgency({ signal })).toEqual([1]);
    const queued = recognizer.score('CA1#1', ['wait'], { signal: scope.signal });
    const scorer = new WorkerScorer({ ear: worker, all: [worker] }, 'CA1');
    scorer.wait(true);
    expect(await recognizer.score('CA2#1', ['who was raised'], { signal })).toEqual([2]);
    expect(await urgency({ signal })).toEqual([0]);
    expect(await urgency({ signal }, 'CA2')).toEqual([1]);
    expect(await urgency({ signal, priority: 'background' })).toEqual([2]);
    scorer.wait(false);
    expect(await urgency({ signal })).toEqual([1]);
    scope.abort(new TurnAborted('barge-in'));
    await expect(queued).rejects.toBe(scope.signal.reason);
  });

  it('asks about many phrases in several jobs, so that others get in between, and keeps their order', async () => {
    await start().ready;
    const phrases = Array.from({ length: 100 }, (_, at) => 'x'.repeat(at + 1));
    const recognizer = new WorkerRecognizer(worker, { name: 'scripted', canScore: true });
    expect(await recognizer.score('CA1#1', phrases, { signal })).toEqual(phrases.map((phrase) => -phrase.length));
    expect(await recognizer.score('CA1#1', [], { signal })).toEqual([]);
  });

  it('replaces a worker whose thread hangs, and fails what it was to do', async () => {
    await start().ready;
    const waits = score('wait');
    const hangs = score('hang');
    const lost = [waits, hangs].map((job) =>
      expect(job).rejects.toMatchObject({ code: 'INZWA_ENGINE_TIMEOUT', retryable: true }),
    );
    await pingsPass(25);
    await Promise.all(lost);
    expect(deaths).toMatchObject([{ code: 'INZWA_ENGINE_TIMEOUT' }]);
    await clock.advance(0);
    await worker.ready;
    expect(await score('abc')).toEqual([-3]);
  });

  it('replaces a worker of which one job never ends', async () => {
    await start().ready;
    const lost = expect(score('never')).rejects.toMatchObject({ code: 'INZWA_ENGINE_TIMEOUT' });
    await score('abc');
    await pingsPass(125);
    await lost;
    await clock.advance(0);
    await worker.ready;
    expect(await score('abc')).toEqual([-3]);
  });

  it('waits for a worker that is slow', async () => {
    await start().ready;
    const slow = score('slow');
    await pingsPass(12);
    expect(await slow).toEqual([-4]);
    expect(deaths).toEqual([]);
  });

  it('has a language model from when it is loaded until it dies', async () => {
    await start().ready;
    expect(worker.hasDialogue).toBe(false);
    await score('llm loaded');
    expect(worker.hasDialogue).toBe(true);
    await score('die').catch(() => undefined);
    expect(worker.hasDialogue).toBe(false);
  });

  it('works on without a language model and says why', async () => {
    await start().ready;
    expect(await score('llm degraded')).toEqual([-12]);
    expect(degraded).toMatchObject([{ code: 'INZWA_DIALOGUE_MODEL', message: 'no such file' }]);
    expect(worker.hasDialogue).toBe(false);
  });

  it('fails what is pending when it is closed', async () => {
    await start().ready;
    const waits = score('wait');
    const refused = expect(waits).rejects.toMatchObject({ code: 'INZWA_CANCELLED' });
    await worker[Symbol.asyncDispose]();
    await refused;
  });
});
