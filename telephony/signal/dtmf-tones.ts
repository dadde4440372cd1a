/** The sound of a telephone's keys: one low and one high tone at once (ITU-T Q.23). */

/** Row by row, as Q.23 numbers the frequencies; A to D are on no telephone in a shop, but on the wire. */
export const DTMF_KEYS = ['1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D'] as const;

export type DtmfKey = (typeof DTMF_KEYS)[number];

/** The rows of the keypad (ITU-T Q.23); senders keep within 1.5 %. */
export const DTMF_LOW_HZ = [697, 770, 852, 941] as const;
/** The columns of the keypad (ITU-T Q.23). */
export const DTMF_HIGH_HZ = [1_209, 1_336, 1_477, 1_633] as const;

export interface DtmfToneOptions {
  readonly sampleRateHz?: number;
  /**
   * RMS of the low tone, dB below a full-scale square wave.
   * @defaultValue -13
   */
  readonly levelDbfs?: number;
  /** The high tone above the low one, in dB; telephones send 0 to 4 (their lines take more from the high one). */
  readonly twistDb?: number;
}

const DEFAULTS = { sampleRateHz: 8_000, levelDbfs: -13, twistDb: 0 } as const satisfies DtmfToneOptions;

/** True for a key of the table, in upper case. */
export function isDtmfKey(text: string): text is DtmfKey {
  return (DTMF_KEYS as readonly string[]).includes(text);
}

export function dtmfFrequencies(key: DtmfKey): { readonly lowHz: number; readonly highHz: number } {
  const index = DTMF_KEYS.indexOf(key);
  return { lowHz: DTMF_LOW_HZ[index >> 2] as number, highHz: DTMF_HIGH_HZ[index & 3] as number };
}

/** PCM16 of a key held for `ms`; both tones begin at phase 0, without a ramp, as a keypad's do. Clips when told to. */
export function dtmfTone(key: DtmfKey, ms: number, options: DtmfToneOptions = {}): Int16Array {
  const { sampleRateHz, levelDbfs, twistDb } = { ...DEFAULTS, ...options };
  const { lowHz, highHz } = dtmfFrequencies(key);
  const lowPeak = 32_768 * 10 ** (levelDbfs / 20) * Math.SQRT2;
  const highPeak = lowPeak * 10 ** (twistDb / 20);
  const perSample = (2 * Math.PI) / sampleRateHz;
  return Int16Array.from({ length: Math.round((ms * sampleRateHz) / 1_000) }, (_, n) => {
    const sample = lowPeak * Math.sin(perSample * lowHz * n) + highPeak * Math.sin(perSample * highHz * n);
    return Math.max(-32_768, Math.min(32_767, Math.round(sample)));
  });
}
