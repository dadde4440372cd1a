/**
 * Who has answered: a person or a machine, by our own ears. A machine speaks on and on before it has been spoken to, or ends
 * with a beep. Hears frames of the caller's audio and keeps no sound. What it cannot tell is a person: nobody is hung up on
 * for having a long greeting.
 */
import { rmsDbPcm16 } from '../audio/level.ts';

/**
 * One person's first words last 0.4 to 3 s ("hello, mangwanani, ndiani?"); carriers' and private greetings 5 to 20 s. Asterisk's
 * own detector takes more than 1.5 s for a machine, and callers complained of being taken for one (facts gathered for
 * docs/interviews.md): we wait for more than twice what a person says.
 */
const MACHINE_SPEECH_MS = 6_000;
/** Pauses up to here belong to one speech. */
const LONGEST_PAUSE_MS = 700;
/** Quieter than this nobody speaks. */
const SOUND_DBFS = -42;
/** Beeps last 0.2 to 1 s, between 400 and 2,000 Hz; a busy tone repeats, and nobody has spoken before it. */
const BEEP_MS = 160;
const BEEP_HZ = { lowest: 380, highest: 2_200 } as const;
/** A beep comes behind words; without them it may be anything. */
const SPEECH_BEFORE_BEEP_MS = 1_500;
const FRAME_MS = 20;

export class AnsweringEar {
  #nowMs = 0;
  #speechFromMs: number | undefined;
  #lastSoundMs = -Infinity;
  #soundMs = 0;
  #toneMs = 0;
  #toneHz = 0;
  #beepAtMs: number | undefined;
  #longestSpeechMs = 0;

  /** One frame of 20 ms at 8 kHz, in order. */
  hear(frame: Int16Array): void {
    this.#nowMs += FRAME_MS;
    const isSound = rmsDbPcm16(frame) > SOUND_DBFS;
    const hz = isSound ? toneOf(frame) : undefined;
    const isSameTone = hz !== undefined && (this.#toneMs === 0 || Math.abs(hz - this.#toneHz) < 60);
    this.#toneMs = isSameTone ? this.#toneMs + FRAME_MS : 0;
    if (hz !== undefined) this.#toneHz = hz;
    if (this.#toneMs >= BEEP_MS && this.#soundMs >= SPEECH_BEFORE_BEEP_MS) this.#beepAtMs ??= this.#nowMs;
    if (!isSound) return;
    if (this.#nowMs - this.#lastSoundMs > LONGEST_PAUSE_MS) this.#speechFromMs = this.#nowMs;
    this.#lastSoundMs = this.#nowMs;
    // A ringing tone or music on one note is no speech.
    if (hz === undefined) this.#soundMs += FRAME_MS;
    this.#longestSpeechMs = Math.max(this.#longestSpeechMs, this.#nowMs - (this.#speechFromMs ?? this.#nowMs));
  }

  /** Something sounds, or has until a moment ago. */
  get isSounding(): boolean {
    return this.#nowMs - this.#lastSoundMs < 300;
  }

  get hasHeardSound(): boolean {
    return this.#lastSoundMs > 0;
  }

  /** A tone of one pitch has sounded behind words. */
  get hasBeeped(): boolean {
    return this.#beepAtMs !== undefined;
  }

  /** Only to be asked while nobody has answered us. */
  get isMachine(): boolean {
    return this.hasBeeped || (this.#longestSpeechMs >= MACHINE_SPEECH_MS && this.#soundMs >= MACHINE_SPEECH_MS / 2);
  }
}

/**
 * The frequency of a frame that is a pure tone: its zero crossings are evenly spaced, and what is left when that sine is taken
 * out is little. Speech has both only by chance, and not for eight frames in a row.
 */
function toneOf(frame: Int16Array): number | undefined {
  const crossings: number[] = [];
  for (let n = 1; n < frame.length; n += 1) {
    const [a = 0, b = 0] = [frame[n - 1], frame[n]];
    if (a < 0 && b >= 0) crossings.push(n - 1 + a / (a - b));
  }
  const [first, last] = [crossings[0], crossings.at(-1)];
  if (first === undefined || last === undefined || crossings.length < 4) return undefined;
  const period = (last - first) / (crossings.length - 1);
  const hz = 8_000 / period;
  if (hz < BEEP_HZ.lowest || hz > BEEP_HZ.highest) return undefined;
  return residualShare(frame, hz) < 0.1 ? hz : undefined;
}

/** Energy that a sine of this frequency leaves over, as a share of all. */
function residualShare(frame: Int16Array, hz: number): number {
  let [sin, cos, all] = [0, 0, 0];
  const step = (2 * Math.PI * hz) / 8_000;
  for (let n = 0; n < frame.length; n += 1) {
    const sample = frame[n] ?? 0;
    sin += sample * Math.sin(step * n);
    cos += sample * Math.cos(step * n);
    all += sample * sample;
  }
  const inTone = (2 * (sin * sin + cos * cos)) / frame.length;
  return all === 0 ? 1 : Math.max(0, 1 - inTone / all);
}
