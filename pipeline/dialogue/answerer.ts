/**
 * Decides what answers an utterance: an intent, a card, the language model, or an honest "I did not understand". Pure: it
 * is given the transcript and, if they were asked for, the likelihoods of candidate phrases under the audio. A wrong card
 * is worse than none.
 */
import type { Transcript } from '../ports.ts';
import type { Baseline } from './answerer-baseline.ts';
import type { Hotline } from './hotline.ts';
import { IntentDetector, intentChoices, intentOf, type Intent } from './intents.ts';
import { ChoiceMatcher, type ChoiceMatch, type Matches } from './matching.ts';

/**
 * Fitted with tests/bench/card-fit.ts on half of 149 spoken phrases and 70 other Shona sentences (plain Whisper base, one
 * synthetic voice in three manners, 8 kHz), then moved towards caution where a fit on so few could not tell. Real callers
 * have not been heard yet.
 */
export const THRESHOLDS = {
  /** The transcript alone carries a card. Other Shona sentences, transcribed by people, stay below 0.59. */
  textScore: 0.62,
  textMargin: 0.1,
  /** Prompted, the recogniser writes the prompt's words into noise, at 0.25 to 0.4; what it hears well has 0.4 to 0.8. */
  textConfidence: 0.4,
  /** Added to both text thresholds when the transcript is doubted. */
  doubtPenalty: 0.08,
  /** So sure that the audio need not be asked, and cannot object. */
  certainScore: 0.78,
  certainMargin: 0.25,
  certainConfidence: 0.5,
  /** Transcript and audio name the same card. */
  bothScore: 0.35,
  bothAudioMargin: 0.1,
  bothAudioScore: -1.2,
  /** The audio names another choice by so much that the transcript is not believed. */
  vetoMargin: 0.5,
  /** The audio alone: mean log-likelihood per token less its baseline's share, and its lead over the best other choice. */
  audioScore: -0.6,
  audioMargin: 0.6,
  /** An intent's phrase has at least this share of the sounds said, when the transcript alone names it. */
  intentCover: 0.8,
  /** Sentences about other things reach 0.4 with an emergency card; "Munhu atsva" (somebody is burnt) has 0.41. */
  emergencyNear: 0.4,
  /** The language model is only given words that are mostly Shona by their syllables. */
  llmNativeShare: 0.6,
  llmConfidence: 0.4,
  /** The third failure in a row offers a person. */
  failuresBeforeHuman: 3,
} as const;
/** The numbers of THRESHOLDS; another set is for fitting. */
export type Thresholds = Readonly<Record<keyof typeof THRESHOLDS, number>>;

/** What the conversation remembers for the next decision. */
export interface DialogueState {
  /** `yes-no` when the agent's last sentence was such a question. */
  readonly expects: 'anything' | 'yes-no';
  /** Turns just before this one that were not understood. */
  readonly failuresInRow: number;
  readonly lastCardId?: string;
  readonly isLlmReady: boolean;
}

/** A phrase to score against the audio, and the choice (card id or `intent:…`) it stands for. */
export interface Candidate {
  readonly choiceId: string;
  readonly phrase: string;
}

export interface AudioScore extends Candidate {
  /** Mean log-likelihood per token, as `Recognizer.score` gives it. */
  readonly score: number;
}

export interface Evidence {
  readonly transcript: Transcript;
  readonly matches: Matches;
  /** Empty when the audio was not asked. */
  readonly audioScores: readonly AudioScore[];
  readonly state: DialogueState;
}

type By = 'text' | 'audio' | 'both';

export type Decision =
  | {
      readonly kind: 'card';
      readonly cardId: string;
      readonly question: string;
      /** The text score, or the audio's likelihood when only the audio spoke. */
      readonly score: number;
      readonly margin: number;
      readonly by: By;
      readonly runnerUp?: string;
    }
  | { readonly kind: 'intent'; readonly intent: Intent; readonly by: By }
  /** `cardIds`: the nearest cards, best first, as the only source of facts. */
  | { readonly kind: 'llm'; readonly cardIds: readonly string[] }
  | { readonly kind: 'not-understood'; readonly offerHuman: boolean; readonly doubt?: Transcript['doubt'] };

interface Pick {
  readonly choiceId: string;
  readonly question: string;
  readonly score: number;
  readonly margin: number;
  readonly by: By;
  readonly runnerUp?: string;
}

/** Doubts that mean there are no words at all; with the others the text is weak evidence. */
const NO_WORDS: readonly Transcript['doubt'][] = ['no-speech', 'empty', 'prompt-echo'];

export interface AnswererOptions {
  /** From `measureBaseline`; without it every phrase is taken to be equally likely beforehand. */
  readonly baseline?: Baseline;
  /** @defaultValue THRESHOLDS */
  readonly thresholds?: Thresholds;
}

/** Mean over the example hotline's phrases, for phrases without a baseline of their own. */
const USUAL_BASELINE = -7.1;
/** How much of the baseline is taken out; 0.6 to 0.8 were equally good, 1 and 0 worse. */
const BASELINE_SHARE = 0.6;

