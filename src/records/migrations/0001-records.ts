/** The first schema. A migration that has been released is never changed: what is to change gets another one. */
import { type ColumnDataType, type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Records } from '../records.ts';

/** `text`, `int` and `real` as both databases have them; `?` allows null. */
type Column = 'text' | 'text?' | 'int' | 'int?' | 'real' | 'real?';

const TYPES = { text: 'text', int: 'bigint', real: 'double precision' } as const satisfies Record<
  string,
  ColumnDataType
>;

/** As in schema.ts, in the order of their references. */
const TABLES: Readonly<Record<string, Readonly<Record<string, Column>>>> = {
  phones: { hash: 'text', e164: 'text?', masked: 'text?', erased_at: 'int?' },
  trunks: {
    name: 'text',
    kind: 'text',
    cps: 'real',
    max_calls: 'int',
    inbound_reserve: 'int',
    inbound_calls: 'int',
    inbound_at: 'int?',
    hold_until: 'int?',
  },
  campaigns: {
    id: 'text',
    name: 'text',
    state: 'text',
    state_reason: 'text?',
    state_at: 'int',
    script: 'text',
    script_text: 'text',
    settings_json: 'text',
    trunk: 'text',
    budget_micros: 'int?',
    spent_micros: 'int',
    reserved_micros: 'int',
    created_at: 'int',
    created_by: 'text',
    version: 'int',
  },
  imports: {
    id: 'text',
    campaign_id: 'text',
    sha256: 'text',
    mapping_json: 'text',
    rows: 'int',
    accepted: 'int',
    refused: 'int',
    at: 'int',
    by: 'text',
    done_at: 'int?',
  },
  contacts: { id: 'text', phone_hash: 'text', tz: 'text?', language: 'text?', created_at: 'int', erased_at: 'int?' },
  campaign_contacts: {
    id: 'text',
    campaign_id: 'text',
    contact_id: 'text',
    phone_hash: 'text',
    import_id: 'text?',
    ordinal: 'int',
    vars_json: 'text',
    consent_basis: 'text?',
    consent_at: 'int?',
    consent_ref: 'text?',
    state: 'text',
    tries: 'int',
    reached: 'int',
    next_at: 'int',
    priority: 'int',
    last_outcome: 'text?',
    disposition: 'text?',
    resume_json: 'text?',
  },
  attempts: {
    id: 'text',
    campaign_contact_id: 'text',
    campaign_id: 'text',
    phone_hash: 'text',
    trunk: 'text',
    caller_id: 'text?',
    no: 'int',
    state: 'text',
    carrier_sid: 'text?',
    intent_at: 'int',
    placed_at: 'int?',
    ringing_at: 'int?',
    answered_at: 'int?',
    ended_at: 'int?',
    outcome: 'text?',
    hangup_cause: 'int?',
    sip_status: 'int?',
    answered_by: 'text?',
    cost_micros: 'int?',
    reserve_micros: 'int',
    fence: 'int',
    error: 'text?',
    check_at: 'int?',
  },
  attempt_events: {
    attempt_id: 'text?',
    trunk: 'text',
    carrier_event_id: 'text?',
    kind: 'text',
    payload_json: 'text',
    at: 'int',
  },
  calls: {
    id: 'text',
    attempt_id: 'text?',
    direction: 'text',
    carrier: 'text',
    from_hash: 'text?',
    to_hash: 'text?',
    hotline: 'text',
    language: 'text',
    started_at: 'int',
    ended_at: 'int?',
    result: 'text?',
    reason: 'text?',
    metrics_json: 'text?',
    retain_until: 'int',
  },
  legs: {
    id: 'text',
    call_id: 'text',
    carrier_sid: 'text?',
    party: 'text',
    started_at: 'int',
    ended_at: 'int?',
    cause: 'text?',
  },
  turns: {
    call_id: 'text',
    seq: 'int',
    role: 'text',
    text: 'text?',
    confidence: 'real?',
    started_ms: 'int',
    ended_ms: 'int',
    is_interrupted: 'int',
    latency_ms: 'int?',
    source: 'text?',
  },
  answers: {
    id: 'text',
    campaign_contact_id: 'text',
    call_id: 'text?',
    attempt_id: 'text',
    question: 'text',
    value_json: 'text',
    raw_text: 'text?',
    confidence: 'real',
    method: 'text',
    is_confirmed: 'int',
    at: 'int',
  },
  recordings: {
    id: 'text',
    call_id: 'text',
    path: 'text',
    sha256: 'text',
    bytes: 'int',
    duration_ms: 'int',
    wrapped_key: 'text?',
    consent_at: 'int',
    retain_until: 'int',
    deleted_at: 'int?',
  },
  opt_outs: {
    phone_hash: 'text',
    scope: 'text',
    source: 'text',
    call_id: 'text?',
    attempt_id: 'text?',
    at: 'int',
    evidence: 'text?',
  },
  jobs: {
    id: 'text',
    kind: 'text',
    payload_json: 'text',
    run_at: 'int',
    tries: 'int',
    max_tries: 'int',
    locked_until: 'int?',
    locked_by: 'text?',
    last_error: 'text?',
    dedupe_key: 'text?',
    done_at: 'int?',
  },
  webhooks: { id: 'text', url: 'text', secret: 'text', campaign_id: 'text?', created_at: 'int', is_active: 'int' },
  outbox: {
    id: 'text',
    hook_id: 'text',
    event_json: 'text',
    tries: 'int',
    next_at: 'int',
    delivered_at: 'int?',
    last_error: 'text?',
    created_at: 'int',
  },
  api_keys: { id: 'text', name: 'text', hash: 'text', role: 'text', created_at: 'int', revoked_at: 'int?' },
  leases: { name: 'text', holder: 'text', fence: 'int', expires_at: 'int' },
  audit: {
    at: 'int',
    actor: 'text',
    action: 'text',
    object: 'text',
    detail_json: 'text',
    prev_hash: 'text',
    hash: 'text',
  },
  installation: { name: 'text', value: 'text' },
};

