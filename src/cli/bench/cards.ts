/**
 * How often the right card is found from recognised speech, and how often a wrong one is answered: every way of asking, said
 * by a synthetic caller in several manners over mu-law, through the recogniser and the decision of a call.
 */
import { systemClock } from '#kernel/clock.ts';
import { Hearing, type Understood } from '#pipeline/dialogue/answerer-hearing.ts';
import type { DialogueState } from '#pipeline/dialogue/answerer.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { LINE_RATE_HZ, MANNERS, type Manner } from './cards/caller-voice.ts';
import { everyQuestion, nearSentences, otherSentences, ownOtherSentences, type Sentence } from './cards/sentences.ts';
import { answererFor, openSynthetic } from './cards/synthetic-line.ts';
import { quantile } from './statistics.ts';

export interface MeasureCardsOptions {
  readonly hotline: Hotline;
  readonly seed: number;
  /** False tells the recogniser nothing of what callers may say. */
  readonly withLexicon: boolean;
  /** Whether phrases are scored against the audio. @defaultValue withLexicon */
  readonly canScore?: boolean;
  /** @defaultValue MANNERS */
  readonly manners?: readonly Manner[];
  readonly signal: AbortSignal;
  /** Keeps audio, transcripts and scores, so that a second run costs next to nothing. */
  readonly cacheDir: string;
  /** `id<TAB>text` of sentences that no card answers; undefined: only the project's own ones. */
  readonly otherPath?: string;
  /** How many of those; each is said in one manner. @defaultValue 200 */
  readonly otherCount?: number;
  /** Every so many-th question in each manner, beginning at a place of its own. @defaultValue 1 */
  readonly every?: number;
  readonly onProgress?: (done: number, of: number) => void;
}

export interface Tally {
  n: number;
  found: number;
  wrong: number;
  notUnderstood: number;
}

export interface Miss {
  readonly said: string;
  readonly manner: string;
  readonly expected: string | undefined;
  readonly answered: string | undefined;
  readonly text: string;
}

export interface CardsMeasured {
  /** Ways of asking a card. */
  readonly asked: Tally;
  /** Longer forms of intents, which are found beside the cards. */
  readonly intents: Tally;
  /** Sentences that nothing answers: `found` is always 0. */
  readonly other: Tally;
  /** The same, but a card's question save for the word that matters; not in `wrongShare`. */
  readonly near: Tally;
  readonly byManner: Readonly<Record<string, Tally>>;
  /** Wrong cards of all utterances, in [0, 1]. */
  readonly wrongShare: number;
  readonly misses: readonly Miss[];
  /** Recogniser and decision, milliseconds per utterance; what the decision adds to the transcript. */
  readonly timesMs: {
    readonly p50: number;
    readonly p95: number;
    readonly decisionP50: number;
    readonly decisionP95: number;
  };
}

const FRESH: DialogueState = { expects: 'anything', failuresInRow: 0, isLlmReady: false };

