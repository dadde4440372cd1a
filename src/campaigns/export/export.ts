/**
 * Results for other programs: CSV that a spreadsheet opens without working anything out, and JSON lines. Times are UTC
 * (ISO 8601); a file of contacts can be imported again, its columns `result.…` and `answer.…` are then passed over.
 */
import { InzwaError } from '#kernel/errors.ts';
import type { RecordsQueries } from '#src/records/records.ts';
import { csvRow } from '../spreadsheet.ts';
import { attemptPages } from './attempts.ts';
import { answersOf, contactPages, namesIn, type ContactRow } from './contacts.ts';

/** A row for each contact, each attempt, or each answer. */
export const EXPORT_KINDS = ['contacts', 'attempts', 'answers'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

export const EXPORT_FORMATS = ['csv', 'jsonl'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportRequest {
  readonly campaignId: string;
  readonly kind: ExportKind;
  readonly format: ExportFormat;
  /** CSV begins with a byte order mark, without which some spreadsheets take UTF-8 for something else. @defaultValue true */
  readonly hasMark?: boolean;
  /** Questions of the script, so that a column is there before the first has answered. @defaultValue none */
  readonly questions?: readonly string[];
}

type Scalar = string | number | boolean | null;
type Row = Readonly<Record<string, Scalar>>;

const BYTE_ORDER_MARK = '\ufeff';

/** The file in pieces of a few hundred rows. Rejects with INZWA_CAMPAIGN_UNKNOWN. */
export async function* exportCampaign(db: RecordsQueries, request: ExportRequest): AsyncGenerator<string> {
  const { campaignId, kind, format, hasMark = true } = request;
  const campaign = await db.selectFrom('campaigns').select('id').where('id', '=', campaignId).executeTakeFirst();
  if (campaign === undefined) throw new InzwaError('INZWA_CAMPAIGN_UNKNOWN', `there is no campaign ${campaignId}`);
  if (format === 'jsonl') {
    for await (const page of objectPages(db, campaignId, kind))
      yield page.map((row) => `${JSON.stringify(row)}\n`).join('');
    return;
  }
  const columns = kind === 'contacts' ? await contactColumns(db, request) : COLUMNS[kind];
  yield (hasMark ? BYTE_ORDER_MARK : '') + csvRow(columns);
  for await (const page of cellPages(db, campaignId, kind)) {
    yield page.map((row) => csvRow(columns.map((column) => cellOf(row[column] ?? null)))).join('');
  }
}

const COLUMNS = {
  attempts: [
    'row',
    'phone',
    'attempt_id',
    'no',
    'trunk',
    'caller_id',
    'state',
    'outcome',
    'answered_by',
    'carrier_sid',
    'intent_at',
    'placed_at',
    'ringing_at',
    'answered_at',
    'ended_at',
    'hangup_cause',
    'sip_status',
    'cost_micros',
    'error',
  ],
  answers: [
    'row',
    'phone',
    'question',
    'value',
    'confidence',
    'method',
    'is_confirmed',
    'raw_text',
    'at',
    'attempt_id',
    'call_id',
  ],
} as const satisfies Readonly<Record<Exclude<ExportKind, 'contacts'>, readonly string[]>>;

async function contactColumns(
  db: RecordsQueries,
  { campaignId, questions = [] }: ExportRequest,
): Promise<readonly string[]> {
  const names = await namesIn(db, campaignId);
  return [
    'result.row',
    'phone',
    ...names.vars,
    'language',
    'tz',
    'consent_basis',
    'consent_at',
    'consent_ref',
    'result.state',
    'result.disposition',
    'result.last_outcome',
    'result.tries',
    'result.reached',
    'result.next_at',
    'result.do_not_call',
    ...[...new Set([...questions, ...names.questions])].map((question) => `answer.${question}`),
  ];
}

async function* cellPages(db: RecordsQueries, campaignId: string, kind: ExportKind): AsyncGenerator<readonly Row[]> {
  if (kind === 'attempts') {
    yield* attemptRows(db, campaignId);
    return;
  }
  if (kind === 'answers') {
    yield* answerRows(db, campaignId);
    return;
  }
  for await (const contacts of contactPages(db, campaignId)) {
    const answers = await answersOf(db, contacts);
    yield contacts.map((contact) => ({
      ...contact.vars,
      phone: contact.phone,
      language: contact.language,
      tz: contact.tz,
      consent_basis: contact.consentBasis,
      consent_at: isoOf(contact.consentAt),
      consent_ref: contact.consentRef,
      ...Object.fromEntries(Object.entries(resultOf(contact)).map(([name, value]) => [`result.${name}`, value])),
      ...Object.fromEntries(
        (answers.get(contact.id) ?? []).map(({ question, value }) => [`answer.${question}`, value]),
      ),
    }));
  }
}

async function* objectPages(
  db: RecordsQueries,
  campaignId: string,
  kind: ExportKind,
): AsyncGenerator<readonly object[]> {
  if (kind !== 'contacts') {
    yield* cellPages(db, campaignId, kind);
    return;
  }
  for await (const contacts of contactPages(db, campaignId)) {
    const answers = await answersOf(db, contacts);
    yield contacts.map((contact) => ({
      phone: contact.phone,
      vars: contact.vars,
      language: contact.language,
      tz: contact.tz,
      consent: { basis: contact.consentBasis, at: isoOf(contact.consentAt), ref: contact.consentRef },
      ...resultOf(contact),
      answers: Object.fromEntries((answers.get(contact.id) ?? []).map(({ question, value }) => [question, value])),
    }));
  }
}

function resultOf(contact: ContactRow): Row {
  return {
    row: contact.row,
    state: contact.state,
    disposition: contact.disposition,
    last_outcome: contact.lastOutcome,
    tries: contact.tries,
    reached: contact.reached,
    next_at: isoOf(contact.nextAt),
    do_not_call: contact.isOnDoNotCall,
  };
}

async function* attemptRows(db: RecordsQueries, campaignId: string): AsyncGenerator<readonly Row[]> {
  for await (const page of attemptPages(db, campaignId)) {
    yield page.map(({ id, ordinal, e164, intent_at, placed_at, ringing_at, answered_at, ended_at, ...rest }) => ({
      row: ordinal,
      phone: e164,
      attempt_id: id,
      ...rest,
      intent_at: isoOf(intent_at),
      placed_at: isoOf(placed_at),
      ringing_at: isoOf(ringing_at),
      answered_at: isoOf(answered_at),
      ended_at: isoOf(ended_at),
    }));
  }
}

async function* answerRows(db: RecordsQueries, campaignId: string): AsyncGenerator<readonly Row[]> {
  for await (const contacts of contactPages(db, campaignId)) {
    const answers = await answersOf(db, contacts);
    yield contacts.flatMap(({ id, row, phone }) =>
      (answers.get(id) ?? []).map(
        ({ question, value, confidence, method, isConfirmed, rawText, at, attemptId, callId }) => ({
          row,
          phone,
          question,
          value,
          confidence,
          method,
          is_confirmed: isConfirmed,
          raw_text: rawText,
          at: isoOf(at),
          attempt_id: attemptId,
          call_id: callId,
        }),
      ),
    );
  }
}

function isoOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function cellOf(value: Scalar): string {
  return value === null ? '' : String(value);
}
