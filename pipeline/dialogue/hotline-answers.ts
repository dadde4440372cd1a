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
import type { OverlapWords } from '../turn/overlap-verdict.ts';
import type { Prompted } from '../turn/state.ts';
import { Hearing, type Understood } from './answerer-hearing.ts';
import { readBackOf, THRESHOLDS, type Answerer, type DialogueState } from './answerer.ts';
import type { BegunAnswer } from './free-answer.ts';
import type { SpeechGuard } from './guard.ts';
import { ConversationHistory } from './history.ts';
import { FreeAnswers } from './hotline-answers-free.ts';
import { keySaid, keysNamedIn, menuOf } from './hotline-answers-menu.ts';
import { CallMemory } from './hotline-answers-memory.ts';
import { welcomeAt, type Hotline, type PhraseId } from './hotline.ts';
import { OverlappedWords, type WeighOptions } from './overlapped-words.ts';
import { makeReady, type ReadyReply } from './reply.ts';
import type { Resumption } from './resume-point.ts';
import { Sayings, type Asked, type SaidBefore, type Saying } from './sayings.ts';
import { takeUp } from './take-up.ts';
import { completenessOf } from './turn-completeness.ts';

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

/** Sound without words shorter than this is a cough or a breath; longer, the caller said something we did not get. */
const LONGEST_NOISE_MS = 1_200;
/** Sentences of the agent that may come back from the line as an echo. */
const AGENT_TEXTS = 2;

const PROMPTED_PHRASES = {
  'still-there': 'still-there',
  'goodbye-silent': 'goodbye',
  'gave-up': 'error',
} as const satisfies Record<Exclude<Prompted, 'greeting' | 'thinking'>, PhraseId>;

export class HotlineAnswers implements Answers {
  readonly #engines: HotlineEngines;
  readonly #emit: (event: CallEventBody) => void;
  readonly #sayings: Sayings;
  readonly #history = new ConversationHistory();
  readonly #memory = new CallMemory();
  readonly #hearing: Hearing;
  readonly #overlapped: OverlappedWords;
  readonly #free: FreeAnswers;
  #isRevoked = false;
  #timesThinking = 0;
  #resumption: Resumption | undefined;