/** Numbered by the database, in the order in which rows are written. */
const NUMBERED: ReadonlySet<string> = new Set(['attempt_events', 'audit']);

/** `id` elsewhere. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  phones: ['hash'],
  trunks: ['name'],
  turns: ['call_id', 'seq'],
  opt_outs: ['phone_hash', 'scope'],
  leases: ['name'],
  installation: ['name'],
};

/** Table, column, table that it names a row of. Calls are written as well as can be, so nothing of a campaign hangs on one. */
const REFERENCES: readonly (readonly [string, string, string])[] = [
  ['imports', 'campaign_id', 'campaigns'],
  ['contacts', 'phone_hash', 'phones'],
  ['campaign_contacts', 'campaign_id', 'campaigns'],
  ['campaign_contacts', 'contact_id', 'contacts'],
  ['attempts', 'campaign_contact_id', 'campaign_contacts'],
  ['answers', 'campaign_contact_id', 'campaign_contacts'],
  ['legs', 'call_id', 'calls'],
  ['turns', 'call_id', 'calls'],
  ['recordings', 'call_id', 'calls'],
  ['outbox', 'hook_id', 'webhooks'],
];

interface Index {
  readonly table: string;
  readonly columns: readonly string[];
  readonly isUnique?: boolean;
  /** Only rows of which this holds. */
  readonly where?: string;
}

