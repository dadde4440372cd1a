/**
 * Decides what answers an utterance: an intent, a card, the language model, or an honest "I did not understand". Pure: it
 * is given the transcript and, if they were asked for, the likelihoods of candidate phrases under the audio. A wrong card
 * is worse than none.
 */
import type { Transcript } from '../ports.ts';
import type { Baseline } from './answerer-baseline.ts';
import { withoutPromptPieces } from './answerer-prompt.ts';
import {
  lengthError,
  weigh,
  type AudioScore,
  type Candidate,
  type Coefficients,
  type Weighed,
} from './answerer-evidence.ts';
import { ClosedQuestionReader } from './closed-question.ts';
import { HeardGuard } from './heard-guard.ts';
import type { Hotline } from './hotline.ts';
import { IntentDetector, intentChoices, intentOf, type Intent } from './intents.ts';
import { ChoiceMatcher, type ChoiceMatch, type Matches } from './matching.ts';
import { WordSupport } from './word-support.ts';

/**
 * For what the transcript says alone; with the audio's likelihoods a model decides (answerer-evidence.ts). Fitted with
 * tests/bench/card-fit.ts, then moved towards caution where a fit on so few could not tell.
 */
export const THRESHOLDS = {
  /** The transcript alone carries a card. Other Shona sentences, transcribed by people, stay below 0.59. */
  textScore: 0.62,
  textMargin: 0.1,
  /** Prompted, the recogniser writes the prompt's words into noise, at 0.25 to 0.5; what it hears well has 0.4 to 0.8. */
  textConfidence: 0.4,
  /** By text alone a choice is not taken when one of its words was heard so much worse than the others (word-support.ts). */
  textWordGap: 0.2,
  /** A card's question is said first when, by text, one word was heard so much worse and all of it is not that like, */
  readBackGap: 0.1,
  readBackLike: 0.9,
  /** or with the audio it is less probable: of 173 right cards 6 %, of 7 wrong ones, nearly the same, 4 or 5. */
  readBackBelow: 0.97,
  /** Added to both text thresholds when the transcript is doubted. */
  doubtPenalty: 0.08,
  /** So sure that the audio need not be asked. */
  certainScore: 0.78,
  certainMargin: 0.25,
  certainConfidence: 0.6,
  /** What stands in the prompt counts as said from here on: babble is written down as one of its sentences at up to 0.6. */
  promptConfidence: 0.7,
  /** A text of which less than this is left without the prompt's words is the prompt's own. */
  ownShare: 0.4,
  /** With the audio: how probable a choice must be, and when more of them need not be scored. */
  accepted: 0.75,
  settled: 0.95,
  /** An intent's phrase has at least this share of the sounds said, when the transcript alone names it. */
  intentCover: 0.8,
  /** Sentences about other things reach 0.4 with an emergency card; "Munhu atsva" (somebody is burnt) has 0.41. */
  emergencyNear: 0.4,
  /** The language model is only given words that are mostly Shona by their syllables; Ndebele written down as Shona has 0.67. */
  llmNativeShare: 0.7,
  /** Other languages and babble, written down as if they were Shona, reach 0.57. */
  llmConfidence: 0.6,
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

export interface Evidence {
  readonly transcript: Transcript;
  readonly matches: Matches;
  /** Empty when the audio was not asked. */
  readonly audioScores: readonly AudioScore[];
  readonly state: DialogueState;
  /** What the decoder was primed with: it may write down a text of it that nobody said. @defaultValue '' */
  readonly prompt?: string;
}

type By = 'text' | 'audio' | 'both';

export type Decision =
  | {
      readonly kind: 'card';
      readonly cardId: string;
      readonly question: string;
      /** The text score, or with the audio how probable the card is. */
      readonly score: number;
      /** Its lead over the runner-up by text, or with the audio by likelihood. */
      readonly margin: number;
      readonly by: By;
      readonly runnerUp?: string;
      /** As `Features.wordGap`, of `question`. */
      readonly wordGap: number;
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
  readonly wordGap: number;
}

/** Doubts that mean there are no words at all; with the others the text is weak evidence. */
const NO_WORDS: readonly Transcript['doubt'][] = ['no-speech', 'empty', 'prompt-echo', 'invented'];
/** Doubts that mean there is nothing to listen to again. */
const NOTHING_SAID: readonly Transcript['doubt'][] = ['empty', 'invented'];
/** Shorter sounds without words are not asked about. */
const SHORTEST_ASKED_MS = 600;

export interface AnswererOptions {
  /** From `measureBaseline`; without it every phrase is taken to be equally likely beforehand. */
  readonly baseline?: Baseline;
  /** @defaultValue THRESHOLDS */
  readonly thresholds?: Thresholds;
  /** @defaultValue COEFFICIENTS */
  readonly coefficients?: Coefficients;
}

const LENGTH_WEIGHT = 0.2;
/** A wish ("I want a person") is short, and misunderstood it tells nobody a wrong fact; an emergency missed is the worst. */
const LENIENT_GAP_SHARE = 0.5;
/** Off the likeness to a reading that is not the best. */
const READING_DISCOUNT = 0.03;

export class Answerer {
  readonly #hotline: Hotline;
  readonly #limits: Thresholds;
  readonly #weighing: { readonly baseline: Baseline; readonly coefficients?: Coefficients };
  readonly #matcher: ChoiceMatcher;
  readonly #support: WordSupport;
  /** Phrases of wishes and emergencies. */
  readonly #lenient: ReadonlySet<string>;
  readonly #intents: IntentDetector;
  /** Every phrase, none of them like anything. */
  readonly #nothing: Matches;
  /** For questions that are answered by yes or no. */
  readonly yesNo: ClosedQuestionReader;
  readonly #heardGuard: HeardGuard;

  constructor(hotline: Hotline, { baseline, thresholds = THRESHOLDS, coefficients }: AnswererOptions = {}) {
    this.#hotline = hotline;
    this.#weighing = { baseline: baseline ?? new Map<string, number>(), ...(coefficients && { coefficients }) };
    this.#limits = thresholds;
    this.#intents = new IntentDetector(hotline.pack);
    const wishes = intentChoices(hotline.pack);
    const urgent = hotline.cards.filter(({ isEmergency }) => isEmergency);
    this.#lenient = new Set([...wishes, ...urgent].flatMap(({ questions }) => questions));
    const choices = [...hotline.cards, ...wishes];
    this.#matcher = new ChoiceMatcher(choices, hotline.pack.language);
    this.#support = new WordSupport(choices, hotline.pack.language);
    this.#nothing = this.#matcher.match('');
    this.#heardGuard = new HeardGuard(hotline.pack);
    this.yesNo = new ClosedQuestionReader({ kind: 'yes-no' }, hotline.pack, { baseline: this.#weighing.baseline });
  }

  get baseline(): Baseline {
    return this.#weighing.baseline;
  }

  /** Cards and intents by likeness to a transcript's text. */
  match(text: string): Matches {
    return this.#matcher.match(text);
  }

  /** The transcript and the other readings of the same audio: what is like one of them, at a discount behind the best. */
  matchReadings({ text, alternatives = [] }: Transcript): Matches {
    return this.#matcher.matchAny([text, ...alternatives.map((reading) => reading.text)], READING_DISCOUNT);
  }

  /**
   * The conversation's own doubts about a text. What is plainly a card's question is no echo, though the agent has just said
   * much the same: "I need an ambulance" behind "to get an ambulance, ring 112".
   */
  doubtOf(text: string, agentTexts: readonly string[]): Transcript['doubt'] {
    const doubt = this.#heardGuard.doubtOf(text, agentTexts);
    if (doubt !== 'echo') return doubt;
    const plain = this.match(text).questions.filter(({ score }) => score >= this.#limits.certainScore);
    const asked = plain.map(({ question }) => question);
    return asked.length === 0 ? doubt : this.#heardGuard.doubtOf(text, agentTexts, asked);
  }

  /** Every phrase that may be scored, yes and no among them: what `measureBaseline` must score. */
  get phrases(): readonly string[] {
    return [...new Set([...this.#nothing.questions.map(({ question }) => question), ...this.yesNo.set.texts])];
  }

  /** False when the transcript alone decides, so that scoring candidates can be spared. */
  needsAudio({ transcript, matches, state, prompt }: Omit<Evidence, 'audioScores'>): boolean {
    // Whisper finds no speech in 8 % of the synthetic callers' phrases, and the audio is likest to the right one in most of them.
    if (hasNoWords(transcript)) {
      return !NOTHING_SAID.includes(transcript.doubt) && transcript.audioMs >= SHORTEST_ASKED_MS;
    }
    const said = this.#intents.detect(transcript.text, state.expects === 'yes-no');
    if (said === 'emergency') return this.#isCopied(transcript, prompt);
    if (said !== undefined) return !this.#isBelieved(said, transcript, state);
    return !this.#isCertain(matches, transcript) || this.#isPromptsOwn(transcript, prompt);
  }

  /** True when the audio of these candidates names one so plainly that more of them need not be asked for. */
  isSettled({ transcript, matches, audioScores }: Evidence): boolean {
    const weighed = this.weigh(hasNoWords(transcript) ? this.#nothing : matches, audioScores, transcript);
    return weighed !== undefined && weighed.probability >= this.#limits.settled;
  }

  /** What text and audio favour together, with the transcript's words held against it. */
  weigh(matches: Matches, audioScores: readonly AudioScore[], transcript: Transcript): Weighed | undefined {
    return weigh(matches, audioScores, {
      ...this.#weighing,
      gapOf: hasNoWords(transcript) ? undefined : (phrase) => this.#wordGap(phrase, transcript),
    });
  }

  #wordGap(phrase: string, { text, alternatives = [] }: Transcript): number {
    const gap = this.#support.gapOf(phrase, [text, ...alternatives.map((reading) => reading.text)]);
    return this.#lenient.has(phrase) ? gap * LENIENT_GAP_SHARE : gap;
  }

  /**
   * At most `k` phrases worth scoring, likeliest first: by likeness to the text and by whether they take as long to say as
   * the utterance took (`audioMs`, silence included). Of 186 utterances down to 15 dB 89 % had theirs in the first 12, 95 %
   * in the first 24.
   */
  candidatesFor(matches: Matches, k: number, audioMs?: number): readonly Candidate[] {
    return matches.questions
      .map(({ choiceId, question, score, sounds }) => {
        return { choiceId, phrase: question, rank: score - LENGTH_WEIGHT * lengthError(sounds, audioMs) };
      })
      .sort((a, b) => b.rank - a.rank)
      .slice(0, k)
      .map(({ choiceId, phrase }) => ({ choiceId, phrase }));
  }

  decide({ transcript, matches, audioScores, state, prompt }: Evidence): Decision {
    const isSilent = hasNoWords(transcript);
    const said = isSilent ? undefined : this.#intents.detect(transcript.text, state.expects === 'yes-no');
    const isRefuted = said === 'emergency' && this.#isRefuted(matches, audioScores, transcript, prompt);
    if (said !== undefined && !isRefuted && this.#isBelieved(said, transcript, state)) {
      return { kind: 'intent', intent: said, by: 'text' };
    }
    const offerHuman = state.failuresInRow + 1 >= this.#limits.failuresBeforeHuman;
    const { doubt } = transcript;
    const notUnderstood: Decision = { kind: 'not-understood', offerHuman, ...(doubt && { doubt }) };
    const pick = this.#pick(isSilent ? this.#nothing : matches, audioScores, transcript, prompt);
    if (pick !== undefined) return this.#mayEndCall(pick, transcript) ? this.#decisionFor(pick) : notUnderstood;
    if (this.#intents.isSensitive(transcript.text)) {
      return this.#isSure(transcript) ? { kind: 'intent', intent: 'sensitive', by: 'text' } : notUnderstood;
    }
    if (doubt !== undefined || !state.isLlmReady || !this.#isPlausible(transcript)) return notUnderstood;
    const cards = matches.ranked.filter(({ choiceId }) => intentOf(choiceId) === undefined).slice(0, 3);
    // What may be an emergency is no small talk: it is answered as one or asked again, never left to the language model.
    const urgent = cards.find((card) => this.#isUrgent(card.choiceId) && card.score >= this.#limits.emergencyNear);
    if (urgent === undefined) return { kind: 'llm', cardIds: cards.map(({ choiceId }) => choiceId) };
    const isTop = matches.ranked[0]?.choiceId === urgent.choiceId;
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
  #mayEndCall({ choiceId, by, score }: Pick, transcript: Transcript): boolean {
    const intent = intentOf(choiceId);
    if (intent === 'goodbye') return by === 'both' || (by === 'text' && this.#isSure(transcript));
    if (intent !== 'opt-out') return true;
    if (by === 'both') return score >= this.#limits.settled && transcript.doubt === undefined;
    return by === 'text' && this.#isSure(transcript);
  }

  #isSure({ confidence, doubt }: Transcript): boolean {
    return doubt === undefined && confidence >= this.#limits.textConfidence;
  }

  #isUrgent(cardId: string): boolean {
    return this.#hotline.cards.some(({ id, isEmergency }) => id === cardId && isEmergency);
  }

  /** The emergency's words may have been copied out of the prompt, and the audio is likest to something else. */
  #isRefuted(matches: Matches, audioScores: readonly AudioScore[], transcript: Transcript, prompt?: string): boolean {
    if (!this.#isCopied(transcript, prompt)) return false;
    const weighed = this.weigh(matches, audioScores, transcript);
    return weighed !== undefined && !this.#isUrgent(weighed.choiceId);
  }

  /** No emergency is left when the prompt's words are taken out of what was not heard well. */
  #isCopied({ text, confidence, isUnrated, doubt }: Transcript, prompt: string | undefined): boolean {
    if (prompt === undefined || isUnrated) return false;
    if (doubt === undefined && confidence >= this.#limits.promptConfidence) return false;
    const rest = withoutPromptPieces(text, prompt, this.#hotline.pack.language);
    return this.#intents.detect(rest, false) !== 'emergency';
  }

  #isPromptsOwn({ text, confidence, isUnrated }: Transcript, prompt: string | undefined): boolean {
    if (prompt === undefined || isUnrated || confidence >= this.#limits.promptConfidence) return false;
    const { language } = this.#hotline.pack;
    const own = language.fold(withoutPromptPieces(text, prompt, language)).length;
    return own < this.#limits.ownShare * language.fold(text).length;
  }

  /** "Handisi kunzwa muviri zvakanaka" is like a request to repeat and much longer: it says something else besides. */
  #isCovered({ choiceId, question }: ChoiceMatch, { text }: Transcript): boolean {
    if (intentOf(choiceId) === undefined) return true;
    const asked = this.#hotline.pack.language.fold(question).length;
    return asked >= this.#intents.soundsBesideCourtesy(text) * this.#limits.intentCover;
  }

  #isCertain({ ranked: [best], margin }: Matches, transcript: Transcript): boolean {
    const { certainScore, certainMargin, certainConfidence, textWordGap } = this.#limits;
    if (best === undefined || best.score < certainScore || margin < certainMargin) return false;
    if (transcript.confidence < certainConfidence || transcript.doubt !== undefined) return false;
    return this.#wordGap(best.question, transcript) <= textWordGap;
  }

  #pick(
    matches: Matches,
    audioScores: readonly AudioScore[],
    transcript: Transcript,
    prompt: string | undefined,
  ): Pick | undefined {
    const weighed = this.weigh(matches, audioScores, transcript);
    const byText = this.#pickByText(matches, transcript);
    if (weighed === undefined) return this.#isPromptsOwn(transcript, prompt) ? undefined : byText;
    const { choiceId, phrase, runnerUp, features, probability } = weighed;
    const heard = matches.ranked[0];
    const isAgreed = heard?.choiceId === choiceId && heard.score > 0;
    const isPlain = byText?.choiceId === choiceId && transcript.confidence >= this.#limits.promptConfidence;
    if (probability < this.#limits.accepted && !isPlain) return undefined;
    const by = isAgreed ? 'both' : 'audio';
    return {
      choiceId,
      question: phrase,
      score: probability,
      margin: features.liftLead,
      by,
      runnerUp,
      wordGap: features.wordGap,
    };
  }

  #pickByText(matches: Matches, transcript: Transcript): Pick | undefined {
    const { textScore, textMargin, textConfidence, textWordGap, doubtPenalty } = this.#limits;
    const [heard, second] = matches.ranked;
    const penalty = transcript.doubt === undefined ? 0 : doubtPenalty;
    if (heard === undefined || heard.score < textScore + penalty || matches.margin < textMargin + penalty)
      return undefined;
    if (transcript.confidence < textConfidence || !this.#isCovered(heard, transcript)) return undefined;
    const wordGap = this.#wordGap(heard.question, transcript);
    if (wordGap > textWordGap) return undefined;
    const { choiceId, question, score } = heard;
    const { margin } = matches;
    return { choiceId, question, score, margin, by: 'text', wordGap, ...(second && { runnerUp: second.choiceId }) };
  }

  #decisionFor({ choiceId, ...pick }: Pick): Decision {
    const intent = intentOf(choiceId);
    const { by } = pick;
    if (intent !== undefined) return { kind: 'intent', intent, by };
    if (this.#isUrgent(choiceId)) return { kind: 'intent', intent: 'emergency', by };
    return { kind: 'card', cardId: choiceId, ...pick };
  }

  #isPlausible({ text, confidence }: Transcript): boolean {
    const words = text.split(/[^\p{L}'’ʼ‘-]+/u).filter((word) => word !== '');
    if (words.length < 2 || confidence < this.#limits.llmConfidence) return false;
    const native = words.filter((word) => this.#hotline.pack.language.isNativeWord(word)).length;
    return native / words.length >= this.#limits.llmNativeShare;
  }
}

/** The question of a card that the caller may not have asked; undefined where there is no doubt of it. */
export function readBackOf(card: Extract<Decision, { readonly kind: 'card' }>): string | undefined {
  const { readBackGap, readBackLike, readBackBelow } = THRESHOLDS;
  const isUnlike = card.score < readBackLike && card.wordGap > readBackGap;
  return (card.by === 'text' ? isUnlike : card.score < readBackBelow) ? card.question : undefined;
}

const HARMLESS: readonly Intent[] = ['greeting', 'thanks', 'yes', 'no', 'backchannel'];

const hasNoWords = ({ text, doubt }: Transcript): boolean => text === '' || NO_WORDS.includes(doubt);
