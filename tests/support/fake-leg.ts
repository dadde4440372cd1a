/** A CallLeg without a wire: records what is sent, marked and cleared, and plays in the time of the given clock. */
import type { Clock } from '#kernel/clock.ts';
import type { AudioFormat, CallLeg, EndCause, LegEvent } from '#pipeline/ports.ts';
import { LegEvents } from '#telephony/wire/leg-events.ts';

export interface SentFrame {
  readonly atMs: number;
  /** When the far end began to play it; later than a `clear`, it never did. */
  readonly playsAtMs: number;
  readonly pcm: Int16Array;
}

/** What the far end holds: `playedAtMs` is when its last sample has sounded. */
interface PendingMark {
  readonly name: string;
  cancel(): void;
}

export class FakeLeg implements CallLeg {
  readonly format: AudioFormat = { sampleRateHz: 8_000, ptimeMs: 20 };
  readonly callId: string;
  readonly frames: SentFrame[] = [];
  readonly marks: { readonly name: string; readonly atMs: number; readonly afterSamples: number }[] = [];
  readonly clears: { readonly atMs: number; readonly afterSamples: number }[] = [];
  endedWith: EndCause | undefined;
  unsentMs = 0;
  readonly #clock: Clock;
  readonly #events: LegEvents;
  readonly #pending = new Set<PendingMark>();
  #playedUpToMs = 0;
  #sentSamples = 0;

  constructor(clock: Clock, callId = 'CAfake') {
    this.#clock = clock;
    this.callId = callId;
    this.#events = new LegEvents({
      format: this.format,
      onOverflow: () => undefined,
      onListenerError: (error) => {
        throw error;
      },
    });
  }

  attach(sink: (event: LegEvent) => void): void {
    this.#events.attach(sink);
  }

  send(frame: Int16Array): void {
    if (this.endedWith) return;
    if (frame.length !== 160) throw new RangeError(`a frame of ${frame.length} samples`);
    const nowMs = this.#clock.nowMs();
    this.frames.push({ atMs: nowMs, playsAtMs: Math.max(this.#playedUpToMs, nowMs), pcm: frame.slice() });
    this.#sentSamples += frame.length;
    this.#playedUpToMs = Math.max(this.#playedUpToMs, nowMs) + this.format.ptimeMs;
  }

  mark(name: string): void {
    if (this.endedWith) return;
    const nowMs = this.#clock.nowMs();
    this.marks.push({ name, atMs: nowMs, afterSamples: this.#sentSamples });
    const pending: PendingMark = {
      name,
      cancel: this.#clock.after(Math.max(0, this.#playedUpToMs - nowMs), () => {
        this.#pending.delete(pending);
        this.#emit({ kind: 'mark', name });
      }),
    };
    this.#pending.add(pending);
  }

  /** Set by a test of a far end that does not tell what it had not played. */
  tellsUnplayed = true;

  async clear(): Promise<number | undefined> {
    if (this.endedWith) return undefined;
    const nowMs = this.#clock.nowMs();
    const unplayedMs = Math.max(0, this.#playedUpToMs - nowMs);
    this.clears.push({ atMs: nowMs, afterSamples: this.#sentSamples });
    this.#forget();
    this.#playedUpToMs = nowMs;
    return this.tellsUnplayed ? Math.floor(unplayedMs / this.format.ptimeMs) * 160 : undefined;
  }

  async hangUp(cause: EndCause): Promise<void> {
    this.#end(cause);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp({ result: 'ours', reason: 'disposed' });
  }

  /** The caller's audio: one frame or many; each of exactly 160 samples. */
  hear(...frames: readonly Int16Array[]): void {
    for (const pcm of frames) this.#emit({ kind: 'frame', pcm });
  }

  lose(samples: number): void {
    this.#emit({ kind: 'gap', samples });
  }

  press(digit: string): void {
    this.#emit({ kind: 'dtmf', digit });
  }

  callerHangsUp(): void {
    this.#end({ result: 'caller', reason: 'hung-up' });
  }

  /** The 20 ms of sound that the far end plays from then on, silence included. */
  playedAt(fromMs: number): Int16Array {
    const sound = new Int16Array(160);
    for (const { playsAtMs, pcm } of this.frames) {
      if (playsAtMs <= fromMs - 20 || playsAtMs >= fromMs + 20 || this.#wasCleared(playsAtMs)) continue;
      const shift = Math.round((playsAtMs - fromMs) * 8);
      pcm.forEach((sample, n) => {
        if (n + shift >= 0 && n + shift < 160) sound[n + shift] = sample;
      });
    }
    return sound;
  }

  #wasCleared(playsAtMs: number): boolean {
    return this.clears.some(({ atMs, afterSamples }) => {
      const frame = this.frames.findIndex((sent) => sent.playsAtMs === playsAtMs);
      return playsAtMs >= atMs && frame * 160 < afterSamples;
    });
  }

  /** All that was sent, end to end. */
  get sentAudio(): Int16Array {
    const audio = new Int16Array(this.#sentSamples);
    this.frames.forEach(({ pcm }, n) => audio.set(pcm, n * 160));
    return audio;
  }

  #emit(event: LegEvent): void {
    if (!this.endedWith) this.#events.emit(event);
  }

  #forget(): void {
    for (const pending of this.#pending) pending.cancel();
    this.#pending.clear();
  }

  #end(cause: EndCause): void {
    if (this.endedWith) return;
    this.#forget();
    this.#emit({ kind: 'ended', cause });
    this.endedWith = cause;
  }
}