const INDEXES: Readonly<Record<string, Index>> = {
  campaigns_name: { table: 'campaigns', columns: ['name'], isUnique: true },
  campaigns_state: { table: 'campaigns', columns: ['state'] },
  imports_file: { table: 'imports', columns: ['campaign_id', 'sha256'], isUnique: true },
  contacts_phone: { table: 'contacts', columns: ['phone_hash'], isUnique: true },
  campaign_contacts_contact: { table: 'campaign_contacts', columns: ['campaign_id', 'contact_id'], isUnique: true },
  campaign_contacts_due: {
    table: 'campaign_contacts',
    columns: ['campaign_id', 'state', 'priority desc', 'next_at'],
  },
  campaign_contacts_ordinal: { table: 'campaign_contacts', columns: ['campaign_id', 'ordinal'] },
  campaign_contacts_phone: { table: 'campaign_contacts', columns: ['phone_hash'] },
  // One call at a time to one number, whichever campaign it is for: what no race can get around.
  attempts_open_phone: {
    table: 'attempts',
    columns: ['phone_hash'],
    isUnique: true,
    where: `state in ('intent', 'placed', 'ringing', 'answered')`,
  },
  attempts_open: {
    table: 'attempts',
    columns: ['trunk', 'campaign_id'],
    where: `state in ('intent', 'placed', 'ringing', 'answered')`,
  },
  attempts_no: { table: 'attempts', columns: ['campaign_contact_id', 'no'], isUnique: true },
  attempts_sid: { table: 'attempts', columns: ['trunk', 'carrier_sid'], isUnique: true },
  attempts_state: { table: 'attempts', columns: ['state', 'intent_at'] },
  attempts_check: { table: 'attempts', columns: ['check_at'], where: 'check_at is not null' },
  attempts_campaign: { table: 'attempts', columns: ['campaign_id', 'state'] },
  attempts_ended: { table: 'attempts', columns: ['campaign_id', 'ended_at'] },
  attempts_phone: { table: 'attempts', columns: ['phone_hash', 'intent_at'] },
  attempts_trunk: { table: 'attempts', columns: ['trunk', 'intent_at'] },
  attempt_events_carrier: { table: 'attempt_events', columns: ['trunk', 'carrier_event_id'], isUnique: true },
  attempt_events_attempt: { table: 'attempt_events', columns: ['attempt_id'] },
  attempt_events_at: { table: 'attempt_events', columns: ['at'] },
  calls_attempt: { table: 'calls', columns: ['attempt_id'] },
  calls_from: { table: 'calls', columns: ['from_hash'] },
  calls_to: { table: 'calls', columns: ['to_hash'] },
  calls_started: { table: 'calls', columns: ['started_at'] },
  calls_retain: { table: 'calls', columns: ['retain_until'] },
  legs_call: { table: 'legs', columns: ['call_id'] },
  answers_question: { table: 'answers', columns: ['campaign_contact_id', 'question'], isUnique: true },
  recordings_call: { table: 'recordings', columns: ['call_id'] },
  recordings_retain: { table: 'recordings', columns: ['retain_until'], where: 'deleted_at is null' },
  jobs_dedupe: { table: 'jobs', columns: ['dedupe_key'], isUnique: true },
  jobs_due: { table: 'jobs', columns: ['run_at'], where: 'done_at is null' },
  outbox_due: { table: 'outbox', columns: ['next_at'], where: 'delivered_at is null' },
  outbox_hook: { table: 'outbox', columns: ['hook_id'] },
  api_keys_hash: { table: 'api_keys', columns: ['hash'], isUnique: true },
};

/** Makes every table and index. */
export async function createRecords(db: Kysely<unknown>, kind: Records['kind']): Promise<void> {
  for (const [table, columns] of Object.entries(TABLES)) {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(table);
    if (NUMBERED.has(table)) {
      builder =
        kind === 'postgres'
          ? builder.addColumn('seq', 'bigserial', (column) => column.primaryKey())
          : builder.addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement());
    }
    for (const [name, type] of Object.entries(columns)) {
      const target = REFERENCES.find(([from, column]) => from === table && column === name)?.[2];
      builder = builder.addColumn(name, TYPES[type.replace('?', '') as keyof typeof TYPES], (column) => {
        const sized = type.endsWith('?') ? column : column.notNull();
        return target === undefined ? sized : sized.references(`${target}.${KEYS[target]?.[0] ?? 'id'}`);
      });
    }
    if (!NUMBERED.has(table)) {
      builder = builder.addPrimaryKeyConstraint(`${table}_key`, [...(KEYS[table] ?? ['id'])]);
    }
    await builder.execute();
  }
  for (const [name, { table, columns, isUnique = false, where }] of Object.entries(INDEXES)) {
    const only = where === undefined ? sql`` : sql` where ${sql.raw(where)}`;
    const unique = isUnique ? sql`unique ` : sql``;
    await sql`create ${unique}index ${sql.ref(name)} on ${sql.table(table)} (${sql.raw(columns.join(', '))})${only}`.execute(
      db,
    );
  }
  // The chain of the audit begins here (audit.ts).
  await sql`insert into installation (name, value) values ('audit-head', ${'0'.repeat(64)})`.execute(db);
}
