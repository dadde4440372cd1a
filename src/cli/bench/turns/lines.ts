/** The lines of the yardstick's callers: what happens to a voice before it is spoken, and to each frame on its way. */
import { Line } from '#telephony/phone/line-profile.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import type { MediaSocket } from '#telephony/wire/media-socket.ts';
import { atLevel, between, mixInto, pinkNoise, samplesFor } from '../non-speech/sound.ts';
import { street } from '../non-speech/room-sounds.ts';
import { seededRandom } from '../statistics.ts';

/**
 * `noisy`: a room or a street some 18 dB under the voice · `band`: 300–3400 Hz · `loss`: 3 % of the frames in bursts of
 * 60 ms · `gsm`, `amr`: there and back through the codec, after the band limit.
 */
export type LineKind = 'clean' | 'noisy' | 'band' | 'loss' | 'gsm' | 'amr';

export const ALL_LINES: readonly LineKind[] = ['clean', 'noisy', 'band', 'loss', 'gsm', 'amr'];

/** The agent's own voice in what it hears. */
export interface Echo {
  /** Gain, below 0. */
  readonly db: number;
  readonly delayMs: number;
}

export interface CallLineOptions {
  readonly kind: LineKind;
  readonly echo?: Echo | undefined;
  readonly seed: number;
}

const FRAME_SAMPLES = 160;
const SAMPLES_PER_MS = 8;
/** More than the longest echo. */
const REMEMBERED_SAMPLES = 8_192;
const LOSS = { rate: 0.03, burstFrames: 3 };
/** Of a room that hums and of a street with horns and shouts, against voices at about -20 dBFS. */
const NOISE_DBFS = [-41, -36] as const;
const NOISE_SECONDS = 11;

/** One call's line, behind the telephone's microphone: what the telephone records holds neither noise nor echo nor loss. */
export class CallLine {
  readonly #echo: Echo | undefined;
  readonly #gain: number;
  readonly #played = new Int16Array(REMEMBERED_SAMPLES);
  #playedSamples = 0;
  readonly #noise: Float32Array | undefined;
  #noiseAt = 0;
  readonly #loss: Line;

  constructor({ kind, echo, seed }: CallLineOptions) {
    this.#echo = echo;
    this.#gain = echo === undefined ? 0 : 10 ** (echo.db / 20);
    this.#noise = kind === 'noisy' ? noiseOf(seed) : undefined;
    this.#loss = new Line(kind === 'loss' ? { loss: LOSS, seed } : {});
  }

  /** Takes each frame that the telephone plays, in order. */
  hear(frame: Int16Array): void {
    for (const sample of frame) {
      this.#played[this.#playedSamples % REMEMBERED_SAMPLES] = sample;
      this.#playedSamples += 1;
    }
  }

  /**
   * Adds to a frame what the far end's microphone and the room add, in place; call it once for each frame, in order, when
   * the frame of the same 20 ms has been heard. Returns false when the frame is lost on its way.
   */
  carry(frame: Int16Array): boolean {
    if (this.isTransparent) return !this.#loss.losesFrame();
    const delay = (this.#echo?.delayMs ?? 0) * SAMPLES_PER_MS;
    const from = this.#playedSamples - FRAME_SAMPLES - delay;
    for (let i = 0; i < frame.length; i += 1) {
      const at = from + i;
      const echo = this.#echo === undefined || at < 0 ? 0 : this.#gain * (this.#played[at % REMEMBERED_SAMPLES] ?? 0);
      const noise = 32_768 * (this.#noise?.[this.#noiseAt] ?? 0);
      if (this.#noise) this.#noiseAt = (this.#noiseAt + 1) % this.#noise.length;
      frame[i] = Math.max(-32_768, Math.min(32_767, Math.round((frame[i] ?? 0) + echo + noise)));
    }
    return !this.#loss.losesFrame();
  }

  /** True when frames go through as they are. */
  get isTransparent(): boolean {
    return this.#echo === undefined && this.#noise === undefined;
  }
}

function noiseOf(seed: number): Float32Array {
  const random = seededRandom(seed);
  const level = between(random, ...NOISE_DBFS);
  const sound = pinkNoise(random, NOISE_SECONDS);
  if (random() < 0.5) return atLevel(sound, level);
  const busy = street(random);
  const mixed = new Float32Array(samplesFor(NOISE_SECONDS));
  mixInto(mixed, sound, 0, 0.1);
  mixInto(mixed, busy, Math.floor(random() * samplesFor(3)));
  return atLevel(mixed, level);
}

/**
 * The telephone's end of a Twilio wire with the line in between: feed `line.hear` from the telephone's `onHeard`. Lost
 * frames are missing with their number used up, as a carrier loses them.
 */
export function overLine(socket: MediaSocket, line: CallLine): MediaSocket {
  const pcm = new Int16Array(FRAME_SAMPLES);
  const bytes = Buffer.alloc(FRAME_SAMPLES);
  return {
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    send(text) {
      const isAudio = text.startsWith(MEDIA);
      if (!isAudio || line.isTransparent) {
        if (!isAudio || line.carry(pcm)) socket.send(text);
        return;
      }
      const message = JSON.parse(text) as MediaMessage;
      muLaw.decodeInto(pcm, Buffer.from(message.media.payload, 'base64'));
      if (!line.carry(pcm)) return;
      muLaw.encodeInto(bytes, pcm);
      socket.send(JSON.stringify({ ...message, media: { ...message.media, payload: bytes.toString('base64') } }));
    },
    sendBytes: (message) => socket.sendBytes(message),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    listen: (listener) => socket.listen(listener),
  };
}

/** How the telephone begins its messages with audio. */
const MEDIA = '{"event":"media"';
interface MediaMessage {
  readonly media: { readonly payload: string };
}
