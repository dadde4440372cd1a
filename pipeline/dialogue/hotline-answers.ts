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
import type { Answerer, AudioScore, Decision, DialogueState } from './answerer.ts';
import { freeAnswer } from './free-answer.ts';
import type { SpeechGuard } from './guard.ts';
import { ConversationHistory } from './history.ts';
import { cardById, phrase, welcomeAt, type Hotline, type PhraseId } from './hotline.ts';
import type { Intent } from './intents.ts';
import { lexiconPrompt } from './lexicon.ts';
import { makeReady, type ReadyReply, type Reply } from './reply.ts';

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

/** Phrases scored against the audio: 12 of about 15 tokens take some 150 ms on one core. */
const AUDIO_CANDIDATES = 12;
/** Sound without words shorter than this is a cough or a breath; longer, the caller said something we did not get. */
const LONGEST_NOISE_MS = 1_200;

/** What becomes true when the caller hears the answer. */
interface Outcome {
  readonly callerText: string;
  readonly failuresInRow: number;
  readonly asked: Asked;
  readonly cardId?: string;
  readonly repeatable?: readonly string[];
}

/** What the agent's last sentence asked that is answered by yes or no. */
type Asked = 'anything-else' | 'human' | undefined;

interface Spoken {
  readonly reply: Omit<Reply, 'pieces'>;
  readonly texts: readonly string[];
  readonly asked?: Asked;
}

export class HotlineAnswers implements Answers {
  readonly #engines: HotlineEngines;
  readonly #callId: string;
  readonly #emit: (event: CallEventBody) => void;
  readonly #history = new ConversationHistory();
  readonly #pending = new Map<string, Outcome>();
  #failuresInRow = 0;
  #asked: Asked;
  #lastCardId: string | undefined;
  #lastTexts: readonly string[] = [];

