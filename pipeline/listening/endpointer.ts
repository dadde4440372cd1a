/**
 * Decides from the gate's readings when the caller may have finished (soft end), has gone on, or has finished.
 * Pure bookkeeping on the audio clock; the floor is decided in pipeline/turn/step.ts.
 */
import type { GateReading } from './speech-gate.ts';

export interface EndpointingPolicy {
  /** Silence after which recognition starts on the chance that the caller has finished. */
  readonly softEndMs: number;
  /** Silence that ends a turn. */
  readonly endOfTurnMs: number;
  /** Silence that ends a turn whose answer is known with confidence already (a whole question of a card was heard). */
  readonly completeMs: number;
  /** Silence that ends a turn in which the caller dictates digits or exchanges greetings. */
  readonly patientMs: number;
  /** A turn is ended by force at this length. */
  readonly maxUtteranceMs: number;
}

/**
 * @defaultValue softEndMs: two windows; the gate lets go about 90 ms after the last voiced sample, so work starts some 150 ms after it. endOfTurnMs: between the field's 300
 * and 500 ms; pauses inside a sentence are covered by the continuation rule. maxUtteranceMs: Whisper's window is 30 s.
 */
export const ENDPOINTING_POLICY = {
  softEndMs: 64,
  endOfTurnMs: 480,
  completeMs: 320,
  patientMs: 700,
  maxUtteranceMs: 25_000,
} as const satisfies EndpointingPolicy;

export type Expectation = 'normal' | 'complete' | 'patient';

export type EndpointEvent =
  | { readonly kind: 'speech-start'; readonly onsetSample: number }
  | { readonly kind: 'voiced'; readonly voicedMs: number }
  | { readonly kind: 'soft-end'; readonly speechEndSample: number }
  | { readonly kind: 'speech-resumed' }
  | {
      readonly kind: 'end-of-turn';
      readonly speechEndSample: number;
      readonly silenceMs: number;
      /** At the utterance limit; the caller may be speaking still. */
      readonly isForced: boolean;
    };

export class Endpointer {
  /** What is known about the turn so far; set from outside at any time, back to `normal` with each new utterance. */
  expectation: Expectation = 'normal';
  readonly #samplesPerMs: number;
  readonly #policy: EndpointingPolicy;
  #phase: 'silent' | 'speech' | 'soft' = 'silent';
  #onsetSample = 0;
  /** A turn that was ended by force leaves the gate open: the next one begins here at the earliest. */
  #endSample = 0;

  constructor(sampleRateHz: number, policy: EndpointingPolicy = ENDPOINTING_POLICY) {
    this.#samplesPerMs = sampleRateHz / 1000;
    this.#policy = policy;
  }

  /** True from the onset until the end of the turn: the gate then believes speech that comes back more easily. */
  get isExpecting(): boolean {
    return this.#phase !== 'silent';
  }

  get onsetSample(): number {
    return this.#onsetSample;
  }

  /** `nowSample` is the end of the window that `reading` is of. At most one event a window. */
  push(reading: GateReading, nowSample: number): EndpointEvent | undefined {
    const silenceMs = (nowSample - reading.lastVoicedSample) / this.#samplesPerMs;
    if (this.#phase === 'silent') {
      if (!reading.isSpeech) return undefined;
      this.#phase = 'speech';
      this.#onsetSample = Math.max(reading.onsetSample, this.#endSample);
      this.expectation = 'normal';
      return { kind: 'speech-start', onsetSample: this.#onsetSample };
    }
    if ((nowSample - this.#onsetSample) / this.#samplesPerMs >= this.#policy.maxUtteranceMs) {
      return this.#end(reading, nowSample, silenceMs, true);
    }
    if (reading.isSpeech) {
      if (this.#phase === 'speech') return { kind: 'voiced', voicedMs: reading.voicedSamples / this.#samplesPerMs };
      this.#phase = 'speech';
      this.expectation = 'normal';
      return { kind: 'speech-resumed' };
    }
    if (this.#phase === 'speech' && silenceMs >= this.#policy.softEndMs) {
      this.#phase = 'soft';
      return { kind: 'soft-end', speechEndSample: reading.lastVoicedSample };
    }
    if (this.#phase === 'soft' && silenceMs >= this.#neededMs()) return this.#end(reading, nowSample, silenceMs, false);
    return undefined;
  }

  #neededMs(): number {
    switch (this.expectation) {
      case 'normal':
        return this.#policy.endOfTurnMs;
      case 'complete':
        return this.#policy.completeMs;
      case 'patient':
        return this.#policy.patientMs;
    }
  }

  #end(reading: GateReading, nowSample: number, silenceMs: number, isForced: boolean): EndpointEvent {
    this.#phase = 'silent';
    this.#endSample = nowSample;
    return { kind: 'end-of-turn', speechEndSample: reading.lastVoicedSample, silenceMs, isForced };
  }
}
