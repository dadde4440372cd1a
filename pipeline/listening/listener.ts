/**
 * One call's ear up to the turn controller: keeps the audio, cuts windows, has them scored, and says when speech
 * begins, pauses and ends. The audio clock advances by samples here and nowhere else.
 */
import { Windower } from '../audio/window.ts';
import type { SpeechScorer } from '../ports.ts';
import { TurnAborted } from '#kernel/abort.ts';
import {
  ENDPOINTING_POLICY,
  Endpointer,
  type EndpointEvent,
  type EndpointingPolicy,
  type Expectation,
} from './endpointer.ts';
import { SPEECH_GATE_POLICY, SpeechGate, type SpeechGatePolicy } from './speech-gate.ts';
import { UtteranceBuffer } from './utterance-buffer.ts';

/** Unscored windows that may wait for a busy scorer; beyond that a window is skipped and counted, the audio is kept. */
const MOST_UNSCORED_MS = 400;
/** The first syllable is never cut: of 931 utterances 16 were found more than 280 ms after their beginning, 4 more than 420. */
export const PRE_ROLL_MS = 420;
/** Kept behind the end of speech: a soft final vowel is not voiced for the gate. */
export const POST_ROLL_MS = 120;

export interface ListenerOptions {
  readonly scorer: SpeechScorer;
  /** Synchronous; in order of the audio. */
  readonly onEvent: (event: EndpointEvent) => void;
  /** A window was not scored in time (`skipped`) or could not be (`failed`); it counts as silence. */
  readonly onTrouble: (trouble: 'skipped' | 'failed', cause?: unknown) => void;
  readonly gatePolicy?: SpeechGatePolicy;
  readonly endpointingPolicy?: EndpointingPolicy;
}

export class Listener {
  readonly endpointer: Endpointer;
  readonly #options: ListenerOptions;
  readonly #gate: SpeechGate;
  readonly #buffer: UtteranceBuffer;
  readonly #samplesPerMs: number;
  readonly #windower: Windower;
  /** End of the last full window: later than that, the buffer already holds part of the next one. */
  #windowEndSample = 0;
  #unscored = 0;
  /** The turn model at work on the silence of now. */
  #asking: AbortController | undefined;
  #isClosed = false;

  constructor(options: ListenerOptions) {
    const { sampleRateHz, windowSamples } = options.scorer;
    this.#options = options;
    this.#samplesPerMs = sampleRateHz / 1000;
    this.#windower = new Windower(windowSamples, (window) => this.#scoreWindow(window));
    this.#buffer = new UtteranceBuffer(sampleRateHz);
    this.#gate = new SpeechGate(windowSamples, options.gatePolicy ?? SPEECH_GATE_POLICY);
    this.endpointer = new Endpointer(sampleRateHz, options.endpointingPolicy ?? ENDPOINTING_POLICY);
  }

  /** Milliseconds of audio heard, gaps and missing frames included. */
  get audioMs(): number {
    return this.#buffer.endSample / this.#samplesPerMs;
  }

  /** PCM16 at the scorer's rate; copied. */
  hear(pcm: Int16Array): void {
    this.#buffer.push(pcm);
    this.#windower.pushPcm16(pcm);
  }

  /** Audio that was lost, or never sent: the listener hears silence. */
  hearSilence(samples: number): void {
    this.#buffer.pushSilence(samples);
    this.#windower.pushSilence(samples);
  }

  /** A copy of what was said between two positions of the audio clock, with pre-roll and a little after. */
  utterance(onsetMs: number, speechEndMs: number): Int16Array {
    const from = Math.floor((onsetMs - PRE_ROLL_MS) * this.#samplesPerMs);
    const to = Math.ceil((speechEndMs + POST_ROLL_MS) * this.#samplesPerMs);
    return this.#buffer.slice(from, to);
  }

  /** What the words of the utterance that ended softly last say; without effect once the caller has gone on. */
  expect({ completeness }: Expectation): void {
    this.#tell(this.endpointer.learn({ words: completeness }));
  }

  close(): void {
    this.#isClosed = true;
    this.#asking?.abort(new TurnAborted('caller-hung-up'));
    this.#options.scorer.reset();
  }

  #scoreWindow(window: Float32Array): void {
    this.#windowEndSample += window.length;
    if (this.#isClosed) return;
    const endSample = this.#windowEndSample;
    const windowMs = window.length / this.#samplesPerMs;
    if ((this.#unscored + 1) * windowMs > MOST_UNSCORED_MS) {
      this.#options.onTrouble('skipped');
      return;
    }
    this.#unscored += 1;
    this.#options.scorer
      .score(window.slice())
      .catch((error: unknown) => {
        if (!this.#isClosed) this.#options.onTrouble('failed', error);
        return 0;
      })
      .then((probability) => {
        this.#unscored -= 1;
        if (!this.#isClosed) this.#scored(probability, endSample);
      })
      .catch((error: unknown) => {
        this.#options.onTrouble('failed', error);
      });
  }

  #scored(probability: number, endSample: number): void {
    const reading = this.#gate.push(probability, endSample, this.endpointer.isExpecting);
    this.#tell(this.endpointer.push(reading, endSample));
  }

  #tell(event: EndpointEvent | undefined): void {
    if (!event) return;
    if (event.kind === 'soft-end') this.#askTurnModel();
    else if (event.kind !== 'voiced') this.#asking?.abort(new TurnAborted('superseded'));
    if (event.kind === 'speech-start') this.#options.scorer.wait?.(false);
    if (event.kind === 'end-of-turn') this.#options.scorer.wait?.(true);
    this.#options.onEvent(event);
  }

  #askTurnModel(): void {
    const { scorer, endpointingPolicy = ENDPOINTING_POLICY } = this.#options;
    if (!scorer.turnCompletion || endpointingPolicy.turnEnd.soundWeight === 0) return;
    const asking = new AbortController();
    this.#asking = asking;
    const from = this.endpointer.onsetSample - PRE_ROLL_MS * this.#samplesPerMs;
    scorer.turnCompletion(this.#buffer.slice(from, this.#windowEndSample), { signal: asking.signal }).then(
      (sound) => {
        if (!asking.signal.aborted && !this.#isClosed) this.#tell(this.endpointer.learn({ sound }));
      },
      // Silence and words decide without it.
      () => undefined,
    );
  }
}
