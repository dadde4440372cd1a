/** The whole service but for its engines calls a campaign over the Twilio wire, against a carrier in software. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { openLocalModels } from '#models/catalogue.ts';
import { stubEngines } from '#src/cli/bench/stub/stub-engines.ts';
import { freePort } from '#src/cli/demo/child-service.ts';
import { compose, type Service } from '#src/compose.ts';
import { readConfig } from '#src/config.ts';
import { createLogger } from '#src/observability/logger.ts';
import type { OpenRecords } from '#src/records/open-records.ts';
import type { Callee } from '#telephony/phone/carrier/callee.ts';
import { StandInCarrier } from '#telephony/phone/carrier/stand-in-carrier.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { databases, type EmptyRecords } from '../../support/databases.ts';
import { keysAfterSpeech, startSurvey, SURVEY_PEOPLE } from '../../support/small-survey.ts';

const ACCOUNT_SID = `AC${'1'.repeat(32)}`;
const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';
const [FINISHES, IS_BUSY, SAYS_NO, IS_NOBODY] = SURVEY_PEOPLE as [PhoneNumber, PhoneNumber, PhoneNumber, PhoneNumber];

/** Rings for so long that the service is told to go meanwhile. */
const SLOW = '+263772000009' as PhoneNumber;

const CALLEES: Record<string, Callee> = {
  [FINISHES]: { ringMs: 100, does: 'answers', talk: keysAfterSpeech('11') },
  [SLOW]: { ringMs: 2_000, does: 'answers', talk: keysAfterSpeech('11') },
  [IS_BUSY]: { ringMs: 100, does: 'is-busy' },
  [SAYS_NO]: { ringMs: 100, does: 'answers', talk: keysAfterSpeech('9') },
  [IS_NOBODY]: { ringMs: 100, does: 'cannot-be-reached', sipStatus: 404 },
};

describe.each(databases)('a service that keeps its records in $name', (database) => {
  let folder: string;
  let empty: EmptyRecords;
  let records: OpenRecords;
  let carrier: StandInCarrier;
  let service: Service;
  const log: string[] = [];

  beforeEach(async () => {
    log.length = 0;
    empty = await database.open();
    ({ records } = empty);
    const { place } = empty;
    folder = 'file' in place ? dirname(place.file) : await mkdtemp(join(tmpdir(), 'inzwa-serving-'));
    carrier = await StandInCarrier.start({
      accountSid: ACCOUNT_SID,
      authToken: AUTH_TOKEN,
      callee: ({ to }) => CALLEES[to] ?? { ringMs: 0, does: 'is-busy' },
    });
    const env = {
      TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      INZWA_TWILIO_API_BASE: carrier.baseUrl,
      INZWA_PORT: String(await freePort()),
      INZWA_DATA_DIR: folder,
      INZWA_MODELS_DIR: join(folder, 'models'),
      INZWA_CALLER_NUMBER: '+263242700000',
      INZWA_TRUNK_CPS: '5',
      INZWA_MAX_CALLS: '2',
      ...('url' in place && { INZWA_DATABASE_URL: place.url }),
    };
    service = await compose({
      config: readConfig(env),
      models: await openLocalModels(env),
      clock,
      logger: createLogger('info', { write: (line: string) => void log.push(line) }),
      keepsRecords: true,
      startEngines: ({ hotline }) => Promise.resolve(stubEngines(hotline)),
    });
    await service.listen();
    await service.ready;
  });
  afterEach(async () => {
    await service[Symbol.asyncDispose]();
    await carrier[Symbol.asyncDispose]();
    await empty[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const members = () => records.db.selectFrom('campaign_contacts').selectAll().orderBy('ordinal').execute();
  const words = async (): Promise<(string | null)[]> =>
    (await members()).map(({ disposition, last_outcome }) => disposition ?? last_outcome);

  it('calls everybody of a campaign once, writes down what they said, and says so to an operator', async () => {
    await startSurvey(records, { folder, trunk: 'twilio', people: SURVEY_PEOPLE });
    const expected = ['completed', 'busy', 'opted_out', 'invalid_number'];
    await expect.poll(words, { timeout: 45_000, interval: 200 }).toEqual(expected);
    expect(await records.db.selectFrom('answers').select(['question', 'value_json', 'method']).execute()).toEqual([
      { question: 'manyoka', value_json: 'true', method: 'keys' },
    ]);
    expect(carrier.calls.map(({ order }) => order.to).sort()).toEqual([...SURVEY_PEOPLE].sort());
    const health = await service.app.inject('/healthz');
    expect(health.json()).toEqual({ status: 'ok', records: 'kept' });
    await expect
      .poll(async () => records.db.selectFrom('calls').select(['direction', 'result']).execute(), { timeout: 5_000 })
      .toHaveLength(2);
    const calls = await records.db.selectFrom('calls').selectAll().execute();
    expect(calls.every(({ direction, attempt_id }) => direction === 'out' && attempt_id !== null)).toBe(true);
    expect(log.join('')).not.toMatch(/26377200000/);
  }, 60_000);

  it('rings no more people at once than it can talk with', async () => {
    const people = [11, 12, 13, 14, 15].map((n) => `+2637720000${n}` as PhoneNumber);
    for (const each of people) CALLEES[each] = { ringMs: 1_500, does: 'answers', talk: keysAfterSpeech('9') };
    await startSurvey(records, { folder, trunk: 'twilio', people });
    await expect.poll(words, { timeout: 60_000, interval: 200 }).toEqual(people.map(() => 'opted_out'));
    expect(carrier.mostLive).toBe(2);
    expect(carrier.calls.map(({ order }) => order.to).sort()).toEqual(people);
  }, 90_000);

  it('calls nobody with a script that it cannot speak, and says so to the operator', async () => {
    const id = await startSurvey(records, { folder, trunk: 'twilio', people: [FINISHES], script: 'language: xx' });
    const campaign = () =>
      records.db.selectFrom('campaigns').select(['state', 'state_reason']).where('id', '=', id).executeTakeFirst();
    await expect
      .poll(campaign, { timeout: 10_000, interval: 100 })
      .toEqual({ state: 'paused', state_reason: 'settings' });
    expect(carrier.calls).toEqual([]);
    expect(log.join('')).toContain('a campaign’s interview cannot be held here');
    const audit = await records.db.selectFrom('audit').select(['actor', 'action']).execute();
    expect(audit).toContainEqual({ actor: 'inzwa', action: 'campaign.pause' });
  }, 30_000);

  it('talks to the last who was called before it closes down, and calls nobody after', async () => {
    await startSurvey(records, { folder, trunk: 'twilio', people: [SLOW] });
    await expect.poll(() => carrier.calls.length, { timeout: 10_000, interval: 20 }).toBe(1);
    const draining = service.drain({ patienceMs: 30_000 });
    await startSurvey(records, { folder, trunk: 'twilio', people: [FINISHES] });
    await draining;
    expect((await words()).toSorted()).toEqual(['completed', null]);
    expect(carrier.calls).toHaveLength(1);
  }, 60_000);
});
