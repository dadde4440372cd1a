/** What the card fit is made from: sentences spoken by a synthetic voice over a telephone line, recognised and scored. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { openLocalModels } from '#models/catalogue.ts';
import { floatToPcm16 } from '#pipeline/audio/pcm.ts';
import { resample } from '#pipeline/audio/resampler.ts';
import { measureBaseline, type Baseline } from '#pipeline/dialogue/answerer-baseline.ts';
import { Answerer, type AudioScore } from '#pipeline/dialogue/answerer.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { intentChoices } from '#pipeline/dialogue/intents.ts';
import { lexiconPrompt } from '#pipeline/dialogue/lexicon.ts';
import type { Transcript } from '#pipeline/ports.ts';
import { WhisperEngine } from '#pipeline/recognition/whisper-engine.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { muLaw } from '#telephony/codec/g711.ts';

/** A way of speaking: the voice's pace, its pitch (by resampling), and white noise under it. */
export interface Manner {
  readonly name: string;
  readonly speakingRate: number;
  readonly pitch: number;
  /** Root mean square of the noise, PCM16 units; 0 for none. */
  readonly noise: number;
}

export const MANNERS: readonly Manner[] = [
  { name: 'plain', speakingRate: 1, pitch: 1, noise: 0 },
  { name: 'low and slow', speakingRate: 0.9, pitch: 0.88, noise: 0 },
  { name: 'high, fast, noisy', speakingRate: 1.15, pitch: 1.14, noise: 120 },
];

/** Whether the whole hotline was known to prompt and candidates, or all but the sentence that was spoken. */
export type Knowledge = 'all' | 'paraphrase';

export interface Observation {
  readonly said: string;
  /** The choice that is right; undefined for what no card answers. */
  readonly expected: string | undefined;
  readonly manner: string;
  readonly knowledge: Knowledge;
  readonly transcript: Transcript;
  readonly audioScores: readonly AudioScore[];
}

export interface Sentence {
  readonly said: string;
  readonly expected: string | undefined;
}

/** Phrases scored per utterance; as many as the conversation asks for. */
const CANDIDATES = 12;

/** The hotline without one way of asking: what a caller who words it differently meets. */
export function withoutQuestion(hotline: Hotline, question: string): Hotline {
  const cards = hotline.cards.map((card) => ({
    ...card,
    questions: card.questions.filter((asked) => asked !== question),
  }));
  return { ...hotline, cards };
}

/** Every way of asking, and every longer form of an intent. */
export function sentencesOf(hotline: Hotline): readonly Sentence[] {
  const choices = [...hotline.cards, ...intentChoices(hotline.pack)];
  return choices.flatMap(({ id, questions }) => questions.map((said) => ({ said, expected: id })));
}

/** Whole sentences of three to nine words from a table `id<TAB>text`, evenly taken: what callers of no card say. */
export function outOfDomain(path: string, count: number): readonly Sentence[] {
  const sentences = readFileSync(path, 'utf8')
    .split('\n')
    .slice(1)
    .flatMap((line) => (line.split('\t')[1] ?? '').split(/[.!?]/u))
    .map((text) => text.trim())
    .filter((text) => /^\S+(?: \S+){2,8}$/u.test(text));
  const step = Math.max(1, Math.floor(sentences.length / count));
  return sentences
    .filter((_, at) => at % step === 0)
    .slice(0, count)
    .map((said) => ({ said, expected: undefined }));
}

export interface Observations {
  readonly baseline: Baseline;
  readonly seen: Observation[];
}

/** What an earlier run has kept. */
export function kept(file: string): Observations {
  if (!existsSync(file)) return { baseline: new Map(), seen: [] };
  const { baseline, seen } = JSON.parse(readFileSync(file, 'utf8')) as {
    baseline: [string, number][];
    seen: Observation[];
  };
  return { baseline: new Map(baseline), seen };
}

function keep(file: string, { baseline, seen }: Observations): void {
  writeFileSync(file, JSON.stringify({ baseline: [...baseline], seen }));
}

/**
 * Speaks, recognises and scores every sentence, in one manner by turns or, thoroughly, in each; what `file` already holds is
 * not done again.
 */
