/**
 * What closed questions are worth, by the recogniser alone:
 *   node tests/bench/closed-sets.ts [--other sentences.tsv] [--count 30] [--thorough] [--cache DIR]
 * Every way to say yes or no and every number from 0 to 100 is spoken over 8 kHz mu-law and asked for as a closed set; so are
 * wishes, questions and other sentences that no set holds, noise and tones.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openLocalModels } from '#models/catalogue.ts';
import { WhisperEngine } from '#pipeline/recognition/whisper-engine.ts';
import { loadHotline } from '#prompts/load.ts';
import { MANNERS, outOfDomain, sentencesOf } from './card-observations.ts';
import { openTelephoneSpeech } from './telephone-speech.ts';
import type { ClosedSet } from '#pipeline/ports.ts';

const { values: args } = parseArgs({
  options: {
    other: { type: 'string' },
    count: { type: 'string', default: '30' },
    thorough: { type: 'boolean', default: false },
    cache: { type: 'string', default: join(tmpdir(), 'inzwa-lexicon-boost') },
  },
});

const hotline = loadHotline('kiriniki');
const { language, classes } = hotline.pack;
const { signal } = new AbortController();
const speech = await openTelephoneSpeech(join(args.cache, 'speech'));
const model = await (await openLocalModels()).open('whisper-base');
const engine = await WhisperEngine.create({
  encoderPath: model.files['encoder']!,
  decoderPath: model.files['decoder']!,
  scorerPath: model.files['scorer']!,
  tokenizerPath: model.files['tokenizer']!,
  language: 'sn',
});

interface Spoken {
  readonly said: string;
  readonly pcm: Int16Array;
}

async function spoken(texts: readonly string[], inEvery = args.thorough): Promise<readonly Spoken[]> {
  const all: Spoken[] = [];
  for (const [turn, said] of texts.entries()) {
    for (const manner of inEvery ? MANNERS : [MANNERS[turn % MANNERS.length]!]) {
      all.push({ said, pcm: await speech.speak(language.speakable(said), manner) });
    }
  }
  return all;
}

/** The same noise in every run. */
function noise(samples: number, amplitude: number): Int16Array {
  let state = 1;
  return Int16Array.from({ length: samples }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return amplitude * ((2 * state) / 2_147_483_647 - 1);
  });
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}]+/gu, ' ')
    .trim();
const yesWords = new Set(classes.yes.forms.map(plain));
const yesNo: ClosedSet = { kind: 'phrases', texts: [...classes.yes.forms, ...classes.no.forms] };
const numbers = Array.from({ length: 101 }, (_, n) => language.speakable(String(n)));
const numberPhrases: ClosedSet = { kind: 'phrases', texts: numbers };
const numberWords: ClosedSet = { kind: 'words', texts: [...new Set(numbers.flatMap((text) => text.split(' ')))] };

const outside = await spoken(
  [
    ...[classes.greeting, classes.repeat, classes.thanks, classes.human].flatMap(({ forms }) => forms),
    ...sentencesOf(hotline)
      .map(({ said }) => said)
      .filter((_, at) => at % 5 === 0),
    ...(args.other === undefined ? [] : outOfDomain(args.other, Number(args.count)).map(({ said }) => said)),
  ].filter((text) => !text.startsWith('-')),
  false,
);
const sounds: readonly Spoken[] = [3000, 8000, 24_000].flatMap((samples) =>
  [300, 3000].flatMap((amplitude) => [
    { said: '', pcm: noise(samples, amplitude) },
    { said: '', pcm: Int16Array.from({ length: samples }, (_, at) => amplitude * Math.sin(at * 0.34)) },
  ]),
);

const rows: Record<string, unknown>[] = [];
async function measure(
  title: string,
  heard: readonly Spoken[],
  closed: ClosedSet,
  isRight: (said: string, text: string) => boolean,
): Promise<void> {
  let [right, wrong, doubted, nearly] = [0, 0, 0, 0];
  const times: number[] = [];
  for (const [index, { said, pcm }] of heard.entries()) {
    const utterance = { id: `${title}#${index}`, pcm, sampleRateHz: 8000 };
    const transcript = await engine.transcribe(utterance, { signal, closed, alternatives: 2 });
    const texts = [transcript.text, ...(transcript.alternatives ?? []).map(({ text }) => text)];
    if (said !== '' && texts.some((text) => isRight(said, text))) nearly += 1;
    if (transcript.doubt !== undefined) doubted += 1;
    else if (isRight(said, transcript.text)) right += 1;
    else wrong += 1;
    times.push(transcript.timings.decoderMs);
  }
  const ms = Math.round(times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0);
  rows.push({ asked: title, n: heard.length, right, wrong, doubted, 'among three': nearly, ms });
  console.error(JSON.stringify(rows.at(-1)));
}

const isSameMeaning = (said: string, text: string): boolean => yesWords.has(plain(said)) === yesWords.has(plain(text));
const isSame = (said: string, text: string): boolean => plain(said) === plain(text);
const never = (): boolean => false;
await measure('yes or no', await spoken(yesNo.texts), yesNo, isSameMeaning);
await measure('0 to 100 as phrases', await spoken(numbers), numberPhrases, isSame);
await measure('0 to 100 as words', await spoken(numbers), numberWords, isSame);
for (const [name, closed] of [
  ['yes or no', yesNo],
  ['0 to 100 as phrases', numberPhrases],
  ['0 to 100 as words', numberWords],
] as const) {
  await measure(`${name}, something else said`, outside, closed, never);
  await measure(`${name}, noise and tones`, sounds, closed, never);
}
console.table(rows);
await engine.dispose();
await speech.dispose();
