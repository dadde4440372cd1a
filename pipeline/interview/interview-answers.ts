/**
 * One call's side of an interview for the conversation: hears, lets the flow decide, and has the first piece of sound made
 * before it is certain that the caller has finished. Knows no campaign: what an interview comes to is told to `notes`.
 */
import { isAbort } from '#kernel/abort.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { Answers, Scope } from '../answers.ts';
import { greetingAt } from '../dialogue/hotline.ts';
import { OverlappedWords, type WeighOptions } from '../dialogue/overlapped-words.ts';
import { makeReady, type ReadyReply } from '../dialogue/reply.ts';
import type { CallEventBody } from '../events.ts';
import type { Expectation } from '../listening/endpointer.ts';
import type { Transcript, Utterance } from '../ports.ts';
import type { OverlapWords } from '../turn/overlap-verdict.ts';
import type { Prompted } from '../turn/state.ts';
import { CallProgress } from './call-progress.ts';
import { silent, turn } from './flow.ts';
import {
  beginFlow,
  leftOutOf,
  nextQuestion,
  resumeOf,
  type FlowContext,
  type FlowState,
  type Said,
  type Turned,
} from './flow-state.ts';
import { beep, firstWords } from './first-contact.ts';
import { hintOf, promptOf, say } from './flow-words.ts';
import type { InterviewHearing } from './interview-hearing.ts';
import { COMPLETENESS, completenessOf, endOfCall } from './interview-replies.ts';
import type { InterviewCircumstances, InterviewEngines, InterviewNotes, InterviewOutcome } from './interview-parts.ts';
import { endOfEntry, keyPressed, type Entry } from './keys.ts';
import { withVariables } from './script.ts';

/** The same key, or the one that ends an entry, so soon behind a whole answer belonged to it. */
const SAME_PRESS_MS = 800;
/** Also under the goodbye. */
const OPT_OUT_KEY = '9';
/** Sound without words shorter than this is a cough or a breath (hotline-answers.ts). */
const LONGEST_NOISE_MS = 1_200;
const AGENT_TEXTS = 2;
/** So much of the opening must have been heard for a yes to be a consent. */
const HEARD_SHARE = 0.85;
/** Times that the opening is said again to somebody who talked into it. */
const MOST_OPENINGS = 3;

export class InterviewAnswers implements Answers {
  readonly #engines: InterviewEngines;
  readonly #circumstances: InterviewCircumstances;
  readonly #emit: (event: CallEventBody) => void;
  readonly #notes: InterviewNotes;
  readonly #progress: CallProgress;
  readonly #overlapped: OverlappedWords;
  readonly #agentTexts: string[] = [];
  readonly #greeting: string;
  #isOpeningHeard = false;
  #openings = 0;
  #hasTalked = false;
  #hasConsented = false;
  #isMachine = false;
  #entry: Entry = '';
  #samePressUntilMs = -Infinity;
  #lastKey = '';
  #farewell: readonly string[] = [];

