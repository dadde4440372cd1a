/**
 * One call's answers from a hotline: recognise, match, ask the audio, decide, and make the first piece of sound, all of it
 * before it is certain that the caller has finished. Nothing is remembered until the caller hears it (`commit`).
 */
import { isAbort } from '#kernel/abort.ts';
import type { Clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { Answers, Scope } from '../answers.ts';
import type { CallEventBody } from '../events.ts';
import type { Expectation } from '../listening/endpointer.ts';
import type { DialogueEngine, Recognizer, Transcript, Utterance } from '../ports.ts';
import type { Speaker } from '../speech/speaker.ts';
import type { Prompted } from '../turn/state.ts';
import { THRESHOLDS, type Answerer, type AudioScore, type Decision, type DialogueState } from './answerer.ts';
import { beginFreeAnswer, type BegunAnswer } from './free-answer.ts';
import type { SpeechGuard } from './guard.ts';
import { ConversationHistory } from './history.ts';
import { cardById, welcomeAt, type Hotline, type PhraseId } from './hotline.ts';
import { lexiconPrompt } from './lexicon.ts';
import { makeReady, type ReadyReply } from './reply.ts';
import type { Resumption } from './resume-point.ts';
import { Sayings, type Asked, type SaidBefore, type Saying } from './sayings.ts';
import { takeUp } from './take-up.ts';

/** What all calls of a hotline share. */
export interface HotlineEngines {
  readonly hotline: Hotline;
  readonly recognizer: Recognizer;
  /** Undefined: the profile has no language model. */
  readonly dialogue: DialogueEngine | undefined;
  readonly answerer: Answerer;
  readonly guard: SpeechGuard;
  readonly speaker: Speaker;
  readonly clock: Clock;
  /** Told when an answer is begun and when its first sound is there or given up: work that can wait waits in between. */
  readonly onBusy?: (change: 1 | -1) => void;
}

/** What is particular to one call. */
export interface CallCircumstances {
  /** True: a caller who wants a person is put through, because the trunk of this call can do that. @defaultValue false */
  readonly canTransfer?: boolean;
  /** With one, the first thing said is not the greeting: the conversation goes on where it was. */
  readonly resumption?: Resumption | undefined;
}

/** Phrases scored against the audio: 12 of about 15 tokens take some 150 ms on one core. */
const AUDIO_CANDIDATES = 12;
/** Sound without words shorter than this is a cough or a breath; longer, the caller said something we did not get. */
const LONGEST_NOISE_MS = 1_200;

const PROMPTED_PHRASES = {
  'still-there': 'still-there',
  'goodbye-silent': 'goodbye',
  thinking: 'hold',
  'gave-up': 'error',
} as const satisfies Record<Exclude<Prompted, 'greeting'>, PhraseId>;

/** What becomes true when the caller hears the answer. */
interface Outcome {
  readonly callerText: string;
  readonly failuresInRow: number;
  readonly asked: Asked;
  readonly cardId?: string;
  readonly repeatable?: readonly string[];
}

export class HotlineAnswers implements Answers {
  readonly #engines: HotlineEngines;
  readonly #callId: string;
  readonly #emit: (event: CallEventBody) => void;
  readonly #sayings: Sayings;
  readonly #history = new ConversationHistory();
  readonly #pending = new Map<string, Outcome>();
  #failuresInRow = 0;
  #asked: Asked;
  #lastCardId: string | undefined;
  #lastTexts: readonly string[] = [];
  #tentative: Outcome | undefined;
  #isRevoked = false;
  #resumption: Resumption | undefined;

  constructor(
    engines: HotlineEngines,
    callId: string,
    emit: (event: CallEventBody) => void,
    { canTransfer = false, resumption }: CallCircumstances = {},
  ) {
    this.#engines = engines;
    this.#callId = callId;
    this.#emit = emit;
    this.#sayings = new Sayings(engines.hotline, { canTransfer });
    this.#resumption = resumption;
    this.#lastCardId = resumption?.from?.lastCardId;
  }

  async answer(
    utterance: Utterance,
    turn: number,
    opts: Scope & { readonly onExpectation: (expectation: Expectation) => void },
  ): Promise<ReadyReply | undefined> {
    this.#engines.onBusy?.(1);
    try {
      return await this.#answer(utterance, turn, opts);
    } finally {
      this.#engines.onBusy?.(-1);
    }
  }

  async #answer(
    utterance: Utterance,
    turn: number,
    opts: Scope & { readonly onExpectation: (expectation: Expectation) => void },
  ): Promise<ReadyReply | undefined> {
    const { signal } = opts;
    this.#settle();
    const transcript = await this.#transcribe(utterance, turn, signal);
    if (!transcript) return this.#ready(this.#sayings.phrase('error', 'engine-failed'), turn, signal);
    const { text, doubt } = transcript;
    if ((doubt === 'no-speech' || text === '') && transcript.audioMs < LONGEST_NOISE_MS) return undefined;
    const { decision, begun } = await this.#decide(transcript, turn, signal);
    opts.onExpectation(expectationOf(decision));
    if (decision.kind === 'intent' && decision.intent === 'backchannel') return undefined;
    if (begun) {
      const free = await this.#adopt(begun, transcript, turn, signal);
      if (free) return free;
    }
    const isFailure = decision.kind === 'llm' || decision.kind === 'not-understood';
    const saying = this.#sayingFor(decision);
    this.#emitDecision(decision, saying, turn);
    this.#pending.set(utterance.id, {
      callerText: text,
      failuresInRow: isFailure ? this.#failuresInRow + 1 : 0,
      asked: saying.asked,
      ...(saying.reply.cardId !== undefined && { cardId: saying.reply.cardId }),
      ...(!isFailure && saying.reply.intent !== 'repeat' && { repeatable: saying.texts }),
    });
    return this.#ready(saying, turn, signal);
  }

  commit(utteranceId: string): void {
    this.#tentative = this.#pending.get(utteranceId);
    this.#isRevoked = false;
    this.#pending.clear();
  }

  revoke(): void {
    this.#tentative = undefined;
    this.#isRevoked = true;
  }

  /** What the caller has begun to hear becomes part of the conversation, unless it was revoked in its first moments. */
  #settle(): void {
    const outcome = this.#tentative;
    this.#tentative = undefined;
    if (!outcome) return;
    this.#history.appendCaller(outcome.callerText);
    this.#failuresInRow = outcome.failuresInRow;
    this.#asked = outcome.asked;
    this.#lastCardId = outcome.cardId ?? this.#lastCardId;
    this.#lastTexts = outcome.repeatable ?? this.#lastTexts;
  }

  prompted(prompted: Prompted, { signal }: Scope): Promise<ReadyReply | undefined> {
    this.#settle();
    const { hotline, clock } = this.#engines;
    if (prompted === 'greeting' && this.#resumption) {
      const { saying, repeatable } = takeUp(this.#resumption, hotline, this.#sayings);
      this.#resumption = undefined;
      this.#lastTexts = repeatable ?? [];
      return this.#ready(saying, 0, signal);
    }
    if (prompted === 'greeting') {
      const texts = [welcomeAt(hotline, clock.wallMs())];
      this.#lastTexts = texts;
      return this.#ready({ reply: { source: 'pack', intent: 'greeting', endsCall: false }, texts }, 0, signal);
    }
    // "Yes, I am here" must not be taken for the answer to what was asked before the silence.
    if (prompted === 'still-there') this.#asked = undefined;
    const id = PROMPTED_PHRASES[prompted];
    return this.#ready(this.#sayings.phrase(id, prompted), 0, signal);
  }

  key(digit: string, turn: number, { signal }: Scope): Promise<ReadyReply | undefined> {
    this.#settle();
    const action = this.#engines.hotline.keys.get(digit);
    const saying =
      action === undefined
        ? this.#sayings.phrase('help', 'unknown-key')
        : action.kind === 'card'
          ? this.#sayings.card(action.cardId)
          : this.#sayings.intent(action.intent, this.#before);
    this.#failuresInRow = 0;
    this.#asked = saying.asked;
    if (action && saying.reply.intent !== 'repeat') this.#lastTexts = saying.texts;
    this.#emit({ kind: 'decision', turn, ...namesOf(saying.reply) });
    return this.#ready(saying, turn, signal);
  }

  said(heardText: string): void {
    this.#settle();
    if (this.#isRevoked) {
      this.#isRevoked = false;
      return;
    }
    this.#history.beginAgent();
    this.#history.appendAgent(heardText);
    this.#history.completeAgent();
  }

  async #transcribe(utterance: Utterance, turn: number, signal: AbortSignal): Promise<Transcript | undefined> {
    const { recognizer, hotline } = this.#engines;
    const likely = this.#lastCardId === undefined ? [] : [this.#lastCardId];
    try {
      const transcript = await recognizer.transcribe(utterance, { signal, prompt: lexiconPrompt(hotline, { likely }) });
      const { text, confidence, doubt, window, timings } = transcript;
      this.#emit({
        kind: 'transcript',
        turn,
        utteranceId: utterance.id,
        text,
        confidence,
        window,
        timings,
        ...(doubt && { doubt }),
      });
      return transcript;
    } catch (error) {
      this.#failed(error, 'recognition', turn, signal);
      return undefined;
    }
  }

  /** With the free answer begun, where that is what it comes to. */
  async #decide(
    transcript: Transcript,
    turn: number,
    signal: AbortSignal,
  ): Promise<{ readonly decision: Decision; readonly begun: BegunAnswer | undefined }> {
    const { answerer, recognizer, dialogue } = this.#engines;
    const matches = answerer.match(transcript.text);
    const state: DialogueState = {
      expects: this.#asked === undefined ? 'anything' : 'yes-no',
      failuresInRow: this.#failuresInRow,
      isLlmReady: dialogue !== undefined,
      ...(this.#lastCardId !== undefined && { lastCardId: this.#lastCardId }),
    };
    let audioScores: readonly AudioScore[] = [];
    // While the audio is asked in one engine thread, the language model can begin in the other.
    const guess = answerer.decide({ transcript, matches, audioScores, state });
    const early = guess.kind === 'llm' ? this.#begin(guess.cardIds, transcript, turn, signal) : undefined;
    if (answerer.needsAudio({ transcript, matches, state })) {
      const candidates = answerer.candidatesFor(matches, AUDIO_CANDIDATES, transcript.audioMs);
      try {
        const phrases = candidates.map((candidate) => candidate.phrase);
        const scores = await recognizer.score(transcript.utteranceId, phrases, { signal });
        audioScores = candidates.map((candidate, at) => ({ ...candidate, score: scores[at] ?? -Infinity }));
      } catch (error) {
        // The transcript alone still decides.
        this.#failed(error, 'recognition', turn, signal);
      }
    }
    const decision = answerer.decide({ transcript, matches, audioScores, state });
    if (decision.kind !== 'llm') {
      early?.abandon();
      return { decision, begun: undefined };
    }
    return { decision, begun: early ?? this.#begin(decision.cardIds, transcript, turn, signal) };
  }

  /** Undefined without a language model. */
  #begin(
    cardIds: readonly string[],
    transcript: Transcript,
    turn: number,
    signal: AbortSignal,
  ): BegunAnswer | undefined {
    const { dialogue: engine, guard, speaker, clock, hotline } = this.#engines;
    if (!engine) return undefined;
    const cards = cardIds.flatMap((id) => {
      const card = cardById(hotline, id);
      return card ? [{ question: card.questions[0] ?? '', answer: card.answer }] : [];
    });
    const history = [...this.#history.forPrompt(), { who: 'caller', text: transcript.text } as const];
    const onRefused = (reason: string): void => this.#emit({ kind: 'clause-refused', turn, reason });
    return beginFreeAnswer(
      { callId: this.#callId, history, cards },
      { engine, guard, speaker, clock, onRefused },
      { signal },
    );
  }

  /** The free answer is the one: undefined when it turns out to have nothing to say. */
  async #adopt(
    begun: BegunAnswer,
    transcript: Transcript,
    turn: number,
    signal: AbortSignal,
  ): Promise<ReadyReply | undefined> {
    try {
      const text = await begun.firstText;
      if (text !== undefined) {
        this.#emit({ kind: 'decision', turn, source: 'llm' });
        this.#emit({ kind: 'answer-text', turn, source: 'llm', text });
      }
      const reply = await begun.reply;
      if (!reply) return undefined;
      this.#emit({ kind: 'first-audio', turn, cached: false });
      const outcome = { callerText: transcript.text, failuresInRow: 0, asked: undefined };
      this.#pending.set(transcript.utteranceId, outcome);
      return reply;
    } catch (error) {
      this.#failed(error, 'dialogue', turn, signal);
      return undefined;
    }
  }

  #sayingFor(decision: Decision): Saying {
    switch (decision.kind) {
      case 'card':
        return this.#sayings.card(decision.cardId);
      case 'intent':
        return this.#sayings.intent(decision.intent, this.#before);
      case 'llm':
        return this.#sayings.notUnderstood(this.#failuresInRow + 1 >= THRESHOLDS.failuresBeforeHuman);
      case 'not-understood':
        return this.#sayings.notUnderstood(decision.offerHuman);
    }
  }

  get #before(): SaidBefore {
    return { texts: this.#lastTexts, asked: this.#asked };
  }

  async #ready({ reply, texts }: Saying, turn: number, signal: AbortSignal): Promise<ReadyReply | undefined> {
    const text = texts.join(' ');
    this.#emit({ kind: 'answer-text', turn, source: reply.source, text });
    const ready = await makeReady({ ...reply, pieces: this.#engines.speaker.say(text, { signal }) });
    if (ready) this.#emit({ kind: 'first-audio', turn, cached: ready.first.isCached });
    return ready;
  }

  #emitDecision(decision: Decision, saying: Saying, turn: number): void {
    const why =
      decision.kind === 'card'
        ? {
            score: decision.score,
            margin: decision.margin,
            by: decision.by,
            ...(decision.runnerUp !== undefined && { runnerUp: decision.runnerUp }),
          }
        : {};
    this.#emit({ kind: 'decision', turn, ...namesOf(saying.reply), ...why });
  }

  #failed(error: unknown, stage: 'recognition' | 'dialogue', turn: number, signal: AbortSignal): void {
    if (isAbort(error, signal) || signal.aborted) throw error;
    this.#emit({ kind: 'stage-failed', turn, stage, code: isInzwaError(error) ? error.code : 'INZWA_ENGINE_FAILED' });
  }
}

function namesOf({ source, intent, cardId }: Saying['reply']): Pick<Saying['reply'], 'source' | 'intent' | 'cardId'> {
  return { source, ...(intent !== undefined && { intent }), ...(cardId !== undefined && { cardId }) };
}

/** A greeting is followed by its business; a question that a card knows is complete; the rest is waited for as usual. */
function expectationOf(decision: Decision): Expectation {
  if (decision.kind === 'card') return 'complete';
  if (decision.kind !== 'intent') return 'normal';
  return decision.intent === 'greeting' ? 'patient' : 'complete';
}
