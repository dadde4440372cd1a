/** When is there sound? By energy over 5 ms, so that times are honest to 5 ms whatever is said. */

/** 5 ms at 8000 Hz: the resolution of every "first" and "last" the telephone reports. */
export const STEP_SAMPLES = 40;

/**
 * Quieter than this is silence to a listener on a line: comfort noise lies at -65 dBFS, speech some 25 dB above this.
 * dB below a full-scale square wave, RMS over one step.
 */
const AUDIBLE_DBFS = -50;

/** Below its loudest step by more than this, an utterance has not begun or is over: room noise of a recording. */
const VOICED_BELOW_PEAK_DB = 35;

const AUDIBLE_POWER = power(AUDIBLE_DBFS);

function power(dbfs: number): number {
  return (32_768 * 10 ** (dbfs / 20)) ** 2;
}

function stepPower(pcm: Int16Array, from: number): number {
  const to = Math.min(pcm.length, from + STEP_SAMPLES);
  let sum = 0;
  for (let i = from; i < to; i++) sum += (pcm[i] as number) ** 2;
  return to > from ? sum / (to - from) : 0;
}

/** True when the step that begins at sample `from` can be heard. */
export function isAudibleStep(pcm: Int16Array, from: number): boolean {
  return stepPower(pcm, from) > AUDIBLE_POWER;
}

/** True when none of it can be heard. */
export function isSilent(pcm: Int16Array): boolean {
  for (let at = 0; at < pcm.length; at += STEP_SAMPLES) if (isAudibleStep(pcm, at)) return false;
  return true;
}

/** First and last voiced sample of an utterance (last: exclusive); undefined when it is silent throughout. */
export function voicedSpan(pcm: Int16Array): { readonly from: number; readonly to: number } | undefined {
  let loudest = 0;
  for (let at = 0; at < pcm.length; at += STEP_SAMPLES) loudest = Math.max(loudest, stepPower(pcm, at));
  const threshold = Math.max(AUDIBLE_POWER, loudest / 10 ** (VOICED_BELOW_PEAK_DB / 10));
  let from: number | undefined;
  let to = 0;
  for (let at = 0; at < pcm.length; at += STEP_SAMPLES) {
    if (stepPower(pcm, at) <= threshold) continue;
    from ??= at;
    to = Math.min(pcm.length, at + STEP_SAMPLES);
  }
  return from === undefined ? undefined : { from, to };
}
