/**
 * Carries out what `step` wants while both speak: holds the agent and lets it go on, and has what is said under its speech
 * recognised, one stretch at a time, the last one asked for.
 */
import { isAbort, TurnAborted } from '#kernel/abort.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Answers } from './answers.ts';
import type { CallEventBody } from './events.ts';
import type { CallLeg, Utterance } from './ports.ts';
import type { Mouth } from './speech/mouth.ts';
import type { OverlapWords } from './turn/overlap-verdict.ts';
import type { Effect, TurnEvent } from './turn/state.ts';

/** Nothing is known of the words: how long it lasted decides. */
const UNKNOWN: OverlapWords = { margin: 0, isAnswer: false };

type Weighed = Omit<Extract<TurnEvent, { kind: 'weighed' }>, 'atMs'>;

export interface OverlapFloorOptions {
  readonly leg: Pick<CallLeg, 'callId' | 'format'>;
  readonly mouth: Pick<Mouth, 'hold' | 'goOn'>;
  readonly answers: Pick<Answers, 'weigh'>;
  readonly clock: Clock;
  /** What the caller said from there on, up to now: PCM16, with pre-roll. */
  readonly heardSince: (onsetMs: number) => Int16Array;
  readonly emit: (event: CallEventBody) => void;
  readonly onWeighed: (event: Weighed) => void;
  readonly onFailed: (error: unknown) => void;
}

export class OverlapFloor {
  readonly #options: OverlapFloorOptions;
  #scope: AbortController | undefined;
  #asked = 0;
  #heldAtMs = 0;

  constructor(options: OverlapFloorOptions) {
    this.#options = options;
  }

  run(effect: Extract<Effect, { kind: 'hold' | 'go-on' | 'weigh' | 'weigh-no-more' }>): void {
    const { mouth, clock, emit, heardSince } = this.#options;
    switch (effect.kind) {
      case 'hold':
        this.#heldAtMs = clock.nowMs();
        mouth.hold();
        emit({ kind: 'overlap-held', turn: effect.turn, overlapMs: effect.overlapMs });
        return;
      case 'go-on': {
        const againMs = mouth.goOn();
        const heldMs = clock.nowMs() - this.#heldAtMs;
        emit({ kind: 'overlap-resumed', turn: effect.turn, why: effect.why, heldMs, againMs });
        return;
      }
      case 'weigh':
        this.#weigh(heardSince(effect.onsetMs), effect.utteranceId);
        return;
      case 'weigh-no-more':
        this.stop();
    }
  }

  stop(): void {
    this.#scope?.abort(new TurnAborted('superseded'));
    this.#scope = undefined;
  }

  /** Always answered, unless `stop` comes first or something else is weighed. */
  #weigh(pcm: Int16Array, utteranceId: string | undefined): void {
    this.stop();
    const scope = new AbortController();
    this.#scope = scope;
    const { leg, answers, onWeighed, onFailed } = this.#options;
    const id = `${leg.callId}#under-${++this.#asked}`;
    const utterance: Utterance = { id, pcm, sampleRateHz: leg.format.sampleRateHz };
    answers.weigh(utterance, { signal: scope.signal, isWhole: utteranceId !== undefined }).then(
      (words) => {
        if (!scope.signal.aborted) onWeighed({ kind: 'weighed', utteranceId, words });
      },
      (error: unknown) => {
        if (isAbort(error, scope.signal) || scope.signal.aborted) return;
        onFailed(error);
        onWeighed({ kind: 'weighed', utteranceId, words: UNKNOWN });
      },
    );
  }
}
