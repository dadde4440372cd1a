/**
 * Progress, once and as server-sent events. However many ask for a campaign, it is counted once a second; a reader who does
 * not keep up is sent the newest picture later instead of all of them, and one who has gone costs nothing.
 */
import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { Progress } from '#src/campaigns/dialler/progress.ts';

export interface ProgressFeedsOptions {
  readonly look: (campaignId: string) => Promise<Progress>;
  readonly clock: Clock;
  /** The service closes down: readers come back to the next one. */
  readonly closing: AbortSignal;
  /** Readers of all campaigns together. @defaultValue 200 */
  readonly maxReaders?: number;
}

const LOOK_MS = 1_000;
/** Without a word for longer, proxies close the connection. */
const QUIET_MS = 15_000;
/** A reader who has taken nothing for so long has gone without a word. */
const STUCK_MS = 30_000;
/** Then a reader comes back and shows the key again, which may have been revoked. */
const LONGEST_MS = 30 * 60_000;
/** A reader whose connection broke comes back after this long. */
const RETRY_MS = 2_000;
const OVER: readonly string[] = ['completed', 'stopped'];

interface Picture {
  /** The same for the same counts, in every process: so it can be told who has seen it. */
  readonly id: string;
  readonly json: string;
  readonly isOver: boolean;
}

interface Look {
  /** Monotonic. */
  readonly sinceMs: number;
  readonly progress: Promise<Progress>;
}

export class ProgressFeeds {
  readonly #opts: ProgressFeedsOptions;
  readonly #feeds = new Map<string, Feed>();
  /** Begun within the last second, by campaign: counting a large campaign takes the database a while. */
  readonly #looks = new Map<string, Look>();
  #readers = 0;

  constructor(opts: ProgressFeedsOptions) {
    this.#opts = opts;
  }