  constructor(
    engines: InterviewEngines,
    circumstances: InterviewCircumstances,
    emit: (event: CallEventBody) => void,
    notes: InterviewNotes,
  ) {
    const { interview, recognizer, clock } = engines;
    this.#engines = engines;
    this.#circumstances = circumstances;
    this.#emit = emit;
    this.#notes = notes;
    this.#greeting = greetingAt(interview.pack, clock.wallMs());
    const answers = new Map(Object.entries(circumstances.answered));
    const before = beginFlow(interview, { answers, leftOut: leftOutOf(circumstances.resume) });
    this.#progress = new CallProgress(before, clock, (turned) => this.#turned(turned));
    this.#overlapped = new OverlappedWords({
      hotline: interview,
      recognizer,
      hearing: {
        transcribe: (utterance, _, { signal }) => this.#transcribed(utterance, this.#progress.asks, signal),
        decide: ({ transcript, utterance }, { signal }) => this.#isAnswer(utterance, transcript, signal),
      },
    });
  }

  /** What it has come to, at any moment. */
  get outcome(): InterviewOutcome {
    this.#progress.settle();
    const { state } = this.#progress;
    return {
      result: this.#isMachine ? 'machine' : (state.result ?? 'partial'),
      callbackAt: state.callbackAt,
      answeredBy: this.#isMachine ? 'machine' : this.#hasTalked ? 'person' : 'unknown',
      isAllAsked: state.hasConsented && nextQuestion(this.#engines.interview, state) === undefined,
      resume: resumeOf(state),
    };
  }

  /** False until something was understood or a key was pressed: only then can it still be a machine. */
  get hasTalked(): boolean {
    return this.#hasTalked;
  }

  /** From outside: the ear is certain while the machine still speaks. */
  noteMachine(): void {
    this.#isMachine = true;
  }

  async answer(
    utterance: Utterance,
    turnNo: number,
    opts: Scope & { readonly onExpectation: (expectation: Expectation) => void },
  ): Promise<ReadyReply | undefined> {
    this.#engines.onBusy?.(1);
    try {
      return await this.#answer(utterance, turnNo, opts);
    } finally {
      this.#engines.onBusy?.(-1);
    }
  }

  async #answer(
    utterance: Utterance,
    turnNo: number,
    { signal, onExpectation }: Scope & { readonly onExpectation: (expectation: Expectation) => void },
  ): Promise<ReadyReply | undefined> {
    this.#progress.settle();
    this.#entry = '';
    const { state } = this.#progress;
    const transcript = await this.#heard(utterance, turnNo, state, signal);
    if (transcript === undefined) return this.#unheard(utterance.id, turnNo, signal);
    const { text, doubt } = transcript;
    if (doubt === 'echo') return undefined;
    if (!this.#hasTalked && this.#isMachineHeard(transcript)) return this.#meetMachine(turnNo, signal);
    if ((doubt === 'no-speech' || text === '') && transcript.audioMs < LONGEST_NOISE_MS) return undefined;
    onExpectation({ completeness: COMPLETENESS.unclear });
    const said = await this.#read(utterance, transcript, turnNo, signal);
    if (said === undefined) return undefined;
    onExpectation({ completeness: completenessOf(said, state) });
    const turned = this.#mustOpen(state, said) ? this.#opening(state) : turn(this.#context, state, said);
    this.#progress.pend(utterance.id, turned);
    return this.#say(turned, turnNo, signal);
  }

  commit(utteranceId: string): void {
    const turned = this.#progress.commit(utteranceId);
    if (turned === undefined) return;
    if (turned.intent === 'greeting') this.#openings += 1;
    else if (turned.intent !== 'not-understood') this.#hasTalked = true;
    // Not taken back by what comes behind it: at once.
    if (turned.optsOut) this.#notes.optedOut(turned.optsOut);
  }

  revoke(): void {
    this.#progress.revoke();
  }

  weigh(utterance: Utterance, opts: WeighOptions): Promise<OverlapWords> {
    const { asks } = this.#progress;
    // Nobody consents to what they have not heard: a yes under the opening is a word of listening.
    const isAsked = asks.stage !== 'consent' && this.#engines.hearing.isClosed(asks);
    const expects = isAsked ? 'yes-no' : 'anything';
    return this.#overlapped.weigh(utterance, { expects, failuresInRow: 0, isLlmReady: false }, opts);
  }

  async prompted(prompted: Prompted, { signal }: Scope): Promise<ReadyReply | undefined> {
    this.#progress.settle();
    // A machine is told nothing but the message.
    if (this.#isMachine && prompted !== 'goodbye-silent') return undefined;
    const { state } = this.#progress;
    const context = this.#context;
    switch (prompted) {
      case 'greeting':
        await firstWords(this.#circumstances.ear, this.#engines.clock, { signal });
        return this.#saySettled(this.#opening(state), 0, signal);
      case 'still-there':
        if (this.#openings === 0) return this.#saySettled(this.#opening(state), 0, signal);
        return this.#sayTexts([say(context, 'still-there'), ...hintOf(context, state)], 'still-there', signal);
      case 'thinking':
        return this.#sayTexts([say(context, 'thinking')], 'thinking', signal);
      case 'gave-up':
        return this.#sayTexts([say(context, 'error'), ...hintOf(context, state)], 'gave-up', signal);
      case 'goodbye-silent': {
        const turned = silent(context, state);
        this.#progress.become(turned);
        return this.#say(turned, 0, signal);
      }
    }
  }

  async key(digit: string, turnNo: number, { signal }: Scope): Promise<ReadyReply | undefined> {
    this.#progress.settle();
    const { clock } = this.#engines;
    const isOver = this.#progress.state.stage === 'over';
    if (clock.nowMs() < this.#samePressUntilMs && (digit === this.#lastKey || digit === '#')) {
      this.#samePressUntilMs = clock.nowMs() + SAME_PRESS_MS;
      if (isOver) return this.#ready({ texts: this.#farewell, intent: 'goodbye', endsCall: true }, turnNo, signal);
      return this.#sayTexts(promptOf(this.#context, this.#progress.state), 'ask', signal, turnNo);
    }
    if (isOver && digit !== OPT_OUT_KEY) return endOfCall('goodbye');
    this.#hasTalked = true;
    const keyed = keyPressed(this.#progress.state, this.#entry, digit, this.#context);
    if (keyed.kind === 'more') {
      this.#entry = keyed.entry;
      // The next key aborts this, and finds the entry; so does a voice, which clears it.
      await clock.sleep(keyed.ms, { signal });
    }
    const said = keyed.kind === 'said' ? keyed.said : endOfEntry(this.#progress.state, keyed.entry, this.#context);
    this.#entry = '';
    this.#samePressUntilMs = clock.nowMs() + SAME_PRESS_MS;
    this.#lastKey = digit;
    const turned = turn(this.#context, this.#progress.state, said);
    if (turned.optsOut) this.#notes.optedOut(turned.optsOut);
    return this.#saySettled(turned, turnNo, signal);
  }

  said(heardText: string): void {
    const whole = promptOf(this.#context, this.#progress.asks).join(' ');
    this.#isOpeningHeard ||= heardText.length >= HEARD_SHARE * whole.length;
    if (heardText === '') return;
    this.#agentTexts.push(heardText);
    if (this.#agentTexts.length > AGENT_TEXTS) this.#agentTexts.shift();
  }

  get #context(): FlowContext {
    const { interview, clock } = this.#engines;
    const { vars, tz, canTransfer, answered } = this.#circumstances;
    const isResumed = Object.keys(answered).length > 0;
    return { interview, vars, tz, canTransfer, isResumed, greeting: this.#greeting, nowMs: clock.wallMs() };
  }

  #turned(turned: Turned): void {
    if (turned.answered) this.#notes.answered(turned.answered);
    if (turned.state.hasConsented && !this.#hasConsented) {
      this.#hasConsented = true;
      this.#notes.consented();
    }
    // The one that asks for consent is another one than that which asked for a name.
    if (turned.intent === 'consent') {
      this.#isOpeningHeard = false;
      this.#openings = 1;
    }
  }

  #opening(state: FlowState): Turned {
    return { state, texts: promptOf(this.#context, state), intent: 'greeting', endsCall: false };
  }

  /** Nothing that the opening was cut off by is an answer to it, and a yes to half of it is none either. */
  #mustOpen({ stage }: FlowState, said: Said): boolean {
    if (stage !== 'identity' && stage !== 'consent') return false;
    if (this.#isOpeningHeard || this.#openings >= MOST_OPENINGS) return false;
    return said.kind === 'unclear' || (said.kind === 'answer' && said.value === true);
  }

  #isMachineHeard(transcript: Transcript): boolean {
    return this.#circumstances.ear.isMachine || this.#engines.hearing.isMachine(transcript);
  }

  /** A message behind the beep, or nothing more. */
  async #meetMachine(turnNo: number, signal: AbortSignal): Promise<ReadyReply> {
    const { interview, clock } = this.#engines;
    const { machine } = interview;
    this.#isMachine = true;
    this.#emit({ kind: 'decision', turn: turnNo, source: 'pack', intent: 'machine' });
    if (machine.kind === 'message') {
      await beep(this.#circumstances.ear, clock, { signal });
      const text = withVariables(machine.text, this.#circumstances.vars);
      const ready = await this.#ready({ texts: [text], intent: 'machine', endsCall: true }, turnNo, signal);
      if (ready) return ready;
    }
    return endOfCall('machine');
  }

  async #heard(
    utterance: Utterance,
    turnNo: number,
    state: FlowState,
    signal: AbortSignal,
  ): Promise<Transcript | undefined> {
    try {
      const transcript = await this.#transcribed(utterance, state, signal);
      const { text, confidence, doubt, window, timings } = transcript;
      const event = {
        kind: 'transcript',
        turn: turnNo,
        utteranceId: utterance.id,
        text,
        confidence,
        window,
        timings,
      } as const;
      this.#emit({ ...event, ...(doubt && { doubt }) });
      return transcript;
    } catch (error) {
      this.#failed(error, turnNo, signal);
      return undefined;
    }
  }

  #transcribed(utterance: Utterance, state: FlowState, signal: AbortSignal): Promise<Transcript> {
    return this.#engines.hearing.transcribe(utterance, state, { signal, agentTexts: this.#agentTexts });
  }

  #read(
    utterance: Utterance,
    transcript: Transcript,
    turnNo: number,
    signal: AbortSignal,
  ): ReturnType<InterviewHearing['read']> {
    const { nowMs, tz } = this.#context;
    return this.#engines.hearing.read(utterance, transcript, this.#progress.asks, {
      ...{ nowMs, tz, signal, agentTexts: this.#agentTexts },
      onFailed: (error) => this.#failed(error, turnNo, signal),
    });
  }

  async #isAnswer(utterance: Utterance, transcript: Transcript, signal: AbortSignal) {
    const said = await this.#read(utterance, transcript, 0, signal);
    const isOne = said?.kind === 'answer' || said?.kind === 'out-of-range' || said?.kind === 'wish';
    return isOne
      ? ({ kind: 'intent', intent: 'yes', by: 'text' } as const)
      : ({ kind: 'not-understood', offerHuman: false } as const);
  }

  /** The recogniser is down: an apology, and it counts as not understood. */
  #unheard(utteranceId: string, turnNo: number, signal: AbortSignal): Promise<ReadyReply | undefined> {
    const turned = turn(this.#context, this.#progress.state, { kind: 'unclear' });
    const texts = turned.endsCall ? turned.texts : [say(this.#context, 'error'), ...turned.texts.slice(1)];
    this.#progress.pend(utteranceId, { ...turned, texts });
    return this.#say({ ...turned, texts }, turnNo, signal);
  }

  async #saySettled(turned: Turned, turnNo: number, signal: AbortSignal): Promise<ReadyReply | undefined> {
    if (turned.intent === 'greeting') this.#openings += 1;
    if (turned.endsCall) this.#farewell = turned.texts;
    this.#progress.become(turned);
    return this.#say(turned, turnNo, signal);
  }

  #say(turned: Turned, turnNo: number, signal: AbortSignal): Promise<ReadyReply | undefined> {
    this.#emit({ kind: 'decision', turn: turnNo, source: 'pack', intent: turned.intent });
    return this.#ready(turned, turnNo, signal, turned.state.pace);
  }

  #sayTexts(
    texts: readonly string[],
    intent: string,
    signal: AbortSignal,
    turnNo = 0,
  ): Promise<ReadyReply | undefined> {
    return this.#ready({ texts, intent, endsCall: false }, turnNo, signal, this.#progress.state.pace);
  }

  async #ready(
    { texts, intent, endsCall, handsTo }: Pick<Turned, 'texts' | 'intent' | 'endsCall' | 'handsTo'>,
    turnNo: number,
    signal: AbortSignal,
    pace = this.#progress.state.pace,
  ): Promise<ReadyReply | undefined> {
    const text = texts.join(' ');
    this.#emit({ kind: 'answer-text', turn: turnNo, source: 'pack', text });
    const pieces = this.#engines.speaker.say(text, { signal, pace });
    const ready = await makeReady({ source: 'pack', intent, endsCall, ...(handsTo && { handsTo }), pieces });
    if (ready) this.#emit({ kind: 'first-audio', turn: turnNo, cached: ready.first.isCached });
    return ready ?? (endsCall ? endOfCall(intent) : undefined);
  }

  #failed(error: unknown, turnNo: number, signal: AbortSignal): void {
    if (isAbort(error, signal) || signal.aborted) throw error;
    const code = isInzwaError(error) ? error.code : 'INZWA_ENGINE_FAILED';
    this.#emit({ kind: 'stage-failed', turn: turnNo, stage: 'recognition', code });
  }
}
