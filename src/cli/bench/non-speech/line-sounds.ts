/** What a telephone network itself sounds like: idle lines, tones, keys, machines that answer. */
import {
  RATE_HZ,
  amplitudeOf,
  atLevel,
  between,
  filled,
  joined,
  mixInto,
  oneOf,
  samplesFor,
  shaped,
  struck,
  tones,
  whiteNoise,
  type Random,
} from './sound.ts';

/** A line on which nobody speaks: noise near the lowest steps of mu-law, often with the hum of the mains. */
export function idleLine(random: Random): Float32Array {
  const seconds = between(random, 4, 10);
  const sound = atLevel(whiteNoise(random, seconds), between(random, -78, -52));
  if (random() < 0.4) mixInto(sound, tones([50, 150, 250], seconds), 0, amplitudeOf(between(random, -62, -45)));
  return sound;
}

/** Sounds and pauses by turns, in seconds, a number of times. */
const cadence = (sound: (seconds: number) => Float32Array, steps: readonly (readonly [number, number])[]) =>
  joined(steps.flatMap(([on, off]) => [sound(on), new Float32Array(samplesFor(off))]));

const repeated = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

/** Ringing, engaged, congestion, the three rising tones of "no such number", a beep that says "still on hold". */
export function lineTones(random: Random): Float32Array {
  const steady = (frequenciesHz: readonly number[]) => (seconds: number) => tones(frequenciesHz, seconds);
  // ITU-T E.180, supplement 2: what exchanges in Southern Africa and Europe send; tolerance 5 %.
  const off = between(random, 0.96, 1.04);
  const signal = oneOf<() => Float32Array>(random, [
    () =>
      cadence(
        steady([400 * off, 433 * off]),
        repeated(4, [
          [0.4, 0.2],
          [0.4, 2],
        ] as const).flat(),
      ),
    () => cadence(steady([425 * off]), repeated(3, [1, 4] as const)),
    () => cadence(steady([425 * off]), repeated(10, [0.5, 0.5] as const)),
    () => cadence(steady([400 * off]), repeated(14, [0.25, 0.25] as const)),
    () => cadence(steady([440 * off, 480 * off]), repeated(2, [2, 4] as const)),
    () => cadence(steady([440 * off]), repeated(4, [0.3, 3] as const)),
    () => tones([350 * off, 440 * off], 6),
    () =>
      joined(
        repeated(2, [950, 1_400, 1_800])
          .flat()
          .flatMap((hz, i) => [tones([hz * off], 0.33), new Float32Array(samplesFor(i % 3 === 2 ? 1 : 0.02))]),
      ),
  ]);
  return atLevel(signal(), between(random, -30, -14));
}

const DTMF_ROWS_HZ = [697, 770, 852, 941] as const;
const DTMF_COLUMNS_HZ = [1_209, 1_336, 1_477, 1_633] as const;

/** Keys pressed one after the other, quickly or slowly, as far ends without telephone-events send them (ITU-T Q.23). */
export function keyPresses(random: Random): Float32Array {
  const on = between(random, 0.05, 0.35);
  const off = between(random, 0.05, 0.5);
  const keys = Array.from({ length: 4 + Math.floor(random() * 8) }, () =>
    tones([oneOf(random, DTMF_ROWS_HZ), oneOf(random, DTMF_COLUMNS_HZ)], on, 2),
  );
  return atLevel(
    cadence((seconds) => keys.pop() ?? tones([697], seconds), repeated(keys.length, [on, off] as const)),
    between(random, -24, -12),
  );
}

/** Two-tone keying at 300 baud (ITU-T V.21): every bit is a frequency, the phase runs through. */
function keyed(random: Random, seconds: number, [lowHz, highHz]: readonly [number, number]): Float32Array {
  let phase = 0;
  let hz = lowHz;
  return filled(samplesFor(seconds), (i) => {
    if (i % Math.round(RATE_HZ / 300) === 0) hz = random() < 0.5 ? lowHz : highHz;
    phase += (2 * Math.PI * hz) / RATE_HZ;
    return Math.sin(phase);
  });
}

/** A fax or a modem that calls or answers: its calling and answer tones, then its data. */
export function faxAndModem(random: Random): Float32Array {
  const pause = new Float32Array(samplesFor(0.2));
  const kind = random();
  const parts =
    kind < 0.3
      ? repeated(3, [tones([1_100], 0.5), new Float32Array(samplesFor(3))]).flat()
      : kind < 0.65
        ? [tones([2_100], 2.6), pause, keyed(random, 2, [1_650, 1_850]), pause, keyed(random, 1, [980, 1_180])]
        : [tones([2_225], 1.5), pause, keyed(random, 1.5, [1_070, 1_270]), whiteNoise(random, between(random, 2, 5))];
  return joined(parts.map((part) => atLevel(part, between(random, -28, -16))));
}

/** Loose contacts, switches and lost packets: single clicks, crackle, and short holes of full noise. */
export function clicks(random: Random): Float32Array {
  const seconds = between(random, 4, 9);
  const sound = atLevel(whiteNoise(random, seconds), -65);
  const density = between(random, 1, 25);
  for (let n = 0; n < seconds * density; n += 1) {
    const at = Math.floor(random() * sound.length);
    if (random() < 0.7) sound[at] = between(random, -0.8, 0.8);
    else
      mixInto(
        sound,
        shaped(whiteNoise(random, between(random, 0.005, 0.06)), struck(6)),
        at,
        between(random, 0.05, 0.5),
      );
  }
  return sound;
}
