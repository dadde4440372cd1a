/** Every Recognizer keeps these promises. Whisper itself runs the same suite in tests/e2e/recognizer.test.ts. */
import { describe } from 'vitest';
import { ScriptedRecognizer } from '../support/scripted-models.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
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
