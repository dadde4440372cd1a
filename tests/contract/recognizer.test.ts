/** Every Recognizer keeps these promises. The engines with real parts run the same suite in tests/e2e/recognizer.test.ts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { CtcEngine } from '#pipeline/recognition/ctc-engine.ts';
import { OpenAiRecognizer } from '#pipeline/recognition/openai-recognizer.ts';
import { ScriptedRecognizer } from '../support/scripted-models.ts';
import { TranscriptionServer } from '../support/transcription-server.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { toneSpeech, writeToneCtc } from '../unit/pipeline/recognition/tone-ctc.ts';
import { recognizerContract } from './recognizer-contract.ts';

const PHRASES = ['Mushonga unoita marii?', 'Mhoroi.', 'Ndingawana sei chitupa chekuberekwa?'] as const;

describe('ScriptedRecognizer', () => {
  recognizerContract(() => {
    const clock = new VirtualClock();
    const recognizer = new ScriptedRecognizer({
      clock,
      heard: () => PHRASES[0],
      score: (_id, phrase) => (phrase === PHRASES[0] ? -0.5 : -phrase.length / 2),
    });
    return Promise.resolve({
      recognizer,
      pcm: new Int16Array(16_000),
      phrases: PHRASES,
      async run(work) {
        let isDone = false;
        const settled = work.finally(() => (isDone = true));
        settled.catch(() => undefined);
        await clock.advanceUntil(() => isDone, { timeoutMs: 10_000, stepMs: 10 });
        return settled;
      },
    });
  });
});

describe('CtcEngine', () => {
  recognizerContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ctc-'));
    const recognizer = await CtcEngine.create({ ...(await writeToneCtc(folder)), language: 'sn' });
    return {
      recognizer,
      pcm: toneSpeech(PHRASES[0]),
      phrases: PHRASES,
      run: (work) => work,
      async close() {
        await recognizer.dispose();
        await rm(folder, { recursive: true });
      },
    };
  });
});

describe('OpenAiRecognizer', () => {
  recognizerContract(
    async () => {
      const server = await TranscriptionServer.start(() => ({ json: { text: PHRASES[0] } }));
      return {
        recognizer: new OpenAiRecognizer({ url: server.url, model: 'whisper-1', language: 'sn' }),
        pcm: toneSpeech(PHRASES[0]),
        phrases: PHRASES,
        run: (work) => work,
        close: () => server[Symbol.asyncDispose](),
      };
    },
    { canScore: false },
  );
});