  /**
   * Answers with the stream; resolves when it is over. `lastId` is what the reader saw last: it is not sent again, and where
   * nothing more will come the answer is 204, which tells a reader not to come back. Rejects with INZWA_CAMPAIGN_UNKNOWN,
   * INZWA_RECORDS_UNAVAILABLE or INZWA_API_BUSY before anything is sent.
   */
  async follow(campaignId: string, reply: FastifyReply, lastId: string | undefined): Promise<void> {
    const { maxReaders = 200 } = this.#opts;
    if (this.#readers >= maxReaders) {
      throw new InzwaError('INZWA_API_BUSY', `${maxReaders} readers follow campaigns already; ask again later`);
    }
    this.#readers += 1;
    try {
      const feed = this.#feedOf(campaignId);
      const now = await feed.latest();
      if (now.isOver && now.id === lastId) {
        await reply.code(204).send();
        return;
      }
      await new Promise<void>((resolve) => {
        feed.join(new Reader(reply, this.#opts.clock, lastId, resolve), now);
      });
    } finally {
      this.#readers -= 1;
    }
  }

  /** Counted no longer ago than a second, or now. Rejects with INZWA_CAMPAIGN_UNKNOWN or INZWA_RECORDS_UNAVAILABLE. */
  latest(campaignId: string): Promise<Progress> {
    const nowMs = this.#opts.clock.nowMs();
    for (const [id, { sinceMs }] of this.#looks) if (nowMs - sinceMs >= LOOK_MS) this.#looks.delete(id);
    const known = this.#looks.get(campaignId);
    if (known) return known.progress;
    const look: Look = { sinceMs: nowMs, progress: this.#opts.look(campaignId) };
    this.#looks.set(campaignId, look);
    look.progress.catch(() => {
      if (this.#looks.get(campaignId) === look) this.#looks.delete(campaignId);
    });
    return look.progress;
  }

  /** Something was changed here: whoever asks now is told of it. */
  changed(): void {
    this.#looks.clear();
  }

  #feedOf(campaignId: string): Feed {
    const known = this.#feeds.get(campaignId);
    if (known) return known;
    const { clock, closing } = this.#opts;
    const feed = new Feed({ look: () => this.latest(campaignId), clock, closing });
    this.#feeds.set(campaignId, feed);
    void feed.ended.then(() => this.#feeds.delete(campaignId));
    return feed;
  }
}

interface FeedOptions {
  readonly look: () => Promise<Progress>;
  readonly clock: Clock;
  readonly closing: AbortSignal;
}

/** The readers of one campaign; ends with the last of them. */
class Feed {
  readonly ended: Promise<void>;
  readonly #opts: FeedOptions;
  readonly #readers = new Set<Reader>();
  readonly #first: Promise<Picture>;
  #latest: Picture | undefined;
  #isEnding = false;

  constructor(opts: FeedOptions) {
    this.#opts = opts;
    this.#first = this.#look();
    this.ended = this.#run();
  }

  latest(): Promise<Picture> {
    return this.#latest ? Promise.resolve(this.#latest) : this.#first;
  }

  join(reader: Reader, now: Picture): void {
    reader.begin();
    reader.show(now);
    // Whoever comes in the moment in which the last reader has gone comes back by itself.
    if (now.isOver || this.#isEnding) reader.end();
    if (!reader.isGone) this.#readers.add(reader);
  }

  async #run(): Promise<void> {
    const { clock, closing } = this.#opts;
    const isClosing = (): boolean => closing.aborted;
    const begun = await this.#first.catch(() => undefined);
    while (begun && !begun.isOver && !isClosing()) {
      await clock.sleep(LOOK_MS, { signal: closing }).catch(() => undefined);
      for (const reader of this.#readers) if (reader.isGone) this.#readers.delete(reader);
      if (isClosing() || this.#readers.size === 0) break;
      if (await this.#tell()) break;
    }
    this.#isEnding = true;
    for (const reader of this.#readers) reader.end();
  }

  /** True: nothing more will come. */
  async #tell(): Promise<boolean> {
    try {
      const picture = await this.#look();
      for (const reader of this.#readers) reader.show(picture);
      return picture.isOver;
    } catch (error) {
      const code = isInzwaError(error) ? error.code : 'unknown';
      for (const reader of this.#readers) reader.trouble(code);
      return false;
    }
  }

  async #look(): Promise<Picture> {
    const progress = await this.#opts.look();
    const id = createHash('sha256')
      .update(JSON.stringify({ ...progress, at: 0 }))
      .digest('hex')
      .slice(0, 16);
    const isOver = OVER.includes(progress.state) && progress.open === 0;
    this.#latest = { id, json: JSON.stringify(progress), isOver };
    return this.#latest;
  }
}

/** One connection. What it cannot take is left out, so that no more than a buffer waits for it. */
class Reader {
  readonly #raw: FastifyReply['raw'];
  readonly #reply: FastifyReply;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  readonly #bornMs: number;
  #seen: string | undefined;
  #saidMs: number;
  #isTroubled = false;
  #isGone = false;

  constructor(reply: FastifyReply, clock: Clock, lastId: string | undefined, onEnd: () => void) {
    this.#reply = reply;
    this.#raw = reply.raw;
    this.#clock = clock;
    this.#seen = lastId;
    this.#onEnd = onEnd;
    this.#bornMs = clock.nowMs();
    this.#saidMs = this.#bornMs;
    this.#raw.on('close', () => this.#leave());
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  begin(): void {
    this.#reply.hijack();
    if (this.#raw.destroyed) {
      this.#leave();
      return;
    }
    this.#raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // Else nginx keeps events back until it has a buffer full.
      'x-accel-buffering': 'no',
    });
    this.#write(`retry: ${RETRY_MS}\n\n`);
  }

  show({ id, json }: Picture): void {
    const nowMs = this.#clock.nowMs();
    if (id !== this.#seen || this.#isTroubled) {
      if (this.#write(`id: ${id}\nevent: progress\ndata: ${json}\n\n`)) {
        this.#seen = id;
        this.#isTroubled = false;
      }
    } else if (nowMs - this.#saidMs >= QUIET_MS) this.#write(': still here\n\n');
    if (nowMs - this.#bornMs >= LONGEST_MS) this.end();
  }

  /** Said once until it is over. */
  trouble(code: string): void {
    const isNew = !this.#isTroubled;
    if (isNew) this.#isTroubled = this.#write(`event: trouble\ndata: ${JSON.stringify({ code })}\n\n`);
    else if (this.#clock.nowMs() - this.#saidMs >= QUIET_MS) this.#write(': still here\n\n');
  }

  end(): void {
    if (this.#isGone) return;
    // What waits for a reader who does not read would wait for ever.
    if (this.#raw.writableNeedDrain) this.#raw.destroy();
    else this.#raw.end();
    this.#leave();
  }

  /** False: it has not taken what was sent before. */
  #write(text: string): boolean {
    if (this.#isGone) return false;
    const nowMs = this.#clock.nowMs();
    if (this.#raw.writableNeedDrain) {
      if (nowMs - this.#saidMs >= STUCK_MS) {
        this.#raw.destroy();
        this.#leave();
      }
      return false;
    }
    this.#raw.write(text);
    this.#saidMs = nowMs;
    return true;
  }

  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#onEnd();
  }
}
