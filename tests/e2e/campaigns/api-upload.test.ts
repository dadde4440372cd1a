/** Files that come badly over HTTP: too large, of another kind, cut off, left alone, interrupted. Nothing is half stored unsaid. */
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect, type AddressInfo, type Socket } from 'node:net';
import Fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock as clock, type Clock } from '#kernel/clock.ts';
import type { OpenRecords } from '#src/records/open-records.ts';
import { requestPatience } from '#src/routes/request-patience.ts';
import { startApi, type ApiAnswer, type ApiService } from '../../support/api-service.ts';
import { databases, type EmptyRecords } from '../../support/databases.ts';

const CONSENT = 'consentBasis=form%207';
const { signal } = new AbortController();

let empty: EmptyRecords;
let records: OpenRecords;
let api: ApiService;
let id: string;

const rows = (count: number): string =>
  `phone,zita\n${Array.from({ length: count }, (_, n) => `077${2_000_001 + n},Tendai`).join('\n')}\n`;
const put = (body: string | Uint8Array<ArrayBuffer> | ReadableStream, type?: string): Promise<ApiAnswer> =>
  api.ask('POST', `/campaigns/${id}/contacts?${CONSENT}`, { body, ...(type !== undefined && { type }) });

async function stored(): Promise<number> {
  const { count } = await records.db
    .selectFrom('campaign_contacts')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400 && !(await isSo()); tries += 1) await clock.sleep(25, { signal });
  expect(await isSo()).toBe(true);
}

