/**
 * Decides from the gate's readings when the caller may have finished (soft end), has gone on, or has finished.
 * Pure bookkeeping on the audio clock; the floor is decided in pipeline/turn/step.ts.
 */
import type { GateReading } from './speech-gate.ts';
import { neededSilenceMs, TURN_END_POLICY, type TurnEndPolicy, type TurnEvidence } from './turn-end.ts';

const NOTHING_KNOWN: TurnEvidence = { words: undefined, sound: undefined };

export interface EndpointingPolicy {
  /** Silence after which recognition starts on the chance that the caller has finished. */
  readonly softEndMs: number;
  /** Silence that ends a turn, by what is known of it. */
  readonly turnEnd: TurnEndPolicy;
  /** A turn is ended by force at this length. */
  readonly maxUtteranceMs: number;
}

/**
 * @defaultValue softEndMs: one window; the gate lets go about 80 ms after the last audible sample, so work starts some 115 ms
 * after it, and a start in vain costs a few milliseconds of an idle thread. maxUtteranceMs: Whisper's window is 30 s.
 */
export const ENDPOINTING_POLICY = {
  softEndMs: 32,
  turnEnd: TURN_END_POLICY,
  maxUtteranceMs: 25_000,
} as const satisfies EndpointingPolicy;

/** What the words of a turn so far say of its end. */
export interface Expectation {
  /** P(the caller has finished), in [0, 1]. */
  readonly completeness: number;
}

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
  readonly #samplesPerMs: number;
  readonly #policy: EndpointingPolicy;
  #phase: 'silent' | 'speech' | 'soft' = 'silent';
  #evidence: TurnEvidence = NOTHING_KNOWN;
  #reading: GateReading | undefined;
  #nowSample = 0;
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

  /** What has become known of the turn so far; forgotten when the caller goes on. Ends the turn if there was enough silence. */
  learn(evidence: Partial<TurnEvidence>): EndpointEvent | undefined {
    if (this.#phase !== 'soft' || this.#reading === undefined) return undefined;
    this.#evidence = { ...this.#evidence, ...evidence };
    return this.#endWhenSilent(this.#reading, this.#nowSample);
  }

  /** `nowSample` is the end of the window that `reading` is of. At most one event a window. */
  push(reading: GateReading, nowSample: number): EndpointEvent | undefined {
    this.#reading = reading;
    this.#nowSample = nowSample;
    const silenceMs = this.#silenceMs(reading, nowSample);
    if (this.#phase === 'silent') {
      if (!reading.isSpeech) return undefined;
      this.#phase = 'speech';
      this.#onsetSample = Math.max(reading.onsetSample, this.#endSample);
      this.#evidence = NOTHING_KNOWN;
      return { kind: 'speech-start', onsetSample: this.#onsetSample };
    }
    if ((nowSample - this.#onsetSample) / this.#samplesPerMs >= this.#policy.maxUtteranceMs) {
      return this.#end(reading, nowSample, true);
    }
    if (reading.isSpeech) {
      if (this.#phase === 'speech') return { kind: 'voiced', voicedMs: reading.voicedSamples / this.#samplesPerMs };
      this.#phase = 'speech';
      this.#evidence = NOTHING_KNOWN;
      return { kind: 'speech-resumed' };
    }
    if (this.#phase === 'speech' && silenceMs >= this.#policy.softEndMs) {
      this.#phase = 'soft';
      return { kind: 'soft-end', speechEndSample: reading.lastVoicedSample };
    }
    return this.#phase === 'soft' ? this.#endWhenSilent(reading, nowSample) : undefined;
  }

  #endWhenSilent(reading: GateReading, nowSample: number): EndpointEvent | undefined {
    if (reading.isStirring) return undefined;
    const neededMs = neededSilenceMs(this.#evidence, this.#policy.turnEnd);
    return this.#silenceMs(reading, nowSample) >= neededMs ? this.#end(reading, nowSample, false) : undefined;
  }

  #silenceMs({ lastVoicedSample }: GateReading, nowSample: number): number {
    return (nowSample - lastVoicedSample) / this.#samplesPerMs;
  }

  #end(reading: GateReading, nowSample: number, isForced: boolean): EndpointEvent {
    this.#phase = 'silent';
    this.#endSample = nowSample;
    const silenceMs = this.#silenceMs(reading, nowSample);
    return { kind: 'end-of-turn', speechEndSample: reading.lastVoicedSample, silenceMs, isForced };
  }
}
