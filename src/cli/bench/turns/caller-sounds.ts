/** From what a plan says to samples: the callers' words by a synthetic voice, cut, levelled and put through their line. */
import { join } from 'node:path';
import { openLocalModels } from '#models/catalogue.ts';
import { voicedRmsDb } from '#pipeline/audio/level.ts';
import { floatToPcm16, pcm16ToFloat } from '#pipeline/audio/pcm.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { bandLimit } from '../../eval/band-filter.ts';
import type { Ffmpeg } from '../../eval/ffmpeg.ts';
import { OUTSIDE_SENTENCES } from '../call-plan.ts';
import { CallerVoice, LINE_RATE_HZ, type Manner } from '../cards/caller-voice.ts';
import { amplitudeOf, between, mixInto, oneOf } from '../non-speech/sound.ts';
import { seededRandom } from '../statistics.ts';
import { cutAfter, silencesAt, trimmed, withGaps, withShortPauses, type SampleSpan } from './cutting.ts';
import { CODECS, findCodecs, type Codecs } from './lines-left-out.ts';
import { burst, hum, knock, music, oneBreath, oneCough } from './made-sounds.ts';
import { soundsOf, type PlannedCall, type Sound } from './planned-call.ts';

export interface RenderedSound {
  /** PCM16 at 8000 Hz; begins and ends with what can be heard. */
  readonly pcm: Int16Array;
  /** The silences that were put into it, as the line left them. */
  readonly pauses: readonly SampleSpan[];
  /** What was said, as written; '' for what is no speech. */
  readonly text: string;
}

export interface CallerSoundsOptions {
  readonly hotline: Hotline;
  readonly signal: AbortSignal;
  /** Where spoken words are kept. @defaultValue beside the models */
  readonly cacheDir?: string;
  /** A path or a name on PATH. @defaultValue `ffmpeg` */
  readonly ffmpeg?: string;
}

/** The voice's own pauses are shortened to this: none of them counts as one (200 ms and more). */
const LONGEST_NATURAL_PAUSE_MS = 150;
/** Between the sentences of whoever never stops: a breath, with what the voice's own edges add. */
const ENDLESS_GAP_MS = 80;
const VOICE_MODEL = 'piper-joe';
/** People on television and in the room are other people. */
const OTHERS: readonly [Manner, ...Manner[]] = [
  { name: 'other 1', speakingRate: 1.1, pitch: 1.2 },
  { name: 'other 2', speakingRate: 1, pitch: 0.84 },
  { name: 'other 3', speakingRate: 1.15, pitch: 1 },
];
const MUSIC_BELOW_SPEECH_DB = -12;

export class CallerSounds implements AsyncDisposable {
  /** What this machine cannot do of ALL_LINES, and why; a call on such a line is one on `band`. */
  readonly leftOut: Codecs['leftOut'];
  readonly #voice: CallerVoice;
  readonly #hotline: Hotline;
  readonly #ffmpeg: Ffmpeg | undefined;

  private constructor(voice: CallerVoice, hotline: Hotline, { ffmpeg, leftOut }: Codecs) {
    this.#voice = voice;
    this.#hotline = hotline;
    this.#ffmpeg = ffmpeg;
    this.leftOut = leftOut;
  }

  /** Throws INZWA_MODEL_MISSING; the voice itself is loaded when something has not been said before. */
  static async open({ hotline, signal, cacheDir, ffmpeg }: CallerSoundsOptions): Promise<CallerSounds> {
    const models = await openLocalModels();
    const voice = await models.open(VOICE_MODEL);
    const codecs = await findCodecs(ffmpeg ?? 'ffmpeg', { signal });
    const { language } = hotline.pack;
    const folder = cacheDir ?? join(models.folder, 'synthetic-callers');
    return new CallerSounds(new CallerVoice({ voice, language, cacheDir: folder, seed: 1 }), hotline, codecs);
  }

