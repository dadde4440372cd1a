/** How loud, and where the sound begins and ends. */

/** What digital silence measures: below the quietest step of PCM16 (-90.3 dBFS). */
export const SILENCE_DB = -100;

/** RMS of float samples in dB relative to a full-scale square wave (1.0); SILENCE_DB for nothing or digital silence. */
export function rmsDb(samples: Float32Array, from = 0, to = samples.length): number {
  let energy = 0;
  for (let i = from; i < to; i++) {
    const sample = samples[i] ?? 0;
    energy += sample * sample;
  }
  return to > from ? Math.max(SILENCE_DB, 10 * Math.log10(energy / (to - from) + 1e-10)) : SILENCE_DB;
}

/** RMS of PCM16 samples in dBFS, as `rmsDb`. */
export function rmsDbPcm16(samples: Int16Array, from = 0, to = samples.length): number {
  let energy = 0;
  for (let i = from; i < to; i++) {
    const sample = (samples[i] ?? 0) / 32768;
    energy += sample * sample;
  }
  return to > from ? Math.max(SILENCE_DB, 10 * Math.log10(energy / (to - from) + 1e-10)) : SILENCE_DB;
}

export interface EdgeOptions {
  readonly sampleRateHz: number;
  /** A window at or above this level counts as sound. @defaultValue -45 dBFS */
  readonly thresholdDb?: number;
  /** @defaultValue 5 ms */
  readonly windowMs?: number;
}

/** The half-open sample range from the first to the last window that is loud enough, or undefined when none is. */
export function soundEdges(
  samples: Float32Array,
  { sampleRateHz, thresholdDb = -45, windowMs = 5 }: EdgeOptions,
): { readonly start: number; readonly end: number } | undefined {
  const window = Math.max(1, Math.round((sampleRateHz * windowMs) / 1000));
  let start = -1;
  let end = 0;
  for (let at = 0; at < samples.length; at += window) {
    const to = Math.min(samples.length, at + window);
    if (rmsDb(samples, at, to) < thresholdDb) continue;
    if (start < 0) start = at;
    end = to;
  }
  return start < 0 ? undefined : { start, end };
}

/** RMS in dBFS over the windows that are loud enough only, so that pauses do not count; SILENCE_DB when none is. */
export function voicedRmsDb(
  samples: Float32Array,
  { sampleRateHz, thresholdDb = -45, windowMs = 20 }: EdgeOptions,
): number {
  const window = Math.max(1, Math.round((sampleRateHz * windowMs) / 1000));
  let energy = 0;
  let count = 0;
  for (let at = 0; at < samples.length; at += window) {
    const to = Math.min(samples.length, at + window);
    const level = rmsDb(samples, at, to);
    if (level < thresholdDb) continue;
    energy += 10 ** (level / 10) * (to - at);
    count += to - at;
  }
  return count === 0 ? SILENCE_DB : 10 * Math.log10(energy / count);
}
