/** Callers whose every sentence is a tone of its own, and engines that know them by it: speech without models. */
import { stubEngines } from '#src/cli/bench/stub/stub-engines.ts';
import type { Engines } from '#src/engines.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import type { Recognizer, Synthesizer } from '#pipeline/ports.ts';

const LINE_HZ = 8_000;
const FIRST_HZ = 600;
const STEP_HZ = 40;
const SENTENCE_MS = 700;
const AMPLITUDE = 9_000;
/** Nobody speaks so fast; nobody listens to all of it either. */
const SECONDS_PER_LETTER = 1 / 45;
const AGENT_HZ = 400;

/** PCM16 at 8000 Hz of each text; `long` is noise of 9 s, as somebody who talks on and on. */
export function toneVoices(texts: readonly string[], long: string): (text: string) => Int16Array {
  return (text) => {
    if (text === long) return noise(9_000);
    const index = texts.indexOf(text);
    if (index < 0) throw new Error(`nobody says "${text}"`);
    const step = (2 * Math.PI * (FIRST_HZ + index * STEP_HZ)) / LINE_HZ;
    return Int16Array.from({ length: (SENTENCE_MS * LINE_HZ) / 1_000 }, (_, n) => AMPLITUDE * Math.sin(step * n));
  };
}

/** Understands every text of `texts` as it was said. */
export function toneEngines(hotline: Hotline, texts: readonly string[]): Engines {
  return { ...stubEngines(hotline), recognizer: recognizer(texts), synthesizer };
}

function recognizer(texts: readonly string[]): Recognizer {
  return {
    name: 'tones',
    canScore: false,
    transcribe: (utterance, { signal }) => {
      signal.throwIfAborted();
      const index = Math.round((pitchOf(utterance.pcm, utterance.sampleRateHz) - FIRST_HZ) / STEP_HZ);
      return Promise.resolve({
        utteranceId: utterance.id,
        text: texts[index] ?? '',
        avgLogProb: -0.05,
        confidence: 0.95,
        noSpeechProb: 0,
        window: 'short' as const,
        audioMs: (utterance.pcm.length / utterance.sampleRateHz) * 1_000,
        timings: { melMs: 0, encoderMs: 0, decoderMs: 0 },
      });
    },
    score: () => Promise.reject(new Error('tones are not scored')),
  };
}

/** By the zero crossings between the first and the last loud sample. */
function pitchOf(pcm: Int16Array, rateHz: number): number {
  const isLoud = (sample: number): boolean => Math.abs(sample) > AMPLITUDE / 4;
  const [from, to] = [pcm.findIndex(isLoud), pcm.findLastIndex(isLoud)];
  const rising: number[] = [];
  for (let n = from + 1; n <= to; n++) if (pcm[n - 1]! < 0 && pcm[n]! >= 0) rising.push(n);
  const [first, last] = [rising[0], rising.at(-1)];
  return first === undefined || last === undefined ? 0 : ((rising.length - 1) * rateHz) / (last - first);
}

const synthesizer: Synthesizer = {
  sampleRateHz: LINE_HZ,
  async *synthesize(text, { signal }) {
    await Promise.resolve();
    signal.throwIfAborted();
    const step = (2 * Math.PI * AGENT_HZ) / LINE_HZ;
    const length = Math.ceil((text.length * SECONDS_PER_LETTER * LINE_HZ) / 160) * 160;
    yield Float32Array.from({ length }, (_, n) => 0.25 * Math.sin(step * n));
  },
};

function noise(ms: number): Int16Array {
  let state = 1;
  return Int16Array.from({ length: (ms * LINE_HZ) / 1_000 }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return (state / 2 ** 31 - 0.5) * 2 * AMPLITUDE;
  });
}
