/** What stands around a caller or comes out of one without being speech. */
import {
  amplitudeOf,
  atLevel,
  between,
  formants,
  harmonics,
  joined,
  mixInto,
  oneOf,
  pinkNoise,
  resonance,
  samplesFor,
  shaped,
  struck,
  swell,
  whiteNoise,
  type Random,
} from './sound.ts';

/** White and pink noise, steady or in gusts, from hardly there to louder than a voice. */
export function noise(random: Random): Float32Array {
  const seconds = between(random, 3, 9);
  const plain = random() < 0.4 ? whiteNoise(random, seconds) : pinkNoise(random, seconds);
  const gusts = between(random, 1, 6);
  const isGusty = random() < 0.5;
  const sound = isGusty ? shaped(plain, (share) => Math.sin(Math.PI * gusts * share) ** 2) : plain;
  return atLevel(sound, between(random, -45, -14));
}

const VOWELS: readonly [Vowel, ...Vowel[]] = [
  [
    [750, 90],
    [1_250, 110],
    [2_500, 160],
  ],
  [
    [480, 80],
    [1_900, 110],
    [2_550, 160],
  ],
  [
    [300, 70],
    [2_250, 120],
    [2_950, 180],
  ],
  [
    [500, 80],
    [900, 100],
    [2_400, 160],
  ],
  [
    [320, 70],
    [800, 100],
    [2_250, 160],
  ],
];
type Vowel = readonly (readonly [hz: number, bandwidthHz: number])[];

/** A voice on one vowel, its pitch between two heights: a shout, a sob, a hum; never a word. */
export function voiced(random: Random, seconds: number, fromHz: number, toHz: number): Float32Array {
  const wobble = between(random, 3, 7) * seconds;
  const source = harmonics(
    seconds,
    (share) => (fromHz + (toHz - fromHz) * share) * (1 + 0.02 * Math.sin(2 * Math.PI * wobble * share)),
    (h) => 1 / h,
  );
  return shaped(formants(source, oneOf(random, VOWELS)), (share) => Math.min(1, 12 * share, 8 * (1 - share)));
}

/** A rank of minibuses and a market: engines, horns, whistles, shouts without words, a crowd's roar. */
export function street(random: Random): Float32Array {
  const seconds = between(random, 6, 12);
  const sound = atLevel(pinkNoise(random, seconds), between(random, -42, -28));
  const idleHz = between(random, 22, 45);
  const engine = harmonics(
    seconds,
    (share) => idleHz * (1 + 0.6 * swell(share) ** 4),
    (h) => (h % 2 === 0 ? 1 : 0.5) / Math.sqrt(h),
  );
  mixInto(sound, atLevel(resonance(engine, 240, 300), between(random, -38, -24)));
  const events = Math.floor(between(random, 2, 8));
  for (let n = 0; n < events; n += 1) {
    const at = Math.floor(random() * sound.length);
    const level = amplitudeOf(between(random, -16, -2)) * 0.3;
    const pitch = between(random, 150, 330);
    const event = oneOf<() => Float32Array>(random, [
      () =>
        harmonics(
          between(random, 0.2, 0.9),
          () => 410,
          (h) => 1 / h,
        ),
      () =>
        harmonics(
          between(random, 0.3, 0.7),
          (share) => 1_700 + 500 * share,
          () => 1,
        ),
      () => voiced(random, between(random, 0.2, 0.8), pitch, pitch * between(random, 0.7, 1.3)),
      () => shaped(whiteNoise(random, 0.5), struck(8)),
    ])();
    mixInto(sound, atLevel(event, -8), at, level);
  }
  return sound;
}

