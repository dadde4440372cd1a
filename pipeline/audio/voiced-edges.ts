/**
 * Where somebody who listens to the line would say that speech ends and begins, by energy over 5 ms: the edges that latencies
 * are measured between, as the telephone in software finds them in its recording.
 */

const STEP_MS = 5;
/** Silence to a listener: comfort noise lies at -65 dBFS. */
const AUDIBLE_POWER = power(-50);
/** Further below the loudest step is the room that somebody speaks in. */
const BELOW_PEAK = 10 ** (35 / 10);

/** Milliseconds from the last voiced step to the end; all of it when nothing is voiced. */
export function quietEndMs(pcm: Int16Array, sampleRateHz: number): number {
  const step = (sampleRateHz * STEP_MS) / 1_000;
  let loudest = 0;
  for (let at = 0; at < pcm.length; at += step) loudest = Math.max(loudest, stepPower(pcm, at, step));
  const threshold = Math.max(AUDIBLE_POWER, loudest / BELOW_PEAK);
  let at = pcm.length;
  while (at > 0 && stepPower(pcm, Math.max(0, at - step), Math.min(step, at)) <= threshold) at = Math.max(0, at - step);
  return ((pcm.length - at) * 1_000) / sampleRateHz;
}

/** Milliseconds before the first step that can be heard; all of it when none can. */
export function quietStartMs(pcm: Int16Array, sampleRateHz: number): number {
  const step = (sampleRateHz * STEP_MS) / 1_000;
  let at = 0;
  while (at < pcm.length && stepPower(pcm, at, step) <= AUDIBLE_POWER) at += step;
  return (Math.min(at, pcm.length) * 1_000) / sampleRateHz;
}

function power(dbfs: number): number {
  return (32_768 * 10 ** (dbfs / 20)) ** 2;
}

function stepPower(pcm: Int16Array, from: number, length: number): number {
  const to = Math.min(pcm.length, from + length);
  let sum = 0;
  for (let i = from; i < to; i++) sum += (pcm[i] ?? 0) ** 2;
  return to > from ? sum / (to - from) : 0;
}
