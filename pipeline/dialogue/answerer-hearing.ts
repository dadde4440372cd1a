/**
 * From an utterance to a decision: recognise with the dialogue state's lexicon, match, and as long as that is not plain, ask
 * the audio about more and more of the hotline's phrases; a recogniser that cannot be asked listens once more, narrowed.
 */
import { isAbort } from '#kernel/abort.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { Recognizer, Transcript, Utterance } from '../ports.ts';
import type { Answerer, Decision, DialogueState } from './answerer.ts';
import type { AudioScore } from './answerer-evidence.ts';
import type { ClosedAnswer, ClosedQuestionReader } from './closed-question.ts';
import type { Hotline } from './hotline.ts';
import { lexiconPrompt } from './lexicon.ts';
import type { Matches } from './matching.ts';

/**
 * Phrases scored against the audio, in steps, until one is plain; the rest in one last step. Some 7 ms each on one core. Callers
 * who ask what a card answers mostly need no step or one; what no card answers needs all.
 */
const STEPS = [12, 24, 48] as const;
/** A hotline with more phrases than this hears the rest only by its transcript. */
const MOST_SCORED = 240;
/** Most of what the recogniser takes for noise is noise. */
const MOST_SCORED_OF_NOISE = 84;
/** Cards whose questions make the prompt of a second look. */
const NARROWED_TO = 4;
/** Other readings of the transcript that are matched too. */
const ALTERNATIVES = 3;
/** What the first look's likeness and the second one's confidence must be for the second to be believed. */
const SECOND_LOOK = { likeness: 0.5, confidence: 0.6 } as const;
/** Nobody takes longer for a yes, a no or a digit, silence around it included; short questions take as long. */
const LONGEST_CLOSED_MS = 2_200;
/** Where the recogniser wrote more than this, folded, something else was said: consent is not read out of the audio then. */
const MOST_OTHER_SOUNDS = 8;

export interface HearingParts {
  readonly hotline: Hotline;
  readonly recognizer: Recognizer;
  readonly answerer: Answerer;
  /** False tells the recogniser nothing of what callers may say: for measuring what that is worth. @defaultValue true */
  readonly withLexicon?: boolean;
}

export interface Heard {
  readonly transcript: Transcript;
  readonly utterance: Utterance;
  readonly state: DialogueState;
  /** The menu that has just been told; yes and no are known from the state. */
  readonly menu?: ClosedQuestionReader | undefined;
}

export interface DecideOptions {
  readonly signal: AbortSignal;
  /** What it comes to by the transcript alone, told before the audio is asked. */
  readonly onGuess?: (guess: Decision) => void;
  /** The audio could not be asked: the transcript alone decides. */
  readonly onFailed?: (error: unknown) => void;
}

/** What an utterance comes to; a choice of a menu is no decision of the answerer's. */
export type Understood = Decision | { readonly kind: 'menu-choice'; readonly choiceId: string };

/** Kept by a call for its utterances; between `transcribe` and `decide` of one, another may come. */
export class Hearing {
  readonly #parts: HearingParts;
  readonly #withLexicon: boolean;
  readonly #lexicon: readonly string[];
  readonly #prompts = new Map<string, string>();

  constructor(parts: HearingParts) {
    this.#parts = parts;
    this.#withLexicon = parts.withLexicon ?? true;
    this.#lexicon = parts.answerer.phrases;
  }

