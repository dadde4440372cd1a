/** How far what was heard is from what was said, where a line lost frames: 8000 Hz, frames of 20 ms. */
import { Line, type LineProfile } from '#telephony/phone/line-profile.ts';

const FRAME_SAMPLES = 160;
const WINDOW_SAMPLES = 256;
const HOP_SAMPLES = 80;
const BANDS = 20;
/** Below -44 dBFS nobody spoke, and a distance between two silences means nothing. */
const LEAST_RMS = 200;

/** What stands in for a lost frame: sees every frame in order, and answers with what is heard. */
export interface Stopgap {
  hear(frame: Int16Array): void;
  conceal(out: Int16Array): unknown;
}

export interface LossyLine {
  readonly heard: Int16Array;
  /** One for each frame. */
  readonly isLost: readonly boolean[];
}

/** Sends whole frames of `pcm` over a line that loses some of them. */
export function overLossyLine(pcm: Int16Array, profile: LineProfile, stopgap: Stopgap): LossyLine {
  const line = new Line(profile);
  const frames = Math.floor(pcm.length / FRAME_SAMPLES);
  const heard = pcm.slice(0, frames * FRAME_SAMPLES);
  const isLost = Array.from({ length: frames }, (_, n) => {
    const frame = heard.subarray(n * FRAME_SAMPLES, (n + 1) * FRAME_SAMPLES);
    const isFrameLost = line.losesFrame();
    if (isFrameLost) stopgap.conceal(frame);
    else stopgap.hear(frame);
    return isFrameLost;
  });
  return { heard, isLost };
}

export const insertSilence: Stopgap = { hear: () => undefined, conceal: (out) => out.fill(0) };

export function repeatLastFrame(): Stopgap {
  const last = new Int16Array(FRAME_SAMPLES);
  return {
    hear: (frame) => {
      last.set(frame);
    },
    conceal: (out) => {
      out.set(last);
    },
  };
}

export interface LossQuality {
  /** Log-spectral distance in dB over all windows of 32 ms that a lost frame touches, joints included. */
  readonly distanceDb: number;
  /** Signal to error within the lost frames, mean of frames, each limited to [-10, 35] dB. */
  readonly lostSnrDb: number;
  /** The largest step across a joint, over the largest step of what is heard in the 10 ms on both sides of it. */
  readonly worstJump: number;
}

export function lossQuality(original: Int16Array, { heard, isLost }: LossyLine): LossQuality {
  let [snr, snrFrames, distance, windows, worstJump] = [0, 0, 0, 0, 0];
  for (let n = 1; n + 2 < isLost.length; n++) {
    const at = n * FRAME_SAMPLES;
    if (isLost[n] !== isLost[n - 1]) worstJump = Math.max(worstJump, jumpAt(heard, at));
    if (!isLost[n] || rms(original, at, FRAME_SAMPLES) < LEAST_RMS) continue;
    snr += frameSnrDb(original, heard, at);
    snrFrames += 1;
  }
  for (let at = 0; at + WINDOW_SAMPLES <= heard.length; at += HOP_SAMPLES) {
    const [first, last] = [Math.floor(at / FRAME_SAMPLES), Math.floor((at + WINDOW_SAMPLES - 1) / FRAME_SAMPLES)];
    if (!isLost.slice(first, last + 1).includes(true) || rms(original, at, WINDOW_SAMPLES) < LEAST_RMS) continue;
    distance += spectralDistanceDb(original, heard, at);
    windows += 1;
  }
  return { distanceDb: distance / windows, lostSnrDb: snr / snrFrames, worstJump };
}

function rms(pcm: Int16Array, from: number, samples: number): number {
  let sum = 0;
  for (let i = from; i < from + samples; i++) sum += pcm[i]! ** 2;
  return Math.sqrt(sum / samples);
}

function frameSnrDb(original: Int16Array, heard: Int16Array, at: number): number {
  let [signal, error] = [0, 1];
  for (let i = at; i < at + FRAME_SAMPLES; i++) {
    signal += original[i]! ** 2;
    error += (original[i]! - heard[i]!) ** 2;
  }
  return Math.max(-10, Math.min(35, 10 * Math.log10(signal / error)));
}

function jumpAt(heard: Int16Array, joint: number): number {
  let largest = 0;
  for (let i = joint - HOP_SAMPLES; i < joint + HOP_SAMPLES; i++) {
    if (i !== joint) largest = Math.max(largest, Math.abs(heard[i]! - heard[i - 1]!));
  }
  // 200 is -44 dBFS: a step of that much is no click.
  return Math.abs(heard[joint]! - heard[joint - 1]!) / (largest + 200);
}

const HANN = Float64Array.from(
  { length: WINDOW_SAMPLES },
  (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW_SAMPLES),
);
const COSINE = HANN.map((_, n) => Math.cos((2 * Math.PI * n) / WINDOW_SAMPLES));
const SINE = HANN.map((_, n) => Math.sin((2 * Math.PI * n) / WINDOW_SAMPLES));
/** Lines at the edges of overlapping bands, evenly spaced on the mel scale from 100 to 3800 Hz, as a recogniser hears. */
const EDGES = Array.from({ length: BANDS + 2 }, (_, n) => {
  const [low, high] = [Math.log(1 + 100 / 700), Math.log(1 + 3_800 / 700)];
  const hz = 700 * (Math.exp(low + (n * (high - low)) / (BANDS + 1)) - 1);
  return Math.round((hz * WINDOW_SAMPLES) / 8_000);
});

function spectralDistanceDb(original: Int16Array, heard: Int16Array, at: number): number {
  const [a, b] = [bandsDb(original, at), bandsDb(heard, at)];
  return Math.sqrt(a.reduce((sum, db, n) => sum + (db - b[n]!) ** 2, 0) / BANDS);
}

function bandsDb(pcm: Int16Array, at: number): number[] {
  const power = new Float64Array(WINDOW_SAMPLES / 2);
  for (let k = EDGES[0]!; k <= EDGES[BANDS + 1]!; k++) {
    let [real, imaginary] = [0, 0];
    for (let n = 0; n < WINDOW_SAMPLES; n++) {
      const sample = pcm[at + n]! * HANN[n]!;
      real += sample * COSINE[(k * n) % WINDOW_SAMPLES]!;
      imaginary += sample * SINE[(k * n) % WINDOW_SAMPLES]!;
    }
    power[k] = real * real + imaginary * imaginary;
  }
  return Array.from({ length: BANDS }, (_, band) => {
    let sum = 1e6;
    for (let k = EDGES[band]!; k <= EDGES[band + 2]!; k++) sum += power[k]!;
    return 10 * Math.log10(sum);
  });
}
