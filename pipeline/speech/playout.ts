/**
 * Plays one agent turn to a leg: 20 ms frames sent on the grid start + n * ptime, at most `leadMs` ahead of what the far
 * end plays, so that a stall of the event loop is not heard and a barge-in has little to take back. It also answers what
 * the caller has heard. It can be held, which the far end notices when its lead has run out, and goes on where the caller
 * heard it stop. One instance per turn: once cleared it sends nothing again, so late audio cannot reach the next turn.
 * Synchronous throughout; `leadMs` and `drained` are what synthesis is pulled by.
 */
import type { Clock } from '#kernel/clock.ts';
import type { CallLeg } from '#pipeline/ports.ts';
import { heardUntil, type Heard } from './heard.ts';
import { SampleQueue } from './sample-queue.ts';
import { samplesIntoWord } from './word-start.ts';

export type PlayoutEvent =
  | { readonly kind: 'first-frame-sent'; readonly atMs: number }
  /** The far end ran dry inside the turn; `gapMs` is the silence it played before this frame. */
  | { readonly kind: 'underrun'; readonly gapMs: number }
  /** All of it has been played: the last mark came back, or the clock says so and no mark came in time. */
  | { readonly kind: 'finished'; readonly by: 'mark' | 'clock'; readonly heard: Heard };

export interface PlayoutOptions {
  readonly leg: CallLeg;
  readonly clock: Clock;
  /** Unique within the call; mark names are `<turnId>:<segment>`. */
  readonly turnId: string;
  /** Called synchronously, never from inside `push`, `beginSegment`, `finish` or `clear` except for 'first-frame-sent'. */
  readonly onEvent: (event: PlayoutEvent) => void;
  /** Each frame as it is sent, and when the far end will play it by our clock; valid until it returns. */
  readonly onPlays?: ((frame: Int16Array, atMs: number) => void) | undefined;
  /** Audio at the far end that it has not played yet, at most. @defaultValue 200 ms */
  readonly leadMs?: number;
  /** How long after the end by the clock the last mark may still come. @defaultValue 400 ms: a carrier's buffering and one round trip */
  readonly markGraceMs?: number;
}

/** A timer this early is on time (setTimeout counts whole milliseconds), so one send is not split over two ticks. */
const EARLY_MS = 1;
/** A tick later than this waits for the next grid point if that is not heard: frames stay within 5 ms of the grid. */
const LATE_MS = 4;
/** What is read back to find the beginning of a word. */
const WORD_MS = 1_200;

export class Playout {
  readonly #leg: CallLeg;
  readonly #clock: Clock;
  readonly #turnId: string;
  readonly #onEvent: (event: PlayoutEvent) => void;
  readonly #onPlays: PlayoutOptions['onPlays'];
  readonly #maxLeadMs: number;
  readonly #markGraceMs: number;
  readonly #ptimeMs: number;
  readonly #samplesPerMs: number;
  readonly #frame: Int16Array;
  readonly #queue = new SampleQueue();
  readonly #segments: { text: string; start: number; end: number | undefined; isMarked: boolean; isHeard: boolean }[] =
    [];
  #pushed = 0;
  /** Without what was sent twice. */
  #sent = 0;
  #sentAgain = 0;
  /** As far as the caller has heard it, though less of it may be sent again by now. */
  #heardTo = 0;
  /** Zero of the grid: when the first frame went out. */
  #startMs: number | undefined;
  /** When the far end will have played everything sent. */
  #endMs = 0;
  #cancelTimer: (() => void) | undefined;
  /** The last tick came late and left its frames to the next grid point. */
  #isHeld = false;
  #isFinishing = false;
  #isOnHold = false;
  /** Nothing has been sent since the last hold: that the far end ran dry was our doing. */
  #wasOnHold = false;
  #state: 'playing' | 'finished' | 'cleared' = 'playing';
  #underruns = 0;
  #lastHeard: Heard | undefined;
  #settled: Promise<void> = Promise.resolve();
  #framesSent = 0;

  constructor({ leg, clock, turnId, onEvent, onPlays, leadMs = 200, markGraceMs = 400 }: PlayoutOptions) {
    this.#leg = leg;
    this.#clock = clock;
    this.#turnId = turnId;
    this.#onEvent = onEvent;
    this.#onPlays = onPlays;
    this.#maxLeadMs = leadMs;
    this.#markGraceMs = markGraceMs;
    this.#ptimeMs = leg.format.ptimeMs;
    this.#samplesPerMs = leg.format.sampleRateHz / 1000;
    this.#frame = new Int16Array(this.#ptimeMs * this.#samplesPerMs);
  }

  /** Audio that waits, here and at the far end, in milliseconds of playing time: synthesise more when it falls low. */
  get leadMs(): number {
    return this.#queue.length / this.#samplesPerMs + this.#unplayedMs();
  }

  /** Times that the far end ran dry inside this turn. */
  get underruns(): number {
    return this.#underruns;
  }

  /** True until everything was played or the turn was cleared. */
  get isPlaying(): boolean {
    return this.#state === 'playing';
  }

