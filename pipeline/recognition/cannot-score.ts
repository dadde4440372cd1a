/** The answer of a recogniser that only writes texts. */
import { InzwaError } from '#kernel/errors.ts';

/** Rejects with the signal's reason when aborted already, else with INZWA_CANNOT_SCORE. */
export function cannotScore(name: string, utteranceId: string, signal: AbortSignal): Promise<never> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  return Promise.reject(
    new InzwaError('INZWA_CANNOT_SCORE', `${name} cannot score phrases against the audio of ${utteranceId}`),
  );
}
