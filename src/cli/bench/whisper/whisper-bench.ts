/**
 * Whisper beside faster-whisper (int8, beam 1, the same weights) on the same synthetic utterances in the same run, and what
 * the short window costs in characters beside the full one.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { resample } from '#pipeline/audio/resampler.ts';
import { WhisperEngine } from '#pipeline/recognition/whisper-engine.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { distributionOf, round } from '../statistics.ts';
import type { Distribution } from '../statistics.ts';
import type { WhisperEngineOptions } from '#pipeline/recognition/whisper-engine.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import { FasterWhisper, fasterWhisperPython, modelFolder } from './faster-whisper.ts';
import { BENCH_SENTENCES } from './whisper-sentences.ts';
import type { CTranslate2Files } from './faster-whisper.ts';
import type { BenchSentence } from './whisper-sentences.ts';

export interface WhisperBenchOptions {
  readonly whisper: Pick<WhisperEngineOptions, 'encoderPath' | 'decoderPath' | 'scorerPath' | 'tokenizerPath'>;
  /** A Piper voice with English letters in its IPA table. */
  readonly voice: { readonly modelPath: string; readonly configPath: string };
  /** The weights the graphs were imported from. */
  readonly ctranslate2: CTranslate2Files;
  /** Keeps faster-whisper's environment (250 MB) and the utterances. */
  readonly cacheDir: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

export interface WhisperFigures {
  /** faster-whisper's time over ours for one 5 s utterance, English; ours has one thread always. */
  readonly ratioOneThread: Distribution;
  readonly ratioTwoThreads: Distribution;
  readonly ratioOneThreadShona: Distribution;
  readonly transcribe5sMs: Distribution;
  readonly fasterWhisper5sMs: Distribution;
  /** Character error rates in per cent, one mean over all characters: English at three speaking rates. */
  readonly cerShortPercent: Share;
  readonly cerFullPercent: Share;
  /** English at the voice's own rate. */
  readonly cerFasterWhisperPercent: Share;
  /** Shona primed with its own sentences, as a hotline primes with its cards. */
  readonly cerShortShonaPercent: Share;
  readonly cerFullShonaPercent: Share;
  /** Twelve phrases against one utterance. */
  readonly score12PhrasesMs: Distribution;
  /** Shona utterances whose own text has the best score of all twenty. */
  readonly scoreRightPercent: Share;
}

export interface Share {
  readonly value: number;
  readonly n: number;
}

interface Spoken extends BenchSentence {
  readonly pcm: Int16Array;
  readonly speakingRate: number;
}

const RATE_HZ = 8000;
/** What a caller's utterance has around it when the gate cuts it out. */
const EDGE_SAMPLES = 0.1 * RATE_HZ;
const PAUSE_SAMPLES = 0.3 * RATE_HZ;
const MIN_5S_MS = 4200;
const MAX_5S_MS = 5800;
/** Utterances of the same words that are not the same sounds: English is said at each rate. */
const SPEAKING_RATES = [1, 0.9, 1.1];
/** Pairs of sentences per language that make 5 s utterances. */
const PAIRS = 12;

