/** The interface for programs: from a campaign that is not there yet to its results, as another program would. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import { exportCampaign } from '#src/campaigns/export/export.ts';
import { brokenAuditLine } from '#src/records/audit.ts';
import type { OpenRecords } from '#src/records/open-records.ts';
import type { Records } from '#src/records/records.ts';
import { startApi, type ApiAnswer, type ApiService } from '../../support/api-service.ts';
import { collect } from '../../support/contacts-import.ts';
import { databases, type EmptyRecords } from '../../support/databases.ts';

const CSV = 'phone,zita,town\n0772000001,Tendai,Harare\n2.63772E+11,Rudo,x\n0772000003,,x\n0772000004,Chipo,=1+1\n';
const CONSENT = 'consentBasis=form%207&consentAt=2026-01-02';
const PRICES = [{ prefix: '+263', perMinuteMicros: 120_000 }];
const CLINIC = {
  name: 'clinic',
  script: 'hutano',
  settings: { maxCalls: 4, prices: PRICES },
  budgetMicros: 25_000_000,
};

let empty: EmptyRecords;
let records: OpenRecords;
let api: ApiService;

async function clinic(): Promise<string> {
  const made = await api.ask('POST', '/campaigns', { json: CLINIC });
  return String(made.body['id']);
}

const upload = (id: string, query: string, body = CSV): Promise<ApiAnswer> =>
  api.ask('POST', `/campaigns/${id}/contacts?${query}`, { body });
const contactsOf = async (id: string): Promise<number> =>
  Number((await api.ask('GET', `/campaigns/${id}`)).body['contacts']);
const actions = async (): Promise<readonly string[]> =>
  (await records.db.selectFrom('audit').select(['actor', 'action']).orderBy('seq').execute())
    .filter(({ action }) => action !== 'key.add')
    .map(({ actor, action }) => `${actor}: ${action}`);

describe.each(databases)('the interface for programs, on $name', (database) => {
  beforeEach(async () => {
    empty = await database.open();
    ({ records } = empty);
    api = await startApi(records, { maxUploadBytes: 1_000_000 });
  });
  afterEach(async () => {
    await api[Symbol.asyncDispose]();
    await empty[Symbol.asyncDispose]();
  });

  it('makes a campaign once, however often it is asked for', async () => {
    const made = await api.ask('POST', '/campaigns', { json: CLINIC });
    expect(made).toMatchObject({ status: 201, body: { isNew: true, trunk: 'twilio', columns: ['phone', 'zita'] } });
    const again = await Promise.all([1, 2, 3].map(() => api.ask('POST', '/campaigns', { json: CLINIC })));
    for (const { status, body } of again) expect([status, body['id']]).toEqual([200, made.body['id']]);
    const other = await api.ask('POST', '/campaigns', {
      json: { ...CLINIC, settings: { ...CLINIC.settings, maxCalls: 5 }, trunk: 'twilio' },
    });
    expect(other).toMatchObject({ status: 409, body: { code: 'INZWA_CAMPAIGN_EXISTS' } });
    expect(other.body['message']).toContain('other settings');
    expect(await actions()).toEqual(['key admin: campaign.new']);
    const both = await Promise.all(
      [1, 2].map(() => api.ask('POST', '/campaigns', { json: { ...CLINIC, name: 'at once' } })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 201]);
  });

  it('says by field, and in a text by line, why a campaign cannot be made', async () => {
    const text = 'maxCalls: 4\nwindow:\n  days:\n    mon: [8-20]\n';
    const asked = async (change: object): Promise<ApiAnswer> =>
      api.ask('POST', '/campaigns', { json: { ...CLINIC, ...change } });
    const faults = ['settings:4: window.days.mon.0: must be a time of day from and to, like 08:00-20:00'];
    expect(await asked({ settings: text })).toMatchObject({
      status: 422,
      body: { code: 'INZWA_CAMPAIGN_SETTINGS', faults },
    });
    expect(await asked({ settings: { maxCals: 4 } })).toMatchObject({
      status: 422,
      body: { faults: ['settings: Unrecognized key: "maxCals"'] },
    });
    expect(await asked({ script: 'hutanoo' })).toMatchObject({ status: 422, body: { code: 'INZWA_PROMPTS_INVALID' } });
    expect((await asked({ trunk: 'twillio' })).body['message']).toContain('configured for: twilio');
    expect(await asked({ name: '' })).toMatchObject({ status: 422 });
    expect((await asked({ settings: {} })).body['message']).toContain('a budget needs a price list');
    expect(await asked({ colour: 'red' })).toMatchObject({ status: 400, body: { code: 'INZWA_REQUEST_INVALID' } });
    expect(await asked({ budgetMicros: -1 })).toMatchObject({ status: 400 });
    const cut = await api.ask('POST', '/campaigns', { body: '{"name": "0772000001', type: 'application/json' });
    expect(cut).toMatchObject({ status: 400, body: { code: 'INZWA_REQUEST_INVALID' } });
    const huge = await api.ask('POST', '/campaigns', { json: { name: 'x'.repeat(2_000_000) } });
    expect(huge).toMatchObject({ status: 413, body: { code: 'INZWA_REQUEST_INVALID' } });
    expect(await api.ask('GET', '/campaigns')).toMatchObject({ body: { campaigns: [] } });
    expect(api.log.join('')).not.toContain('772000001');
  });

  it('previews a file, imports it, and imports it no second time', async () => {
    const id = await clinic();
    const preview = await upload(id, `preview=true&rows=all&${CONSENT}`);
    expect(preview.status).toBe(200);
    expect(preview.lines.map(({ type }) => type)).toEqual(['plan', 'row', 'row', 'row', 'row', 'report']);
    expect(preview.lines[0]).toMatchObject({ encoding: 'utf-8', delimiter: ',', fields: { phone: 'phone' } });
    expect(preview.lines[2]).toMatchObject({ row: 3, line: 3, verdict: 'refused', codes: ['number-destroyed:phone'] });
    expect(preview.lines[5]).toMatchObject({ rows: 4, accepted: 2, refused: 2, isPreview: true });
    expect(await contactsOf(id)).toBe(0);

    const imported = await upload(id, `file=%2Fhome%2Fme%2Fcontacts.csv&${CONSENT}`);
    expect(imported.lines.map(({ verdict }) => verdict)).toEqual([
      undefined,
      'refused',
      'refused',
      'accepted',
      undefined,
    ]);
    expect(imported.lines.at(-1)).toMatchObject({ type: 'report', accepted: 2, refused: 2, isRepeat: false });
    const again = await upload(id, `file=contacts.csv&rows=none&${CONSENT}`);
    expect(again.lines.map(({ type }) => type)).toEqual(['plan', 'report']);
    expect(again.lines[1]).toMatchObject({ accepted: 0, known: 2, isRepeat: true });
    expect(await contactsOf(id)).toBe(2);
    expect(await actions()).toEqual(['key admin: campaign.new', 'key admin: campaign.import']);
    const { detail_json: detail } = await records.db
      .selectFrom('audit')
      .select('detail_json')
      .where('action', '=', 'campaign.import')
      .executeTakeFirstOrThrow();
    expect(JSON.parse(detail)).toMatchObject({ file: 'contacts.csv', accepted: 2 });
    expect((await api.ask('GET', `/campaigns/${id}/imports`, { role: 'read' })).body['imports']).toMatchObject([
      { rows: 4, accepted: 2, refused: 2, doneAt: expect.any(Number) as number },
    ]);
    expect(await brokenAuditLine(records)).toBeUndefined();
    for (const text of [preview.text, imported.text, again.text, api.log.join('')]) expect(text).not.toContain('77200');
  });

  it('takes what the command line takes: other columns, separators, countries, no header', async () => {
    const id = await clinic();
    const query = 'map=zita%3DFirst%20Name&ignore=notes&country=ZA&delimiter=%3B&rows=all&consentBasis=form';
    const named = await upload(id, `${query}&preview`, 'tel;First Name;notes\n0821234567;Sipho;x\n');
    expect(named.lines.at(-1)).toMatchObject({ rows: 1, refused: 1, byCode: { 'outside-list': 1 } });
    const bare = await upload(id, 'header=phone,zita&consentBasis=form&rows=none', '0772000001,Tendai\n');
    expect(bare.lines.at(-1)).toMatchObject({ rows: 1, accepted: 1 });
    const lost = await upload(id, 'consentBasis=form', 'phone,town\n0772000001,x\n');
    expect(lost).toMatchObject({ status: 422, body: { code: 'INZWA_CONTACTS_INVALID' } });
    expect(lost.body['message']).toContain('{{zita}}');
  });

  it('sends results as the command line writes them, to an admin alone', async () => {
    const id = await clinic();
    await upload(id, CONSENT);
    for (const role of ['read', 'control'] as const) {
      expect(await api.ask('GET', `/campaigns/${id}/results`, { role })).toMatchObject({ status: 403 });
    }
    const csv = await api.ask('GET', `/campaigns/${id}/results`);
    const whole = await collect(
      exportCampaign(records.db, { campaignId: id, kind: 'contacts', format: 'csv', hasMark: false, questions: [] }),
    );
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const [header, ...rows] = csv.text.split('\r\n');
    // A column for each question, though nobody has answered yet.
    expect(header).toMatch(/^result\.row,phone,zita,town,.*,answer\.manyoka,/);
    expect(rows.map((row) => row.replace(/,+$/, ''))).toEqual(
      whole
        .join('')
        .split('\r\n')
        .slice(1)
        .map((row) => row.replace(/,+$/, '')),
    );
    const marked = await api.ask('GET', `/campaigns/${id}/results?mark=true`);
    // fetch takes the mark for itself.
    expect(marked.headers.get('content-disposition')).toContain('contacts.csv');
    const jsonl = await api.ask('GET', `/campaigns/${id}/results?format=jsonl`);
    expect(jsonl.lines).toMatchObject([{ phone: '+263772000001', state: 'pending' }, { phone: '+263772000004' }]);
    for (const per of ['attempts', 'answers']) {
      expect((await api.ask('GET', `/campaigns/${id}/results?per=${per}&format=jsonl`)).text).toBe('');
      expect((await api.ask('GET', `/campaigns/${id}/results?per=${per}`)).text).toMatch(/^row,phone,/);
    }
    expect(await api.ask('GET', `/campaigns/${id}/results?per=people`)).toMatchObject({ status: 400 });
    expect(await api.ask('GET', '/campaigns/none/results')).toMatchObject({ status: 404 });
    expect(await actions()).toContain('key admin: campaign.export');
    expect(api.log.join('')).not.toContain('77200');
  });

  it('breaks results off when the database goes away, so that nobody takes a part for all', async () => {
    const id = await clinic();
    const list = Array.from({ length: 3_000 }, (_, n) => `077${2_000_001 + n},Tendai,${'x'.repeat(200)}`).join('\n');
    expect((await upload(id, `rows=none&${CONSENT}`, `phone,zita,town\n${list}\n`)).status).toBe(200);
    let pages = Infinity;
    const db = new Proxy(records.db, {
      get(target, name) {
        if (name === 'selectFrom' && pages-- <= 0) throw new InzwaError('INZWA_RECORDS_UNAVAILABLE', 'it is away');
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const failing = { kind: records.kind, db, transaction: records.transaction.bind(records) } as Records;
    await using other = await startApi(records, { keeping: () => ({ records: failing, phones: api.phones }) });
    const results = async (): Promise<ApiAnswer> => other.ask('GET', `/campaigns/${id}/results?format=jsonl`);
    expect((await results()).lines).toHaveLength(3_000);
    // The key, the script, the campaign, three pages with their answers.
    pages = 9;
    await expect(results()).rejects.toThrow();
    pages = 3;
    expect(await results()).toMatchObject({ status: 503, body: { code: 'INZWA_RECORDS_UNAVAILABLE' } });
  });

  it('answers an order that is sent again with the state as it is, and refuses what cannot be', async () => {
    const id = await clinic();
    const order = async (action: string): Promise<readonly unknown[]> => {
      const { status, body } = await api.ask('POST', `/campaigns/${id}/${action}`, { role: 'control' });
      return [status, body['state'] ?? body['code']];
    };
    const refused = [409, 'INZWA_CAMPAIGN_STATE'];
    expect(await order('pause')).toEqual(refused);
    expect(await order('start')).toEqual(refused);
    await upload(id, CONSENT);
    const line = {
      name: 'twilio',
      kind: 'twilio',
      cps: 1,
      max_calls: 4,
      inbound_reserve: 0,
      inbound_calls: 0,
    } as const;
    await records.db.insertInto('trunks').values(line).execute();
    const expected: readonly (readonly [action: string, state: string])[] = [
      ['start', 'running'],
      ['pause', 'paused'],
      ['resume', 'running'],
      ['stop', 'stopped'],
    ];
    for (const [action, state] of expected) {
      expect([await order(action), await order(action)]).toEqual([
        [200, state],
        [200, state],
      ]);
    }
    for (const action of ['start', 'pause', 'resume']) expect(await order(action)).toEqual(refused);
    expect((await actions()).filter((line) => line.startsWith('key control'))).toEqual(
      expected.map(([action]) => `key control: campaign.${action}`),
    );
  });

  it('tells what somebody said to an admin only', async () => {
    const number = '0772000001';
    await api.ask('POST', '/do-not-call', { json: { numbers: [number], evidence: 'letter' } });
    const { phone_hash } = await records.db.selectFrom('opt_outs').select('phone_hash').executeTakeFirstOrThrow();
    const said = { phone_hash, scope: 'c-1', source: 'speech', at: 8.64e14, evidence: 'musandifonera' } as const;
    await records.db.insertInto('opt_outs').values(said).execute();
    const check = async (role: 'control' | 'admin'): Promise<unknown> =>
      (await api.ask('POST', '/do-not-call/check', { role, json: { number } })).body['lists'];
    const letter = { scope: '*', source: 'operator', at: expect.any(Number) as number, evidence: 'letter' };
    const spoken = { scope: 'c-1', source: 'speech', at: 8.64e14 };
    expect(await check('control')).toEqual([letter, spoken]);
    expect(await check('admin')).toEqual([letter, { ...spoken, evidence: 'musandifonera' }]);
  });

  it('keeps numbers off the telephone', async () => {
    const id = await clinic();
    await upload(id, CONSENT);
    const numbers = ['0772000001', '+263 772 000 001', '0772000009'];
    const added = await api.ask('POST', '/do-not-call', { role: 'control', json: { numbers, evidence: 'letter' } });
    expect(added).toMatchObject({ status: 200, body: { added: 2, known: 0 } });
    const repeat = await api.ask('POST', '/do-not-call', { role: 'control', json: { numbers: ['0772000001'] } });
    expect(repeat.body).toEqual({ added: 0, known: 1 });
    expect((await api.ask('GET', `/campaigns/${id}`)).body['byDisposition']).toEqual({ opted_out: 1 });
    const check = (number: string): Promise<ApiAnswer> =>
      api.ask('POST', '/do-not-call/check', { role: 'control', json: { number } });
    expect((await check('00263772000001')).body['lists']).toMatchObject([{ scope: '*', evidence: 'letter' }]);
    expect((await check('0772000002')).body).toEqual({ lists: [] });

    const wrong = await api.ask('POST', '/do-not-call', { json: { numbers: ['0772000002', '077200'], campaign: id } });
    expect(wrong).toMatchObject({ status: 400, body: { faults: ['numbers.1: is no telephone number (too-short)'] } });
    expect((await check('0772000002')).body).toEqual({ lists: [] });
    const only = await api.ask('POST', '/do-not-call', { json: { numbers: ['0772000002'], campaign: id } });
    expect(only.body).toEqual({ added: 1, known: 0 });
    expect((await check('0772000002')).body['lists']).toMatchObject([{ scope: 'clinic' }]);
    expect(await api.ask('POST', '/do-not-call', { json: { numbers, campaign: 'none' } })).toMatchObject({
      status: 404,
    });

    const exported = await api.ask('GET', '/do-not-call');
    expect(exported.text.trim().split('\r\n')).toHaveLength(4);
    const gone = { number: '0772000001', because: 'a typing error' };
    const remove = '/do-not-call/remove';
    expect(await api.ask('POST', remove, { role: 'control', json: gone })).toMatchObject({ status: 403 });
    expect(await api.ask('POST', remove, { json: { number: '0772000001' } })).toMatchObject({ status: 400 });
    expect((await api.ask('POST', remove, { json: gone })).body).toEqual({ removed: true });
    expect((await api.ask('POST', remove, { json: gone })).body).toEqual({ removed: false });
    expect((await actions()).slice(-3)).toEqual([
      'key admin: do-not-call.add',
      'key admin: do-not-call.export',
      'key admin: do-not-call.remove',
    ]);
    expect(api.log.join('')).not.toMatch(/77 ?200/);
  });

  it('asks for a key of the right role before it reads a byte', async () => {
    const id = await clinic();
    const open: readonly (readonly [string, string, 'read' | 'control' | undefined])[] = [
      ['POST', '/campaigns', 'control'],
      ['POST', `/campaigns/${id}/contacts`, 'control'],
      ['GET', `/campaigns/${id}/results`, 'control'],
      ['GET', `/campaigns/${id}/imports`, undefined],
      ['POST', '/do-not-call', 'read'],
      ['POST', '/do-not-call/check', 'read'],
      ['POST', '/do-not-call/remove', 'control'],
      ['GET', '/do-not-call', 'control'],
      ['POST', '/webhooks/none/secret', 'control'],
    ];
    for (const [method, path, below] of open) {
      const body = method === 'POST' ? { body: 'no JSON at all', type: 'application/json' } : {};
      const nobody = await api.ask(method, path, { role: 'nobody', ...body });
      expect([path, nobody.status, nobody.body['code']]).toEqual([path, 401, 'INZWA_API_KEY_REFUSED']);
      if (below === undefined) continue;
      const lower = await api.ask(method, path, { role: below, ...body });
      expect([path, lower.status, lower.body['code']]).toEqual([path, 403, 'INZWA_API_KEY_REFUSED']);
    }
    expect((await api.ask('HEAD', `/campaigns/${id}/results`)).status).toBe(404);
  });
});
