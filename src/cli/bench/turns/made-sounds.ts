/** Sounds of a caller and a room that need no voice model: hums, coughs, knocks, music. At 8000 Hz, values in [-1, 1]. */
import { audibleSpans } from '../../demo/audible.ts';
import { holdMusic } from '../non-speech/music.ts';
import { breath, coughs } from '../non-speech/room-sounds.ts';
import {
  RATE_HZ,
  atLevel,
  between,
  formants,
  harmonics,
  joined,
  mixInto,
  resonance,
  samplesFor,
  shaped,
  struck,
  swell,
  whiteNoise,
  type Random,
} from '../non-speech/sound.ts';

/** "Mm": a voice through a closed mouth; "mhm": two of them, the second one higher. */
export function hum(random: Random, isDouble: boolean): Float32Array {
  const pitch = between(random, 105, 210);
  const one = (seconds: number, from: number, to: number): Float32Array => {
    const source = harmonics(
      seconds,
      (share) => pitch * (from + (to - from) * share),
      (h) => 1 / h ** 1.4,
    );
    const nasal = formants(source, [
      [260, 80],
      [1_100, 180],
      [2_200, 260],
    ]);
    return shaped(nasal, (share) => Math.min(1, 10 * share, 6 * (1 - share)));
  };
  const first = one(between(random, 0.22, 0.42), 1.03, 0.92);
  const whole = isDouble
    ? joined([first, new Float32Array(samplesFor(0.06)), one(between(random, 0.2, 0.32), 1.1, 1.22)])
    : first;
  return atLevel(whole, between(random, -30, -24));
}

/** One or two coughs with less than a breath between them. */
export function oneCough(random: Random): Float32Array {
  return firstOf(coughs(random), 0.9);
}

/** One breath into the mouthpiece. */
export function oneBreath(random: Random): Float32Array {
  return firstOf(breath(random), 1.2);
}

/** Something falls, a hand knocks against the receiver. */
export function knock(random: Random): Float32Array {
  const sound = new Float32Array(samplesFor(0.5));
  const knocks = 1 + Math.floor(random() * 3);
  for (let n = 0; n < knocks; n += 1) {
    const one = shaped(resonance(whiteNoise(random, 0.12), between(random, 150, 900), 200), struck(9));
    mixInto(sound, atLevel(one, between(random, -24, -16)), samplesFor(n * between(random, 0.1, 0.16)));
  }
  return sound;
}

/** A burst of noise, 0.1 to 0.6 s long. */
export function burst(random: Random): Float32Array {
  return atLevel(shaped(whiteNoise(random, between(random, 0.1, 0.6)), swell), between(random, -30, -18));
}

/** What a television sends between its words. */
export function music(random: Random, seconds: number): Float32Array {
  const bed = new Float32Array(samplesFor(seconds));
  mixInto(bed, holdMusic(random));
  return bed;
}

/** Until the first silence of 90 ms, at most so long. */
function firstOf(sound: Float32Array, mostSeconds: number): Float32Array {
  const pcm = Int16Array.from(sound, (sample) => Math.round(32_767 * Math.max(-1, Math.min(1, sample))));
  const [span] = audibleSpans(pcm, RATE_HZ, { joinMs: 90 });
  const from = samplesFor((span?.startMs ?? 0) / 1_000);
  return sound.slice(from, Math.min(samplesFor((span?.endMs ?? 500) / 1_000), from + samplesFor(mostSeconds)));
}
