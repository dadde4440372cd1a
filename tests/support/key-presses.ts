/** Telephone keys as a bad line brings them: seeded phases, pauses, noise and codec. */
import type { Law } from '#telephony/codec/g711.ts';
import { dtmfFrequencies, type DtmfKey } from '#telephony/signal/dtmf-tones.ts';
import { seededRandom } from './voice-like.ts';

/** A full-scale sine is 3.17 dBm0 (ITU-T G.711, mu-law; 3.14 in A-law) and -3.01 dBFS. */
const DBFS_OF_0_DBM0 = -6.18;

export interface KeyPresses {
  readonly keys: readonly DtmfKey[];
  readonly onMs: number;
  /** At least; up to 5 ms more, so that presses begin anywhere in a frame. */
  readonly offMs: number;
  /** Of the stronger of the two tones. */
  readonly levelDbm0: number;
  /** The high tone above the low one. @defaultValue 0 */
  readonly twistDb?: number;
  /** Both frequencies are off by this share. @defaultValue 0 */
  readonly deviation?: number;
  /** White noise against the two tones together; undefined: none. */
  readonly noiseDb?: number;
  readonly law?: Law;
  readonly seed: number;
}

/** PCM16 at 8000 Hz, half a second of silence (or noise) after the last press. */
export function keyPresses(press: KeyPresses): Int16Array {
  const { keys, onMs, offMs, levelDbm0, twistDb = 0, deviation = 0, noiseDb, law, seed } = press;
  const random = seededRandom(seed);
  const loud = 32_768 * 10 ** ((levelDbm0 + DBFS_OF_0_DBM0) / 20) * Math.SQRT2;
  const soft = loud * 10 ** (-Math.abs(twistDb) / 20);
  const [low, high] = twistDb > 0 ? [soft, loud] : [loud, soft];
  const samples: number[] = Array.from({ length: 400 + Math.floor(random() * 160) }, () => 0);
  for (const key of keys) {
    const { lowHz, highHz } = dtmfFrequencies(key);
    const perSample = (2 * Math.PI * (1 + deviation)) / 8_000;
    const [lowPhase, highPhase] = [random() * 2 * Math.PI, random() * 2 * Math.PI];
    for (let n = 0; n < onMs * 8; n++) {
      samples.push(
        low * Math.sin(perSample * lowHz * n + lowPhase) + high * Math.sin(perSample * highHz * n + highPhase),
      );
    }
    for (let n = Math.round(offMs * 8 + random() * 40); n > 0; n--) samples.push(0);
  }
  samples.push(...Array.from({ length: 4_000 }, () => 0));
  const noise = noiseDb === undefined ? 0 : Math.sqrt((low * low + high * high) / 2) * 10 ** (noiseDb / 20);
  const pcm = Int16Array.from(samples, (sample) => {
    const heard = Math.round(sample + noise * bell(random));
    return Math.max(-32_768, Math.min(32_767, heard));
  });
  return law === undefined ? pcm : coded(pcm, law);
}

/** There and back through G.711. */
export function coded(pcm: Int16Array, law: Law): Int16Array {
  const bytes = new Uint8Array(pcm.length);
  const back = new Int16Array(pcm.length);
  law.encodeInto(bytes, pcm);
  law.decodeInto(back, bytes);
  return back;
}

/** Normally distributed: mean 0, deviation 1 (Box and Muller). */
function bell(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
}