  /** Says everything once that has not been said before, so that no call waits for the callers' voice. */
  async prepare(
    plan: readonly PlannedCall[],
    { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: (done: number, of: number) => void },
  ): Promise<void> {
    const wanted = new Map<string, () => Promise<unknown>>();
    for (const call of plan) {
      for (const sound of soundsOf(call)) {
        const key = JSON.stringify([
          sound,
          sound.kind === 'speech' || sound.kind === 'dictation' || sound.kind === 'endless' ? call.manner.name : '',
        ]);
        wanted.set(key, () => this.#made(sound, call.manner, signal));
      }
    }
    let done = 0;
    for (const make of wanted.values()) {
      signal.throwIfAborted();
      await make();
      onProgress?.(++done, wanted.size);
    }
  }

  /** Every sound of a call, as its caller makes it and its line leaves it. */
  async of(
    call: PlannedCall,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<ReadonlyMap<Sound, RenderedSound>> {
    const rendered = new Map<Sound, RenderedSound>();
    for (const sound of soundsOf(call)) rendered.set(sound, await this.#rendered(sound, call, signal));
    return rendered;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#voice[Symbol.asyncDispose]();
  }

  async #rendered(sound: Sound, call: PlannedCall, signal: AbortSignal): Promise<RenderedSound> {
    const made = await this.#made(sound, call.manner, signal);
    let floats = new Float32Array(made.pcm.length);
    pcm16ToFloat(floats, made.pcm);
    const gainDb = 'gainDb' in sound ? (sound.gainDb ?? 0) : 0;
    // Noises have levels of their own; whoever speaks, speaks at the caller's.
    if (made.isSpeech) floats = atSpeechLevel(floats, call.levelDbfs + gainDb);
    const isBandLimited = call.line === 'band' || call.line in CODECS;
    let pcm: Int16Array = new Int16Array(floats.length);
    floatToPcm16(pcm, isBandLimited ? bandLimit(floats) : floats);
    const codec = CODECS[call.line];
    if (codec && this.#ffmpeg) pcm = await this.#ffmpeg.roundTrip(pcm, codec, { signal });
    return { pcm, pauses: silencesAt(pcm, made.gaps), text: made.text };
  }

  async #made(sound: Sound, manner: Manner, signal: AbortSignal): Promise<Made> {
    switch (sound.kind) {
      case 'speech':
        return spoken(sound, await this.#say(sound.text, manner, signal));
      case 'dictation': {
        const groups = digitWords(sound.groups, this.#hotline);
        const parts = [await this.#say(sound.lead, manner, signal)];
        for (const group of groups) parts.push(await this.#say(group, manner, signal));
        return { ...withGaps(parts, sound.gapsMs), text: `${sound.lead} ${sound.groups.join(' ')}`, isSpeech: true };
      }
      case 'endless':
        return this.#endless(sound, manner, signal);
      case 'hum':
        return noise(hum(seededRandom(sound.seed), sound.isDouble));
      case 'cough':
        return noise(oneCough(seededRandom(sound.seed)));
      case 'breath':
        return noise(oneBreath(seededRandom(sound.seed)));
      case 'knock':
        return noise(knock(seededRandom(sound.seed)));
      case 'burst':
        return noise(burst(seededRandom(sound.seed)));
      case 'aside':
        return {
          pcm: await this.#say(sound.text, OTHERS[sound.text.length % 3] ?? OTHERS[0], signal),
          gaps: [],
          text: sound.text,
          isSpeech: true,
        };
      case 'television':
        return this.#television(sound, signal);
    }
  }

  async #say(text: string, manner: Manner, signal: AbortSignal): Promise<Int16Array> {
    const { name, speakingRate, pitch } = manner;
    const said = await this.#voice.say(text, { name, speakingRate, pitch }, signal);
    return withShortPauses(trimmed(said), LONGEST_NATURAL_PAUSE_MS);
  }

  async #endless(
    { texts, seconds }: Extract<Sound, { kind: 'endless' }>,
    manner: Manner,
    signal: AbortSignal,
  ): Promise<Made> {
    const parts: Int16Array[] = [];
    for (let [left, nth] = [seconds * LINE_RATE_HZ, 0]; left > 0; nth += 1) {
      const said = await this.#say(texts[nth % texts.length] ?? '', manner, signal);
      if (said.length === 0) throw new RangeError('an endless speech needs words');
      parts.push(said);
      left -= said.length;
    }
    const gapsMs = parts.slice(1).map(() => ENDLESS_GAP_MS);
    return { pcm: withGaps(parts, gapsMs).pcm, gaps: [], text: texts.join(' '), isSpeech: true };
  }

  /** One person talks without stopping, over music. */
  async #television({ seed, seconds }: Extract<Sound, { kind: 'television' }>, signal: AbortSignal): Promise<Made> {
    const random = seededRandom(seed);
    const who = oneOf(random, OTHERS);
    const sound = music(random, seconds).map((sample) => sample * amplitudeOf(MUSIC_BELOW_SPEECH_DB));
    for (let at = 0; at < sound.length;) {
      const text = OUTSIDE_SENTENCES[Math.floor(random() * OUTSIDE_SENTENCES.length)] ?? '';
      const said = await this.#say(text, who, signal);
      const floats = new Float32Array(said.length);
      pcm16ToFloat(floats, said);
      mixInto(sound, floats, at);
      at += said.length + Math.round(between(random, 0.1, 0.25) * LINE_RATE_HZ);
    }
    return { ...noise(sound), isSpeech: true };
  }
}

interface Made {
  readonly pcm: Int16Array;
  readonly gaps: readonly SampleSpan[];
  readonly text: string;
  /** True: put at the caller's level; else it has a level of its own. */
  readonly isSpeech: boolean;
}

function noise(sound: Float32Array): Made {
  const pcm = new Int16Array(sound.length);
  floatToPcm16(pcm, sound);
  return { pcm: trimmed(pcm), gaps: [], text: '', isSpeech: false };
}

function spoken({ text, pauses = [], falseStart }: Extract<Sound, { kind: 'speech' }>, whole: Int16Array): Made {
  if (falseStart) {
    const words = text.split(' ');
    const letters = words.slice(0, falseStart.words).join(' ').length;
    const at = cutAfter(whole, letters / text.length);
    const first = at === undefined ? [] : [whole.subarray(0, at)];
    return { ...withGaps([...first, whole], [falseStart.stopMs]), text, isSpeech: true };
  }
  const cuts = pauses.flatMap(({ afterShare, ms }) => {
    const at = cutAfter(whole, wordEndNear(text, afterShare));
    return at === undefined ? [] : [{ at, ms }];
  });
  const edges = [0, ...cuts.map(({ at }) => at), whole.length];
  const parts = edges.slice(1).map((to, n) => whole.subarray(edges[n], to));
  return {
    ...withGaps(
      parts,
      cuts.map(({ ms }) => ms),
    ),
    text,
    isSpeech: true,
  };
}

/** The share of the letters at the word boundary that is nearest to a share. */
function wordEndNear(text: string, share: number): number {
  const ends = [...text.matchAll(/ /gu)].map(({ index }) => index / text.length);
  return ends.reduce((best, end) => (Math.abs(end - share) < Math.abs(best - share) ? end : best), ends[0] ?? share);
}

/** Each group read out digit by digit, as the language reads telephone numbers. */
function digitWords(groups: readonly string[], { pack }: Hotline): readonly string[] {
  const words = pack.language.speakable(groups.join(' ')).split(/,\s*/u);
  if (words.length !== groups.length) return groups.map((group) => pack.language.speakable(group));
  return words;
}

function atSpeechLevel(sound: Float32Array, dbfs: number): Float32Array<ArrayBuffer> {
  const level = voicedRmsDb(sound, { sampleRateHz: LINE_RATE_HZ });
  const gain = amplitudeOf(dbfs - level);
  return sound.map((sample) => Math.max(-1, Math.min(1, sample * gain)));
}