/** Loads recogniser and voice of the default profile when the cache does not hold all that is asked. */
export async function measureCards(options: MeasureCardsOptions): Promise<CardsMeasured> {
  const { hotline, withLexicon, signal } = options;
  await using line = await openSynthetic({ ...options, canScore: options.canScore ?? withLexicon });
  const { recognizer, caller } = line;
  const answerer = await answererFor(hotline, recognizer, options);
  const hearing = new Hearing({ hotline, recognizer, answerer, withLexicon });
  const said = await sayings(options);
  const tallies = { asked: newTally(), intents: newTally(), other: newTally(), near: newTally() };
  const byManner: Record<string, Tally> = {};
  const misses: Miss[] = [];
  const spent: { readonly whole: number; readonly decision: number }[] = [];
  for (const [index, { text: sentence, expected, manner, isNear }] of said.entries()) {
    signal.throwIfAborted();
    const pcm = await caller.say(sentence, manner, signal);
    const utterance = { id: `caller#${index}`, pcm, sampleRateHz: LINE_RATE_HZ };
    const before = recognizer.spentMs;
    const transcript = await hearing.transcribe(utterance, FRESH, { signal });
    const transcribed = recognizer.spentMs;
    const startMs = systemClock.nowMs();
    const understood = await hearing.decide({ transcript, utterance, state: FRESH }, { signal });
    // What came from the cache is counted with the time it took, what was asked now is in both clocks.
    const asked = recognizer.spentMs - transcribed;
    const decision = Math.max(asked, systemClock.nowMs() - startMs);
    spent.push({ whole: transcribed - before + decision, decision });
    const answered = choiceOf(understood, hotline);
    const kind = isNear ? 'near' : kindOf(expected);
    for (const tally of [tallies[kind], ...(kind === 'asked' ? [(byManner[manner.name] ??= newTally())] : [])]) {
      tally.n += 1;
      if (answered === undefined) tally.notUnderstood += 1;
      else if (answered === expected) tally.found += 1;
      else if (isHarm(answered)) tally.wrong += 1;
    }
    if (answered !== expected && (expected !== undefined || isHarm(answered))) {
      misses.push({ said: sentence, manner: manner.name, expected, answered, text: transcript.text });
    }
    options.onProgress?.(index + 1, said.length);
  }
  const wrong = tallies.asked.wrong + tallies.intents.wrong + tallies.other.wrong;
  const times = (of: 'whole' | 'decision', q: number): number =>
    quantile(
      spent.map((one) => one[of]),
      q,
    );
  return {
    ...tallies,
    byManner,
    wrongShare: wrong / Math.max(1, said.filter(({ isNear }) => !isNear).length),
    misses,
    timesMs: {
      p50: times('whole', 0.5),
      p95: times('whole', 0.95),
      decisionP50: times('decision', 0.5),
      decisionP95: times('decision', 0.95),
    },
  };
}

interface Said extends Sentence {
  readonly manner: Manner;
  readonly isNear: boolean;
}

function kindOf(expected: string | undefined): 'asked' | 'intents' | 'other' {
  if (expected === undefined) return 'other';
  return expected.startsWith('intent:') ? 'intents' : 'asked';
}

/** Every question in every manner (or one of so many in each), and each of the other sentences in one. */
async function sayings(options: MeasureCardsOptions): Promise<readonly Said[]> {
  const { hotline, manners = MANNERS, every = 1, otherPath, otherCount = 200 } = options;
  const questions = everyQuestion(hotline);
  const table = otherPath === undefined ? [] : await otherSentences(otherPath, otherCount);
  const others = [...ownOtherSentences(), ...table];
  // What is not asked at all (`otherCount` 0) has nothing near it either.
  const near = otherCount === 0 ? [] : nearSentences(hotline).filter((_, at) => at % every === 0);
  return manners.flatMap((manner, turn) => {
    const said = (sentences: readonly Sentence[], isNear: boolean): readonly Said[] =>
      sentences.map((sentence) => ({ ...sentence, manner, isNear }));
    const inTurn = (_: unknown, at: number): boolean => at % manners.length === turn;
    return [
      ...said(
        questions.filter((__, at) => at % every === turn % every),
        false,
      ),
      ...said(others.filter(inTurn), false),
      ...said(near.filter(inTurn), true),
    ];
  });
}

const newTally = (): Tally => ({ n: 0, found: 0, wrong: 0, notUnderstood: 0 });

/** The card that answers, or `intent:…`; undefined when nothing does. */
export function choiceOf(understood: Understood, hotline: Hotline): string | undefined {
  if (understood.kind === 'card') return understood.cardId;
  if (understood.kind !== 'intent') return undefined;
  if (understood.intent === 'emergency') return hotline.cards.find(({ isEmergency }) => isEmergency)?.id;
  return `intent:${understood.intent}`;
}

/** Friendly words and a fixed text with the way to a person answer nothing wrongly. */
const HARMLESS = ['backchannel', 'no', 'yes', 'greeting', 'thanks', 'sensitive'].map((intent) => `intent:${intent}`);
const isHarm = (answered: string | undefined): boolean => answered !== undefined && !HARMLESS.includes(answered);