/** Takes some minutes; throws the signal's reason when aborted. */
export async function benchWhisper(options: WhisperBenchOptions): Promise<{ readonly figures: WhisperFigures }> {
  const { signal, cacheDir } = options;
  const say = (text: string): void => options.onProgress?.(text);
  await mkdir(cacheDir, { recursive: true });
  say('installing faster-whisper');
  const python = await fasterWhisperPython(cacheDir, signal);
  const folder = await modelFolder(options.ctranslate2, cacheDir);
  say('speaking');
  const spoken = await speakAll(options.voice, signal);
  const engine = await WhisperEngine.create({ ...options.whisper, language: 'sn' });
  await using one = await FasterWhisper.start(python, folder, 1);
  await using two = await FasterWhisper.start(python, folder, 2);
  const path = join(cacheDir, 'utterance.f32');
  const phrases = spoken.filter(({ language }) => language === 'sn').map(({ text }) => text);
  const prompts = { en: undefined, sn: phrases.join(' ') };
  let lastId = 0;
  const ours = async (utterance: Spoken, window: 'short' | 'full', prompt?: string) => {
    signal.throwIfAborted();
    lastId += 1;
    const startMs = systemClock.nowMs();
    const { text, utteranceId } = await engine.transcribe(
      { id: `bench#${lastId}`, pcm: utterance.pcm, sampleRateHz: RATE_HZ },
      { signal, language: utterance.language, window, ...(prompt === undefined ? {} : { prompt }) },
    );
    return { text, utteranceId, ms: systemClock.nowMs() - startMs };
  };
  const theirs = async (peer: FasterWhisper, utterance: Spoken) => {
    await writeFile(path, upsampled(utterance.pcm));
    return peer.transcribe(path, utterance.language);
  };
  try {
    await engine.warmUp();
    for (const peer of [one, two]) await theirs(peer, spoken[0] as Spoken);
    const races = { en: newRace(), sn: newRace() };
    for (const utterance of pairsOf(spoken)) {
      const race = races[utterance.language];
      // In turn on each utterance, ours before and after: what else the machine does meets all alike.
      const before = (await ours(utterance, 'short')).ms;
      const single = (await theirs(one, utterance)).ms;
      const double = (await theirs(two, utterance)).ms;
      const mine = (before + (await ours(utterance, 'short')).ms) / 2;
      race.ours.push(mine);
      race.one.push(single);
      race.two.push(double);
      say(
        `${utterance.language}, 5 s: ${mine.toFixed(0)} ms, faster-whisper ${single.toFixed(0)} and ${double.toFixed(0)} ms`,
      );
    }
    const errors = { short: new Errors(), full: new Errors(), peer: new Errors() };
    const scoreMs: number[] = [];
    let right = 0;
    for (const utterance of spoken) {
      const short = await ours(utterance, 'short', prompts[utterance.language]);
      if (utterance.language === 'sn') {
        const startMs = systemClock.nowMs();
        await engine.score(short.utteranceId, phrases.slice(0, 12), { signal });
        scoreMs.push(systemClock.nowMs() - startMs);
        const scores = await engine.score(short.utteranceId, phrases, { signal });
        if (phrases[scores.indexOf(Math.max(...scores))] === utterance.text) right += 1;
      }
      const full = await ours(utterance, 'full', prompts[utterance.language]);
      errors.short.add(utterance, short.text);
      errors.full.add(utterance, full.text);
      if (utterance.language === 'en' && utterance.speakingRate === 1) {
        errors.peer.add(utterance, (await theirs(one, utterance)).text);
      }
      say(`"${utterance.text}" short "${short.text}" full "${full.text}"`);
    }
    return {
      figures: {
        ratioOneThread: ratios(races.en.one, races.en.ours),
        ratioTwoThreads: ratios(races.en.two, races.en.ours),
        ratioOneThreadShona: ratios(races.sn.one, races.sn.ours),
        transcribe5sMs: distributionOf(races.en.ours),
        fasterWhisper5sMs: distributionOf(races.en.one),
        cerShortPercent: errors.short.percent('en'),
        cerFullPercent: errors.full.percent('en'),
        cerFasterWhisperPercent: errors.peer.percent('en'),
        cerShortShonaPercent: errors.short.percent('sn'),
        cerFullShonaPercent: errors.full.percent('sn'),
        score12PhrasesMs: distributionOf(scoreMs),
        scoreRightPercent: { value: round((100 * right) / phrases.length, 1), n: phrases.length },
      },
    };
  } finally {
    await engine.dispose();
  }
}

interface Race {
  readonly ours: number[];
  readonly one: number[];
  readonly two: number[];
}

function newRace(): Race {
  return { ours: [], one: [], two: [] };
}

function ratios(theirs: readonly number[], ours: readonly number[]): Distribution {
  return distributionOf(
    theirs.map((ms, i) => ms / (ours[i] as number)),
    2,
  );
}

