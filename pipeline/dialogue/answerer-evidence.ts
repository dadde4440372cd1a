/**
 * What text and audio say together about the choices of a hotline: the choice that both favour, and how probable it is that
 * the caller meant it. Pure.
 */
import type { Baseline } from './answerer-baseline.ts';
import type { Matches } from './matching.ts';

/** A phrase to score against the audio, and the choice (card id or `intent:…`) it stands for. */
export interface Candidate {
  readonly choiceId: string;
  readonly phrase: string;
}

export interface AudioScore extends Candidate {
  /** Mean log-likelihood per token, as `Recognizer.score` gives it. */
  readonly score: number;
}

/** What a choice has going for it; the numbers that the model below is made of. */
export interface Features {
  /** Likeness of its best phrase to the transcript, 0 to 1. */
  readonly like: number;
  /** Likelihood of its best phrase under the audio, the baseline's share taken out. */
  readonly lift: number;
  /** `lift` less that of the best other choice. */
  readonly liftLead: number;
  /** How much worse a telling word of its best phrase was heard than the rest of it, 0 to 1 (word-support.ts). */
  readonly wordGap: number;
}

export type Coefficients = Readonly<Record<keyof Features | 'constant', number>>;

/**
 * Of a logistic model. Fitted first by tests/bench/card-fit.ts, then moved by hand where its halves disagreed (plain Whisper
 * base, one synthetic voice in four manners, 8 kHz mu-law, white noise down to 15 dB): likeness to the text tells little once
 * the missing words are counted, the lead over other choices much. Real callers have not been heard yet.
 */
export const COEFFICIENTS: Coefficients = { like: 0.5, lift: 1.2, liftLead: 2.2, wordGap: -10, constant: 1.3 };

/** What a phrase is charged when there is no text to find its words in: the audio alone must be plainer. */
const GAP_WITHOUT_TEXT = 0.15;
/** Mean over the example hotline's phrases, for phrases without a baseline of their own. */
const USUAL_BASELINE = -7.1;
/** How much of the baseline is taken out; 0.4 to 0.8 were equally good, 0 and 1 worse. */
const BASELINE_SHARE = 0.6;
/** What likeness to the text counts beside the audio when the choices are put in order. */
const LIKENESS_WEIGHT = 0.7;
/** Median of the synthetic callers: 168 ms a syllable, about two sounds. */
const MS_PER_SOUND = 84;

export interface Weighed {
  readonly choiceId: string;
  /** Its phrase that fits best. */
  readonly phrase: string;
  readonly runnerUp: string;
  readonly features: Features;
  /** That the caller meant it, in [0, 1]. */
  readonly probability: number;
}

export function lifted({ phrase, score }: AudioScore, baseline: Baseline): number {
  return score - BASELINE_SHARE * (baseline.get(phrase) ?? USUAL_BASELINE);
}

/** How unlike the length of a phrase is to that of an utterance, silence included. */
export function lengthError(sounds: number, audioMs: number | undefined): number {
  return audioMs === undefined || audioMs <= 0 ? 0 : Math.abs(Math.log((sounds * MS_PER_SOUND) / audioMs));
}

export interface Weighing {
  readonly baseline: Baseline;
  /** `wordGap` of a phrase; undefined: there is no text. */
  readonly gapOf?: ((phrase: string) => number) | undefined;
  /** @defaultValue COEFFICIENTS */
  readonly coefficients?: Coefficients | undefined;
}

/** The choice that text and audio favour; undefined when fewer than two choices were scored. */
export function weigh(
  matches: Matches,
  audioScores: readonly AudioScore[],
  { baseline, gapOf, coefficients = COEFFICIENTS }: Weighing,
): Weighed | undefined {
  const likenessOf = new Map(matches.questions.map((match) => [match.question, match]));
  const heard = audioScores.map((scored) => ({
    choiceId: scored.choiceId,
    phrase: scored.phrase,
    lift: lifted(scored, baseline),
    like: likenessOf.get(scored.phrase)?.score ?? 0,
  }));
  const lifts = bestOf(heard.map((one) => ({ ...one, value: one.lift })));
  const order = bestOf(heard.map((one) => ({ ...one, value: one.lift + LIKENESS_WEIGHT * one.like })));
  const [first, second] = [...order.values()].sort((a, b) => b.value - a.value);
  if (first === undefined || second === undefined) return undefined;
  const { choiceId, phrase } = first;
  const like = matches.ranked.find((match) => match.choiceId === choiceId)?.score ?? 0;
  const lift = lifts.get(choiceId)?.value ?? -Infinity;
  const features: Features = {
    like,
    lift,
    liftLead: lift - bestOther(lifts, choiceId),
    wordGap: gapOf?.(phrase) ?? GAP_WITHOUT_TEXT,
  };
  const probability = probabilityOf(features, coefficients);
  return { choiceId, phrase, runnerUp: second.choiceId, features, probability };
}

export function probabilityOf(features: Features, coefficients: Coefficients = COEFFICIENTS): number {
  let sum = coefficients.constant;
  for (const [name, value] of Object.entries(features) as [keyof Features, number][]) sum += coefficients[name] * value;
  return 1 / (1 + Math.exp(-sum));
}

interface Valued extends Candidate {
  readonly value: number;
}

/** The best phrase of each choice. */
function bestOf(all: readonly Valued[]): ReadonlyMap<string, Valued> {
  const best = new Map<string, Valued>();
  for (const one of all) if (one.value > (best.get(one.choiceId)?.value ?? -Infinity)) best.set(one.choiceId, one);
  return best;
}

function bestOther(values: ReadonlyMap<string, Valued>, choiceId: string): number {
  let best = -Infinity;
  for (const [id, { value }] of values) if (id !== choiceId) best = Math.max(best, value);
  return best;
}
