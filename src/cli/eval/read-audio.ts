/** Recordings of any usual kind as one channel of samples. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import { pcm16ToFloat } from '#pipeline/audio/pcm.ts';
import { decodeWav, type WavAudio } from '#pipeline/audio/wav.ts';
import { ffmpegMissing, type Ffmpeg } from './ffmpeg.ts';

export interface Recording {
  /** One channel in [-1, 1): the mean of those the file has. */
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
}

export interface ReadAudioOptions {
  readonly ffmpeg: Ffmpeg | undefined;
  readonly signal: AbortSignal;
}

/** What ffmpeg is needed for, as the subject of a sentence. */
export const NO_WAV = 'recordings that are no WAV files are read';

/** True for a recording that only ffmpeg can read, by its name. */
export function isCompressedName(path: string): boolean {
  return /\.(?:mp3|flac|ogg|oga|opus|m4a|mp4|aac|webm|amr|gsm|3gp|wma)$/iu.test(path);
}

/** Throws INZWA_EVAL_AUDIO, naming the file. A WAV file of a kind that our own reader does not know goes through ffmpeg. */
export async function readAudio(path: string, { ffmpeg, signal }: ReadAudioOptions): Promise<Recording> {
  try {
    const audio = await decode(path, ffmpeg, signal);
    const length = audio.channels[0]?.length ?? 0;
    if (length === 0) throw new InzwaError('INZWA_EVAL_AUDIO', 'it holds no audio');
    return { samples: mixed(audio, length), sampleRateHz: audio.sampleRateHz };
  } catch (error) {
    signal.throwIfAborted();
    throw new InzwaError('INZWA_EVAL_AUDIO', `${basename(path)}: ${messageOf(error)}`, { cause: error });
  }
}

async function decode(path: string, ffmpeg: Ffmpeg | undefined, signal: AbortSignal): Promise<WavAudio> {
  if (!/\.wave?$/iu.test(path)) {
    if (ffmpeg === undefined) throw ffmpegMissing(NO_WAV);
    return decodeWav(await ffmpeg.decode(path, { signal }));
  }
  try {
    return decodeWav(await readFile(path, { signal }));
  } catch (error) {
    if (ffmpeg === undefined || !isInzwaError(error, 'INZWA_WAV_INVALID')) throw error;
    return decodeWav(await ffmpeg.decode(path, { signal }));
  }
}

function mixed({ channels }: WavAudio, length: number): Float32Array {
  const sum = new Float32Array(length);
  const one = new Float32Array(length);
  for (const channel of channels) {
    pcm16ToFloat(one, channel);
    for (let i = 0; i < length; i++) sum[i] = (sum[i] ?? 0) + (one[i] ?? 0) / channels.length;
  }
  return sum;
}
