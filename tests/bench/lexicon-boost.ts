/**
 * What the lexicon's boost is worth, and at which strength it begins to put words into callers' mouths:
 *   node tests/bench/lexicon-boost.ts [--other sentences.tsv] [--count 30] [--widths 1,4] [--thorough] [--cache DIR] [--json FILE]
 * Every way of asking of the example hotline is spoken over 8 kHz mu-law and decoded with the lexicon of the whole hotline, of
 * the hotline without that sentence (somebody who words it otherwise), and sentences of another table with the lexicon of a
 * hotline that they have nothing to do with. The best strength of one half of the sentences is reported on the other half.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openLocalModels } from '#models/catalogue.ts';
import { lexiconPrompt } from '#pipeline/dialogue/lexicon.ts';
import { unprimedWords } from '#pipeline/recognition/lexicon-trie.ts';
import { LogMel } from '#pipeline/recognition/log-mel.ts';
import { speechMs } from '#pipeline/recognition/speech-time.ts';
import { WhisperTokenizer } from '#pipeline/recognition/tokenizer.ts';
import { WhisperDecoder } from '#pipeline/recognition/whisper-decoder.ts';
import { WhisperSessions } from '#pipeline/recognition/whisper-sessions.ts';
import { loadHotline } from '#prompts/load.ts';
import { MANNERS, outOfDomain, sentencesOf, withoutQuestion } from './card-observations.ts';
import { openTelephoneSpeech } from './telephone-speech.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';

const { values: args } = parseArgs({
  options: {
    other: { type: 'string' },
    count: { type: 'string', default: '30' },
    hotline: { type: 'string', default: 'kiriniki' },
    strengths: { type: 'string', default: '0,0.5,1,1.5,2,3' },
    widths: { type: 'string', default: '1,4' },
    thorough: { type: 'boolean', default: false },
    cache: { type: 'string', default: join(tmpdir(), 'inzwa-lexicon-boost') },
    json: { type: 'string' },
  },
});

type Kind = 'as asked' | 'worded otherwise' | 'something else';

interface Case {
  readonly kind: Kind;
  readonly said: string;
  readonly manner: (typeof MANNERS)[number];
}

interface Outcome {
  readonly kind: Kind;
  readonly said: string;
  readonly manner: string;
  readonly isPrompted: boolean;
  readonly strength: number;
  readonly width: number;
  readonly text: string;
  readonly avgLogProb: number;
  readonly decoderMs: number;
}

const numbers = (list: string): readonly number[] => list.split(',').map(Number);
const strengths = numbers(args.strengths);
const widths = numbers(args.widths);
const hotline = loadHotline(args.hotline);
const { language } = hotline.pack;
const asked = sentencesOf(hotline).filter(({ expected }) => expected?.startsWith('intent:') === false);
const other = args.other === undefined ? [] : outOfDomain(args.other, Number(args.count));

const inManners = (kind: Kind, said: string, turn: number): readonly Case[] =>
  (args.thorough ? MANNERS : [MANNERS[turn % MANNERS.length]!]).map((manner) => ({ kind, said, manner }));
const cases: readonly Case[] = [
  ...asked.flatMap(({ said }, turn) => [
    ...inManners('as asked', said, turn),
    ...inManners('worded otherwise', said, turn),
  ]),
  ...other.flatMap(({ said }, turn) => inManners('something else', said, turn)),
];

const lexiconOf = (known: Hotline): readonly string[] => sentencesOf(known).map(({ said }) => said);

async function observe(): Promise<readonly Outcome[]> {
  mkdirSync(args.cache, { recursive: true });
  const file = join(args.cache, 'outcomes.json');
  const outcomes = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Outcome[]) : [];
  const keyOf = (one: Omit<Outcome, 'text' | 'avgLogProb' | 'decoderMs'>): string =>
    [one.kind, one.said, one.manner, one.isPrompted, one.strength, one.width].join('|');
  const known = new Set(outcomes.map(keyOf));
  const speech = await openTelephoneSpeech(join(args.cache, 'speech'));
  const model = await (await openLocalModels()).open('whisper-base');
  const sessions = await WhisperSessions.create(
    {
      encoderPath: model.files['encoder']!,
      decoderPath: model.files['decoder']!,
      scorerPath: model.files['scorer']!,
    },
    1,
  );
  const tokenizer = await WhisperTokenizer.open(model.files['tokenizer']!);
  const decoder = new WhisperDecoder({
    sessions,
    tokenizer,
    silence: () => Promise.reject(new Error('not asked for')),
  });
  const mel = new LogMel(8000, sessions.shape.melBands);
  for (const [index, { kind, said, manner }] of cases.entries()) {
    const configurations = [true, false].flatMap((isPrompted) =>
      strengths.flatMap((strength) => widths.map((width) => ({ isPrompted, strength, width }))),
    );
    // A beam of one is the greedy decoder: it knows no lexicon.
    const missing = configurations.filter(
      (one) => (one.width > 1 || one.strength === 0) && !known.has(keyOf({ kind, said, manner: manner.name, ...one })),
    );
    if (missing.length === 0) continue;
    const here = kind === 'worded otherwise' ? withoutQuestion(hotline, said) : hotline;
    const lexicon = lexiconOf(here);
    const pcm = await speech.speak(language.speakable(said), manner);
    // A second of silence behind the speech, as the engine has it.
    const frames = 2 * Math.ceil((pcm.length / 80 + 100) / 2);
    const audio = await sessions.encode(mel.compute(pcm, frames), frames);
    for (const { isPrompted, strength, width } of missing) {
      const prompt = isPrompted ? lexiconPrompt(here) : undefined;
      const words = unprimedWords(lexicon, prompt);
      const startMs = performance.now();
      const listening = await decoder.listen({
        audio,
        language: tokenizer.language('sn'),
        prompt,
        speechMs: speechMs(pcm, 8000),
        betweenSteps: async () => {
          await setImmediate();
        },
      });
      const isPlain = strength === 0 && width === 1;
      const reading = isPlain
        ? await listening.greedily()
        : (await listening.search({ words, strength, width, alternatives: 0 }))[0];
      const decoderMs = performance.now() - startMs;
      const { text = '', avgLogProb = 0 } = reading ?? {};
      outcomes.push({ kind, said, manner: manner.name, isPrompted, strength, width, text, avgLogProb, decoderMs });
    }
    if (index % 10 === 9 || index === cases.length - 1) {
      writeFileSync(file, JSON.stringify(outcomes));
      console.error(`${index + 1} of ${cases.length}`);
    }
  }
  writeFileSync(file, JSON.stringify(outcomes));
  await sessions.dispose();
  await speech.dispose();
  const wanted = new Set(cases.map(({ kind, said, manner }) => [kind, said, manner.name].join('|')));
  return outcomes.filter((one) => wanted.has([one.kind, one.said, one.manner].join('|')));
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}']+/gu, ' ')
    .trim();

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

const lexiconWords = new Set(
  lexiconOf(hotline)
    .flatMap((text) => plain(text).split(' '))
    .filter(({ length }) => length > 3),
);

interface Figures {
  readonly n: number;
  /** Characters wrong, of 100 said; no utterance counts more than twice its length. */
  readonly cer: number;
  /** Words of the lexicon, of four letters and more, heard where nobody said them, in 100 utterances. */
  readonly falseWords: number;
  readonly exact: number;
  readonly medianMs: number;
}

