/** Everything that records can hold of one person, in every table that can: what an erasure has to find. */
import { join } from 'node:path';
import { createLogger } from '#src/observability/logger.ts';
import { isOptedOut } from '#src/campaigns/dialler/opt-outs.ts';
import { backupFile, backupTo } from '#src/records/backups.ts';
import { installationKeys } from '#src/records/keys.ts';
import type { OpenRecords } from '#src/records/open-records.ts';
import { Phones } from '#src/records/phones.ts';
import { Recordings } from '#src/records/recording/recordings.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { FakeLeg } from './fake-leg.ts';
import { VirtualClock } from './virtual-clock.ts';

export const keys = installationKeys(Buffer.alloc(32, 5));
const phones = new Phones(keys);

export interface Person {
  readonly number: PhoneNumber;
  readonly name: string;
  readonly hash: string;
}

export const personOf = (number: string, name: string): Person => ({
  number: number as PhoneNumber,
  name,
  hash: keys.phoneHash(number as PhoneNumber),
});

/** As a grep would look for them: the number with and without its country, the name, and what was said. */
export const tracesOf = ({ number, name }: Person): readonly string[] => [
  number,
  number.slice(1),
  number.slice(4),
  name,
  `ndini ${name}`,
];

/** One campaign that ended at `at` (epoch ms), with these people in it, called, recorded, answered and opted out. */
export async function writeCampaignOf(
  records: OpenRecords,
  people: readonly Person[],
  { campaignId, at, dataDir }: { readonly campaignId: string; readonly at: number; readonly dataDir: string },
): Promise<void> {
  const { db } = records;
  await db
    .insertInto('campaigns')
    .values({
      ...{ id: campaignId, name: campaignId, state: 'completed', state_reason: null, state_at: at, script: 's' },
      ...{ script_text: '', settings_json: '{}', trunk: 't', budget_micros: null, spent_micros: 0 },
      ...{ reserved_micros: 0, created_at: at, created_by: 'me', version: 1 },
    })
    .execute();
  await db
    .insertInto('webhooks')
    .values({ id: `hook-${campaignId}`, url: 'http://x', secret: 's', campaign_id: null, created_at: at, is_active: 1 })
    .execute();
  for (const person of people) await writePerson(records, person, { campaignId, at, dataDir });
}

async function writePerson(
  records: OpenRecords,
  { number, name, hash }: Person,
  { campaignId, at, dataDir }: { readonly campaignId: string; readonly at: number; readonly dataDir: string },
): Promise<void> {
  const { db } = records;
  const id = `${campaignId}-${hash.slice(0, 8)}`;
  await phones.remember(db, [number]);
  await db
    .insertInto('contacts')
    .values({ id: `c-${id}`, phone_hash: hash, tz: null, language: null, created_at: at, erased_at: null })
    .execute();
  await db
    .insertInto('campaign_contacts')
    .values({
      ...{ id, campaign_id: campaignId, contact_id: `c-${id}`, phone_hash: hash, ordinal: 1 },
      ...{ vars_json: JSON.stringify({ zita: name, simba: number }), consent_basis: 'written', consent_at: at },
      ...{ consent_ref: `form of ${name}`, state: 'done', tries: 1, reached: 1, next_at: at, priority: 0 },
      ...{ last_outcome: 'answered', disposition: 'opted_out', resume_json: JSON.stringify({ said: name }) },
    })
    .execute();
  await db
    .insertInto('attempts')
    .values({
      ...{ id: `a-${id}`, campaign_contact_id: id, campaign_id: campaignId, phone_hash: hash, trunk: 't' },
      ...{ caller_id: null, no: 1, state: 'done', carrier_sid: `CA-${id}`, intent_at: at, placed_at: at },
      ...{ ringing_at: at, answered_at: at, ended_at: at, outcome: 'answered', hangup_cause: 16, sip_status: null },
      ...{ answered_by: 'person', cost_micros: 1, reserve_micros: 0, fence: 1, error: null, check_at: null },
    })
    .execute();
  await db
    .insertInto('attempt_events')
    .values({
      ...{ attempt_id: `a-${id}`, trunk: 't', carrier_event_id: id, kind: 'ended', at },
      payload_json: JSON.stringify({ To: number }),
    })
    .execute();
  await db
    .insertInto('calls')
    .values({
      ...{ id: `call-${id}`, attempt_id: `a-${id}`, direction: 'out', carrier: 'twilio', from_hash: null },
      ...{ to_hash: hash, hotline: 'h', language: 'sn', started_at: at, ended_at: at, result: 'success' },
      ...{ reason: 'goodbye', metrics_json: '{}', retain_until: at + 400 * 86_400_000 },
    })
    .execute();
  await db
    .insertInto('turns')
    .values({
      ...{ call_id: `call-${id}`, seq: 1, role: 'caller', text: `ndini ${name}, ${number}`, confidence: 0.9 },
      ...{ started_ms: 0, ended_ms: 900, is_interrupted: 0, latency_ms: null, source: null },
    })
    .execute();
  await db
    .insertInto('answers')
    .values({
      ...{ id: `ans-${id}`, campaign_contact_id: id, call_id: `call-${id}`, attempt_id: `a-${id}`, question: 'zita' },
      ...{ value_json: JSON.stringify('kwete'), raw_text: `kwete, ndini ${name}`, confidence: 0.8, method: 'speech' },
      ...{ is_confirmed: 1, at },
    })
    .execute();
  await db
    .insertInto('opt_outs')
    .values({
      ...{ phone_hash: hash, scope: '*', source: 'speech', call_id: `call-${id}`, attempt_id: `a-${id}`, at },
      evidence: `${name} said stop`,
    })
    .execute();
  await db
    .insertInto('outbox')
    .values({
      ...{ id: `o-${id}`, hook_id: `hook-${campaignId}`, tries: 0, next_at: at, delivered_at: null },
      ...{ event_json: JSON.stringify({ contact: id, phone: number }), last_error: null, created_at: at },
    })
    .execute();
  await record(records, { callId: `call-${id}`, at, folder: join(dataDir, 'recordings') });
}

async function record(
  records: OpenRecords,
  { callId, at, folder }: { readonly callId: string; readonly at: number; readonly folder: string },
): Promise<void> {
  const clock = new VirtualClock({ wallMs: at });
  const recordings = new Recordings({
    ...{ records, keys, folder, clock, logger: createLogger('silent'), keepMs: 30 * 86_400_000 },
    ensureCall: () => Promise.resolve(),
  });
  const wire = new FakeLeg(clock, callId);
  const leg = recordings.tap(wire);
  leg.attach(() => undefined);
  recordings.consent(callId);
  for (let frame = 0; frame < 100; frame++) wire.hear(new Int16Array(160).fill(2_000));
  await leg.hangUp({ result: 'success', reason: 'goodbye' });
  await recordings.settle();
}

/** A backup in the data folder, as `inzwa db backup` makes one. */
export async function backUp(records: OpenRecords, dataDir: string, at: number): Promise<void> {
  await backupTo(records, backupFile(join(dataDir, 'backups'), at), at);
}

export function isBlocked({ db }: OpenRecords, { hash }: Person): Promise<boolean> {
  return isOptedOut(db, hash, 'any campaign');
}
