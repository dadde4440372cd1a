/**
 * What Smart Turn v3 takes: the last 8 s of the caller at the window's end, silence before them, brought to mean 0 and
 * variance 1, as Whisper's log-mel. Apart from the engine, so that it can be tested without weights.
 */
import { LogMel } from '../recognition/log-mel.ts';

export const SMART_TURN_FORMAT = { sampleRateHz: 8000, windowMs: 8000, melBands: 80, frames: 800 } as const;

const WINDOW_SAMPLES = (SMART_TURN_FORMAT.sampleRateHz * SMART_TURN_FORMAT.windowMs) / 1000;
const HOP_SAMPLES = WINDOW_SAMPLES / SMART_TURN_FORMAT.frames;
/** Frames of silence computed before the audio: the first of them lies whole in it, and all before it are the same. */
const LEAD_FRAMES = 3;
/** Of WhisperFeatureExtractor's `zero_mean_unit_var_norm`. */
const VARIANCE_EPSILON = 1e-7;

/** One instance for all calls; not re-entrant. */
export class SmartTurnFeatures {
  readonly #mel = new LogMel(SMART_TURN_FORMAT.sampleRateHz, SMART_TURN_FORMAT.melBands);

  /** PCM16 at 8 kHz, the newest sample last -> [80, 800] row-major, in a new array. Silence before the audio costs nothing. */
  compute(pcm: Int16Array): Float32Array {
    const { frames, melBands } = SMART_TURN_FORMAT;
    const audio = pcm.subarray(Math.max(0, pcm.length - WINDOW_SAMPLES));
    const used = Math.min(frames, Math.ceil(audio.length / HOP_SAMPLES) + LEAD_FRAMES);
    const mel = this.#mel.compute(normalised(audio, used * HOP_SAMPLES), used);
    const features = new Float32Array(melBands * frames);
    for (let band = 0; band < melBands; band++) {
      const heard = mel.subarray(band * used, (band + 1) * used);
      const row = features.subarray(band * frames, (band + 1) * frames);
      // The mean that was taken out sounds in the silence too, so each band has its own.
      row.fill(heard[0] ?? 0, 0, frames - used);
      row.set(heard, frames - used);
    }
    return features;
  }
}

/** The end of a window of 8 s that begins with silence: mean and variance are those of the whole window. */
function normalised(audio: Int16Array, length: number): Float32Array {
  let sum = 0;
  let energy = 0;
  for (const sample of audio) {
    sum += sample;
    energy += sample * sample;
  }
  const mean = sum / WINDOW_SAMPLES;
  const variance = Math.max(0, energy / WINDOW_SAMPLES - mean * mean) / 32_768 ** 2;
  const gain = 1 / Math.sqrt(variance + VARIANCE_EPSILON);
  const window = new Float32Array(length).fill(-mean * gain);
  const start = length - audio.length;
  for (let at = 0; at < audio.length; at++) window[start + at] = ((audio[at] ?? 0) - mean) * gain;
  return window;
}
