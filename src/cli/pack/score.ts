/** `inzwa pack score`: a card that says how far a language pack carries. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import { openLocalModels, type LocalModels } from '#models/catalogue.ts';
import { fixedTexts, type Hotline } from '#pipeline/dialogue/hotline.ts';
import { fixedInterviewTexts } from '#pipeline/interview/flow-words.ts';
import { measureCards } from '../bench/cards.ts';
import { MANNERS } from '../bench/cards/caller-voice.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { createTerminal } from '../terminal.ts';
import { coverage, reviewState } from './coverage.ts';
import { readPack, type PackContents } from './entries.ts';
import { packArguments } from './pack-arguments.ts';
import type { CardsFound, NotMeasured, PackScore } from './pack-score.ts';
import { roundTrips, unsayable } from './round-trip.ts';
import { renderCard } from './score-card.ts';
import { voiceSounds } from './voice-sounds.ts';

const HELP = `Usage: npm run inzwa -- pack score [options]

Prints what a pack covers, what of it nobody has reviewed, whether what the text front end reads is heard as the same
value again, whether the voice has a sound for all of it, and which cards are found when each way of asking is said by
the voice over a telephone line and recognised. Exit code 1 when the pack cannot be used.

  --quick           a tenth of the values and every eighth way of asking
  --json FILE       writes all of it to FILE
  --language CODE   default: sn
  --prompts FOLDER  other packs than those that come with the program
  --help            shows this`;

const VALUES = 2000;
const QUICK_VALUES = 200;
const QUICK_EVERY = 8;
const SEED = 6;
/** Whose voice and recogniser are measured. */
const PROFILE = 'default';

export async function run(args: readonly string[]): Promise<number> {
  const { language, promptsDir, isHelp, others } = packArguments(args, HELP, {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
  });
  const terminal = createTerminal();
  if (isHelp) {
    terminal.line(HELP);
    return 0;
  }
  const contents = readPack(language, promptsDir);
  const first = contents.hotlines[0];
  if (first === undefined || contents.faults.length > 0) {
    for (const fault of contents.faults) terminal.line(fault);
    terminal.line(`pack ${language}: not scored, because it cannot be used`);
    return 1;
  }
  using interrupt = listenForInterrupt();
  // The card alone goes to standard output.
  const progress = createTerminal({ sink: process.stderr });
  try {
    const score = await measure(contents, first, {
      models: await openLocalModels(),
      isQuick: others['quick'] === true,
      signal: interrupt.signal,
      onAsked: (done, of) => progress.status(`asking ${done} of ${of}`),
    });
    progress.status();
    terminal.line(renderCard(score));
    const path = others['json'];
    if (typeof path === 'string') await writeJson(path, score);
    return 0;
  } catch (error) {
    if (interrupt.exitCode !== undefined || isInzwaError(error, 'INZWA_CANCELLED')) return interrupt.exitCode ?? 130;
    throw error;
  }
}

interface Measuring {
  readonly models: LocalModels;
  readonly isQuick: boolean;
  readonly signal: AbortSignal;
  readonly onAsked: (done: number, of: number) => void;
}

async function measure(
  contents: PackContents,
  first: Hotline,
  { models, isQuick, signal, onAsked }: Measuring,
): Promise<PackScore> {
  const { pack } = first;
  const fixed = [...contents.hotlines.flatMap(fixedTexts), ...contents.interviews.flatMap(fixedInterviewTexts)];
  const texts = [...new Set(fixed)];
  const cards: Record<string, CardsFound | NotMeasured> = {};
  for (const hotline of contents.hotlines) {
    cards[hotline.id] = await ifModels(() => askEverything(hotline, { models, isQuick, signal, onAsked }));
  }
  return {
    language: pack.code,
    name: pack.name,
    faults: contents.faults.length,
    coverage: coverage(contents.hotlines),
    review: reviewState(contents.entries),
    roundTrips: roundTrips(pack.language, isQuick ? QUICK_VALUES : VALUES, SEED),
    sentences: { of: texts.length, unsayable: unsayable(pack.language, texts) },
    voice: await ifModels(async () =>
      voiceSounds(await models.open(models.profile(PROFILE).tts), pack.language, texts),
    ),
    cards,
  };
}

/** In the plainest manner, over mu-law; audio and transcripts are kept beside the models for the next time. */
async function askEverything(hotline: Hotline, { models, isQuick, signal, onAsked }: Measuring): Promise<CardsFound> {
  const cacheDir = join(models.folder, 'synthetic-callers');
  await mkdir(cacheDir, { recursive: true });
  const { asked, intents, other, misses } = await measureCards({
    hotline,
    seed: SEED,
    withLexicon: true,
    manners: MANNERS.slice(0, 1),
    every: isQuick ? QUICK_EVERY : 1,
    cacheDir,
    signal,
    onProgress: onAsked,
  });
  return { asked, intents, other, misses };
}

/** A machine without the models can still score the text. */
async function ifModels<T>(work: () => Promise<T>): Promise<T | NotMeasured> {
  try {
    return await work();
  } catch (error) {
    if (isInzwaError(error, 'INZWA_MODEL_MISSING')) return { notMeasured: error.message };
    throw error;
  }
}

async function writeJson(path: string, score: PackScore): Promise<void> {
  await writeFile(path, `${JSON.stringify(score, undefined, 2)}\n`).catch((error: unknown) => {
    throw new InzwaError('INZWA_CONFIG_INVALID', `${path} cannot be written; choose another --json`, { cause: error });
  });
}
