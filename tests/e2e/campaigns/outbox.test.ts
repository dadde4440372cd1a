import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addWebhook, listWebhooks, removeWebhook, renewWebhookSecret } from '#src/api/webhooks.ts';
import { OutboxDelivery } from '#src/campaigns/outbox/delivery.ts';
import { writeToOutbox } from '#src/campaigns/outbox/outbox.ts';
import { createLogger } from '#src/observability/logger.ts';
import type { OpenRecords } from '#src/records/open-records.ts';
import { databases, type EmptyRecords } from '../../support/databases.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const { signal } = new AbortController();
const event = {
  kind: 'contact.settled',
  campaignId: 'c-1',
  campaignContactId: 'cc-1',
  data: { disposition: 'completed' },
} as const;

/** What the recipes of docs/api.md come to, at a time of the test's own. */
function isGenuine(secret: string, header: string, body: string, nowSeconds: number): boolean {
  const [, t = ''] = /^t=(\d+)(?:,v1=[0-9a-f]{64}){1,2}$/.exec(header) ?? [];
  const expected = createHmac('sha256', secret).update(`${t}.${body}`).digest('hex');
  return header.split(',').includes(`v1=${expected}`) && Math.abs(nowSeconds - Number(t)) < 300;
}

interface Received {
  readonly id: string;
  readonly signature: string;
  readonly body: string;
}

let clock: VirtualClock;
let empty: EmptyRecords;
let records: OpenRecords;
let server: Server;
let received: Received[];
let statuses: number[];
let delivery: OutboxDelivery;
let url: string;
let redirect: string;
/** Of requests to /hang, which are never answered. */
let hanging: number;

