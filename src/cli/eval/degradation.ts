/** A clean recording as it would arrive over a telephone line: seeded, in the order in which a call does it. */
import { InzwaError } from '#kernel/errors.ts';
import { SILENCE_DB, voicedRmsDb } from '#pipeline/audio/level.ts';
import { floatToPcm16 } from '#pipeline/audio/pcm.ts';
import { resample } from '#pipeline/audio/resampler.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import { Line } from '#telephony/phone/line-profile.ts';
import { Concealer } from '#telephony/signal/concealment.ts';
import { seededRandom } from '../bench/statistics.ts';
import { bandLimit } from './band-filter.ts';
import { AMR_KBITS, ffmpegMissing, type Ffmpeg, type MobileCodec } from './ffmpeg.ts';
import type { Recording } from './read-audio.ts';

/** What a line does; all absent: nothing, and the recording keeps up to 16 kHz. Anything present means 8000 Hz. */
export interface Degradation {
  /** Ratio of speech to white noise in dB, over the telephone band's 4 kHz. */
  readonly noiseSnrDb?: number;
  readonly isBandLimited?: true;
  readonly codec?: MobileCodec;
  readonly isMuLaw?: true;
  readonly loss?: { readonly percent: number; readonly burstFrames: number };
}

/** The lines that have a name, as what `--degrade` would say. */
export const LINES: Readonly<Record<string, string>> = {
  clean: '',
  phone: 'band,mulaw',
  noisy: 'noise=15,band,mulaw',
  amr: 'band,amr=12.2,mulaw',
  gsm: 'band,gsm,mulaw',
  loss: 'band,mulaw,loss=3',
};

/** The mean length of a burst of lost frames where none is given: 60 ms. */
const BURST_FRAMES = 3;
const PHONE_HZ = 8_000;
const CLEAN_HZ = 16_000;
const FRAME_SAMPLES = 160;
/** Speech is what lies less than this under the loudest parts; the rest is pauses and does not count for its level. */
const SPEECH_RANGE_DB = 30;

/** Reads `band,amr=4.75,mulaw,loss=3/2,noise=15`; throws INZWA_CONFIG_INVALID. The order written does not matter. */
export function parseDegradation(text: string): Degradation {
  const steps = text.split(',').flatMap((step) => (step.trim() === '' ? [] : [step.trim()]));
  return Object.assign({}, ...steps.map(parseStep)) as Degradation;
}

function parseStep(step: string): Degradation {
  const [name = '', value = ''] = step.split('=', 2);
  const fail = (why: string): never => {
    throw new InzwaError('INZWA_CONFIG_INVALID', `--degrade ${step}: ${why}`);
  };
  const number = (written: string, least: number, most: number, what: string): number => {
    const parsed = Number(written);
    const isGood = written !== '' && parsed >= least && parsed <= most;
    return isGood ? parsed : fail(`${what} must be a number from ${least} to ${most}`);
  };
  const [amount = '', burst] = value.split('/', 2);
  switch (name) {
    case 'mulaw':
      return { isMuLaw: true };
    case 'band':
      return { isBandLimited: true };
    case 'gsm':
      return { codec: { kind: 'gsm' } };
    case 'noise':
      return { noiseSnrDb: number(value, -20, 60, 'the ratio of speech to noise in dB') };
    case 'amr': {
      const kbits = value === '' ? 12.2 : Number(value);
      const isMode = AMR_KBITS.some((mode) => mode === kbits);
      return isMode ? { codec: { kind: 'amr', kbits } } : fail(`AMR has the modes ${AMR_KBITS.join(', ')} kbit/s`);
    }
    case 'loss':
      return {
        loss: {
          percent: number(amount, 0, 90, 'the frames lost in per cent'),
          burstFrames: burst === undefined ? BURST_FRAMES : number(burst, 1, 100, 'the length of a burst in frames'),
        },
      };
    default:
      return fail('known are noise=DB, band, amr=KBITS, gsm, mulaw, loss=PERCENT[/BURST]');
  }
}

