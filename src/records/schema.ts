/**
 * Every table, in the subset of SQL that SQLite and PostgreSQL share: ids are UUIDv7 as text, times are epoch ms as 64-bit
 * integers, flags are 0 or 1, structures are JSON as text. A telephone number stands in `phones` and nowhere else.
 */
import type { ColumnType, Generated } from 'kysely';

type Flag = 0 | 1;

/** Epoch ms, UTC. */
type EpochMs = number;

/** Millionths of the currency that the price list is in. */
type Micros = number;

/** The one place of a number in clear; everything else refers to it by its keyed hash, which outlives it. */
export interface PhonesTable {
  /** HMAC-SHA-256 of the E.164 number, hexadecimal; its key is kept outside the database. */
  hash: string;
  /** E.164; null when erased. */
  e164: string | null;
  /** What is said of it in lists and logs: `+263…567`; null when erased. */
  masked: string | null;
  erased_at: EpochMs | null;
}

export const CAMPAIGN_STATES = ['draft', 'running', 'pausing', 'paused', 'stopped', 'completed'] as const;
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

export interface CampaignsTable {
  id: string;
  /** Unique; what the operator calls it. */
  name: string;
  state: CampaignState;
  /** Why it is paused or stopped, as a code: `operator`, `failure-rate`, `budget`, `carrier-refused`, `disk`…; null else. */
  state_reason: string | null;
  state_at: EpochMs;
  /** The campaign's script: id below prompts/<language>/campaigns/, and the text it had when it was created. */
  script: string;
  script_text: string;
  /** Everything checked by `campaignSettings` (src/campaigns/dialler/settings.ts): window, retries, gaps, caps, limits. */
  settings_json: string;
  trunk: string;
  budget_micros: Micros | null;
  spent_micros: Micros;
  reserved_micros: Micros;
  created_at: EpochMs;
  created_by: string;
  /** Goes up with every change; what an editor saw must still be so. */
  version: number;
}

export interface ImportsTable {
  id: string;
  campaign_id: string;
  /** Of the file's bytes, hexadecimal. Unique with the campaign: the same file twice changes nothing. */
  sha256: string;
  mapping_json: string;
  rows: number;
  accepted: number;
  refused: number;
  at: EpochMs;
  by: string;
  /** Null while it goes on, and after a crash: the same file then goes on with it. */
  done_at: EpochMs | null;
}

export interface ContactsTable {
  id: string;
  /** Unique. */
  phone_hash: string;
  /** IANA zone; null: the campaign's. */
  tz: string | null;
  language: string | null;
  created_at: EpochMs;
  erased_at: EpochMs | null;
}

export const CONTACT_STATES = ['pending', 'dialing', 'callback', 'done', 'skipped'] as const;
export type ContactState = (typeof CONTACT_STATES)[number];

export interface CampaignContactsTable {
  id: string;
  campaign_id: string;
  /** Unique with the campaign. */
  contact_id: string;
  phone_hash: string;
  /** The import that brought it; null: added by itself. */
  import_id: string | null;
  /** Position in the import, for exports in the operator's order. */
  ordinal: number;
  vars_json: string;
  consent_basis: string | null;
  consent_at: EpochMs | null;
  consent_ref: string | null;
  state: ContactState;
  /** Attempts that reached the network, whatever became of them. */
  tries: number;
  /** Of these, those that reached a person who did not finish. */
  reached: number;
  next_at: EpochMs;
  /** Higher first: a callback that was asked for comes before a fresh contact. */
  priority: number;
  last_outcome: string | null;
  /** See `DISPOSITIONS` in src/campaigns/outcome.ts; null while nothing final is known. */
  disposition: string | null;
  /** Where an interview that broke off goes on. */
  resume_json: string | null;
}

export const OPEN_ATTEMPT_STATES = ['intent', 'placed', 'ringing', 'answered'] as const;
export const ATTEMPT_STATES = [...OPEN_ATTEMPT_STATES, 'done', 'void', 'unknown'] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

export interface AttemptsTable {
  /** UUIDv7; also the call id that the carrier is given. */
  id: string;
  campaign_contact_id: string;
  campaign_id: string;
  /** Unique among open attempts, across campaigns. */
  phone_hash: string;
  trunk: string;
  caller_id: string | null;
  /** 1 for the contact's first; unique with the contact. */
  no: number;
  state: AttemptState;
  /** The carrier's id; unique with the trunk. */
  carrier_sid: string | null;
  intent_at: EpochMs;
  placed_at: EpochMs | null;
  ringing_at: EpochMs | null;
  answered_at: EpochMs | null;
  ended_at: EpochMs | null;
  outcome: string | null;
  hangup_cause: number | null;
  sip_status: number | null;
  /** `person`, `machine` or `unknown`. */
  answered_by: string | null;
  cost_micros: Micros | null;
  reserve_micros: Micros;
  /** Of the lease under which it was written. */
  fence: number;
  error: string | null;
  /** Who may look next, and when: the reconciler's own clock. */
  check_at: EpochMs | null;
}

/** What the carrier and the call told of an attempt, in the order that it came; append-only, and what makes a doubled webhook nothing. */
export interface AttemptEventsTable {
  seq: Generated<number>;
  attempt_id: string | null;
  trunk: string;
  /** Unique with the trunk; null where the carrier numbers nothing. */
  carrier_event_id: string | null;
  kind: string;
  payload_json: string;
  at: EpochMs;
}

