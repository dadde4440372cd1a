/** The recognisers with real parts keep the contract of every Recognizer: `npm test` pulls the weights first. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLocalModels } from '#models/catalogue.ts';
import { ggmlFile } from '#models/ggml.ts';
import { systemClock } from '#kernel/clock.ts';
import { EngineWorker } from '#pipeline/inference/engine-worker.ts';
import { ChoiceMatcher } from '#pipeline/dialogue/matching.ts';
import { shona } from '#pipeline/language/shona/shona.ts';
import type { RecognizerSpec } from '#pipeline/inference/protocol.ts';
import { WorkerRecognizer } from '#pipeline/inference/proxies.ts';
import { OpenAiRecognizer } from '#pipeline/recognition/openai-recognizer.ts';
import { UNRATED_LOG_PROB } from '#pipeline/recognition/plain-transcript.ts';
import { WhisperCppEngine } from '#pipeline/recognition/whisper-cpp-engine.ts';
import { WhisperEngine } from '#pipeline/recognition/whisper-engine.ts';
import { speakTexts } from '#src/cli/demo/caller-voice.ts';
import { recognizerContract } from '../contract/recognizer-contract.ts';
import { FasterWhisperServer } from '../support/faster-whisper-server.ts';
import { tinyGgml } from '../support/tiny-ggml.ts';
import { toneSpeech, writeToneCtc } from '../unit/pipeline/recognition/tone-ctc.ts';

const PHRASES = ['Mushonga unoita marii?', 'Mhoroi.', 'Ndingawana sei chitupa chekuberekwa?'] as const;
const { signal } = new AbortController();

async function openWhisper(): Promise<WhisperEngine> {
  const { files } = await (await openLocalModels()).open('whisper-base');
  return WhisperEngine.create({
    encoderPath: files['encoder'] ?? '',
    decoderPath: files['decoder'] ?? '',
    scorerPath: files['scorer'] ?? '',
    tokenizerPath: files['tokenizer'] ?? '',
    language: 'sn',
  });
}

async function say(text: string): Promise<Int16Array> {
  const { files } = await (await openLocalModels()).open('piper-joe');
  const vits = { kind: 'piper', modelPath: files['model'] ?? '', configPath: files['config'] ?? '' } as const;
  // Without the voice's noise: the same audio in every run.
  const [pcm = new Int16Array(0)] = await speakTexts([text], { vits, speakable: (each) => each, signal });
  return pcm;
}

/** Which of the phrases a text sounds most like, and how much, 0 to 1. */
function nearest(text: string): { readonly question: string; readonly score: number } | undefined {
  const choices = PHRASES.map((phrase) => ({ id: phrase, questions: [phrase] }));
  return new ChoiceMatcher(choices, shona).match(text).ranked[0];
}

describe('WhisperEngine', () => {
  recognizerContract(async () => {
    const recognizer = await openWhisper();
    return {
      recognizer,
      pcm: await say(PHRASES[0]),
      phrases: PHRASES,
      run: (work) => work,
      close: () => recognizer.dispose(),
    };
  });

  it('forgets the oldest of more utterances than it keeps, and says so', async () => {
    const engine = await openWhisper();
    const pcm = new Int16Array(4000);
    for (let n = 1; n <= 9; n++) await engine.transcribe({ id: `u#${n}`, pcm, sampleRateHz: 8000 }, { signal });
    await expect(engine.score('u#1', ['Mhoroi.'], { signal })).rejects.toMatchObject({
      code: 'INZWA_UTTERANCE_FORGOTTEN',
    });
    expect(await engine.score('u#2', ['Mhoroi.'], { signal })).toHaveLength(1);
    await engine.dispose();
  });
});