/** Sends the head and a part of the body, as a program would whose line breaks later. */
async function begin(service: ApiService, part: string, length: number): Promise<Socket> {
  const socket = connect(service.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  const head = [
    `POST /api/v1/campaigns/${id}/contacts?${CONSENT} HTTP/1.1`,
    ...['Host: x', `Authorization: Bearer ${await service.keyOf('admin')}`],
    ...['Content-Type: text/csv', `Content-Length: ${length}`],
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${part}`);
  return socket;
}

async function make(service: ApiService): Promise<string> {
  const made = await service.ask('POST', '/campaigns', { json: { name: 'clinic', script: 'hutano' } });
  return String(made.body['id']);
}

describe.each(databases)('an upload, on $name', (database) => {
  beforeEach(async () => {
    empty = await database.open();
    ({ records } = empty);
    api = await startApi(records, { maxUploadBytes: 100_000 });
    id = await make(api);
  });
  afterEach(async () => {
    await api[Symbol.asyncDispose]();
    await empty[Symbol.asyncDispose]();
  });

  it('is refused with a code when it is of another kind, empty, too large, or goes nowhere', async () => {
    const form = new Uint8Array(
      Buffer.from('--x\r\ncontent-disposition: form-data; name="f"\r\n\r\nphone\r\n--x--\r\n'),
    );
    const refusals: readonly (readonly [ApiAnswer, number, string])[] = [
      [await put(form, 'multipart/form-data; boundary=x'), 415, 'INZWA_REQUEST_INVALID'],
      [await put('{}', 'application/json'), 415, 'INZWA_REQUEST_INVALID'],
      [await put(new Uint8Array([0x50, 0x4b, 0x03, 0x04, 0, 0])), 422, 'INZWA_CONTACTS_INVALID'],
      [await put(new Uint8Array([0x1f, 0x8b, 8, 0])), 422, 'INZWA_CONTACTS_INVALID'],
      [await put(''), 422, 'INZWA_CONTACTS_INVALID'],
      [await put('zita,town\nTendai,Harare\n'), 422, 'INZWA_CONTACTS_INVALID'],
      [await put(rows(9_000)), 413, 'INZWA_REQUEST_INVALID'],
    ];
    expect(refusals.map(([{ status, body }]) => [status, body['code']])).toEqual(
      refusals.map(([, status, code]) => [status, code]),
    );
    expect(await api.ask('POST', `/campaigns/${id}/contacts`)).toMatchObject({ status: 400 });
    const nowhere = await api.ask('POST', '/campaigns/none/contacts', { body: rows(1) });
    expect(nowhere).toMatchObject({ status: 404, body: { code: 'INZWA_CAMPAIGN_UNKNOWN' } });
    const wrong = await api.ask('POST', `/campaigns/${id}/contacts?preview=maybe&consentAt=03/04/2026&map=x`, {
      body: '',
    });
    expect(wrong.status).toBe(400);
    expect(wrong.body['faults']).toHaveLength(3);
    await api.ask('POST', `/campaigns/${id}/stop`);
    expect(await put(rows(1))).toMatchObject({ status: 409, body: { code: 'INZWA_CAMPAIGN_STATE' } });
    expect(await stored()).toBe(0);
    expect(await readdir(api.uploads)).toEqual([]);
    expect(api.log.join('')).not.toContain('77200');
  });

  it('of which nobody said how long it is stops at the limit', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(Buffer.alloc(10_000, 'phone,zita\n'));
      },
    });
    const answer = await put(endless).catch(() => undefined);
    // The connection is closed under the sender, who may hear why.
    if (answer) expect(answer.status).toBe(413);
    expect(sent).toBeLessThan(2_000);
    expect(await stored()).toBe(0);
  });

  it('that is cut off stores nothing, and the same file goes the next time', async () => {
    const whole = rows(300);
    const socket = await begin(api, whole.slice(0, 2_000), whole.length);
    await clock.sleep(200, { signal });
    socket.destroy();
    await clock.sleep(200, { signal });
    expect(await stored()).toBe(0);
    expect((await api.ask('GET', `/campaigns/${id}/imports`)).body).toEqual({ imports: [] });
    expect(await readdir(api.uploads)).toEqual([]);
    const again = await put(whole);
    expect(again.lines.at(-1)).toMatchObject({ accepted: 300, known: 0, isRepeat: false });
  });

  it('is imported to its end though its sender has left', async () => {
    const whole = rows(2_000);
    const socket = await begin(api, whole, whole.length);
    await until(async () => (await stored()) > 0);
    socket.destroy();
    const doneAt = async (): Promise<unknown> => {
      const { imports } = (await api.ask('GET', `/campaigns/${id}/imports`)).body as { imports: { doneAt: unknown }[] };
      return imports[0]?.doneAt;
    };
    await until(async () => typeof (await doneAt()) === 'number');
    expect(await stored()).toBe(2_000);
  });

  it('that a closing service interrupts says so, and the same file goes on at the next', async () => {
    const whole = rows(4_000);
    const first = await startApi(records, { maxUploadBytes: 100_000 });
    const cut = first.ask('POST', `/campaigns/${id}/contacts?${CONSENT}&rows=all`, { body: whole });
    await until(async () => (await stored()) > 0);
    const closing = first[Symbol.asyncDispose]();
    await cut.then(
      ({ lines }) => expect(lines.at(-1)).toMatchObject({ type: 'error', code: 'INZWA_CANCELLED' }),
      // Its connection may have been closed already.
      () => undefined,
    );
    await closing;
    const before = await stored();
    expect(before).toBeLessThan(4_000);
    expect((await api.ask('GET', `/campaigns/${id}/imports`)).body['imports']).toMatchObject([{ doneAt: null }]);
    const second = await put(whole);
    expect(second.lines.at(-1)).toMatchObject({ rows: 4_000, accepted: 4_000, known: 0, isRepeat: false });
    expect(await stored()).toBe(4_000);
  });

  it('takes turns: two at once, and a third is told to come again', async () => {
    const whole = rows(200);
    const slow = [await begin(api, 'phone', whole.length), await begin(api, 'phone', whole.length)];
    await clock.sleep(200, { signal });
    const third = await put(whole);
    expect(third).toMatchObject({ status: 503, body: { code: 'INZWA_API_BUSY' } });
    expect(third.headers.get('retry-after')).toBe('15');
    for (const socket of slow) socket.destroy();
    await until(async () => (await put(whole)).status === 200);
  });

  it('that stops coming is let go after half a minute', async () => {
    const quick: Clock = { ...clock, after: (ms, run) => clock.after(ms === 30_000 ? 300 : ms, run) };
    await using impatient = await startApi(records, { clock: quick });
    const socket = await begin(impatient, 'phone,zita\n', 1_000);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 [^]*INZWA_REQUEST_INVALID[^]*nothing is stored/);
    socket.destroy();
    expect(await stored()).toBe(0);
  });
});

describe('a body that does not come', () => {
  it('is given seconds, and minutes where a route takes files', async () => {
    const app = Fastify();
    requestPatience(app, { clock, timeoutMs: 300 });
    app.post('/form', () => 'a form');
    app.post('/file', { config: { isLong: true } }, () => 'a file');
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const post = async (path: string): Promise<{ readonly socket: Socket; readonly answer: Promise<string> }> => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nab`);
      return { socket, answer: once(socket, 'data').then(([data]) => String(data)) };
    };
    const [form, file] = [await post('/form'), await post('/file')];
    expect(await form.answer).toMatch(/^HTTP\/1\.1 408 /);
    await clock.sleep(200, { signal });
    file.socket.write('cd');
    expect(await file.answer).toMatch(/^HTTP\/1\.1 200 [^]*a file$/);
    const quick = await fetch(`http://127.0.0.1:${port}/form`, { method: 'POST', body: 'abcd' });
    expect(await quick.text()).toBe('a form');
    for (const { socket } of [form, file]) socket.destroy();
    app.server.closeAllConnections();
    await app.close();
  });
});