export interface CallsTable {
  id: string;
  attempt_id: string | null;
  direction: 'in' | 'out';
  carrier: string;
  /** Null where the carrier gives none. */
  from_hash: string | null;
  to_hash: string | null;
  hotline: string;
  language: string;
  started_at: EpochMs;
  ended_at: EpochMs | null;
  /** The verdict: success, caller, upstream, ours, indeterminate. */
  result: string | null;
  reason: string | null;
  metrics_json: string | null;
  retain_until: EpochMs;
}

export interface LegsTable {
  id: string;
  call_id: string;
  carrier_sid: string | null;
  /** `caller`, `agent`, `human`. */
  party: string;
  started_at: EpochMs;
  ended_at: EpochMs | null;
  cause: string | null;
}

export interface TurnsTable {
  call_id: string;
  /** Unique with the call. */
  seq: number;
  role: 'caller' | 'agent';
  /** As heard, or as said until where it was heard; null when retention has taken it. */
  text: string | null;
  confidence: number | null;
  started_ms: number;
  ended_ms: number;
  /** 1: the caller took the floor before it was over. */
  is_interrupted: Flag;
  latency_ms: number | null;
  source: string | null;
}

export interface AnswersTable {
  id: string;
  campaign_contact_id: string;
  call_id: string | null;
  attempt_id: string;
  /** Unique with the contact. */
  question: string;
  /** As JSON: a boolean, a choice's id, a number, an ISO date, a text. */
  value_json: string;
  raw_text: string | null;
  /** [0, 1] */
  confidence: number;
  method: 'speech' | 'keys';
  /** 1: read back and agreed to. */
  is_confirmed: Flag;
  at: EpochMs;
}

export interface RecordingsTable {
  id: string;
  call_id: string;
  /** Relative to the folder of recordings. */
  path: string;
  /** Of the encrypted file, hexadecimal. */
  sha256: string;
  bytes: number;
  duration_ms: number;
  /** The call's own key, wrapped by the key of the installation; null when erased: what is left cannot be read. */
  wrapped_key: string | null;
  consent_at: EpochMs;
  retain_until: EpochMs;
  deleted_at: EpochMs | null;
}

/** Sticky: nothing later takes it back but an audited command. Never deleted by retention. */
export interface OptOutsTable {
  phone_hash: string;
  /** `*`, or a campaign's id. Primary key with the hash. */
  scope: string;
  /** `keys`, `speech`, `import`, `operator`, `inbound`. */
  source: string;
  call_id: string | null;
  attempt_id: string | null;
  at: EpochMs;
  evidence: string | null;
}

export interface JobsTable {
  id: string;
  kind: string;
  payload_json: string;
  run_at: EpochMs;
  tries: number;
  max_tries: number;
  locked_until: EpochMs | null;
  locked_by: string | null;
  last_error: string | null;
  /** Unique. */
  dedupe_key: string | null;
  done_at: EpochMs | null;
}

/** Events for other systems, written in the transaction of what they tell of. */
export interface OutboxTable {
  id: string;
  hook_id: string;
  event_json: string;
  tries: number;
  next_at: EpochMs;
  delivered_at: EpochMs | null;
  last_error: string | null;
  created_at: EpochMs;
}

export interface WebhooksTable {
  id: string;
  url: string;
  secret: string;
  campaign_id: string | null;
  created_at: EpochMs;
  is_active: Flag;
}

export interface ApiKeysTable {
  id: string;
  name: string;
  /** SHA-256 of the key; the key itself is shown once. */
  hash: string;
  /** `read`, `control`, `admin`. */
  role: string;
  created_at: EpochMs;
  revoked_at: EpochMs | null;
}

export interface TrunksTable {
  name: string;
  kind: 'twilio' | 'asterisk' | 'phone';
  /** Calls placed per second at most; [0.1, 100]. */
  cps: number;
  max_calls: number;
  /** Lines of `max_calls` that campaigns never take. */
  inbound_reserve: number;
  /** In use by calls that came in, as its process last said. */
  inbound_calls: number;
  inbound_at: EpochMs | null;
  /** No call before it: the carrier asked us to wait. */
  hold_until: EpochMs | null;
}

export interface LeasesTable {
  name: string;
  holder: string;
  /** Goes up with every new holder; what was written under an older one is refused. */
  fence: number;
  expires_at: EpochMs;
}

/** Append-only; each row's hash covers the row and the hash before it. */
export interface AuditTable {
  seq: Generated<number>;
  at: EpochMs;
  actor: string;
  action: string;
  object: string;
  detail_json: string;
  prev_hash: string;
  hash: string;
}

/** Keys and values of the installation itself, such as which key the hashes were made with (never the key). */
export interface InstallationTable {
  name: string;
  value: ColumnType<string, string, string>;
}

export interface RecordsSchema {
  phones: PhonesTable;
  campaigns: CampaignsTable;
  imports: ImportsTable;
  contacts: ContactsTable;
  campaign_contacts: CampaignContactsTable;
  attempts: AttemptsTable;
  attempt_events: AttemptEventsTable;
  calls: CallsTable;
  legs: LegsTable;
  turns: TurnsTable;
  answers: AnswersTable;
  recordings: RecordingsTable;
  opt_outs: OptOutsTable;
  jobs: JobsTable;
  outbox: OutboxTable;
  webhooks: WebhooksTable;
  api_keys: ApiKeysTable;
  trunks: TrunksTable;
  leases: LeasesTable;
  audit: AuditTable;
  installation: InstallationTable;
}