/** The same in the order in which it is done, `clean` for nothing: what a report says. */
export function describeDegradation({ noiseSnrDb, isBandLimited, codec, isMuLaw, loss }: Degradation): string {
  const steps = [
    noiseSnrDb === undefined ? undefined : `white noise at ${noiseSnrDb} dB SNR`,
    isBandLimited && '300–3400 Hz',
    codec && (codec.kind === 'gsm' ? 'GSM full rate' : `AMR-NB ${codec.kbits} kbit/s`),
    isMuLaw && 'mu-law',
    loss && `${loss.percent} % of frames lost in bursts of ${loss.burstFrames} on average, concealed`,
  ].filter((step) => step !== undefined);
  return steps.length === 0 ? 'clean, at most 16 kHz' : `8 kHz, ${steps.join(', ')}`;
}

export interface DegradeOptions {
  readonly seed: number;
  /** Needed for a codec only; INZWA_FFMPEG_MISSING without it. */
  readonly ffmpeg: Ffmpeg | undefined;
  readonly signal: AbortSignal;
}

/** What the recogniser gets: PCM16. */
export interface LineAudio {
  readonly pcm: Int16Array;
  readonly sampleRateHz: number;
}

/** The same recording, degradation and seed give the same samples; the recording stays as it is. */
export async function degrade(
  { samples, sampleRateHz }: Recording,
  degradation: Degradation,
  { seed, ffmpeg, signal }: DegradeOptions,
): Promise<LineAudio> {
  const { noiseSnrDb, isBandLimited, codec, isMuLaw, loss } = degradation;
  const isClean = Object.keys(degradation).length === 0;
  // A recording that was made over a telephone is not blown up to 16 kHz: the engines have features for both.
  const toHz = isClean && sampleRateHz !== PHONE_HZ ? CLEAN_HZ : PHONE_HZ;
  let line = resample(samples, { fromHz: sampleRateHz, toHz });
  if (noiseSnrDb !== undefined) line = withNoise(line, noiseSnrDb, seed);
  if (isBandLimited) line = bandLimit(line);
  let pcm: Int16Array = new Int16Array(line.length);
  floatToPcm16(pcm, line);
  if (codec !== undefined) {
    if (ffmpeg === undefined) throw ffmpegMissing('AMR and GSM are encoded');
    pcm = await ffmpeg.roundTrip(pcm, codec, { signal });
  }
  if (isMuLaw) {
    const wire = new Uint8Array(pcm.length);
    muLaw.encodeInto(wire, pcm);
    muLaw.decodeInto(pcm, wire);
  }
  if (loss !== undefined) loseFrames(pcm, loss, seed);
  return { pcm, sampleRateHz: toHz };
}

function withNoise(samples: Float32Array, snrDb: number, seed: number): Float32Array {
  const range = { sampleRateHz: PHONE_HZ, windowMs: 20 };
  const loudest = loudestDb(samples);
  const speechDb = voicedRmsDb(samples, { ...range, thresholdDb: loudest - SPEECH_RANGE_DB });
  if (speechDb <= SILENCE_DB) return samples;
  const rms = 10 ** ((speechDb - snrDb) / 20);
  const random = seededRandom(seed);
  // Box and Muller's transform of two uniform numbers.
  const gaussian = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return samples.map((sample) => sample + rms * gaussian());
}

/** The level that 5 % of the 20 ms windows reach. */
function loudestDb(samples: Float32Array): number {
  const levels: number[] = [];
  for (let at = 0; at < samples.length; at += FRAME_SAMPLES) {
    levels.push(
      voicedRmsDb(samples.subarray(at, at + FRAME_SAMPLES), { sampleRateHz: PHONE_HZ, thresholdDb: SILENCE_DB }),
    );
  }
  levels.sort((a, b) => a - b);
  return levels[Math.floor(0.95 * (levels.length - 1))] ?? SILENCE_DB;
}

/** Frames of 20 ms, lost and concealed as a call's leg does it, in place. */
function loseFrames(pcm: Int16Array, { percent, burstFrames }: NonNullable<Degradation['loss']>, seed: number): void {
  const line = new Line({ loss: { rate: percent / 100, burstFrames }, seed });
  const concealer = new Concealer();
  for (let at = 0; at < pcm.length; at += FRAME_SAMPLES) {
    const frame = pcm.subarray(at, at + FRAME_SAMPLES);
    if (line.losesFrame()) concealer.conceal(frame);
    else concealer.hear(frame);
  }
}