/** Median of the synthetic callers: 168 ms a syllable, about two sounds. */
const MS_PER_SOUND = 84;
const LENGTH_WEIGHT = 0.2;

export class Answerer {
  readonly #hotline: Hotline;
  readonly #limits: Thresholds;
  readonly #baseline: Baseline;
  readonly #matcher: ChoiceMatcher;
  readonly #intents: IntentDetector;

  constructor(hotline: Hotline, { baseline, thresholds = THRESHOLDS }: AnswererOptions = {}) {
    this.#hotline = hotline;
    this.#baseline = baseline ?? new Map<string, number>();
    this.#limits = thresholds;
    this.#intents = new IntentDetector(hotline.pack);
    this.#matcher = new ChoiceMatcher([...hotline.cards, ...intentChoices(hotline.pack)], hotline.pack.language);
  }

  /** Cards and intents by likeness to a transcript's text. */
  match(text: string): Matches {
    return this.#matcher.match(text);
  }

  /** Every phrase that `candidatesFor` may name: what `measureBaseline` must score. */
  get phrases(): readonly string[] {
    return this.#matcher.match('').questions.map(({ question }) => question);
  }

  /** False when the transcript alone decides, so that the decoder batch over candidates can be spared. */
  needsAudio({ transcript, matches, state }: Omit<Evidence, 'audioScores'>): boolean {
    if (hasNoWords(transcript)) return transcript.doubt !== 'no-speech' && transcript.doubt !== 'empty';
    const said = this.#intents.detect(transcript.text, state.expects === 'yes-no');
    if (said !== undefined) return !this.#isBelieved(said, transcript, state);
    return !this.#isCertain(matches, transcript);
  }

  /**
   * At most `k` phrases worth scoring, likeliest first: by likeness to the text and by whether they take as long to say as
   * the utterance took (`audioMs`, silence included). Of 60 utterances 90 % had theirs in the first 12, 80 % when every
   * card first got one.
   */
  candidatesFor(matches: Matches, k: number, audioMs?: number): readonly Candidate[] {
    const length = (sounds: number): number =>
      audioMs === undefined ? 0 : LENGTH_WEIGHT * Math.abs(Math.log((sounds * MS_PER_SOUND) / audioMs));
    return matches.questions
      .map(({ choiceId, question, score, sounds }) => ({ choiceId, phrase: question, rank: score - length(sounds) }))
      .sort((a, b) => b.rank - a.rank)
      .slice(0, k)
      .map(({ choiceId, phrase }) => ({ choiceId, phrase }));
  }

  decide({ transcript, matches, audioScores, state }: Evidence): Decision {
    const isSilent = hasNoWords(transcript);
    const said = isSilent ? undefined : this.#intents.detect(transcript.text, state.expects === 'yes-no');
    if (said !== undefined && this.#isBelieved(said, transcript, state)) {
      return { kind: 'intent', intent: said, by: 'text' };
    }
    const offerHuman = state.failuresInRow + 1 >= this.#limits.failuresBeforeHuman;
    const { doubt } = transcript;
    const notUnderstood: Decision = { kind: 'not-understood', offerHuman, ...(doubt && { doubt }) };
    const pick = this.#pick(isSilent ? NOTHING : matches, audioScores, transcript);
    if (pick !== undefined) return this.#mayEndCall(pick, transcript) ? this.#decisionFor(pick) : notUnderstood;
    if (doubt !== undefined || !state.isLlmReady || !this.#isPlausible(transcript)) return notUnderstood;
    const cards = matches.ranked.filter(({ choiceId }) => intentOf(choiceId) === undefined).slice(0, 3);
    // What may be an emergency is no small talk: it is answered as one or asked again, never left to the language model.
    const urgent = cards.find((card) => this.#isUrgent(card.choiceId) && card.score >= this.#limits.emergencyNear);
    if (urgent === undefined) return { kind: 'llm', cardIds: cards.map(({ choiceId }) => choiceId) };
    const isTop = matches.ranked[0]?.choiceId === urgent.choiceId && urgent.score >= this.#limits.bothScore;
    return isTop ? { kind: 'intent', intent: 'emergency', by: 'text' } : notUnderstood;
  }

  /** Intents that do something need a recogniser that was sure; a greeting or a yes does no harm, an emergency always counts. */
  #isBelieved(intent: Intent, transcript: Transcript, { expects }: DialogueState): boolean {
    if (intent === 'emergency') return true;
    // A no to "anything else?" ends the call.
    const isHarmless = HARMLESS.includes(intent) && !(intent === 'no' && expects === 'yes-no');
    return isHarmless ? transcript.doubt === undefined : this.#isSure(transcript);
  }

  /** A call that is cut off cannot be mended: text and audio must both say goodbye, or the text alone and without doubt. */
  #mayEndCall({ choiceId, by }: Pick, transcript: Transcript): boolean {
    const intent = intentOf(choiceId);
    if (intent === 'goodbye') return by === 'both' || (by === 'text' && this.#isSure(transcript));
    return intent !== 'opt-out' || (by !== 'audio' && this.#isSure(transcript));
  }

  #isSure({ confidence, doubt }: Transcript): boolean {
    return doubt === undefined && confidence >= this.#limits.textConfidence;
  }

  #isUrgent(cardId: string): boolean {
    return this.#hotline.cards.some(({ id, isEmergency }) => id === cardId && isEmergency);
  }

