/**
 * Engines that cost nothing, for measuring everything around them: speech is found by its loudness, every utterance is heard
 * as the first question of a card, and the voice is one steady tone as long as its text would take to say.
 */
import { InzwaError } from '#kernel/errors.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { SpeechGuard } from '#pipeline/dialogue/guard.ts';
import { shonaClaims as shonaGuard } from '#pipeline/language/shona/claims.ts';
import type { Recognizer, SpeechScorer, Synthesizer } from '#pipeline/ports.ts';
import type { Engines } from '../../../engines.ts';

export const STUB_RATE_HZ = 8_000;
/** Below it nobody speaks: comfort noise lies at -65 dBFS. */
const SPEECH_RMS = 0.01;
const SECONDS_PER_LETTER = 1 / 14;
/** Whole periods in 20 ms, so that a frame is as loud as the next one. */
export const STUB_VOICE_HZ = 400;
const STUB_AMPLITUDE = 0.25;
/** The card whose answer is longest lends itself to interruptions. */
const cardOf = (hotline: Hotline): string =>
  [...hotline.cards].sort((a, b) => b.answer.length - a.answer.length)[0]?.questions[0] ?? '';

/** How long the stub voice takes to say a speakable text: whole frames. */
export function stubVoiceMs(speakable: string): number {
  return Math.round((speakable.length * SECONDS_PER_LETTER * 1_000) / 20) * 20;
}

/** Ready at once; nothing of it holds a thread. */
export function stubEngines(hotline: Hotline): Engines {
  const text = cardOf(hotline);
  return {
    recognizer: recognizer(text),
    synthesizer,
    dialogue: undefined,
    isUp: true,
    guard: new SpeechGuard({ language: shonaGuard, smallTalk: [], phrases: [], markers: [] }),
    scorerFor: () => scorer,
    voiceKey: 'stub:1',
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const scorer: SpeechScorer = {
  sampleRateHz: STUB_RATE_HZ,
  windowSamples: 256,
  score(window) {
    let power = 0;
    for (const sample of window) power += sample * sample;
    return Promise.resolve(Math.sqrt(power / window.length) > SPEECH_RMS ? 1 : 0);
  },
  reset: () => undefined,
};

function recognizer(text: string): Recognizer {
  return {
    name: 'stub',
    canScore: false,
    transcribe: (utterance, { signal }) => {
      signal.throwIfAborted();
      return Promise.resolve({
        utteranceId: utterance.id,
        text,
        avgLogProb: -0.1,
        confidence: 0.9,
        noSpeechProb: 0,
        window: 'short',
        audioMs: (utterance.pcm.length / utterance.sampleRateHz) * 1_000,
        timings: { melMs: 0, encoderMs: 0, decoderMs: 0 },
      });
    },
    score: (utteranceId) =>
      Promise.reject(new InzwaError('INZWA_CANNOT_SCORE', `${utteranceId}: these engines score nothing`)),
  };
}

const synthesizer: Synthesizer = {
  sampleRateHz: STUB_RATE_HZ,
  async *synthesize(text, { signal }) {
    await Promise.resolve();
    signal.throwIfAborted();
    const tone = new Float32Array((stubVoiceMs(text) * STUB_RATE_HZ) / 1_000);
    const step = (2 * Math.PI * STUB_VOICE_HZ) / STUB_RATE_HZ;
    for (let i = 0; i < tone.length; i++) tone[i] = STUB_AMPLITUDE * Math.sin(step * i);
    yield tone;
  },
};
