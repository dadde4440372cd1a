import { EventEmitter } from 'node:events';
import type { FastifyReply } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import type { Progress } from '#src/campaigns/dialler/progress.ts';
import { ProgressFeeds } from '#src/routes/api/progress-feeds.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

/** A connection whose buffer is full when the test says so. */
class Line extends EventEmitter {
  readonly written: string[] = [];
  writableNeedDrain = false;
  destroyed = false;
  isEnded = false;
  status: number | undefined;

  writeHead(status: number): void {
    this.status = status;
  }

  write(text: string): void {
    this.written.push(text);
  }

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }

  /** Ids of the events that came. */
  get ids(): readonly string[] {
    return this.written.flatMap((text) => /^id: (.*)$/m.exec(text)?.[1] ?? []);
  }
}

let clock: VirtualClock;
let looks: number;
let open: number;
let state: string;
let isDown: boolean;
let closing: AbortController;
let feeds: ProgressFeeds;
let isOver: Promise<unknown>[];

beforeEach(() => {
  clock = new VirtualClock();
  looks = 0;
  open = 1;
  state = 'running';
  isDown = false;
  closing = new AbortController();
  isOver = [];
  feeds = new ProgressFeeds({
    look: async () => {
      looks += 1;
      if (isDown) throw new InzwaError('INZWA_RECORDS_UNAVAILABLE', 'away');
      return { campaignId: 'c', state, open, at: clock.wallMs() } as unknown as Progress;
    },
    ...{ clock, closing: closing.signal, maxReaders: 60 },
  });
});

function replyOver(line: Line): FastifyReply {
  const reply = {
    raw: line,
    hijack: () => undefined,
    code(status: number) {
      line.status = status;
      return reply;
    },
    send: () => Promise.resolve(reply),
  };
  return reply as unknown as FastifyReply;
}

async function follow(lastId?: string): Promise<Line> {
  const line = new Line();
  isOver.push(feeds.follow('c', replyOver(line), lastId));
  await clock.advance(0);
  return line;
}

describe('progress as it happens', () => {
  it('is counted once a second, however many follow it, and not at all when nobody does', async () => {
    const lines = await Promise.all(Array.from({ length: 50 }, () => follow()));
    expect(looks).toBe(1);
    open = 2;
    await clock.advance(5_000);
    expect(looks).toBe(6);
    for (const line of lines) expect(line.ids).toHaveLength(2);
    for (const line of lines) line.destroy();
    await Promise.all(isOver);
    await clock.advance(60_000);
    expect(looks).toBe(6);
    expect(clock.pendingTimers).toBe(0);
    const later = await follow();
    expect([looks, later.ids.length]).toEqual([7, 1]);
  });

  it('goes on for a reader who comes back from what it saw last', async () => {
    const [seen = ''] = (await follow()).ids;
    const same = await follow(seen);
    expect([same.status, same.ids]).toEqual([200, []]);
    open = 2;
    await clock.advance(1_000);
    expect(same.ids).toHaveLength(1);
    expect((await follow(seen)).ids).toEqual(same.ids);
    expect((await follow('from long ago')).ids).toEqual(same.ids);
  });

  it('tells a reader who has seen the end not to come back', async () => {
    state = 'stopped';
    const line = await follow();
    expect([line.ids.length, line.isEnded]).toEqual([1, false]);
    open = 0;
    await clock.advance(1_000);
    expect([line.ids.length, line.isEnded]).toEqual([2, true]);
    const again = await follow(line.ids[1]);
    expect([again.status, again.written]).toEqual([204, []]);
    const other = await follow(line.ids[0]);
    expect([other.ids, other.isEnded]).toEqual([[line.ids[1]], true]);
  });

  it('leaves out what a slow reader cannot take, and lets one go who takes nothing', async () => {
    const slow = await follow();
    const quick = await follow();
    slow.writableNeedDrain = true;
    for (let n = 0; n < 20; n += 1) {
      open += 1;
      await clock.advance(1_000);
    }
    expect([slow.ids.length, quick.ids.length]).toEqual([1, 21]);
    slow.writableNeedDrain = false;
    await clock.advance(1_000);
    expect(slow.ids).toEqual([slow.ids[0], quick.ids[20]]);
    slow.writableNeedDrain = true;
    for (let n = 0; n < 31; n += 1) {
      open += 1;
      await clock.advance(1_000);
    }
    expect([slow.destroyed, quick.destroyed]).toEqual([true, false]);
  });

  it('says once that the database is away, and shows the whole picture when it is back', async () => {
    const line = await follow();
    isDown = true;
    await clock.advance(10_000);
    const troubles = line.written.filter((text) => text.startsWith('event: trouble'));
    expect(troubles).toEqual(['event: trouble\ndata: {"code":"INZWA_RECORDS_UNAVAILABLE"}\n\n']);
    isDown = false;
    await clock.advance(1_000);
    expect(line.ids).toEqual([line.ids[0], line.ids[0]]);
  });

  it('has room for so many readers, ends when the service closes, and shows the key again every half hour', async () => {
    const lines = await Promise.all(Array.from({ length: 60 }, () => follow()));
    await expect(feeds.follow('c', replyOver(new Line()), undefined)).rejects.toMatchObject({ code: 'INZWA_API_BUSY' });
    await clock.advance(29 * 60_000);
    expect(lines.every(({ isEnded }) => !isEnded)).toBe(true);
    await clock.advance(2 * 60_000);
    expect(lines.every(({ isEnded }) => isEnded)).toBe(true);
    const last = await follow();
    closing.abort();
    await clock.advance(0);
    expect(last.isEnded).toBe(true);
    await Promise.all(isOver);
  });

  it('is told at once to whoever only asks, from a picture of the last second until something has changed', async () => {
    const asked = await Promise.all(Array.from({ length: 20 }, () => feeds.latest('c')));
    expect([looks, asked.at(-1)?.open]).toEqual([1, 1]);
    open = 2;
    await clock.advance(999);
    expect((await feeds.latest('c')).open).toBe(1);
    feeds.changed();
    expect((await feeds.latest('c')).open).toBe(2);
    await feeds.latest('d');
    expect(looks).toBe(3);
    await follow();
    expect(looks).toBe(3);
    open = 3;
    await clock.advance(1_000);
    expect((await feeds.latest('c')).open).toBe(3);
    expect(looks).toBe(4);
    isDown = true;
    await clock.advance(1_000);
    await expect(feeds.latest('c')).rejects.toMatchObject({ code: 'INZWA_RECORDS_UNAVAILABLE' });
    isDown = false;
    expect((await feeds.latest('c')).open).toBe(3);
  });

  it('refuses before anything is sent when there is nothing to follow', async () => {
    isDown = true;
    const line = new Line();
    await expect(feeds.follow('c', replyOver(line), undefined)).rejects.toMatchObject({
      code: 'INZWA_RECORDS_UNAVAILABLE',
    });
    expect(line.status).toBeUndefined();
    isDown = false;
    expect((await follow()).ids).toHaveLength(1);
  });
});
