/** What every recogniser that is not ours has to do around a text: rate it, judge it, and convert the audio for it. */
import type { Transcript, Utterance } from '#pipeline/ports.ts';
import { resample } from '../audio/resampler.ts';
import { speechMs } from './speech-time.ts';
import { doubtOf } from './transcript-guard.ts';

/**
 * Mean log-probability of a text whose engine gives none: sure enough to be believed when it names a card by itself, too
 * unsure to end the caller's turn early or to act on without a question (Answerer's limits lie at confidences of 0.4 and
 * 0.6; this is 0.45). Such a transcript says of itself that it is unrated.
 */
export const UNRATED_LOG_PROB = -0.8;

/** The rate of every model for 16 kHz speech. */
export const MODEL_RATE_HZ = 16_000;

/** What an engine made of an utterance. */
export interface PlainReading {
  readonly text: string;
  /** Undefined when the engine does not tell: then UNRATED_LOG_PROB. */
  readonly avgLogProb?: number | undefined;
  /** Undefined when the engine does not tell: then 0. */
  readonly noSpeechProb?: number | undefined;
  /** What the decoder was primed with. */
  readonly prompt?: string | undefined;
  /** False when decoding stopped at its limit. @defaultValue true */
  readonly isComplete?: boolean;
  readonly alternatives?: Transcript['alternatives'] | undefined;
  readonly timings: Transcript['timings'];
}

/** The transcript, judged by the guard as one of our own. */
export function plainTranscript(utterance: Utterance, reading: PlainReading): Transcript {
  const { prompt, isComplete = true, alternatives, timings } = reading;
  const text = reading.text.trim();
  const avgLogProb = Math.min(0, reading.avgLogProb ?? UNRATED_LOG_PROB);
  const noSpeechProb = Math.min(1, Math.max(0, reading.noSpeechProb ?? 0));
  const voicedMs = speechMs(utterance.pcm, utterance.sampleRateHz);
  const doubt = doubtOf({ text, avgLogProb, noSpeechProb, speechMs: voicedMs, prompt, isComplete });
  const others = alternatives?.filter((other) => other.text !== text) ?? [];
  return {
    utteranceId: utterance.id,
    text,
    avgLogProb,
    confidence: Math.exp(avgLogProb),
    ...(reading.avgLogProb === undefined && { isUnrated: true }),
    noSpeechProb,
    ...(doubt && { doubt }),
    ...(others.length > 0 && { alternatives: others }),
    window: 'full',
    audioMs: (utterance.pcm.length * 1000) / utterance.sampleRateHz,
    timings,
  };
}

/** The utterance's samples at 16 kHz, values in [-1, 1). */
export function samplesAt16kHz({ pcm, sampleRateHz }: Utterance): Float32Array {
  const samples = Float32Array.from(pcm, (value) => value / 32_768);
  return resample(samples, { fromHz: sampleRateHz, toHz: MODEL_RATE_HZ });
}
