/** Hold music, made up note by note: tunes with chords, bass and drums, and a choir that sings vowels. */
import {
  atLevel,
  between,
  harmonics,
  mixInto,
  oneOf,
  resonance,
  samplesFor,
  shaped,
  struck,
  swell,
  whiteNoise,
  type Random,
} from './sound.ts';
import { voiced } from './room-sounds.ts';

/** Five notes that go with each other, in semitones; tunes of mbira and of hold queues alike are made of little more. */
const SCALE = [0, 2, 4, 7, 9] as const;
/** Roots of a turn of chords, in semitones. */
const CHORDS = [0, 5, 7, 9] as const;
const BARS = 4;
const BEATS = 4;

const hertz = (semitones: number): number => 220 * 2 ** (semitones / 12);

/** Struck metal or strings: `brightness` 1 is thin, 2 is soft. */
const note = (semitones: number, seconds: number, brightness: number): Float32Array =>
  shaped(
    harmonics(
      seconds,
      () => hertz(semitones),
      (h) => 1 / h ** brightness,
    ),
    struck(3),
  );

interface Beat {
  readonly random: Random;
  readonly seconds: number;
  readonly root: number;
}

/** A few bars in one tempo. */
export function holdMusic(random: Random): Float32Array {
  const seconds = between(random, 0.35, 0.75);
  const sound = new Float32Array(samplesFor(seconds * BEATS * BARS + 1));
  const brightness = between(random, 1, 2.2);
  const hasDrums = random() < 0.6;
  for (let bar = 0; bar < BARS; bar += 1) {
    const root = oneOf(random, CHORDS);
    for (let beat = 0; beat < BEATS; beat += 1) {
      const at = samplesFor((bar * BEATS + beat) * seconds);
      addBeat(sound, at, { random, seconds, root }, brightness);
      if (hasDrums) mixInto(sound, drum(random, beat % 2 === 0), at, 0.5);
    }
  }
  return atLevel(sound, between(random, -30, -14));
}

function addBeat(sound: Float32Array, at: number, { random, seconds, root }: Beat, brightness: number): void {
  for (const step of [0, 4, 7]) mixInto(sound, note(root + step, seconds * 1.6, brightness + 0.5), at, 0.12);
  mixInto(sound, note(root - 24, seconds, 1.5), at, 0.3);
  const notes = random() < 0.5 ? 1 : 2;
  for (let n = 0; n < notes; n += 1) {
    if (random() < 0.2) continue;
    const height = root + oneOf(random, SCALE) + 12;
    mixInto(sound, note(height, (seconds * 1.3) / notes, brightness), at + samplesFor((seconds * n) / notes), 0.4);
  }
}

const drum = (random: Random, isLow: boolean): Float32Array =>
  isLow
    ? shaped(
        harmonics(
          0.18,
          (share) => 120 - 60 * share,
          () => 1,
        ),
        struck(5),
      )
    : shaped(resonance(whiteNoise(random, 0.12), 2_400, 1_500), struck(8));

/** A choir or a radio's singer without words: gliding vowels on a tune, sometimes over chords. */
export function singing(random: Random): Float32Array {
  const seconds = between(random, 5, 10);
  const sound = new Float32Array(samplesFor(seconds));
  const parts = oneOf(random, [1, 1, 3]);
  const root = between(random, -8, 4);
  for (let at = 0; at < seconds;) {
    const held = between(random, 0.25, 1.1);
    const step = oneOf(random, SCALE);
    for (let part = 0; part < parts; part += 1) {
      const height = hertz(root + step + part * 4);
      mixInto(sound, voiced(random, held, height, height * between(random, 0.98, 1.02)), samplesFor(at));
    }
    at += held + (random() < 0.25 ? 0.3 : 0);
  }
  if (random() < 0.5) mixInto(sound, shaped(note(root - 12, seconds, 1.4), swell), 0, 0.1);
  return atLevel(sound, between(random, -28, -15));
}
