/** Every SpeechScorer keeps these promises. Silero itself runs the same suite in tests/e2e/speech-scorer.test.ts. */
import { describe } from 'vitest';
import { ScriptedSpeechScorer } from '../support/scripted-models.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { speechScorerContract } from './speech-scorer-contract.ts';

/** Loud enough for a scorer that goes by the level. */
const HUM = Int16Array.from({ length: 16_000 }, (_, i) => Math.round(8_000 * Math.sin((2 * Math.PI * 200 * i) / 8000)));

describe('ScriptedSpeechScorer by the level', () => {
  speechScorerContract(() =>
    Promise.resolve({ scorer: new ScriptedSpeechScorer({ clock: new VirtualClock() }), speech: HUM }),
  );
});

describe('ScriptedSpeechScorer by a script', () => {
  speechScorerContract(() =>
    Promise.resolve({
      scorer: new ScriptedSpeechScorer({
        clock: new VirtualClock(),
        probability: (window, index) => (window.some((sample) => sample !== 0) ? 0.6 + 0.3 / (index + 1) : 0.1),
      }),
      speech: HUM,
    }),
  );
});