/** A yard: dogs, a cock, a child that cries, a door. */
export function yard(random: Random): Float32Array {
  const sound = atLevel(pinkNoise(random, between(random, 6, 11)), -52);
  const makers: readonly [() => Float32Array, ...(() => Float32Array)[]] = [
    () => joined(Array.from({ length: 3 }, () => joined([bark(random), new Float32Array(samplesFor(0.25))]))),
    () => crow(random),
    () => joined(Array.from({ length: 4 }, () => joined([cry(random), new Float32Array(samplesFor(0.18))]))),
    () => shaped(resonance(whiteNoise(random, 0.4), 180, 120), struck(9)),
  ];
  for (let n = 0; n < 5; n += 1) {
    mixInto(sound, atLevel(oneOf(random, makers)(), between(random, -34, -16)), Math.floor(random() * sound.length));
  }
  return sound;
}

const bark = (random: Random): Float32Array => {
  const hz = between(random, 300, 600);
  const tone = harmonics(
    0.16,
    (share) => hz * (1 + 0.5 * swell(share)),
    (h) => 1 / Math.sqrt(h),
  );
  mixInto(tone, whiteNoise(random, 0.16), 0, 0.8);
  return shaped(
    formants(tone, [
      [900, 300],
      [1_800, 400],
    ]),
    struck(4),
  );
};

const crow = (random: Random): Float32Array => {
  const hz = between(random, 480, 640);
  const syllable = (seconds: number, from: number, to: number) =>
    shaped(
      harmonics(
        seconds,
        (share) => hz * (from + (to - from) * share),
        (h) => 1 / h,
      ),
      swell,
    );
  return joined([syllable(0.2, 1, 1.1), syllable(0.2, 1.1, 1.3), syllable(0.3, 1.3, 1.6), syllable(0.9, 1.7, 1)]);
};

const cry = (random: Random): Float32Array => {
  const hz = between(random, 380, 520);
  const source = harmonics(
    between(random, 0.5, 1.1),
    (share) => hz * (1 + 0.25 * swell(share)),
    (h) => 1 / Math.sqrt(h),
  );
  return shaped(
    formants(source, [
      [1_100, 200],
      [2_800, 300],
    ]),
    swell,
  );
};

/** Somebody breathes into the mouthpiece, in and out, or the wind does. */
export function breath(random: Random): Float32Array {
  const breaths = Array.from({ length: 2 + Math.floor(random() * 3) }, () => {
    const air = formants(whiteNoise(random, between(random, 0.4, 1.6)), [
      [between(random, 400, 900), 500],
      [between(random, 1_200, 2_400), 900],
    ]);
    return joined([
      atLevel(shaped(air, swell), between(random, -38, -18)),
      new Float32Array(samplesFor(between(random, 0.2, 1.2))),
    ]);
  });
  return joined(breaths);
}

/** Coughs, throats cleared, sneezes: a burst of air, a short voiced tail. */
export function coughs(random: Random): Float32Array {
  const one = (): Float32Array => {
    const seconds = between(random, 0.18, 0.45);
    const pitch = between(random, 90, 220);
    const sound = shaped(
      formants(whiteNoise(random, seconds), [
        [700, 300],
        [1_500, 500],
      ]),
      struck(5),
    );
    const tail = shaped(voiced(random, seconds * 0.7, pitch, pitch * 0.7), struck(4));
    mixInto(sound, atLevel(tail, -22), samplesFor(seconds * 0.25));
    return joined([atLevel(sound, between(random, -26, -12)), new Float32Array(samplesFor(between(random, 0.1, 1.4)))]);
  };
  return joined(Array.from({ length: 2 + Math.floor(random() * 4) }, one));
}

/** A hand on the receiver: rumbles, knocks, cloth. */
export function handling(random: Random): Float32Array {
  const sound = atLevel(pinkNoise(random, between(random, 3, 7)), -58);
  for (let n = 0; n < 9; n += 1) {
    const isKnock = random() < 0.5;
    const event = isKnock
      ? shaped(resonance(whiteNoise(random, 0.12), between(random, 120, 500), 150), struck(10))
      : shaped(resonance(whiteNoise(random, between(random, 0.2, 0.9)), between(random, 900, 2_500), 1_400), swell);
    mixInto(sound, atLevel(event, between(random, -32, -14)), Math.floor(random() * sound.length));
  }
  return sound;
}