  constructor(
    engines: HotlineEngines,
    callId: string,
    emit: (event: CallEventBody) => void,
    { canTransfer = false, resumption }: CallCircumstances = {},
  ) {
    this.#engines = engines;
    this.#emit = emit;
    this.#sayings = new Sayings(engines.hotline, { canTransfer });
    this.#hearing = new Hearing(engines);
    this.#overlapped = new OverlappedWords({ ...engines, hearing: this.#hearing });
    this.#free = new FreeAnswers({ engines, callId, emit });
    this.#resumption = resumption;
    this.#memory.lastCardId = resumption?.from?.lastCardId;
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
    if (!transcript) return this.#unheard(utterance.id, turn, signal);
    const { text, doubt } = transcript;
    // The agent's own words: answered, the line would talk to itself for ever.
    if (doubt === 'echo') return undefined;
    if ((doubt === 'no-speech' || text === '') && transcript.audioMs < LONGEST_NOISE_MS) return undefined;
    const expect = (known: Understood): void => opts.onExpectation(this.#expectationOf(known, transcript));
    // Until the audio has been asked, nothing is certain: the caller is waited for meanwhile.
    const onGuess = (): void => expect({ kind: 'not-understood', offerHuman: false });
    const { understood, begun } = await this.#decide(transcript, utterance, turn, { signal, onGuess });
    expect(understood);
    if (understood.kind === 'intent' && understood.intent === 'backchannel') return undefined;
    if (begun) {
      const free = await this.#adopt(begun, transcript, turn, signal);
      if (free) return free;
    }
    const isFailure = understood.kind === 'llm' || understood.kind === 'not-understood';
    const saying = this.#sayingFor(understood, text);
    this.#emitDecision(understood, saying, turn);
    const { reply, texts, asked, pace } = saying;
    this.#memory.pend(utterance.id, {
      callerText: text,
      failuresInRow: isFailure ? this.#memory.failuresInRow + 1 : 0,
      asked,
      announcedKeys: this.#keysIn(saying),
      ...(reply.cardId !== undefined && { cardId: reply.cardId }),
      ...(!isFailure && !isSaidAgain(saying) && { repeatable: texts }),
      ...(pace !== undefined && { pace }),
      ...(reply.intent === 'greeting' && { hasGreeted: true }),
    });
    return this.#ready(saying, turn, signal);
  }

  #expectationOf(understood: Understood, transcript: Transcript): Expectation {
    const { language } = this.#engines.hotline.pack;
    const expectsYesNo = this.#state.expects === 'yes-no';
    return { completeness: completenessOf(understood, transcript, { language, expectsYesNo }) };
  }

  /** The recogniser is down: an apology, and when it stays down a person, as after anything that is not understood. */
  #unheard(utteranceId: string, turn: number, signal: AbortSignal): Promise<ReadyReply | undefined> {
    const failuresInRow = this.#memory.failuresInRow + 1;
    const isLasting = failuresInRow >= THRESHOLDS.failuresBeforeHuman;
    const saying = isLasting
      ? this.#sayings.intent('human', this.#before())
      : this.#sayings.phrase('error', 'engine-failed');
    this.#memory.pend(utteranceId, { callerText: '', failuresInRow, asked: saying.asked });
    return this.#ready(saying, turn, signal);
  }

  commit(utteranceId: string): void {
    this.#memory.commit(utteranceId);
    this.#isRevoked = false;
  }

  revoke(): void {
    this.#memory.revoke();
    this.#isRevoked = true;
  }

  /** What the caller has begun to hear becomes part of the conversation, unless it was revoked in its first moments. */
  #settle(): void {
    const callerText = this.#memory.settle();
    if (callerText !== undefined) this.#history.appendCaller(callerText);
  }

  weigh(utterance: Utterance, opts: WeighOptions): Promise<OverlapWords> {
    return this.#overlapped.weigh(utterance, this.#stateWhen(this.#memory.asks), opts);
  }

  prompted(prompted: Prompted, { signal }: Scope): Promise<ReadyReply | undefined> {
    this.#settle();
    const { hotline, clock } = this.#engines;
    if (prompted === 'greeting' && this.#resumption) {
      const { saying, repeatable } = takeUp(this.#resumption, hotline, this.#sayings);
      this.#resumption = undefined;
      this.#memory.lastTexts = repeatable ?? [];
      return this.#ready(saying, 0, signal);
    }
    if (prompted === 'greeting') {
      const texts = [welcomeAt(hotline, clock.wallMs())];
      this.#memory.lastTexts = texts;
      const saying: Saying = { reply: { source: 'pack', intent: 'greeting', endsCall: false }, texts };
      this.#memory.announcedKeys = this.#keysIn(saying);
      return this.#ready(saying, 0, signal);
    }
    // "Yes, I am here" must not be taken for the answer to what was asked before the silence.
    if (prompted === 'still-there') this.#memory.asked = undefined;
    const saying =
      prompted === 'thinking'
        ? this.#sayings.thinking(this.#timesThinking++)
        : this.#sayings.phrase(PROMPTED_PHRASES[prompted], prompted);
    return this.#ready(saying, 0, signal);
  }

  key(digit: string, turn: number, { signal }: Scope): Promise<ReadyReply | undefined> {
    this.#settle();
    const memory = this.#memory;
    const saying = this.#sayingOfKey(digit);
    memory.failuresInRow = 0;
    memory.asked = saying.asked;
    memory.pace = saying.pace ?? memory.pace;
    memory.announcedKeys = this.#keysIn(saying);
    if (this.#engines.hotline.keys.has(digit) && !isSaidAgain(saying)) memory.lastTexts = saying.texts;
    this.#emit({ kind: 'decision', turn, ...namesOf(saying.reply) });
    return this.#ready(saying, turn, signal);
  }

  said(heardText: string): void {
    this.#settle();
    if (this.#isRevoked) {
      this.#isRevoked = false;
      return;
    }
    this.#memory.saidFreely(heardText);
    this.#history.beginAgent();
    this.#history.appendAgent(heardText);
    this.#history.completeAgent();
  }

  async #transcribe(utterance: Utterance, turn: number, signal: AbortSignal): Promise<Transcript | undefined> {
    try {
      const agentTexts = this.#history.forPrompt().flatMap(({ who, text }) => (who === 'agent' ? [text] : []));
      const scope = { signal, agentTexts: agentTexts.slice(-AGENT_TEXTS) };
      const transcript = await this.#hearing.transcribe(utterance, this.#state, scope);
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
    utterance: Utterance,
    turn: number,
    { signal, onGuess }: Scope & { readonly onGuess: () => void },
  ): Promise<{ readonly understood: Understood; readonly begun: BegunAnswer | undefined }> {
    const { hotline } = this.#engines;
    const key = keySaid(transcript, hotline);
    if (key !== undefined) return { understood: { kind: 'menu-choice', choiceId: key }, begun: undefined };
    let early: BegunAnswer | undefined;
    const menu = menuOf(this.#memory.announcedKeys, hotline);
    const understood = await this.#hearing.decide(
      { transcript, utterance, state: this.#state, menu },
      {
        signal,
        // While the audio is asked in one engine thread, the language model can begin in the other.
        onGuess: (guess) => {
          onGuess();
          if (guess.kind === 'llm') early = this.#begin(guess.cardIds, transcript, turn, signal);
        },
        onFailed: (error) => {
          this.#failed(error, 'recognition', turn, signal);
        },
      },
    );
    if (understood.kind === 'llm') {
      return { understood, begun: early ?? this.#begin(understood.cardIds, transcript, turn, signal) };
    }
    early?.abandon();
    return { understood, begun: undefined };
  }

  get #state(): DialogueState {
    return this.#stateWhen(this.#memory.asked);
  }

  #stateWhen(asked: Asked): DialogueState {
    const { failuresInRow, lastCardId } = this.#memory;
    return {
      expects: asked === undefined ? 'anything' : 'yes-no',
      failuresInRow,
      isLlmReady: this.#engines.dialogue !== undefined,
      ...(lastCardId !== undefined && { lastCardId }),
    };
  }

  #begin(cardIds: readonly string[], { text }: Transcript, turn: number, signal: AbortSignal): BegunAnswer | undefined {
    const history = [...this.#history.forPrompt(), { who: 'caller', text } as const];
    return this.#free.begin({ cardIds, history, pace: this.#memory.pace, turn }, { signal });
  }

  async #adopt(
    begun: BegunAnswer,
    { text, utteranceId }: Transcript,
    turn: number,
    signal: AbortSignal,
  ): Promise<ReadyReply | undefined> {
    try {
      const reply = await this.#free.adopt(begun, turn);
      if (reply) {
        this.#memory.pend(utteranceId, { callerText: text, failuresInRow: 0, asked: undefined, isFree: true });
      }
      return reply;
    } catch (error) {
      this.#failed(error, 'dialogue', turn, signal);
      return undefined;
    }
  }

  #sayingFor(understood: Understood, heard: string): Saying {
    switch (understood.kind) {
      case 'card':
        return this.#sayings.card(understood.cardId, readBackOf(understood));
      case 'intent':
        return this.#sayings.intent(understood.intent, this.#before(heard));
      case 'menu-choice':
        return this.#sayingOfKey(understood.choiceId);
      case 'llm':
        return this.#sayings.notUnderstood(this.#memory.failuresInRow + 1 >= THRESHOLDS.failuresBeforeHuman);
      case 'not-understood':
        return this.#sayings.notUnderstood(understood.offerHuman);
    }
  }

  /** The same for a key that was pressed and one whose number was said. */
  #sayingOfKey(digit: string): Saying {
    const action = this.#engines.hotline.keys.get(digit);
    if (action === undefined) return this.#sayings.phrase('help', 'unknown-key');
    if (action.kind === 'card') return this.#sayings.card(action.cardId);
    return this.#sayings.intent(action.intent, this.#before());
  }

  #before(heard = ''): SaidBefore {
    const { lastTexts, asked, hasGreeted, pace } = this.#memory;
    return { texts: lastTexts, asked, heard, wallMs: this.#engines.clock.wallMs(), hasGreeted, pace };
  }

  /** Keys that a sentence of the hotline's tells of; figures in a card's answer are facts. */
  #keysIn({ reply, texts }: Saying): ReadonlySet<string> {
    return reply.source === 'pack' ? keysNamedIn(texts.join(' '), this.#engines.hotline) : new Set();
  }

  async #ready(
    { reply, texts, pace = this.#memory.pace }: Saying,
    turn: number,
    signal: AbortSignal,
  ): Promise<ReadyReply | undefined> {
    const text = texts.join(' ');
    this.#emit({ kind: 'answer-text', turn, source: reply.source, text });
    const ready = await makeReady({ ...reply, pieces: this.#engines.speaker.say(text, { signal, pace }) });
    if (ready) this.#emit({ kind: 'first-audio', turn, cached: ready.first.isCached });
    return ready;
  }

  #emitDecision(decision: Understood, saying: Saying, turn: number): void {
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

/** What repeats is not itself repeated: the promise to speak slowly is made once. */
function isSaidAgain({ reply }: Saying): boolean {
  return reply.intent === 'repeat' || reply.intent === 'slower';
}
