/** Building blocks of made-up sound at 8000 Hz: values in [-1, 1], every chance from the given random numbers. */

export const RATE_HZ = 8_000;

/** Uniform numbers in [0, 1): `seededRandom` of the bench's statistics. */
export type Random = () => number;

export const samplesFor = (seconds: number): number => Math.round(seconds * RATE_HZ);

/** A sound whose every sample is computed; in order, from 0. */
export function filled(length: number, sampleAt: (index: number) => number): Float32Array {
  // Float32Array.from goes through an iterator: ten times slower.
  const sound = new Float32Array(length);
  for (let index = 0; index < length; index += 1) sound[index] = sampleAt(index);
  return sound;
}

/** A number in [low, high). */
export const between = (random: Random, low: number, high: number): number => low + (high - low) * random();

/** One of the given values; they must not be empty. */
export function oneOf<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[Math.floor(random() * values.length)] ?? values[0];
}

export const amplitudeOf = (dbfs: number): number => 10 ** (dbfs / 20);

export function rms(sound: Float32Array): number {
  let energy = 0;
  for (const sample of sound) energy += sample * sample;
  return Math.sqrt(energy / Math.max(1, sound.length));
}

/** The same sound at a root mean square level; silence stays silence. */
export function atLevel(sound: Float32Array, dbfs: number): Float32Array {
  const level = rms(sound);
  const gain = level === 0 ? 0 : amplitudeOf(dbfs) / level;
  return sound.map((sample) => sample * gain);
}

/** Adds a sound into another from a position on; what does not fit is left out. */
export function mixInto(target: Float32Array, sound: Float32Array, atSample = 0, gain = 1): void {
  const end = Math.min(sound.length, target.length - atSample);
  for (let i = Math.max(0, -atSample); i < end; i += 1) {
    target[atSample + i] = (target[atSample + i] ?? 0) + gain * (sound[i] ?? 0);
  }
}

export function joined(sounds: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(sounds.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const sound of sounds) {
    whole.set(sound, at);
    at += sound.length;
  }
  return whole;
}

/** Sum of sines, equally loud, peak 1 together; the ends are ramped so that they do not click. */
export function tones(frequenciesHz: readonly number[], seconds: number, rampMs = 5): Float32Array {
  const length = samplesFor(seconds);
  const ramp = Math.max(1, (rampMs * RATE_HZ) / 1000);
  return filled(length, (i) => {
    const sum = frequenciesHz.reduce((all, hz) => all + Math.sin((2 * Math.PI * hz * i) / RATE_HZ), 0);
    return (sum / frequenciesHz.length) * Math.min(1, i / ramp, (length - i) / ramp);
  });
}

export function whiteNoise(random: Random, seconds: number): Float32Array {
  return filled(samplesFor(seconds), () => 2 * random() - 1);
}

/** Falls by about 3 dB an octave: four leaky sums of white noise, each half as fast as the one before. */
export function pinkNoise(random: Random, seconds: number): Float32Array {
  const rows = [0, 0, 0, 0, 0, 0];
  return filled(samplesFor(seconds), (i) => {
    for (let row = 0; row < rows.length; row += 1) if (i % (1 << row) === 0) rows[row] = 2 * random() - 1;
    return rows.reduce((sum, value) => sum + value, 0) / rows.length;
  });
}

/** A two-pole resonance, about unit gain at its frequency. */
export function resonance(sound: Float32Array, hz: number, bandwidthHz: number): Float32Array {
  const radius = Math.exp((-Math.PI * bandwidthHz) / RATE_HZ);
  const turn = 2 * radius * Math.cos((2 * Math.PI * hz) / RATE_HZ);
  let [last, before] = [0, 0];
  return sound.map((sample) => {
    const rung = (1 - radius) * sample + turn * last - radius * radius * before;
    before = last;
    last = rung;
    return rung;
  });
}

/** One resonance beside the other: the body of a voice, a hall, a horn. */
export function formants(sound: Float32Array, peaks: readonly (readonly [hz: number, bandwidthHz: number])[]) {
  const sum = new Float32Array(sound.length);
  for (const [hz, bandwidthHz] of peaks) mixInto(sum, resonance(sound, hz, bandwidthHz));
  return sum;
}

const HARMONICS = 20;
const HIGHEST_HZ = RATE_HZ / 2 - 200;

/** A harmonic sound whose pitch follows `pitchHz(share)`, share in [0, 1); harmonic h has `strength(h)`. */
export function harmonics(
  seconds: number,
  pitchHz: (share: number) => number,
  strength: (harmonic: number) => number,
): Float32Array {
  const length = samplesFor(seconds);
  const strengths = Array.from({ length: HARMONICS }, (_, h) => strength(h + 1));
  let phase = 0;
  return filled(length, (i) => {
    const hz = pitchHz(i / length);
    phase += (2 * Math.PI * hz) / RATE_HZ;
    // sin((h + 1) x) = 2 cos(x) sin(h x) - sin((h - 1) x): one sine a sample instead of twenty.
    const twoCos = 2 * Math.cos(phase);
    let [before, now, sum] = [0, Math.sin(phase), 0];
    for (let h = 0; h < HARMONICS && (h + 1) * hz < HIGHEST_HZ; h += 1) {
      sum += (strengths[h] ?? 0) * now;
      const next = twoCos * now - before;
      before = now;
      now = next;
    }
    return sum;
  });
}

/** Multiplies by a curve of the share of the sound, share in [0, 1). */
export function shaped(sound: Float32Array, curve: (share: number) => number): Float32Array {
  return sound.map((sample, i) => sample * curve(i / sound.length));
}

/** A quick rise and a long fall, as of something struck; `sharpness` 3 rings, 12 knocks. */
export const struck =
  (sharpness: number) =>
  (share: number): number =>
    Math.min(1, share * 50) * Math.exp(-sharpness * share);

/** Up and down again, smoothly. */
export const swell = (share: number): number => Math.sin(Math.PI * share);
