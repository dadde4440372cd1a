import type { Recognizer } from '../ports.ts';

/** Log-likelihood per token of each phrase under silence: how likely the decoder finds it before it has heard anything. */
export type Baseline = ReadonlyMap<string, number>;

/** Long enough for the decoder to be sure that nothing is said; digital silence, so that every start measures the same. */
const SILENCE_SAMPLES = 16_000;
const SAMPLE_RATE_HZ = 8_000;
/** Phrases per request: other utterances get their turn between two. */
const PHRASES_AT_ONCE = 12;

/**
 * Scores every phrase against two seconds of silence, about 15 ms each on one core. Some phrases are likely under any audio
 * ("Mwana wangu arwara."); without taking that out, the audio alone may carry 65 % of the questions at one wrong card in
 * a hundred, with it 86 % (116 spoken phrases, 54 other sentences; best thresholds on that same data).
 */
export async function measureBaseline(
  recognizer: Recognizer,
  phrases: readonly string[],
  { signal }: { readonly signal: AbortSignal },
): Promise<Baseline> {
  const pcm = new Int16Array(SILENCE_SAMPLES);
  const baseline = new Map<string, number>();
  for (let at = 0; at < phrases.length; at += PHRASES_AT_ONCE) {
    const some = phrases.slice(at, at + PHRASES_AT_ONCE);
    // Encoded anew each time: live calls may have pushed it out of what the recogniser keeps.
    const id = `baseline#${at}`;
    const opts = { signal, priority: 'background' } as const;
    await recognizer.transcribe({ id, pcm, sampleRateHz: SAMPLE_RATE_HZ }, opts);
    const scores = await recognizer.score(id, some, opts);
    some.forEach((phrase, index) => baseline.set(phrase, scores[index] ?? -Infinity));
  }
  return baseline;
}