  /** With the conversation's own doubts. `agentTexts`: what the caller has heard last, as written; two of them are enough. */
  async transcribe(
    utterance: Utterance,
    state: DialogueState,
    { signal, agentTexts = [] }: { readonly signal: AbortSignal; readonly agentTexts?: readonly string[] },
  ): Promise<Transcript> {
    const told = this.#withLexicon
      ? { prompt: this.#prompt(state), lexicon: this.#lexicon, alternatives: ALTERNATIVES }
      : {};
    const { recognizer, answerer } = this.#parts;
    const transcript = await recognizer.transcribe(utterance, { signal, ...told });
    const doubt = transcript.doubt ?? answerer.doubtOf(transcript.text, agentTexts);
    return doubt === undefined ? transcript : { ...transcript, doubt };
  }

  async decide(heard: Heard, { signal, onGuess, onFailed }: DecideOptions): Promise<Understood> {
    const { answerer, recognizer } = this.#parts;
    const { transcript, state, menu } = heard;
    const matches = answerer.matchReadings(transcript);
    const named = menu?.answerTo(transcript);
    if (named?.kind === 'choice') return { kind: 'menu-choice', choiceId: named.choiceId };
    const evidence = { transcript, matches, state, ...(this.#withLexicon && { prompt: this.#prompt(state) }) };
    const guess = answerer.decide({ ...evidence, audioScores: [] });
    if (!answerer.needsAudio(evidence)) return guess;
    onGuess?.(guess);
    try {
      if (!recognizer.canScore) return await this.#listenAgain(guess, matches, heard, signal);
      return await this.#askAudio(heard, matches, signal);
    } catch (error) {
      if (isAbort(error, signal) || signal.aborted) throw error;
      onFailed?.(error);
      return guess;
    }
  }

  async #askAudio({ transcript, state, menu }: Heard, matches: Matches, signal: AbortSignal): Promise<Understood> {
    const { answerer, recognizer, hotline } = this.#parts;
    const { audioMs, utteranceId } = transcript;
    const most = transcript.doubt === 'no-speech' ? MOST_SCORED_OF_NOISE : MOST_SCORED;
    const candidates = answerer.candidatesFor(matches, most, audioMs);
    const closed = state.expects === 'yes-no' ? answerer.yesNo : menu;
    const audioScores: AudioScore[] = [];
    const take = (scores: readonly number[]): void => {
      if (scores.length === 0)
        throw new InzwaError('INZWA_ENGINE_FAILED', `${recognizer.name} gave no score for a phrase`);
      for (const score of scores) {
        const candidate = candidates[audioScores.length];
        if (candidate) audioScores.push({ ...candidate, score });
      }
    };
    const sounds = hotline.pack.language.fold(transcript.text).length;
    if (closed !== undefined && audioMs <= LONGEST_CLOSED_MS && sounds <= MOST_OTHER_SOUNDS) {
      const { texts } = closed.set;
      const phrases = [...texts, ...candidates.slice(0, STEPS[0]).map(({ phrase }) => phrase)];
      const scores = await recognizer.score(utteranceId, phrases, { signal });
      take(scores.slice(texts.length));
      const answer = decisionFor(closed.answerTo(transcript, scores.slice(0, texts.length), audioScores));
      if (answer !== undefined) return answer;
    }
    for (let step = audioScores.length === 0 ? 0 : 1; audioScores.length < candidates.length; step += 1) {
      if (answerer.isSettled({ transcript, matches, audioScores, state })) break;
      const asked = candidates.slice(audioScores.length, audioScores.length + (STEPS[step] ?? candidates.length));
      const phrases = asked.map(({ phrase }) => phrase);
      take(await recognizer.score(utteranceId, phrases, { signal }));
    }
    return answerer.decide({
      transcript,
      matches,
      audioScores,
      state,
      ...(this.#withLexicon && { prompt: this.#prompt(state) }),
    });
  }

  /** With a prompt of the nearest cards only. */
  async #listenAgain(
    guess: Decision,
    matches: Matches,
    { utterance, state }: Heard,
    signal: AbortSignal,
  ): Promise<Decision> {
    const { answerer, recognizer, hotline } = this.#parts;
    if (!this.#withLexicon || (guess.kind !== 'not-understood' && guess.kind !== 'llm')) return guess;
    const likely = matches.ranked.slice(0, NARROWED_TO).map(({ choiceId }) => choiceId);
    const prompt = lexiconPrompt(hotline, { likely, onlyLikely: true });
    const transcript = await recognizer.transcribe(utterance, { signal, prompt, lexicon: this.#lexicon });
    const again = answerer.matchReadings(transcript);
    const narrowed = answerer.decide({ transcript, matches: again, audioScores: [], state });
    // The prompt's words come back from anything: only what was nearest at the first look too, and well heard, is believed.
    const [nearest] = matches.ranked;
    if (nearest === undefined || narrowed.kind !== 'card' || narrowed.cardId !== nearest.choiceId) return guess;
    const isWellHeard = transcript.isUnrated === true || transcript.confidence >= SECOND_LOOK.confidence;
    return nearest.score >= SECOND_LOOK.likeness && isWellHeard ? narrowed : guess;
  }

  #prompt({ lastCardId = '' }: DialogueState): string {
    const known = this.#prompts.get(lastCardId);
    if (known !== undefined) return known;
    const prompt = lexiconPrompt(this.#parts.hotline, { likely: lastCardId === '' ? [] : [lastCardId] });
    this.#prompts.set(lastCardId, prompt);
    return prompt;
  }
}

/**
 * Undefined where the closed question was not answered plainly. Nothing is read back in a hotline, so nothing is done that
 * would have to be: a no can end the call, and a yes puts the caller through to a person.
 */
function decisionFor(answer: ClosedAnswer): Understood | undefined {
  if (answer.kind === 'unclear' || answer.kind === 'intent' || answer.needsReadBack) return undefined;
  if (answer.kind === 'choice') return { kind: 'menu-choice', choiceId: answer.choiceId };
  return answer.kind === 'number' ? undefined : { kind: 'intent', intent: answer.kind, by: 'audio' };
}
