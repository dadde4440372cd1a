/** Acceptance 10: the whole service but for its engines calls a campaign over a real Asterisk. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { openLocalModels } from '#models/catalogue.ts';
import { startPrivateAsterisk, type PrivateAsterisk } from '#src/cli/asterisk/private-asterisk.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';
import { stubEngines } from '#src/cli/bench/stub/stub-engines.ts';
import { freePort } from '#src/cli/demo/child-service.ts';
import { compose, type Service } from '#src/compose.ts';
import { readConfig } from '#src/config.ts';
import { createLogger } from '#src/observability/logger.ts';
import type { OpenRecords } from '#src/records/open-records.ts';
import type { CalleeScript } from '#telephony/phone/sip/callee-script.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { databases, type EmptyRecords } from '../../support/databases.ts';
import { keysAfterSpeech, startSurvey, SURVEY_PEOPLE } from '../../support/small-survey.ts';

const { signal } = new AbortController();
const [FINISHES, IS_BUSY, SAYS_NO, IS_NOBODY] = SURVEY_PEOPLE as [PhoneNumber, PhoneNumber, PhoneNumber, PhoneNumber];

const CALLEES: Readonly<Record<string, CalleeScript>> = {
  [FINISHES]: { kind: 'answer', afterMs: 200, onAnswer: keysAfterSpeech('11') },
  [IS_BUSY]: { kind: 'reject', status: 486 },
  [SAYS_NO]: { kind: 'answer', afterMs: 200, onAnswer: keysAfterSpeech('9') },
  [IS_NOBODY]: { kind: 'reject', status: 404 },
};

let folder: string;
let people: SipPhone;
let asterisk: PrivateAsterisk;
let service: Service;
let empty: EmptyRecords;
let records: OpenRecords;
let port: number;
let restart: () => Promise<PrivateAsterisk>;

async function serve(): Promise<Service> {
  const { url, user, password } = asterisk.ari;
  const env = {
    INZWA_PORT: String(port),
    INZWA_DATA_DIR: folder,
    INZWA_MODELS_DIR: join(folder, 'models'),
    INZWA_ASTERISK_USER: 'asterisk',
    INZWA_ASTERISK_PASSWORD: 'agent-pass',
    INZWA_ARI_URL: url.replace(/\/ari$/, ''),
    INZWA_ARI_USER: user,
    INZWA_ARI_PASSWORD: password,
    INZWA_CALLER_NUMBER: '+263242700000',
    ...('url' in empty.place && { INZWA_DATABASE_URL: empty.place.url }),
  };
  const made = await compose({
    config: readConfig(env),
    models: await openLocalModels(env),
    clock,
    logger: createLogger('silent'),
    keepsRecords: true,
    startEngines: ({ hotline }) => Promise.resolve(stubEngines(hotline)),
  });
  await made.listen();
  await made.ready;
  return made;
}

const members = () => records.db.selectFrom('campaign_contacts').selectAll().orderBy('ordinal').execute();
const attempts = () => records.db.selectFrom('attempts').selectAll().orderBy('intent_at').execute();

describe.each(databases)('acceptance 10: a campaign over Asterisk, on $name', (database) => {
  beforeEach(async () => {
    empty = await database.open();
    const { place } = empty;
    ({ records } = empty);
    folder = 'file' in place ? dirname(place.file) : await mkdtemp(join(tmpdir(), 'inzwa-serving-'));
    port = await freePort();
    people = await SipPhone.open({ clock, signal });
    const agent = { uri: `ws://127.0.0.1:${port}/asterisk/media`, user: 'asterisk', password: 'agent-pass' };
    const trunk = { kind: 'ip', host: `127.0.0.1:${people.port}` } as const;
    const install = await ensureAsterisk({ clock, signal });
    asterisk = await startPrivateAsterisk({ install, clock, signal, agent, trunk });
    const { ports, ari } = asterisk;
    restart = () => startPrivateAsterisk({ install, clock, signal, agent, trunk, ports, ariPassword: ari.password });
    service = await serve();
  });
  afterEach(async () => {
    await service[Symbol.asyncDispose]();
    await asterisk[Symbol.asyncDispose]();
    await people[Symbol.asyncDispose]();
    await empty[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('calls everybody once and writes down what they said', async () => {
    people.expect(
      ...SURVEY_PEOPLE.map(
        () =>
          ({ number }: { readonly number: string }) =>
            CALLEES[number] ?? NOBODY,
      ),
    );
    await startSurvey(records, { folder, trunk: 'asterisk', people: SURVEY_PEOPLE });
    await expect
      .poll(async () => (await members()).map((each) => each.disposition ?? each.last_outcome), { timeout: 45_000 })
      .toEqual(['completed', 'busy', 'opted_out', 'invalid_number']);
    expect(people.incoming.map(({ number }) => number).sort()).toEqual([...SURVEY_PEOPLE].sort());
    expect(people.incoming.every(({ from }) => from === '+263242700000')).toBe(true);
    const answers = await records.db.selectFrom('answers').select(['question', 'value_json', 'method']).execute();
    expect(answers).toEqual([{ question: 'manyoka', value_json: 'true', method: 'keys' }]);
  }, 60_000);

  it('frees the line of somebody who does not answer within two seconds', async () => {
    people.expect({ kind: 'ring' });
    await startSurvey(records, { folder, trunk: 'asterisk', people: SURVEY_PEOPLE.slice(0, 1), ringSeconds: 5 });
    await expect.poll(async () => (await attempts())[0]?.state, { timeout: 9_000, interval: 50 }).toBe('done');
    const [attempt] = await attempts();
    expect(attempt?.outcome).toBe('no-answer');
    expect((attempt?.ended_at ?? 0) - (attempt?.intent_at ?? 0)).toBeLessThan(7_000);
  }, 30_000);

  it('ends the call of somebody who answers while the service is down, and calls them no second time', async () => {
    const away = Promise.withResolvers<undefined>();
    people.expect({ kind: 'answer', afterMs: 2_000 });
    await startSurvey(records, { folder, trunk: 'asterisk', people: SURVEY_PEOPLE.slice(0, 1) });
    const incoming = await people.waitForCall({ timeoutMs: 15_000 });
    // As it dies: nothing is waited for.
    void service[Symbol.asyncDispose]().then(() => away.resolve(undefined));
    await away.promise;
    const call = await incoming.answered;
    expect((await call.ended).by).toBe('agent');
    service = await serve();
    await expect.poll(async () => (await attempts()).map(({ state }) => state), { timeout: 60_000 }).toEqual(['done']);
    expect((await attempts())[0]).toMatchObject({ outcome: 'answered' });
    expect(people.incoming).toHaveLength(1);
  }, 120_000);

  it('goes on when Asterisk was killed and started again, and calls who was rung then no second time', async () => {
    people.expect({ kind: 'ring' }, { kind: 'answer', onAnswer: keysAfterSpeech('11') });
    await startSurvey(records, { folder, trunk: 'asterisk', people: [FINISHES] });
    await expect.poll(async () => (await attempts())[0]?.state, { timeout: 15_000 }).toBe('ringing');
    process.kill(asterisk.instance.pid, 'SIGKILL');
    await startSurvey(records, { folder, trunk: 'asterisk', people: [IS_BUSY] });
    // Asked while nobody is there to be asked.
    await expect.poll(async () => (await attempts()).at(-1)?.state, { timeout: 15_000 }).toBe('void');
    await asterisk[Symbol.asyncDispose]();
    asterisk = await restart();
    await expect
      .poll(async () => (await members()).map(({ disposition }) => disposition), { timeout: 45_000 })
      .toContain('completed');
    expect(people.incoming.map(({ number }) => number)).toEqual([FINISHES, IS_BUSY]);
    expect((await attempts())[0]?.state).not.toBe('void');
  }, 120_000);
});

const NOBODY: CalleeScript = { kind: 'reject', status: 480 };
