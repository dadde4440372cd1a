/**
 * What a call's voice activity model is told, with what loudness knows besides: windows that are the agent's own voice come
 * back from the line are no speech, and how loud the caller usually is tells speech that is not meant for us.
 */
import type { Clock } from '#kernel/clock.ts';
import type { SpeechScorer } from '../ports.ts';
import { EchoPath } from './echo-path.ts';

/** From here on a window counts as voiced, as for the speech gate. */
const VOICED = 0.5;
/** Windows kept for their levels: 32 s of 32 ms, longer than any utterance. */
const KEPT = 1_024;
/** A turn that was answered counts this much in how loud the caller usually is. */
const ADAPTATION = 0.3;
/** Quieter than usual by this much, speech is not meant for the telephone: a head turned away, another room, a television. */
const FAINT_DB = 7;
/** Speech that is plainly the caller's own keeps windows in its dips from being taken for the echo under it. */
const OWN_WINDOWS = 3;
const OWN_HANGOVER_WINDOWS = 8;

/** The audio clock runs ahead of its usual place at most this much longer with each window, so that clocks may drift apart. */
const DRIFT_MS = 0.1;

export interface CallerEarOptions {
  readonly scorer: SpeechScorer;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Milliseconds of caller audio heard so far. */
  readonly audioMs: () => number;
}

/** Stands between the listener and the call's scorer; one a call. */
export class CallerEar implements SpeechScorer {
  readonly sampleRateHz: number;
  readonly windowSamples: number;
  /** The scorer's own, where it has one. */
  readonly turnCompletion?: Required<SpeechScorer>['turnCompletion'];
  readonly #scorer: SpeechScorer;
  readonly #options: CallerEarOptions;
  readonly #windowMs: number;
  readonly #echo: EchoPath;
  readonly #powers = new Float64Array(KEPT);
  readonly #isVoiced = new Uint8Array(KEPT);
  #windows = 0;
  #ownRun = 0;
  #ownUntil = 0;
  /** Audio clock less monotonic clock. */
  #aheadMs: number;
  #usualDb: number | undefined;
  #isStirring = false;

  constructor(options: CallerEarOptions) {
    const { scorer } = options;
    this.sampleRateHz = scorer.sampleRateHz;
    this.windowSamples = scorer.windowSamples;
    this.#scorer = scorer;
    if (scorer.turnCompletion) this.turnCompletion = scorer.turnCompletion.bind(scorer);
    this.#options = options;
    this.#windowMs = (scorer.windowSamples * 1_000) / scorer.sampleRateHz;
    this.#echo = new EchoPath(this.#windowMs);
    this.#aheadMs = -options.clock.nowMs();
  }

  async score(window: Float32Array): Promise<number> {
    const n = this.#windows++;
    const power = window.reduce((sum, sample) => sum + sample * sample, 0) / window.length;
    this.#powers[n % KEPT] = power;
    this.#isVoiced[n % KEPT] = 0;
    this.#follow();
    const isEcho = this.#echo.hear(Math.sqrt(power), this.#windows * this.#windowMs);
    const probability = await this.#scorer.score(window);
    this.#isStirring = probability >= VOICED;
    if (probability < VOICED) return probability;
    if (!isEcho) {
      this.#ownRun += 1;
      if (this.#ownRun >= OWN_WINDOWS) this.#ownUntil = n + OWN_HANGOVER_WINDOWS;
    } else {
      this.#ownRun = 0;
      if (n > this.#ownUntil) {
        this.#isStirring = false;
        return 0;
      }
    }
    this.#isVoiced[n % KEPT] = 1;
    return probability;
  }

  wait(isWaiting: boolean): void {
    this.#scorer.wait?.(isWaiting);
  }

  reset(): void {
    this.#scorer.reset();
  }

  /** A window was not scored: the next one is a window later. */
  skip(): void {
    this.#powers[this.#windows % KEPT] = 0;
    this.#isVoiced[this.#windows % KEPT] = 0;
    this.#windows += 1;
  }

  /** What the far end will play from `atMs` on, by the monotonic clock. */
  plays(pcm: Int16Array, atMs: number): void {
    this.#echo.play(pcm, atMs + this.#aheadMs, this.sampleRateHz);
  }

  /** The far end has been told to forget what it had not played. */
  cut(): void {
    this.#echo.cut();
  }

  /** The last window may be the beginning of speech: not the moment to begin a sentence of our own accord. */
  get isStirring(): boolean {
    return this.#isStirring;
  }

  /**
   * What was said in these milliseconds of the audio clock was understood, or not. The one tells how loud the caller usually
   * is; the other is not for us when it is faint besides: then it returns false.
   */
  takeTurn(isUnderstood: boolean, fromMs: number, toMs: number): boolean {
    if (!isUnderstood) return !this.isFaint(fromMs, toMs);
    const db = this.#levelDb(fromMs, toMs);
    if (db !== undefined) this.#usualDb = db + (1 - ADAPTATION) * ((this.#usualDb ?? db) - db);
    return true;
  }

  /** True when what was said from there on is much quieter than the caller usually is; false while that is not known. */
  isFaint(fromMs: number, toMs: number): boolean {
    const db = this.#levelDb(fromMs, toMs);
    return db !== undefined && this.#usualDb !== undefined && db < this.#usualDb - FAINT_DB;
  }

  /** Frames come late, never early: the furthest the audio clock has been ahead of the other one is where it belongs. */
  #follow(): void {
    const { clock, audioMs } = this.#options;
    this.#aheadMs = Math.max(this.#aheadMs - DRIFT_MS, audioMs() - clock.nowMs());
  }

  /** Of the voiced windows in it. */
  #levelDb(fromMs: number, toMs: number): number | undefined {
    const from = Math.max(0, this.#windows - KEPT, Math.floor(fromMs / this.#windowMs));
    const to = Math.min(this.#windows, Math.ceil(toMs / this.#windowMs));
    let [energy, count] = [0, 0];
    for (let n = from; n < to; n += 1) {
      if (this.#isVoiced[n % KEPT] === 0) continue;
      energy += this.#powers[n % KEPT] ?? 0;
      count += 1;
    }
    return count === 0 ? undefined : 10 * Math.log10(energy / count + 1e-10);
  }
}
