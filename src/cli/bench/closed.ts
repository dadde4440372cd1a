/**
 * How well closed questions are answered: yes and no in many forms, one of five choices, numbers and telephone numbers, said by
 * the synthetic caller over mu-law and decoded against what can be answered.
 */
import { ClosedLineReader, type ClosedMeaning } from './cards/closed-reading.ts';
import { MANNERS, LINE_RATE_HZ, type Manner } from './cards/caller-voice.ts';
import { closedSayings, type ClosedSaying } from './cards/closed-sentences.ts';
import { openSynthetic } from './cards/synthetic-line.ts';
import type { ClosedQuestion } from '#pipeline/dialogue/closed-question.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';

export interface MeasureClosedOptions {
  readonly hotline: Hotline;
  readonly seed: number;
  /** @defaultValue MANNERS */
  readonly manners?: readonly Manner[];
  readonly signal: AbortSignal;
  /** Keeps audio, transcripts and scores, so that a second run costs next to nothing. */
  readonly cacheDir: string;
  /** Every so many-th utterance in each manner. @defaultValue 1 */
  readonly every?: number;
  readonly onProgress?: (done: number, of: number) => void;
}

export interface ClosedTally {
  n: number;
  right: number;
  wrong: number;
  unclear: number;
  /** Right ones that are to be read back before anything is done by them. */
  readBack: number;
}

export interface ClosedMiss {
  readonly kind: ClosedSaying['kind'];
  readonly said: string;
  readonly manner: string;
  readonly expected: string;
  readonly answered: string;
  readonly text: string;
}

export interface ClosedMeasured {
  readonly byKind: Readonly<Record<ClosedSaying['kind'], ClosedTally>>;
  /** What is no answer at all: `right` are the ones left unclear. */
  readonly other: ClosedTally;
  readonly misses: readonly ClosedMiss[];
}

export async function measureClosed(options: MeasureClosedOptions): Promise<ClosedMeasured> {
  const { hotline, manners = MANNERS, signal, every = 1 } = options;
  await using line = await openSynthetic({ ...options, canScore: true });
  const sayings = closedSayings(hotline, options.seed);
  const said = manners.flatMap((manner, turn) =>
    sayings.filter((_, at) => at % every === turn % every).map((saying) => ({ saying, manner })),
  );
  const byKind = { 'yes-no': tally(), choice: tally(), number: tally(), digits: tally() };
  const other = tally();
  const misses: ClosedMiss[] = [];
  const readers = new Map<ClosedQuestion, ClosedLineReader>();
  for (const [index, { saying, manner }] of said.entries()) {
    signal.throwIfAborted();
    const pcm = await line.caller.say(saying.text, manner, signal);
    const utterance = { id: `caller#${index}`, pcm, sampleRateHz: LINE_RATE_HZ };
    let reader = readers.get(saying.question);
    if (reader === undefined) {
      reader = await ClosedLineReader.open(saying.question, {
        pack: hotline.pack,
        recognizer: line.recognizer,
        signal,
      });
      readers.set(saying.question, reader);
    }
    const { meaning, text, needsReadBack } = await reader.read(utterance);
    count(saying.expected === undefined ? other : byKind[saying.kind], saying.expected, meaning, needsReadBack);
    if (meaning !== saying.expected) {
      const { kind, text: words, expected = 'nothing' } = saying;
      misses.push({ kind, said: words, manner: manner.name, expected, answered: meaning ?? 'unclear', text });
    }
    options.onProgress?.(index + 1, said.length);
  }
  return { byKind, other, misses };
}

const tally = (): ClosedTally => ({ n: 0, right: 0, wrong: 0, unclear: 0, readBack: 0 });

function count(into: ClosedTally, expected: ClosedMeaning, meaning: ClosedMeaning, needsReadBack: boolean): void {
  into.n += 1;
  if (meaning === expected) {
    into.right += 1;
    if (needsReadBack) into.readBack += 1;
  } else if (meaning === undefined) into.unclear += 1;
  else into.wrong += 1;
}
