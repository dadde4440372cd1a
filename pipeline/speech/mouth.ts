/**
 * The agent's mouth for one call: says replies one after the other, each through a playout of its own, pulls the next
 * piece only while there is little left to play, and knows at any moment what the caller has heard of it.
 */
import { isAbort, TurnAborted, type TurnAbortCause } from '#kernel/abort.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Piece, ReadyReply } from '../dialogue/reply.ts';
import type { CallEventBody } from '../events.ts';
import { quietStartMs } from '../audio/voiced-edges.ts';
import type { CallLeg } from '../ports.ts';
import type { Heard } from './heard.ts';
import { Playout } from './playout.ts';

/** The next piece is made when this much is left to play: more than the slowest clause takes, less than memory minds. */
const PULL_AT_MS = 1500;

export interface MouthOptions {
  readonly leg: CallLeg;
  readonly clock: Clock;
  readonly emit: (event: CallEventBody) => void;
  /** All that was to be said has been heard, or failed; never called for what was stopped. */
  readonly onFinished: () => void;
  /**
   * How far a reply has been heard: 0 as it begins, and after each piece that was heard to its end; undefined when it is
   * over. A conversation that is taken up by another process goes on from there.
   */
  readonly onProgress?: (progress: { readonly cardId?: string; readonly heardPieces: number } | undefined) => void;
  /** What the caller heard of a reply, also when it was stopped. */
  readonly onSaid: (heardText: string) => void;
  readonly onFailed: (error: unknown, turn: number) => void;
  /** As `PlayoutOptions.onPlays`, for everything that is said. */
  readonly onPlays?: (frame: Int16Array, atMs: number) => void;
  /** The caller has heard that they are being put through; comes before `onFinished`. */
  readonly onHandOver?: (to: 'human') => void;
}

interface Saying {
  readonly reply: Promise<ReadyReply | undefined>;
  readonly turn: number;
  readonly scope: AbortController;
}

export class Mouth {
  readonly #options: MouthOptions;
  readonly #waiting: Saying[] = [];
  #current: { readonly saying: Saying; playout?: Playout; reply?: ReadyReply } | undefined;
  #turns = 0;
  #isOnHold = false;
  #working: Promise<void> = Promise.resolve();

  constructor(options: MouthOptions) {
    this.#options = options;
  }

  /** Says this reply after whatever is being said. `scope` is aborted when it is stopped; its maker listens to it. */
  say(reply: Promise<ReadyReply | undefined>, turn: number, scope: AbortController): void {
    reply.catch(() => undefined);
    this.#waiting.push({ reply, turn, scope });
    if (!this.#current) this.#working = this.#work();
  }

  /** Falls silent within the playout's lead and keeps what is left; what becomes ready meanwhile waits as well. */
  hold(): void {
    this.#isOnHold = true;
    this.#current?.playout?.hold();
  }

  /** Ends a hold; returns how much of a word is said twice, in milliseconds. */
  goOn(): number {
    this.#isOnHold = false;
    return this.#current?.playout?.goOn() ?? 0;
  }

  /** Falls silent at once: nothing of what was being said is sent again, and the far end forgets the rest. */
  stop(why: TurnAbortCause): void {
    this.#isOnHold = false;
    const stopped = [this.#current?.saying, ...this.#waiting.splice(0)];
    for (const saying of stopped) saying?.scope.abort(new TurnAborted(why));
    this.#current?.playout?.clear();
  }

  onMark(name: string): void {
    const current = this.#current;
    if (!current?.playout) return;
    const before = current.playout.heardSegments;
    current.playout.onMark(name);
    if (current.playout.heardSegments > before && current.reply) this.#tellProgress(current.reply, current.playout);
  }

  /** Stops, and resolves when what was being said has been accounted for. */
  async close(): Promise<void> {
    this.stop('caller-hung-up');
    await this.#working;
  }

  async #work(): Promise<void> {
    for (let saying = this.#waiting.shift(); saying; saying = this.#waiting.shift()) {
      this.#current = { saying };
      try {
        await this.#sayOne(saying);
      } catch (error) {
        if (!isAbort(error, saying.scope.signal)) this.#options.onFailed(error, saying.turn);
      }
      const wasStopped = saying.scope.signal.aborted;
      this.#current = undefined;
      if (wasStopped || this.#waiting.length > 0) continue;
      // Too late to be held: it was on its way to its end.
      this.#isOnHold = false;
      this.#options.onFinished();
    }
  }

  async #sayOne(saying: Saying): Promise<void> {
    const reply = await saying.reply;
    const { signal } = saying.scope;
    if (!reply || signal.aborted || !this.#current) return;
    const finished = Promise.withResolvers<undefined>();
    const playout = new Playout({
      leg: this.#options.leg,
      clock: this.#options.clock,
      turnId: `t${++this.#turns}`,
      onPlays: this.#options.onPlays,
      onEvent: (event) => {
        if (event.kind === 'first-frame-sent') {
          this.#options.emit({
            kind: 'first-frame-sent',
            turn: saying.turn,
            leadInMs: quietStartMs(reply.first.pcm, this.#options.leg.format.sampleRateHz),
          });
        }
        if (event.kind === 'finished') finished.resolve(undefined);
      },
    });
    if (this.#isOnHold) playout.hold();
    this.#current.playout = playout;
    this.#current.reply = reply;
    this.#tellProgress(reply, playout);
    signal.addEventListener('abort', () => finished.resolve(undefined), { once: true });
    const texts: string[] = [];
    try {
      await this.#play(reply, playout, texts, signal);
    } finally {
      // What was made before a failure is still said to its end.
      playout.finish();
      if (texts.length > 0) await finished.promise;
      this.#report(saying, reply, await playout.settled(), texts);
    }
  }

  async #play(reply: ReadyReply, playout: Playout, texts: string[], signal: AbortSignal): Promise<void> {
    const put = (piece: Piece): void => {
      if (piece.text !== '') {
        texts.push(piece.text);
        playout.beginSegment(piece.text);
      }
      playout.push(piece.pcm);
    };
    put(reply.first);
    for (;;) {
      const next = await reply.rest.next();
      if (next.done === true || signal.aborted) return;
      put(next.value);
      await playout.drained(PULL_AT_MS, { signal });
    }
  }

  #tellProgress({ cardId, pieceOffset = 0 }: ReadyReply, { heardSegments }: Playout): void {
    const heardPieces = Math.max(0, pieceOffset + heardSegments);
    this.#options.onProgress?.({ heardPieces, ...(cardId !== undefined && { cardId }) });
  }

  #report(saying: Saying, reply: ReadyReply, heard: Heard, texts: readonly string[]): void {
    this.#options.onProgress?.(undefined);
    if (heard.isComplete && reply.handsTo !== undefined) this.#options.onHandOver?.(reply.handsTo);
    this.#options.onSaid(heard.text);
    this.#options.emit({
      kind: 'agent-said',
      turn: saying.turn,
      source: reply.source,
      text: texts.join(' '),
      heardText: heard.text,
      heardMs: (heard.samples * 1_000) / this.#options.leg.format.sampleRateHz,
      isComplete: heard.isComplete,
      ...(reply.cardId === undefined ? {} : { cardId: reply.cardId }),
    });
  }
}