  constructor(engines: HotlineEngines, callId: string, emit: (event: CallEventBody) => void) {
    this.#engines = engines;
    this.#callId = callId;
    this.#emit = emit;
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
    const transcript = await this.#transcribe(utterance, turn, signal);
    if (!transcript) return this.#ready(this.#saying('error', 'engine-failed'), turn, signal);
    const { text, doubt } = transcript;
    if ((doubt === 'no-speech' || text === '') && transcript.audioMs < LONGEST_NOISE_MS) return undefined;
    const decision = await this.#decide(transcript, turn, signal);
    opts.onExpectation(expectationOf(decision));
    if (decision.kind === 'intent' && decision.intent === 'backchannel') return undefined;
    if (decision.kind === 'llm') {
      const free = await this.#freely(decision.cardIds, transcript, turn, signal);
      if (free) return free;
    }
    const isFailure = decision.kind === 'llm' || decision.kind === 'not-understood';
    const spoken = this.#spokenFor(decision);
    this.#emitDecision(decision, spoken, turn);
    this.#pending.set(utterance.id, {
      callerText: text,
      failuresInRow: isFailure ? this.#failuresInRow + 1 : 0,
      asked: spoken.asked,
      ...(spoken.reply.cardId !== undefined && { cardId: spoken.reply.cardId }),
      ...(!isFailure && spoken.reply.intent !== 'repeat' && { repeatable: spoken.texts }),
    });
    return this.#ready(spoken, turn, signal);
  }

  commit(utteranceId: string): void {
    const outcome = this.#pending.get(utteranceId);
    this.#pending.clear();
    if (!outcome) return;
    this.#history.appendCaller(outcome.callerText);
    this.#failuresInRow = outcome.failuresInRow;
    this.#asked = outcome.asked;
    this.#lastCardId = outcome.cardId ?? this.#lastCardId;
    this.#lastTexts = outcome.repeatable ?? this.#lastTexts;
  }

  prompted(prompted: Prompted, { signal }: Scope): Promise<ReadyReply | undefined> {
    const { hotline, clock } = this.#engines;
    if (prompted === 'greeting') {
      const texts = [welcomeAt(hotline, clock.wallMs())];
      this.#lastTexts = texts;
      return this.#ready({ reply: { source: 'pack', intent: 'greeting', endsCall: false }, texts }, 0, signal);
    }
    const id = ({ 'still-there': 'still-there', 'goodbye-silent': 'goodbye', thinking: 'hold' } as const)[prompted];
    return this.#ready(this.#saying(id, prompted), 0, signal);
  }

  key(digit: string, turn: number, { signal }: Scope): Promise<ReadyReply | undefined> {
    const action = this.#engines.hotline.keys.get(digit);
    const card = action?.kind === 'card' ? cardById(this.#engines.hotline, action.cardId) : undefined;
    const spoken = card
      ? this.#cardSpoken(card.id)
      : action?.kind === 'intent'
        ? this.#intentSpoken(action.intent)
        : this.#saying('help', 'unknown-key');
    this.#failuresInRow = 0;
    this.#asked = spoken.asked;
    if (action && spoken.reply.intent !== 'repeat') this.#lastTexts = spoken.texts;
    this.#emit({ kind: 'decision', turn, ...namesOf(spoken.reply) });
    return this.#ready(spoken, turn, signal);
  }

  said(heardText: string): void {
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

  async #decide(transcript: Transcript, turn: number, signal: AbortSignal): Promise<Decision> {
    const { answerer, recognizer, dialogue } = this.#engines;
    const matches = answerer.match(transcript.text);
    const state: DialogueState = {
      expects: this.#asked === undefined ? 'anything' : 'yes-no',
      failuresInRow: this.#failuresInRow,
      isLlmReady: dialogue !== undefined,
      ...(this.#lastCardId !== undefined && { lastCardId: this.#lastCardId }),
    };
    let audioScores: readonly AudioScore[] = [];
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
    return answerer.decide({ transcript, matches, audioScores, state });
  }

  async #freely(
    cardIds: readonly string[],
    transcript: Transcript,
    turn: number,
    signal: AbortSignal,
  ): Promise<ReadyReply | undefined> {
    const { dialogue, guard, speaker, clock, hotline } = this.#engines;
    if (!dialogue) return undefined;
    const cards = cardIds.flatMap((id) => {
      const card = cardById(hotline, id);
      return card ? [{ question: card.questions[0] ?? '', answer: card.answer }] : [];
    });
    const history = [...this.#history.forPrompt(), { who: 'caller', text: transcript.text } as const];
    try {
      const pieces = freeAnswer(
        { callId: this.#callId, history, cards },
        {
          engine: dialogue,
          guard,
          speaker,
          clock,
          onRefused: (reason) => this.#emit({ kind: 'clause-refused', turn, reason }),
          onText: (text) => {
            this.#emit({ kind: 'decision', turn, source: 'llm' });
            this.#emit({ kind: 'answer-text', turn, source: 'llm', text });
          },
        },
        { signal },
      );
      const reply = await makeReady({ source: 'llm', endsCall: false, pieces });
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

  #spokenFor(decision: Decision): Spoken {
    switch (decision.kind) {
      case 'card':
        return this.#cardSpoken(decision.cardId);
      case 'intent':
        return this.#intentSpoken(decision.intent);
      case 'llm':
        return this.#failuresInRow >= 2 ? this.#offerHuman() : this.#saying('not-understood', 'not-understood');
      case 'not-understood':
        return decision.offerHuman ? this.#offerHuman() : this.#saying('not-understood', 'not-understood');
    }
  }

  #intentSpoken(intent: Intent): Spoken {
    switch (intent) {
      case 'goodbye':
        return this.#ending('goodbye', intent);
      case 'opt-out':
        return this.#ending('opt-out', intent);
      case 'repeat':
        return this.#lastTexts.length === 0
          ? this.#saying('repeat-nothing', intent)
          : { reply: { source: 'pack', intent, endsCall: false }, texts: this.#lastTexts };
      case 'slower':
        return this.#saying('slower', intent, this.#lastTexts);
      case 'emergency':
        return this.#saying('emergency', intent);
      case 'human':
        // Transfers need a trunk; until a hotline has one, it is said honestly that nobody can be reached.
        return this.#saying('transfer-failed', intent);
      case 'yes':
        return this.#asked === 'human' ? this.#intentSpoken('human') : this.#saying('yes-what', intent);
      case 'no':
        return this.#asked === 'anything-else'
          ? this.#ending('goodbye', intent)
          : { ...this.#saying('no-what', intent), asked: 'anything-else' };
      case 'thanks':
        return { ...this.#saying('thanks-reply', intent), asked: 'anything-else' };
      case 'greeting':
      case 'backchannel':
        return this.#saying('greeting-reply', intent);
    }
  }

  #offerHuman(): Spoken {
    return { ...this.#saying('offer-human', 'offer-human'), asked: 'human' };
  }

  #cardSpoken(cardId: string): Spoken {
    const answer = cardById(this.#engines.hotline, cardId)?.answer ?? '';
    return { reply: { source: 'card', cardId, endsCall: false }, texts: [answer] };
  }

  #saying(id: PhraseId, intent: string, more: readonly string[] = []): Spoken {
    return { reply: { source: 'pack', intent, endsCall: false }, texts: [phrase(this.#engines.hotline, id), ...more] };
  }

  #ending(id: PhraseId, intent: string): Spoken {
    const { texts } = this.#saying(id, intent);
    return { reply: { source: 'pack', intent, endsCall: true }, texts };
  }

  async #ready({ reply, texts }: Spoken, turn: number, signal: AbortSignal): Promise<ReadyReply | undefined> {
    const text = texts.join(' ');
    this.#emit({ kind: 'answer-text', turn, source: reply.source, text });
    const ready = await makeReady({ ...reply, pieces: this.#engines.speaker.say(text, { signal }) });
    if (ready) this.#emit({ kind: 'first-audio', turn, cached: ready.first.isCached });
    return ready;
  }

  #emitDecision(decision: Decision, spoken: Spoken, turn: number): void {
    const why =
      decision.kind === 'card'
        ? {
            score: decision.score,
            margin: decision.margin,
            by: decision.by,
            ...(decision.runnerUp !== undefined && { runnerUp: decision.runnerUp }),
          }
        : {};
    this.#emit({ kind: 'decision', turn, ...namesOf(spoken.reply), ...why });
  }

  #failed(error: unknown, stage: 'recognition' | 'dialogue', turn: number, signal: AbortSignal): void {
    if (isAbort(error, signal) || signal.aborted) throw error;
    this.#emit({ kind: 'stage-failed', turn, stage, code: isInzwaError(error) ? error.code : 'INZWA_ENGINE_FAILED' });
  }
}

function namesOf({ source, intent, cardId }: Spoken['reply']): Pick<Spoken['reply'], 'source' | 'intent' | 'cardId'> {
  return { source, ...(intent !== undefined && { intent }), ...(cardId !== undefined && { cardId }) };
}

/** A greeting is followed by its business; a question that a card knows is complete; the rest is waited for as usual. */
function expectationOf(decision: Decision): Expectation {
  if (decision.kind === 'card') return 'complete';
  if (decision.kind !== 'intent') return 'normal';
  return decision.intent === 'greeting' ? 'patient' : 'complete';
}