export async function observe(
  hotline: Hotline,
  sentences: readonly Sentence[],
  { file, isThorough }: { readonly file: string; readonly isThorough: boolean },
): Promise<Observations> {
  const { baseline: before, seen: done } = kept(file);
  const known = new Set(done.map(({ said, manner, knowledge }) => `${said}|${manner}|${knowledge}`));
  const models = await openLocalModels();
  const whisper = await models.open('whisper-base');
  const voice = await models.open('piper-joe');
  const recogniser = await WhisperEngine.create({
    encoderPath: whisper.files['encoder'] ?? '',
    decoderPath: whisper.files['decoder'] ?? '',
    scorerPath: whisper.files['scorer'] ?? '',
    tokenizerPath: whisper.files['tokenizer'] ?? '',
    language: 'sn',
  });
  const speaker = await VitsEngine.create({
    modelPath: voice.files['model'] ?? '',
    configPath: voice.files['config'] ?? '',
    kind: 'piper',
  });
  const { signal } = new AbortController();
  const { phrases } = new Answerer(hotline);
  const isMeasured = phrases.every((phrase) => before.has(phrase));
  const baseline = isMeasured ? before : await measureBaseline(recogniser, phrases, { signal });
  let count = 0;
  const turns = { asked: 0, other: 0 };
  for (const { said, expected } of sentences) {
    const turn = expected === undefined ? turns.other++ : turns.asked++;
    const manners = isThorough ? MANNERS : [MANNERS[turn % MANNERS.length]!];
    for (const manner of manners) {
      const kinds: readonly Knowledge[] =
        expected === undefined || expected.startsWith('intent:') ? ['all'] : ['all', 'paraphrase'];
      let pcm: Int16Array | undefined;
      for (const knowledge of kinds) {
        if (known.has(`${said}|${manner.name}|${knowledge}`)) continue;
        pcm ??= await speak(speaker, hotline.pack.language.speakable(said), manner);
        const here = knowledge === 'all' ? hotline : withoutQuestion(hotline, said);
        const answerer = new Answerer(here);
        const id = `${count}#${manner.name}#${knowledge}`;
        const transcript = await recogniser.transcribe(
          { id, pcm, sampleRateHz: 8000 },
          { signal, prompt: lexiconPrompt(here) },
        );
        const candidates = answerer.candidatesFor(answerer.match(transcript.text), CANDIDATES, transcript.audioMs);
        const scores = await recogniser.score(
          id,
          candidates.map(({ phrase }) => phrase),
          { signal },
        );
        const audioScores = candidates.map((candidate, at) => ({ ...candidate, score: scores[at] ?? -Infinity }));
        done.push({ said, expected, manner: manner.name, knowledge, transcript, audioScores });
      }
    }
    count += 1;
    if (count % 10 === 0) {
      keep(file, { baseline, seen: done });
      console.error(`${count} of ${sentences.length} sentences`);
    }
  }
  keep(file, { baseline, seen: done });
  await recogniser.dispose();
  await speaker.dispose();
  return { baseline, seen: done };
}

/** One sentence as it comes out of a mu-law line at 8 kHz. */
async function speak(speaker: VitsEngine, text: string, { speakingRate, pitch, noise }: Manner): Promise<Int16Array> {
  const chunks: Float32Array[] = [];
  const { signal } = new AbortController();
  for await (const chunk of speaker.synthesize(text, { signal, speakingRate: speakingRate / pitch }))
    chunks.push(chunk);
  const whole = new Float32Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  // A multiple of 50 Hz keeps the resampler's table small.
  const fromHz = Math.round((speaker.sampleRateHz * pitch) / 50) * 50;
  const pcm = new Int16Array(Math.ceil((whole.length * 8000) / fromHz) + 8);
  const length = floatToPcm16(pcm, resample(whole, { fromHz, toHz: 8000 }).subarray(0, pcm.length));
  for (let index = 0; index < length; index += 1) pcm[index] = (pcm[index] ?? 0) + gaussian(index) * noise;
  const wire = new Uint8Array(length);
  muLaw.encodeInto(wire, pcm.subarray(0, length));
  const heard = new Int16Array(length);
  muLaw.decodeInto(heard, wire);
  return heard;
}

/** The same noise in every run: a hash of the position, two of them make a bell curve good enough here. */
function gaussian(index: number): number {
  let sum = 0;
  for (let term = 0; term < 6; term += 1) {
    const mixed = Math.sin((index * 6 + term) * 12.9898) * 43_758.5453;
    sum += mixed - Math.floor(mixed);
  }
  return (sum - 3) * Math.SQRT2;
}