describe.each(databases)('the outbox, on $name', (database) => {
  beforeEach(async () => {
    clock = new VirtualClock();
    empty = await database.open();
    records = empty.records;
    received = [];
    statuses = [];
    hanging = 0;
    redirect = '/';
    server = createServer((request, response) => {
      if (request.url === '/hang') {
        hanging += 1;
        return;
      }
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { 'inzwa-event-id': id, 'inzwa-signature': signature } = request.headers;
        received.push({ id: String(id), signature: String(signature), body });
        const status = statuses.shift() ?? 204;
        response.writeHead(status, status >= 300 && status < 400 ? { location: redirect } : {}).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    delivery = new OutboxDelivery({ records, clock, logger: createLogger('silent') });
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await empty[Symbol.asyncDispose]();
  });

  const tell = (): Promise<void> => records.transaction((tx) => writeToOutbox(tx, { ...event, at: clock.wallMs() }));
  const hook = async (): Promise<{ readonly id: string; readonly secret: string }> =>
    addWebhook({ records, at: clock.wallMs(), actor: 'user test' }, { url, campaign: null });
  const round = (): Promise<number> => delivery.deliverDue({ signal });

  it('delivers an event once it is taken, signed, with an id of its own', async () => {
    const { secret } = await hook();
    await tell();
    expect(await round()).toBe(1);
    expect(await round()).toBe(0);
    const [got] = received;
    expect(JSON.parse(got?.body ?? '')).toMatchObject({
      id: got?.id,
      kind: 'contact.settled',
      campaign: 'c-1',
      data: event.data,
    });
    const nowSeconds = clock.wallMs() / 1_000;
    expect(isGenuine(secret, got?.signature ?? '', got?.body ?? '', nowSeconds)).toBe(true);
    expect(isGenuine(secret, got?.signature ?? '', `${got?.body ?? ''} `, nowSeconds)).toBe(false);
    expect(isGenuine(secret, got?.signature ?? '', got?.body ?? '', nowSeconds + 301)).toBe(false);
  });

  it('tries again, ever more slowly, under the same id', async () => {
    await hook();
    await tell();
    statuses.push(500, 302);
    await round();
    expect(await round()).toBe(0);
    await clock.advance(10_000);
    await round();
    await clock.advance(19_000);
    expect(await round()).toBe(0);
    await clock.advance(1_000);
    await round();
    expect(new Set(received.map(({ id }) => id)).size).toBe(1);
    expect(received).toHaveLength(3);
    expect(await listWebhooks(records)).toMatchObject([{ waiting: 0 }]);
  });

  it('gives an event up after three days, and says why it waits until then', async () => {
    await hook();
    await tell();
    statuses.push(410);
    await round();
    expect(await listWebhooks(records)).toMatchObject([{ waiting: 1, lastError: 'status 410' }]);
    await clock.advance(3 * 86_400_000 + 1);
    statuses.push(410);
    await round();
    await clock.advance(30 * 86_400_000);
    expect(await round()).toBe(0);
  });

  it('leaves what a process that died had taken to the next one', async () => {
    await hook();
    await tell();
    const dead = new OutboxDelivery({ records, clock, logger: createLogger('silent') });
    await dead.deliverDue({ signal: AbortSignal.abort(new Error('died')) }).catch(() => undefined);
    expect(received).toHaveLength(0);
    expect(await round()).toBe(0);
    await clock.advance(60_000);
    expect(await round()).toBe(1);
    expect(received).toHaveLength(1);
  });

  it('writes nothing without a webhook, and delivers nothing to one that was removed', async () => {
    await tell();
    const { id } = await hook();
    await tell();
    await removeWebhook({ records, at: clock.wallMs(), actor: 'user test' }, id);
    expect(await round()).toBe(0);
    expect(await records.db.selectFrom('outbox').selectAll().execute()).toHaveLength(0);
  });

  it('deletes what waits for a removed webhook, and nothing else', async () => {
    const { id } = await hook();
    await tell();
    await round();
    const [row] = await records.db.selectFrom('outbox').selectAll().execute();
    if (!row) throw new Error('nothing was written');
    const waiting = Array.from({ length: 1_201 }, (_, n) => ({ ...row, id: `e-${n}`, delivered_at: null }));
    for (let first = 0; first < waiting.length; first += 400) {
      await records.db
        .insertInto('outbox')
        .values(waiting.slice(first, first + 400))
        .execute();
    }
    const other = await hook();
    await records.db
      .insertInto('outbox')
      .values({ ...row, id: 'other', hook_id: other.id, delivered_at: null })
      .execute();
    await removeWebhook({ records, at: clock.wallMs(), actor: 'user test' }, id);
    const left = await records.db.selectFrom('outbox').select('id').execute();
    expect(left.map((one) => one.id).sort()).toEqual([row.id, 'other'].sort());
  });

  it('delivers to one webhook whether or not another answers, a few at once to each', async () => {
    const hangs = new URL('/hang', url).href;
    await addWebhook({ records, at: clock.wallMs(), actor: 'user test' }, { url: hangs, campaign: null });
    await hook();
    for (let written = 0; written < 200; written++) await tell();
    const life = new AbortController();
    const running = delivery.run(life);
    await vi.waitFor(() => expect(received).toHaveLength(200), { timeout: 20_000, interval: 20 });
    // Not a second has passed for those that hang.
    expect({ nowMs: clock.nowMs(), hanging }).toEqual({ nowMs: 0, hanging: 4 });
    expect(new Set(received.map(({ id }) => id)).size).toBe(200);

    // What falls due meanwhile does not wait for those under way, and those give way after their time.
    await tell();
    await clock.advance(1_000);
    await vi.waitFor(() => expect(received).toHaveLength(201));
    await clock.advance(9_000);
    await vi.waitFor(() => expect(hanging).toBe(8));
    life.abort();
    await running;
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not read what a webhook answers', async () => {
    let sent = 0;
    const isClosed = Promise.withResolvers<undefined>();
    const chatty = createServer((request, response) => {
      request.resume();
      response.writeHead(200);
      const more = (): void => {
        while (response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.on('drain', more).on('close', () => isClosed.resolve(undefined));
      more();
    });
    chatty.listen(0, '127.0.0.1');
    await once(chatty, 'listening');
    const address = `http://127.0.0.1:${(chatty.address() as AddressInfo).port}/`;
    await addWebhook({ records, at: clock.wallMs(), actor: 'user test' }, { url: address, campaign: null });
    await tell();
    expect(await round()).toBe(1);
    await isClosed.promise;
    chatty.close();
    expect(sent).toBeLessThan(8_000_000);
    const { delivered_at: at } = await records.db.selectFrom('outbox').select('delivered_at').executeTakeFirstOrThrow();
    expect(at).toBe(clock.wallMs());
  });

  it('signs under the old secret as well for a day after a new one was given out', async () => {
    const { id, secret: old } = await hook();
    const renew = (): Promise<string> => renewWebhookSecret({ records, at: clock.wallMs(), actor: 'user test' }, id);
    const fresh = await renew();
    const isSignedWith = async (secret: string): Promise<boolean> => {
      await tell();
      await round();
      const { signature = '', body = '' } = received.at(-1) ?? {};
      return isGenuine(secret, signature, body, clock.wallMs() / 1_000);
    };
    expect([await isSignedWith(fresh), await isSignedWith(old)]).toEqual([true, true]);
    await clock.advance(86_400_000);
    expect([await isSignedWith(fresh), await isSignedWith(old)]).toEqual([true, false]);
    const newest = await renew();
    expect([await isSignedWith(newest), await isSignedWith(fresh), await isSignedWith(old)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(received.at(-1)?.body).not.toContain('whsec_');
    const { action } = await records.db
      .selectFrom('audit')
      .select('action')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow();
    expect(action).toBe('webhook.renew-secret');
    await expect(renewWebhookSecret({ records, at: 0, actor: 'user test' }, 'none')).rejects.toMatchObject({
      code: 'INZWA_REQUEST_INVALID',
    });
  });

  it('goes nowhere that it was not sent: not after a redirection, not to what is no web address', async () => {
    let isVisited = false;
    const other = createServer((_request, response) => {
      isVisited = true;
      response.writeHead(200).end();
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    redirect = `http://localhost:${(other.address() as AddressInfo).port}/elsewhere`;
    await hook();
    for (const status of [301, 302, 303, 307, 308]) {
      await tell();
      statuses.push(status);
    }
    await round();
    expect(received).toHaveLength(5);
    expect(isVisited).toBe(false);
    expect(await listWebhooks(records)).toMatchObject([{ waiting: 5 }]);
    other.close();

    const writer = { records, at: clock.wallMs(), actor: 'user test' };
    for (const bad of ['data:text/plain,ok', 'file:///etc/hosts', 'ftp://a', 'http://', 'blob:x', 'https://u:p@a/']) {
      await expect(addWebhook(writer, { url: bad, campaign: null })).rejects.toMatchObject({
        code: 'INZWA_REQUEST_INVALID',
      });
    }
    await records.db.deleteFrom('outbox').execute();
    // One that is in the database all the same holds up nobody else.
    await records.db.updateTable('webhooks').set({ url: 'data:text/plain,ok' }).execute();
    const { id } = await hook();
    await records.db.updateTable('webhooks').set({ url: 'not an address' }).where('id', '=', id).execute();
    await hook();
    await tell();
    await round();
    expect(received).toHaveLength(6);
    const hooks = await listWebhooks(records);
    expect(hooks.map(({ lastError }) => lastError)).toEqual(['no http(s) address', 'no http(s) address', null]);
  });
});
