/**
 * From one probability per window to stretches of speech: hysteresis and a minimum onset.
 * It knows nothing of turns; how long a silence means what is the endpointer's business.
 */
export interface SpeechGatePolicy {
  /** P(speech) from which a window counts as voiced while there is no speech, and below which it is silent while there is. */
  readonly onsetProbability: number;
  readonly offsetProbability: number;
  /** Voiced windows needed, within one more window than that, before speech is believed. */
  readonly onsetWindows: number;
  /** The same for speech that comes back after a short silence: it is easier to believe. */
  readonly resumeWindows: number;
}

/** @defaultValue Silero's own thresholds (0.5 and 0.15 below); 3 windows of 32 ms reject clicks, 2 let speech go on. */
export const SPEECH_GATE_POLICY = {
  onsetProbability: 0.5,
  offsetProbability: 0.35,
  onsetWindows: 3,
  resumeWindows: 2,
} as const satisfies SpeechGatePolicy;

/** What the gate says after each window. Sample positions are absolute on the audio clock. */
export interface GateReading {
  readonly isSpeech: boolean;
  /** Where the current or last stretch began (its first voiced window), pre-roll not included. */
  readonly onsetSample: number;
  /** End of the last voiced window of the current or last stretch. */
  readonly lastVoicedSample: number;
  /** Samples of voiced windows since the onset. */
  readonly voicedSamples: number;
  /** No speech yet, but the last window was voiced: not the moment to find that somebody has finished. */
  readonly isStirring: boolean;
}

export class SpeechGate {
  readonly #policy: SpeechGatePolicy;
  readonly #windowSamples: number;
  #isSpeech = false;
  #onsetSample = 0;
  #lastVoicedSample = 0;
  #voicedSamples = 0;
  #recent: number[] = [];
  #isStirring = false;

  constructor(windowSamples: number, policy: SpeechGatePolicy = SPEECH_GATE_POLICY) {
    this.#windowSamples = windowSamples;
    this.#policy = policy;
  }

  /** One window that ends at `endSample`; windows come in order. `isExpecting`: speech was there a moment ago. */
  push(probability: number, endSample: number, isExpecting: boolean): GateReading {
    const { onsetProbability, offsetProbability } = this.#policy;
    if (this.#isSpeech) {
      if (probability >= offsetProbability) {
        this.#lastVoicedSample = endSample;
        this.#voicedSamples += this.#windowSamples;
      } else {
        this.#isSpeech = false;
        this.#recent = [];
      }
    } else if (probability >= onsetProbability) {
      this.#open(endSample, isExpecting);
    } else {
      this.#forget(endSample, isExpecting);
    }
    this.#isStirring = !this.#isSpeech && probability >= onsetProbability;
    return this.reading;
  }

  get reading(): GateReading {
    return {
      isSpeech: this.#isSpeech,
      onsetSample: this.#onsetSample,
      lastVoicedSample: this.#lastVoicedSample,
      voicedSamples: this.#voicedSamples,
      isStirring: this.#isStirring,
    };
  }

  #needed(isExpecting: boolean): number {
    return isExpecting ? this.#policy.resumeWindows : this.#policy.onsetWindows;
  }

  #open(endSample: number, isExpecting: boolean): void {
    this.#forget(endSample, isExpecting);
    this.#recent.push(endSample);
    if (this.#recent.length < this.#needed(isExpecting)) return;
    this.#isSpeech = true;
    this.#onsetSample = (this.#recent[0] ?? endSample) - this.#windowSamples;
    this.#lastVoicedSample = endSample;
    this.#voicedSamples = isExpecting
      ? this.#voicedSamples + this.#recent.length * this.#windowSamples
      : this.#recent.length * this.#windowSamples;
    this.#recent = [];
  }

  /** A voiced window that is too far back cannot be part of the onset any more. */
  #forget(endSample: number, isExpecting: boolean): void {
    const oldest = endSample - this.#needed(isExpecting) * this.#windowSamples;
    this.#recent = this.#recent.filter((end) => end >= oldest);
  }
}