describe('WhisperCppEngine', () => {
  recognizerContract(
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'inzwa-ggml-'));
      const recognizer = await WhisperCppEngine.create({ modelPath: await tinyGgml(folder), language: 'sn' });
      return {
        recognizer,
        pcm: await say(PHRASES[0]),
        phrases: PHRASES,
        run: (work) => work,
        async close() {
          await recognizer.dispose();
          await rm(folder, { recursive: true });
        },
      };
    },
    { canScore: false },
  );

  it('hears Shona with the real weights, written in its format from the same file as ours', async () => {
    const models = await openLocalModels();
    const modelPath = await ggmlFile(models, await models.open('whisper-base'), { signal });
    const engine = await WhisperCppEngine.create({ modelPath, language: 'sn' });
    const utterance = { id: 'u#1', pcm: await say(PHRASES[0]), sampleRateHz: 8000 };
    const heard = await engine.transcribe(utterance, { signal, prompt: PHRASES.join(' ') });
    expect(nearest(heard.text), heard.text).toMatchObject({ question: PHRASES[0] });
    expect(nearest(heard.text)?.score, heard.text).toBeGreaterThan(0.5);
    expect(heard.doubt).toBeUndefined();
    await engine.dispose();
  }, 300_000);
});

describe('OpenAiRecognizer with faster-whisper', () => {
  let server: FasterWhisperServer | undefined;
  const open = async (): Promise<OpenAiRecognizer> => {
    server ??= await FasterWhisperServer.start('whisper-base', { signal });
    return new OpenAiRecognizer({ url: server.url, model: 'whisper-base', language: 'sn', deadlineMs: 60_000 });
  };
  afterAll(() => server?.[Symbol.asyncDispose]());

  recognizerContract(
    async () => ({
      recognizer: await open(),
      pcm: await say(PHRASES[0]),
      phrases: PHRASES,
      run: (work) => work,
    }),
    { canScore: false },
  );

  it('hears the prompted phrase, and says how sure the server is', async () => {
    const utterance = { id: 'u#1', pcm: await say(PHRASES[0]), sampleRateHz: 8000 };
    const heard = await (await open()).transcribe(utterance, { signal, prompt: PHRASES.join(' ') });
    expect(nearest(heard.text), heard.text).toMatchObject({ question: PHRASES[0] });
    expect(nearest(heard.text)?.score, heard.text).toBeGreaterThan(0.5);
    expect(heard.avgLogProb).toBeLessThan(0);
    expect(heard.avgLogProb).not.toBe(UNRATED_LOG_PROB);
  });
});

describe('the recogniser’s worker', () => {
  const inWorker = async (recognizer: RecognizerSpec, pcm: Int16Array): Promise<[facts: unknown, text: string]> => {
    await using ear = new EngineWorker(
      { role: 'recognizer', recognizer },
      { clock: systemClock, onDeath: () => undefined, onDegraded: () => undefined },
    );
    const facts = (await ear.ready).recognizer;
    const worker = new WorkerRecognizer(ear, facts ?? { name: '', canScore: false });
    const heard = await worker.transcribe({ id: 'u#1', pcm, sampleRateHz: 8000 }, { signal });
    return [facts, heard.text];
  };

  it('runs whisper.cpp on a thread of its own, and ends', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inzwa-ggml-'));
    const modelPath = await tinyGgml(folder);
    const spec = { kind: 'whisper-cpp', name: 'whisper-cpp (tiny)', modelPath, language: 'sn' } as const;
    const [facts, text] = await inWorker(spec, await say(PHRASES[0]));
    expect(facts).toEqual({ name: 'whisper-cpp (tiny)', canScore: false });
    expect(text).not.toBe('');
    await rm(folder, { recursive: true });
  });

  it('runs a CTC model, and ends', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inzwa-ctc-'));
    const spec = { kind: 'ctc', name: 'ctc-onnx (tones)', language: 'sn', ...(await writeToneCtc(folder)) } as const;
    const [facts, text] = await inWorker(spec, toneSpeech('mangwanani'));
    expect(facts).toEqual({ name: 'ctc-onnx (tones)', canScore: true });
    expect(text).toBe('mangwanani');
    await rm(folder, { recursive: true });
  });
});