  /** What is pushed from now on says `text`; ends the segment before. */
  beginSegment(text: string): void {
    if (this.#state !== 'playing' || this.#isFinishing) return;
    this.#endSegment();
    this.#segments.push({ text, start: this.#pushed, end: undefined, isMarked: false, isHeard: false });
    this.#placeMarks();
  }

  /** PCM16 at the leg's rate, any length; copied. Ignored after `finish` and `clear`. */
  push(pcm: Int16Array): void {
    if (this.#state !== 'playing' || this.#isFinishing || pcm.length === 0) return;
    this.#queue.push(pcm);
    this.#pushed += pcm.length;
    if (this.#startMs === undefined) {
      if (this.#queue.length >= this.#frame.length) this.#tick();
    } else this.#schedule();
  }

  /** Nothing more will come: the last frame is filled with silence and 'finished' follows when it was played. */
  finish(): void {
    if (this.#state !== 'playing' || this.#isFinishing) return;
    this.#isFinishing = true;
    this.#endSegment();
    this.#placeMarks();
    if (this.#startMs === undefined && this.#queue.length > 0) this.#tick();
    else this.#schedule();
  }

  /**
   * Sends no more for now; the far end falls silent when its lead has run out, up to `leadMs` from now. What has been sent
   * to its end already ends as usual.
   */
  hold(): void {
    if (this.#state !== 'playing' || (this.#isFinishing && this.#queue.length === 0)) return;
    this.#isOnHold = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /**
   * Ends a hold: seamlessly while the far end still plays, else from the beginning of the word that was cut off. Returns how
   * much the caller hears twice, in milliseconds.
   */
  goOn(): number {
    if (!this.#isOnHold) return 0;
    this.#isOnHold = false;
    this.#wasOnHold = true;
    if (this.#state !== 'playing') return 0;
    const again = this.#startMs !== undefined && this.#unplayedMs() === 0 ? this.#goBack() : 0;
    if (this.#startMs !== undefined || this.#queue.length >= this.#frame.length || this.#isFinishing) this.#tick();
    else this.#schedule();
    return again / this.#samplesPerMs;
  }

  /** The far end reports that it played everything before this mark; marks of other turns are ignored. */
  onMark(name: string): void {
    const prefix = `${this.#turnId}:`;
    if (this.#state !== 'playing' || !name.startsWith(prefix)) return;
    const index = Number(name.slice(prefix.length));
    const segment = this.#segments[index];
    if (segment?.isMarked !== true) return;
    for (const earlier of this.#segments.slice(0, index + 1)) earlier.isHeard = true;
    if (this.#isFinishing && this.#queue.length === 0 && index === this.#segments.length - 1) this.#end('mark');
  }

  /** Segments from the first on that the far end has reported as heard. */
  get heardSegments(): number {
    const unheard = this.#segments.findIndex((segment) => !segment.isHeard);
    return unheard === -1 ? this.#segments.length : unheard;
  }

  /** What has reached the caller by now, by marks and by the clock; after the end or `clear`, what had by then. */
  heard(): Heard {
    if (this.#lastHeard) return this.#lastHeard;
    return this.#heardUntil(this.#playedSamples());
  }

  /**
   * Barge-in: the far end forgets what it has not played, and nothing of this turn is sent again. Returns what was heard by
   * the clock; `settled` says what was heard by the far end's own account.
   */
  clear(): Heard {
    const heard = this.heard();
    if (this.#state !== 'playing') return heard;
    this.#lastHeard = heard;
    this.#state = 'cleared';
    this.#stop();
    this.#settled = this.#leg.clear().then((unplayedSamples) => {
      if (unplayedSamples === undefined) return;
      const played = this.#framesSent * this.#frame.length - this.#sentAgain - unplayedSamples;
      this.#lastHeard = this.#heardUntil(Math.min(this.#sent, Math.max(0, played)));
    });
    return heard;
  }

  /** What was heard of a turn that has ended; after `clear`, as soon as the far end has told what it had not played. */
  async settled(): Promise<Heard> {
    await this.#settled;
    return this.heard();
  }

  /** Resolves when `leadMs` is at most `ms`: the moment to synthesise on. Rejects with `signal.reason` on abort. */
  async drained(ms: number, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    while (this.#state === 'playing' && this.leadMs > ms) {
      await this.#clock.sleep(Math.max(1, this.leadMs - ms), { signal });
    }
  }

  #heardUntil(played: number): Heard {
    return heardUntil(this.#segments, Math.max(played, this.#heardTo), this.#leg.format.sampleRateHz);
  }

  /** To the beginning of the word that the caller heard only a part of. */
  #goBack(): number {
    const { sampleRateHz } = this.#leg.format;
    const before = this.#queue.lastRead(WORD_MS * this.#samplesPerMs);
    const again = Math.min(this.#sent, samplesIntoWord(this.#segments, this.#sent, before, sampleRateHz));
    this.#heardTo = Math.max(this.#heardTo, this.#sent);
    this.#queue.unread(again);
    this.#sent -= again;
    this.#sentAgain += again;
    return again;
  }

  /** Sends what is owed at the grid point that has just come. */
  #tick(): void {
    if (this.#isOnHold) return;
    const now = this.#clock.nowMs();
    const isFirst = this.#startMs === undefined;
    const startMs = this.#startMs ?? now;
    this.#startMs = startMs;
    if (isFirst) this.#endMs = now;
    const pointMs = startMs + Math.floor((now - startMs + EARLY_MS) / this.#ptimeMs) * this.#ptimeMs;
    const isLate = now - pointMs > LATE_MS;
    this.#isHeld = isLate && this.#canWait();
    if (!this.#isHeld) this.#sendOwed(isLate ? now : pointMs, isFirst);
    this.#schedule();
  }

  /** With two frames in hand, nobody hears the wait; once the far end is dry, 20 ms more do not matter, but only once. */
  #canWait(): boolean {
    const unplayedMs = this.#unplayedMs();
    return unplayedMs >= 2 * this.#ptimeMs || (unplayedMs === 0 && !this.#isHeld);
  }

  #sendOwed(atMs: number, isFirst: boolean): void {
    while (this.#hasFrame(atMs) && this.#endMs + this.#ptimeMs - atMs <= this.#maxLeadMs) {
      if (this.#endMs < atMs && this.#wasOnHold) this.#endMs = atMs;
      else if (this.#endMs < atMs) this.#countUnderrun(atMs);
      this.#wasOnHold = false;
      const real = this.#queue.read(this.#frame);
      this.#frame.fill(0, real);
      this.#leg.send(this.#frame);
      this.#onPlays?.(this.#frame, this.#endMs);
      this.#sent += real;
      this.#framesSent += 1;
      this.#endMs += this.#ptimeMs;
      if (isFirst && this.#framesSent === 1) this.#onEvent({ kind: 'first-frame-sent', atMs });
      if (!this.isPlaying) return;
      this.#placeMarks();
    }
  }

  /** A part of a frame goes out, filled with silence, when nothing more comes or the far end would run dry waiting for it. */
  #hasFrame(atMs: number): boolean {
    if (this.#queue.length >= this.#frame.length) return true;
    return this.#queue.length > 0 && (this.#isFinishing || this.#endMs - atMs <= this.#ptimeMs);
  }

  #countUnderrun(atMs: number): void {
    const gapMs = atMs - this.#endMs;
    this.#endMs = atMs;
    this.#underruns += 1;
    this.#onEvent({ kind: 'underrun', gapMs });
  }

  #schedule(): void {
    if (this.#state !== 'playing' || this.#cancelTimer || this.#startMs === undefined) {
      if (this.#state === 'playing' && this.#isFinishing && this.#startMs === undefined) this.#armEnd();
      return;
    }
    if (this.#queue.length === 0) {
      if (this.#isFinishing) this.#armEnd();
      return;
    }
    if (this.#isOnHold) return;
    const now = this.#clock.nowMs();
    const nextPoint = Math.floor((now - this.#startMs + EARLY_MS) / this.#ptimeMs) + 1;
    this.#arm(this.#startMs + nextPoint * this.#ptimeMs - now, () => {
      this.#tick();
    });
  }

  #armEnd(): void {
    const now = this.#clock.nowMs();
    const lastPlayedMs = Math.max(now, this.#endMs) + this.#leg.unsentMs;
    // A turn of nothing but silence has no mark to wait for.
    const graceMs = this.#segments.some((segment) => segment.isMarked) ? this.#markGraceMs : 0;
    this.#arm(lastPlayedMs + graceMs - now, () => {
      this.#end('clock');
    });
  }

  #arm(ms: number, run: () => void): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#clock.after(Math.max(0, ms), () => {
      this.#cancelTimer = undefined;
      run();
    });
  }

  #end(by: 'mark' | 'clock'): void {
    for (const segment of this.#segments) segment.isHeard = true;
    this.#stop();
    this.#state = 'finished';
    const heard = this.heard();
    this.#lastHeard = heard;
    this.#onEvent({ kind: 'finished', by, heard });
  }

  #stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#queue.clear();
  }

  #endSegment(): void {
    const last = this.#segments.at(-1);
    if (last && last.end === undefined) last.end = this.#pushed;
  }

  /** A mark goes behind the frame that holds the last sample of its segment. */
  #placeMarks(): void {
    this.#segments.forEach((segment, index) => {
      if (segment.isMarked || segment.end === undefined || segment.end > this.#sent || this.#sent === 0) return;
      segment.isMarked = true;
      this.#leg.mark(`${this.#turnId}:${index}`);
    });
  }

  #unplayedMs(): number {
    if (this.#startMs === undefined || this.#state !== 'playing') return 0;
    return Math.max(0, this.#endMs - this.#clock.nowMs(), this.#leg.unsentMs);
  }

  #playedSamples(): number {
    return this.#sent - Math.min(this.#sent, Math.ceil(this.#unplayedMs() * this.#samplesPerMs));
  }
}
