/** What one turn of a call costs the recogniser on this machine, measured before anybody has called. */
import type { Clock } from '#kernel/clock.ts';
import type { Recognizer } from '#pipeline/ports.ts';

export interface SelfTestOptions {
  readonly recognizer: Recognizer;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** False while a caller is being answered: the measurement would be of both. */
  readonly isIdle: () => boolean;
}

/** What callers mostly say takes about as long. */
const UTTERANCE_MS = 2_500;
const RATE_HZ = 8_000;
const RUNS = 3;
const IDLE_CHECK_MS = 500;
/** A turn is recognised, in one case of four again because the caller went on, and often scored against the cards. */
const WORK_PER_RECOGNITION = 1.5;

/** Resolves with milliseconds of the ear's time for a turn: the fastest of three. `speech`: PCM16 at 8 kHz, any words. */
export async function measureTurnWork(speech: Int16Array, options: SelfTestOptions): Promise<number> {
  const { recognizer, clock, signal, isIdle } = options;
  const pcm = speech.slice(0, (UTTERANCE_MS * RATE_HZ) / 1_000);
  let fastestMs = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run += 1) {
    while (!isIdle()) await clock.sleep(IDLE_CHECK_MS, { signal });
    const startMs = clock.nowMs();
    await recognizer.transcribe(
      { id: `self-test#${run}`, pcm, sampleRateHz: RATE_HZ },
      { signal, priority: 'background' },
    );
    fastestMs = Math.min(fastestMs, clock.nowMs() - startMs);
  }
  return fastestMs * WORK_PER_RECOGNITION;
}
