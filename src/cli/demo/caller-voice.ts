/** The caller's voice, made before the call: nothing of it may cost time while the service is measured. */
import { readFile } from 'node:fs/promises';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { floatToPcm16, pcm16ToFloat } from '#pipeline/audio/pcm.ts';
import { resample } from '#pipeline/audio/resampler.ts';
import { decodeWav } from '#pipeline/audio/wav.ts';
import { VitsEngine, type VitsOptions } from '#pipeline/speech/vits-engine.ts';

const LINE_RATE_HZ = 8_000;

/**
 * The agent's voice model, but another person: everything 8.8 % higher (24,000 ÷ 22,050 Hz), formants included, and
 * slightly slower than the agent, as people speak to machines.
 */
const PITCH = 24_000 / 22_050;
const SPEAKING_RATE = 0.95;

export interface SpeakOptions {
  readonly vits: VitsOptions;
  /** Text as written -> words (`Language.speakable`). */
  readonly speakable: (text: string) => string;
  readonly signal: AbortSignal;
  /** Called after each text. */
  readonly onSpoken?: (done: number, of: number) => void;
}

/**
 * Each text as PCM16 at 8000 Hz, in order. Without the voice's noise the same text is the same audio in every run, so that
 * two runs differ by the service alone. The engine is released before this resolves.
 */
export async function speakTexts(texts: readonly string[], options: SpeakOptions): Promise<readonly Int16Array[]> {
  if (texts.length === 0) return [];
  await using engine = await VitsEngine.create(options.vits);
  const spoken: Int16Array[] = [];
  for (const text of texts) {
    const chunks: Float32Array[] = [];
    const synthesis = engine.synthesize(options.speakable(text), {
      signal: options.signal,
      speakingRate: SPEAKING_RATE / PITCH,
      noiseScale: 0,
    });
    for await (const chunk of synthesis) chunks.push(chunk);
    spoken.push(toLineRate(concatenate(chunks), Math.round(engine.sampleRateHz * PITCH)));
    options.onSpoken?.(spoken.length, texts.length);
  }
  return spoken;
}

/** A recording of any rate as PCM16 at 8000 Hz; of several channels the first. Throws INZWA_WAV_INVALID, naming the file. */
export async function readRecording(path: string): Promise<Int16Array> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new InzwaError('INZWA_WAV_INVALID', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  });
  let audio;
  try {
    audio = decodeWav(bytes);
  } catch (error) {
    throw new InzwaError('INZWA_WAV_INVALID', `${path}: ${messageOf(error)}`, { cause: error });
  }
  const channel = audio.channels[0] ?? new Int16Array(0);
  const samples = new Float32Array(channel.length);
  pcm16ToFloat(samples, channel);
  return toLineRate(samples, audio.sampleRateHz);
}

function toLineRate(samples: Float32Array, fromHz: number): Int16Array {
  const narrow = resample(samples, { fromHz, toHz: LINE_RATE_HZ });
  const pcm = new Int16Array(narrow.length);
  floatToPcm16(pcm, narrow);
  return pcm;
}

function concatenate(chunks: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
