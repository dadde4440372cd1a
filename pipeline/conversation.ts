/**
 * Wires one call: the leg's events to the ear, the ear's to `step`, and runs the effects that `step` asks for.
 * No decision is taken here; who has the floor is decided in turn/step.ts, what to say in answers.ts.
 */
import { isAbort, TurnAborted, type TurnAbortCause } from '#kernel/abort.ts';
import type { Clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { Answers } from './answers.ts';
import { quietEndMs } from './audio/voiced-edges.ts';
import { isUnderstood, type ReadyReply } from './dialogue/reply.ts';
import type { ResumePoint } from './dialogue/resume-point.ts';
import { causeOf } from './end-of-call.ts';
import type { CallEventBody, CallEventSink } from './events.ts';
import { keepLineClock } from './line-clock.ts';
import type { EndpointEvent } from './listening/endpointer.ts';
import { Listener, POST_ROLL_MS } from './listening/listener.ts';
import type { CallLeg, EndCause, LegEvent, SpeechScorer } from './ports.ts';
import { OverlapFloor } from './overlap-floor.ts';
import { Mouth } from './speech/mouth.ts';
import { TurnTimers } from './turn-timers.ts';
import { CallerEar } from './turn/caller-ear.ts';
import { INITIAL_STATE, type Effect, type TurnEvent, type TurnState } from './turn/state.ts';
import { step } from './turn/step.ts';

export interface ConversationOptions {
  readonly leg: CallLeg;
  readonly scorer: SpeechScorer;
  /** Called once: a call's answers hold its history, and tell what they do through `emit`. */
  readonly answersFor: (emit: (event: CallEventBody) => void) => Answers;
  readonly clock: Clock;
  readonly hotline: string;
  readonly language: string;
  /** Everything that happens, in order. Must not throw. */
  readonly emit: CallEventSink;
  /** Where the conversation stood when another process lost it. */
  readonly resumeFrom?: ResumePoint | undefined;
  /** Told whenever the conversation has moved on, so that another process could take it up. */
  readonly onProgress?: (point: ResumePoint) => void;
  /** Aborts when the call must end (drain, admission); the caller hears no goodbye then. */
  readonly signal: AbortSignal;
}

/** An utterance being answered, heard or not. */
interface Preparation {
  readonly scope: AbortController;
  readonly reply: Promise<ReadyReply | undefined>;
}

/** Converses until the call has ended; resolves with how. Never rejects. */
export function converse(options: ConversationOptions): Promise<EndCause> {
  return new Conversation(options).run();
}

class Conversation {
  readonly #options: ConversationOptions;
  readonly #startMs: number;
  readonly #answers: Answers;
  readonly #ear: CallerEar;
  readonly #listener: Listener;
  readonly #mouth: Mouth;
  readonly #overlap: OverlapFloor;
  readonly #call = new AbortController();
  readonly #ended = Promise.withResolvers<EndCause>();
  readonly #preparations = new Map<string, Preparation>();
  readonly #timers: TurnTimers;
  readonly #inbox: TurnEvent[] = [];
  #isStepping = false;
  #state: TurnState;
  #lastCardId: string | undefined;
  #handsTo: 'human' | undefined;
  #utterances = 0;
  #utteranceId = '';
  #onsetMs = 0;

  constructor(options: ConversationOptions) {
    const { leg, clock, scorer } = options;
    this.#options = options;
    this.#startMs = clock.nowMs();
    this.#state = { ...INITIAL_STATE, turn: options.resumeFrom?.turn ?? 0 };
    this.#lastCardId = options.resumeFrom?.lastCardId;
    this.#answers = options.answersFor((event) => this.#emit(event));
    this.#ear = new CallerEar({ scorer, clock, audioMs: () => this.#listener.audioMs });
    this.#listener = new Listener({
      scorer: this.#ear,
      onEvent: (event) => this.#onEndpoint(event),
      onTrouble: (trouble, cause) => this.#onTrouble(trouble, cause),
    });
    this.#mouth = new Mouth({
      leg,
      clock,
      emit: (event) => this.#emit(event),
      onFinished: () => this.#post({ kind: 'playout-finished', atMs: this.#audioMs }),
      onProgress: (progress) => this.#tellProgress(progress),
      onHandOver: (to) => (this.#handsTo = to),
      onSaid: (text) => this.#answers.said(text),
      onFailed: (error, turn) => this.#failed('speech', error, turn),
      onPlays: (frame, atMs) => this.#ear.plays(frame, atMs),
    });
    this.#overlap = new OverlapFloor({
      ...{ leg, clock, mouth: this.#mouth, answers: this.#answers },
      heardSince: (onsetMs) => this.#listener.utterance(onsetMs, this.#audioMs),
      emit: (event) => this.#emit(event),
      onWeighed: (event) => this.#post({ ...event, atMs: this.#audioMs }),
      onFailed: (error) => this.#failed('recognition', error, this.#state.turn),
    });
    this.#timers = new TurnTimers({
      clock,
      onTimer: (timer) => this.#post({ kind: 'timer', atMs: this.#audioMs, timer }),
      isStirring: () => this.#ear.isStirring,
    });
  }

  async run(): Promise<EndCause> {
    const { leg, hotline, language, clock, signal } = this.#options;
    this.#emit({ kind: 'call-started', hotline, language });
    using _line = keepLineClock({
      clock,
      audioMs: () => this.#audioMs,
      hearSilence: (ms) => this.#listener.hearSilence((ms * leg.format.sampleRateHz) / 1000),
    });
    const onAbort = (): void => this.#hangUp(causeOf(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    leg.attach((event) => this.#hear(event));
    this.#post({ kind: 'call-started', atMs: 0 });
    if (signal.aborted) onAbort();
    const cause = await this.#ended.promise;
    signal.removeEventListener('abort', onAbort);
    await this.#close();
    this.#emit({ kind: 'call-ended', cause, durationMs: clock.nowMs() - this.#startMs });
    return cause;
  }

  get #audioMs(): number {
    return this.#listener.audioMs;
  }

  #emit(event: CallEventBody): void {
    const { emit, clock, leg } = this.#options;
    emit({ ...event, callId: leg.callId, atMs: clock.nowMs(), audioMs: this.#audioMs });
  }

  #hear(event: LegEvent): void {
    switch (event.kind) {
      case 'frame':
        this.#listener.hear(event.pcm);
        if (event.isConcealed) this.#emit({ kind: 'concealed', samples: event.pcm.length });
        return;
      case 'gap':
        this.#hearGap(event.samples);
        return;
      case 'dtmf':
        this.#emit({ kind: 'dtmf', digit: event.digit });
        this.#post({ kind: 'dtmf', atMs: this.#audioMs, digit: event.digit });
        return;
      case 'mark':
        this.#mouth.onMark(event.name);
        return;
      case 'ended':
        this.#ended.resolve(event.cause);
        this.#post({ kind: 'leg-ended', atMs: this.#audioMs });
    }
  }

  /** The line clock may have counted a part of the gap as silence already: the audio clock never runs ahead of time. */
  #hearGap(samples: number): void {
    const { clock, leg } = this.#options;
    const behindMs = clock.nowMs() - this.#startMs - this.#audioMs;
    const missing = Math.min(samples, Math.floor((behindMs * leg.format.sampleRateHz) / 1000));
    if (missing > 0) this.#listener.hearSilence(missing);
    this.#emit({ kind: 'gap', samples });
  }

  #onEndpoint(event: EndpointEvent): void {
    const atMs = this.#audioMs;
    const samplesPerMs = this.#options.leg.format.sampleRateHz / 1000;
    const onsetMs = this.#listener.endpointer.onsetSample / samplesPerMs;
    switch (event.kind) {
      case 'speech-start':
        this.#post({ kind: 'speech-start', atMs, onsetMs, isFaint: this.#ear.isFaint(onsetMs, atMs) });
        // Behind the step, so that a caller who goes on is counted to the turn that goes on.
        this.#emit({ kind: 'speech-start', turn: this.#state.turn, onsetMs });
        return;
      case 'voiced':
        this.#post({ kind: 'voiced', atMs, voicedMs: event.voicedMs, isFaint: this.#ear.isFaint(onsetMs, atMs) });
        return;
      case 'speech-resumed':
        this.#post({ kind: 'speech-resumed', atMs, onsetMs, isFaint: this.#ear.isFaint(onsetMs, atMs) });
        return;
      case 'soft-end':
        this.#post({ kind: 'soft-end', atMs, utteranceId: this.#nextUtterance(event.speechEndSample / samplesPerMs) });
        return;
      case 'end-of-turn': {
        const speechEndMs = event.speechEndSample / samplesPerMs;
        // A turn ended by force had no soft end.
        const isPrepared = this.#speechEndMs === speechEndMs;
        const utteranceId = isPrepared ? this.#utteranceId : this.#nextUtterance(speechEndMs);
        if (this.#state.phase === 'hearing') {
          const { turn } = this.#state;
          this.#emit({ kind: 'end-of-turn', turn, utteranceId, speechEndMs, silenceMs: event.silenceMs });
        }
        this.#post({ kind: 'end-of-turn', atMs, utteranceId, isForced: event.isForced, silenceMs: event.silenceMs });
      }
    }
  }

  #speechEndMs = -1;

  #nextUtterance(speechEndMs: number): string {
    this.#utterances += 1;
    this.#speechEndMs = speechEndMs;
    this.#utteranceId = `${this.#options.leg.callId}#${this.#utterances}`;
    return this.#utteranceId;
  }

  /** Events are stepped one after the other, also when an effect causes the next one. */
  #post(event: TurnEvent): void {
    this.#inbox.push(event);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inbox.shift(); next; next = this.#inbox.shift()) {
        const [state, effects] = step(this.#state, next);
        this.#state = state;
        for (const effect of effects) this.#run(effect);
      }
    } finally {
      this.#isStepping = false;
    }
  }

  #run(effect: Effect): void {
    switch (effect.kind) {
      case 'utterance-from':
        this.#onsetMs = effect.onsetMs;
        // Who speaks on has not gone yet.
        this.#handsTo = undefined;
        return;
      case 'prepare':
        this.#prepare(effect.utteranceId, effect.turn);
        return;
      case 'discard':
        this.#emit({ kind: 'speculation-discarded', turn: this.#state.turn, utteranceId: effect.utteranceId });
        this.#drop(effect.utteranceId, 'caller-continued');
        return;
      case 'await-answer':
        this.#await(effect.utteranceId, effect.turn);
        return;
      case 'say-answer':
        this.#say(effect.utteranceId, effect.turn);
        return;
      case 'say-prompted':
        this.#sayLater(effect.turn, (signal) => this.#answers.prompted(effect.prompted, { signal }));
        return;
      case 'answer-key':
        this.#sayLater(effect.turn, (signal) => this.#answers.key(effect.digit, effect.turn, { signal }));
        return;
      case 'revoke-answer':
        this.#answers.revoke();
        return;
      case 'abort-turn':
        this.#mouth.stop(effect.why);
        this.#ear.cut();
        return;
      case 'hold':
      case 'go-on':
      case 'weigh':
      case 'weigh-no-more':
        this.#overlap.run(effect);
        return;
      case 'note-barge-in':
        this.#emit({ kind: 'barge-in', turn: effect.turn, overlapMs: effect.overlapMs });
        return;
      case 'note-backchannel':
        this.#emit({ kind: 'backchannel', turn: effect.turn, overlapMs: effect.overlapMs });
        return;
      case 'arm':
        this.#timers.arm(effect.timer, effect.ms);
        return;
      case 'disarm':
        this.#timers.disarm(effect.timer);
        return;
      case 'hang-up':
        this.#hangUp(this.#handsTo === undefined ? effect.cause : { result: 'success', reason: 'transferred' });
    }
  }

  #prepare(utteranceId: string, turn: number): void {
    const { leg } = this.#options;
    const scope = new AbortController();
    const pcm = this.#listener.utterance(this.#onsetMs, this.#speechEndMs);
    const voicedEndMs = this.#voicedEndMs(pcm);
    this.#emit({ kind: 'soft-end', turn, utteranceId, voicedEndMs });
    const utterance = { id: utteranceId, pcm, sampleRateHz: leg.format.sampleRateHz };
    const reply = this.#answers.answer(utterance, turn, {
      signal: AbortSignal.any([scope.signal, this.#call.signal]),
      onExpectation: (expectation) => {
        if (this.#utteranceId === utteranceId) this.#listener.expect(expectation);
      },
    });
    // Whoever awaits it hears of a failure; a preparation that is discarded fails unheard.
    reply.catch(() => undefined);
    this.#preparations.set(utteranceId, { scope, reply });
  }

  /** The gate lets go late; in noise, which has no end, it knows better than the level. */
  #voicedEndMs(utterance: Int16Array): number {
    const endMs = Math.min(this.#audioMs, this.#speechEndMs + POST_ROLL_MS);
    return Math.min(this.#speechEndMs, endMs - quietEndMs(utterance, this.#options.leg.format.sampleRateHz));
  }

  #await(utteranceId: string, turn: number): void {
    const preparation = this.#preparations.get(utteranceId);
    if (!preparation) return;
    preparation.reply.then(
      (reply) => {
        const atMs = this.#audioMs;
        if (reply && this.#ear.takeTurn(isUnderstood(reply), this.#onsetMs, this.#speechEndMs))
          this.#post({ kind: 'prepared', atMs, utteranceId, endsCall: reply.endsCall });
        else this.#post({ kind: 'nothing-said', atMs, utteranceId });
      },
      (error: unknown) => {
        if (isAbort(error, preparation.scope.signal) || this.#call.signal.aborted) return;
        this.#failed('dialogue', error, turn);
        this.#post({ kind: 'nothing-said', atMs: this.#audioMs, utteranceId });
      },
    );
  }

  #say(utteranceId: string, turn: number): void {
    const preparation = this.#preparations.get(utteranceId);
    if (!preparation) return;
    this.#preparations.delete(utteranceId);
    this.#answers.commit(utteranceId);
    this.#mouth.say(preparation.reply, turn, preparation.scope);
  }

  #sayLater(turn: number, make: (signal: AbortSignal) => Promise<ReadyReply | undefined>): void {
    const scope = new AbortController();
    const reply = make(AbortSignal.any([scope.signal, this.#call.signal]));
    this.#mouth.say(reply, turn, scope);
    reply.then(
      (ready) => {
        if (ready?.endsCall === true && !scope.signal.aborted) {
          this.#post({ kind: 'reply-ends-call', atMs: this.#audioMs });
        }
      },
      // The mouth tells of a reply that could not be made.
      () => undefined,
    );
  }

  #drop(utteranceId: string, why: TurnAbortCause): void {
    this.#preparations.get(utteranceId)?.scope.abort(new TurnAborted(why));
    this.#preparations.delete(utteranceId);
  }

  #tellProgress(progress: { readonly cardId?: string; readonly heardPieces: number } | undefined): void {
    // A call that is over is not taken up again.
    if (this.#state.phase === 'ended') return;
    const { cardId, heardPieces = 0 } = progress ?? {};
    this.#lastCardId = cardId ?? this.#lastCardId;
    this.#options.onProgress?.({
      turn: this.#state.turn,
      ...(this.#lastCardId !== undefined && { lastCardId: this.#lastCardId }),
      ...(cardId !== undefined && { saying: { cardId, heardPieces } }),
    });
  }

  #onTrouble(trouble: 'skipped' | 'failed', cause: unknown): void {
    if (trouble === 'failed') this.#failed('vad', cause, this.#state.turn);
    else {
      this.#ear.skip();
      this.#emit({ kind: 'vad-skipped' });
    }
  }

  #failed(stage: 'vad' | 'recognition' | 'dialogue' | 'speech', error: unknown, turn: number): void {
    const code = isInzwaError(error) ? error.code : 'INZWA_ENGINE_FAILED';
    this.#emit({ kind: 'stage-failed', turn, stage, code });
  }

  #hangUp(cause: EndCause): void {
    this.#ended.resolve(cause);
    this.#options.leg.hangUp(cause).catch((error: unknown) => this.#failed('speech', error, this.#state.turn));
  }

  async #close(): Promise<void> {
    this.#post({ kind: 'leg-ended', atMs: this.#audioMs });
    this.#call.abort(new TurnAborted('caller-hung-up'));
    for (const utteranceId of [...this.#preparations.keys()]) this.#drop(utteranceId, 'caller-hung-up');
    this.#timers.close();
    this.#overlap.stop();
    await this.#mouth.close();
    this.#listener.close();
  }
}