  /** "Handisi kunzwa muviri zvakanaka" is like a request to repeat and much longer: it says something else besides. */
  #isCovered({ choiceId, question }: ChoiceMatch, { text }: Transcript): boolean {
    if (intentOf(choiceId) === undefined) return true;
    const asked = this.#hotline.pack.language.fold(question).length;
    return asked >= this.#intents.soundsBesideCourtesy(text) * this.#limits.intentCover;
  }

  #isCertain({ ranked, margin }: Matches, { confidence, doubt }: Transcript): boolean {
    const { certainScore, certainMargin, certainConfidence } = this.#limits;
    const isAlike = (ranked[0]?.score ?? 0) >= certainScore && margin >= certainMargin;
    return isAlike && confidence >= certainConfidence && doubt === undefined;
  }

  #pick(matches: Matches, audioScores: readonly AudioScore[], transcript: Transcript): Pick | undefined {
    const limits = this.#limits;
    const heard = matches.ranked[0];
    const audio = bestByAudio(audioScores.map((scored) => this.#lift(scored)));
    const penalty = transcript.doubt === undefined ? 0 : limits.doubtPenalty;
    const isAgreed = heard !== undefined && audio?.choiceId === heard.choiceId;
    if (isAgreed) {
      const isCarriedByBoth = heard.score >= limits.bothScore + penalty && audio.margin >= limits.bothAudioMargin;
      if (isCarriedByBoth && audio.score >= limits.bothAudioScore) return textPick(matches, heard, 'both');
    }
    if (heard !== undefined && heard.score >= limits.textScore + penalty) {
      // A prompted recogniser writes its prompt's words into what it did not understand: an audio that plainly names
      // another choice stops all but a certain transcript.
      const isVetoed = audio !== undefined && !isAgreed && audio.margin >= limits.vetoMargin;
      const isSure = matches.margin >= limits.textMargin + penalty && transcript.confidence >= limits.textConfidence;
      const isBelieved = !isVetoed || this.#isCertain(matches, transcript);
      if (isSure && isBelieved && (isAgreed || this.#isCovered(heard, transcript))) {
        return textPick(matches, heard, isAgreed ? 'both' : 'text');
      }
      if (isSure) return undefined;
    }
    const isPlain = audio !== undefined && audio.score >= limits.audioScore && audio.margin >= limits.audioMargin;
    return isPlain ? audio : undefined;
  }

  #lift({ choiceId, phrase, score }: AudioScore): AudioScore {
    return { choiceId, phrase, score: score - BASELINE_SHARE * (this.#baseline.get(phrase) ?? USUAL_BASELINE) };
  }

  #decisionFor({ choiceId, question, score, margin, by, runnerUp }: Pick): Decision {
    const intent = intentOf(choiceId);
    if (intent !== undefined) return { kind: 'intent', intent, by };
    if (this.#isUrgent(choiceId)) return { kind: 'intent', intent: 'emergency', by };
    return { kind: 'card', cardId: choiceId, question, score, margin, by, ...(runnerUp !== undefined && { runnerUp }) };
  }

  #isPlausible({ text, confidence }: Transcript): boolean {
    const words = text.split(/[^\p{L}'’ʼ‘-]+/u).filter((word) => word !== '');
    if (words.length < 2 || confidence < this.#limits.llmConfidence) return false;
    const native = words.filter((word) => this.#hotline.pack.language.isNativeWord(word)).length;
    return native / words.length >= this.#limits.llmNativeShare;
  }
}

const HARMLESS: readonly Intent[] = ['greeting', 'thanks', 'yes', 'no', 'backchannel'];

const NOTHING: Matches = { questions: [], ranked: [], margin: 0 };

const hasNoWords = ({ text, doubt }: Transcript): boolean => text === '' || NO_WORDS.includes(doubt);

function textPick({ ranked, margin }: Matches, heard: ChoiceMatch, by: By): Pick {
  const runnerUp = ranked[1]?.choiceId;
  return {
    choiceId: heard.choiceId,
    question: heard.question,
    score: heard.score,
    margin,
    by,
    ...(runnerUp !== undefined && { runnerUp }),
  };
}

/** The likeliest choice under the audio, by its best phrase, and its lead over the best other choice. */
function bestByAudio(scores: readonly AudioScore[]): (Pick & { readonly by: 'audio' }) | undefined {
  const best = new Map<string, AudioScore>();
  for (const scored of scores) {
    if (scored.score > (best.get(scored.choiceId)?.score ?? -Infinity)) best.set(scored.choiceId, scored);
  }
  const [first, second] = [...best.values()].sort((a, b) => b.score - a.score);
  if (first === undefined || second === undefined) return undefined;
  return {
    choiceId: first.choiceId,
    question: first.phrase,
    score: first.score,
    margin: first.score - second.score,
    by: 'audio',
    runnerUp: second.choiceId,
  };
}