function figuresOf(outcomes: readonly Outcome[]): Figures {
  let [wrong, length, falseWords, exact] = [0, 0, 0, 0];
  for (const { said, text } of outcomes) {
    const [reference, heard] = [plain(language.speakable(said)), plain(text)];
    const errors = Math.min(distance(reference, heard), 2 * reference.length);
    wrong += errors;
    length += reference.length;
    if (errors === 0) exact += 1;
    const spoken = new Set(reference.split(' '));
    falseWords += heard.split(' ').filter((word) => lexiconWords.has(word) && !spoken.has(word)).length;
  }
  const n = outcomes.length;
  const times = outcomes.map(({ decoderMs }) => decoderMs).sort((a, b) => a - b);
  return {
    n,
    cer: (100 * wrong) / Math.max(1, length),
    falseWords: (100 * falseWords) / Math.max(1, n),
    exact: (100 * exact) / Math.max(1, n),
    medianMs: times[Math.floor(n / 2)] ?? 0,
  };
}

const outcomes = await observe();
const order = [...new Set(cases.map(({ said }) => said))];
const isFitted = ({ said }: Outcome): boolean => order.indexOf(said) % 2 === 0;

function rowOf(chosen: readonly Outcome[]): Record<string, number> {
  const fit = figuresOf(chosen.filter(isFitted));
  const report = figuresOf(chosen.filter((one) => !isFitted(one)));
  return {
    n: chosen.length,
    'CER fit': Number(fit.cer.toFixed(1)),
    'CER report': Number(report.cer.toFixed(1)),
    'exact report': Number(report.exact.toFixed(0)),
    'false words fit': Number(fit.falseWords.toFixed(0)),
    'false words report': Number(report.falseWords.toFixed(0)),
    ms: Math.round(figuresOf(chosen).medianMs),
  };
}

const rows: Record<string, unknown>[] = [];
for (const kind of ['as asked', 'worded otherwise', 'something else'] as const) {
  for (const isPrompted of [true, false]) {
    for (const width of widths) {
      for (const strength of strengths) {
        const chosen = outcomes.filter(
          (one) =>
            one.kind === kind && one.isPrompted === isPrompted && one.width === width && one.strength === strength,
        );
        const label = { said: kind, prompt: isPrompted ? 'yes' : 'no', width, strength };
        if (chosen.length > 0) rows.push({ ...label, ...rowOf(chosen) });
      }
    }
  }
}
console.table(rows);
if (args.json !== undefined) writeFileSync(args.json, JSON.stringify(rows, undefined, 2));