async function speakAll(voice: WhisperBenchOptions['voice'], signal: AbortSignal): Promise<readonly Spoken[]> {
  const shona = await VitsEngine.create({ kind: 'piper', ...voice });
  const english = await VitsEngine.create({ kind: 'piper', ...voice, toIpa: (ipa) => ipa });
  try {
    const spoken: Spoken[] = [];
    for (const speakingRate of SPEAKING_RATES) {
      for (const sentence of BENCH_SENTENCES) {
        if (sentence.language === 'sn' && speakingRate !== 1) continue;
        const engine = sentence.language === 'en' ? english : shona;
        const chunks: number[] = [];
        for await (const chunk of engine.synthesize(sentence.spoken, { signal, noiseScale: 0, speakingRate })) {
          chunks.push(...chunk);
        }
        const pcm = throughTelephone(Float32Array.from(chunks), engine.sampleRateHz);
        spoken.push({ ...sentence, speakingRate, pcm });
      }
    }
    return spoken;
  } finally {
    await shona.dispose();
    await english.dispose();
  }
}

/** 8 kHz and mu-law, as Twilio delivers it. */
function throughTelephone(samples: Float32Array, fromHz: number): Int16Array {
  const narrow = resample(samples, { fromHz, toHz: RATE_HZ });
  const pcm = new Int16Array(narrow.length + 2 * EDGE_SAMPLES);
  narrow.forEach((value, i) => (pcm[EDGE_SAMPLES + i] = Math.max(-32768, Math.min(32767, Math.round(value * 32768)))));
  const bytes = new Uint8Array(pcm.length);
  muLaw.encodeInto(bytes, pcm);
  muLaw.decodeInto(pcm, bytes);
  return pcm;
}

function upsampled(pcm: Int16Array): Float32Array {
  return resample(
    Float32Array.from(pcm, (value) => value / 32768),
    { fromHz: RATE_HZ, toHz: 16000 },
  );
}

/** Two sentences of one language with a breath between them, wherever that gives about 5 s. */
function pairsOf(spoken: readonly Spoken[]): readonly Spoken[] {
  const pairs: Spoken[] = [];
  for (const language of ['en', 'sn'] as const) {
    const mine = spoken.filter((each) => each.language === language && each.speakingRate === 1);
    const found: Spoken[] = [];
    for (const [i, first] of mine.entries()) {
      for (const second of mine.slice(i + 1)) {
        const ms = ((first.pcm.length + second.pcm.length + PAUSE_SAMPLES) * 1000) / RATE_HZ;
        if (ms < MIN_5S_MS || ms > MAX_5S_MS) continue;
        const pcm = new Int16Array(first.pcm.length + PAUSE_SAMPLES + second.pcm.length);
        pcm.set(first.pcm);
        pcm.set(second.pcm, first.pcm.length + PAUSE_SAMPLES);
        found.push({ language, text: `${first.text} ${second.text}`, spoken: '', speakingRate: 1, pcm });
        break;
      }
    }
    pairs.push(...found.slice(0, PAIRS));
  }
  return pairs;
}

/** Character errors, case, punctuation and the spelling of numbers left out of account. */
class Errors {
  readonly #rows: { readonly language: string; readonly errors: number; readonly characters: number }[] = [];

  add({ language, text }: BenchSentence, heard: string): void {
    const expected = normalise(text);
    this.#rows.push({ language, errors: editDistance(expected, normalise(heard)), characters: expected.length });
  }

  percent(language: string): Share {
    const rows = this.#rows.filter((row) => row.language === language);
    const sum = (pick: (row: (typeof rows)[number]) => number): number => rows.reduce((all, row) => all + pick(row), 0);
    return { value: round((100 * sum((row) => row.errors)) / sum((row) => row.characters), 2), n: rows.length };
  }
}

const NUMBERS: Readonly<Record<string, string>> = {
  '2': 'two',
  '3': 'three',
  '7': 'seven',
  '10': 'ten',
  '20': 'twenty',
};

function normalise(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/\d+/g, (digits) => NUMBERS[digits] ?? digits)
    .replaceAll(/[^\p{L}\p{N} ]/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, (previous[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    previous = row;
  }
  return previous[b.length] as number;
}
