import { describe, expect, it } from 'vitest';
import { WhisperCppEngine, type WhisperCppContext } from '#pipeline/recognition/whisper-cpp-engine.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const pcm = Int16Array.from({ length: 8000 }, (_, i) => Math.round(6000 * Math.sin(i * 0.4)));
const utterance = (id: string) => ({ id, pcm, sampleRateHz: 8000 });
const { signal } = new AbortController();

interface Run {
  readonly bytes: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly finish: PromiseWithResolvers<{ readonly result: string }>;
}

/** The binding, held by the test's hand. */
async function held(clock = new VirtualClock()) {
  const runs: Run[] = [];
  let isReleased = false;
  const context: WhisperCppContext = {
    transcribeData(audio, options) {
      const finish = Promise.withResolvers<{ readonly result: string }>();
      runs.push({ bytes: audio.byteLength, options, finish });
      return { promise: finish.promise };
    },
    release() {
      isReleased = true;
      return Promise.resolve();
    },
  };
  const engine = await WhisperCppEngine.create({
    modelPath: 'ggml.bin',
    language: 'sn',
    clock,
    open: () => Promise.resolve(context),
  });
  return { engine, runs, clock, isReleased: () => isReleased };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('WhisperCppEngine', () => {
  it('hands 16 kHz over, one thread, one temperature, and the lexicon as prompt where there is none', async () => {
    const { engine, runs } = await held();
    const work = engine.transcribe(utterance('u#1'), { signal, lexicon: ['munhu', 'kiriniki'] });
    await settle();
    expect(runs[0]?.bytes).toBe(2 * 16_000);
    expect(runs[0]?.options).toEqual({
      language: 'sn',
      maxThreads: 1,
      temperature: 0,
      temperatureInc: 0,
      prompt: 'munhu kiriniki',
    });
    runs[0]?.finish.resolve({ result: ' Ndinoda munhu. ' });
    expect(await work).toMatchObject({ utteranceId: 'u#1', text: 'Ndinoda munhu.', window: 'full', audioMs: 1000 });
  });

  it('lets go of a caller at once, but begins nothing before the run that it cannot stop has ended', async () => {
    const { engine, runs } = await held();
    const turn = new AbortController();
    const reason = new Error('barge-in');
    const first = engine.transcribe(utterance('u#1'), { signal: turn.signal });
    await settle();
    turn.abort(reason);
    await expect(first).rejects.toBe(reason);
    const second = engine.transcribe(utterance('u#2'), { signal });
    await settle();
    expect(runs).toHaveLength(1);
    runs[0]?.finish.resolve({ result: 'late' });
    await settle();
    expect(runs).toHaveLength(2);
    runs[1]?.finish.resolve({ result: 'Ndinoda kutaura.' });
    expect((await second).text).toBe('Ndinoda kutaura.');
  });

  it('does not wait for ever for a run whose end the binding does not tell', async () => {
    const { engine, clock } = await held();
    const work = engine.transcribe(utterance('u#1'), { signal });
    work.catch(() => undefined);
    await settle();
    await clock.advance(120_000);
    await expect(work).rejects.toMatchObject({ code: 'INZWA_ENGINE_FAILED', retryable: true });
  });

  it('frees the model only when its run has ended', async () => {
    const { engine, runs, isReleased } = await held();
    const work = engine.transcribe(utterance('u#1'), { signal });
    await settle();
    const closing = engine.dispose();
    await settle();
    expect(isReleased()).toBe(false);
    runs[0]?.finish.reject(new Error('Transcription failed'));
    await expect(work).rejects.toMatchObject({ code: 'INZWA_ENGINE_FAILED' });
    await closing;
    expect(isReleased()).toBe(true);
  });

  it('says which package is missing, and which file is none of its models', async () => {
    const failing = (message: string) => () =>
      WhisperCppEngine.create({
        modelPath: 'ggml.bin',
        language: 'sn',
        open: () => Promise.reject(new Error(message)),
      });
    await expect(failing('Failed to load whisper.node: nothing')()).rejects.toMatchObject({
      code: 'INZWA_RECOGNISER_MISSING',
    });
    await expect(failing('Failed to initialize whisper context')()).rejects.toMatchObject({
      code: 'INZWA_RECOGNISER_MODEL',
    });
  });
});
