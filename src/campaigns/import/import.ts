/** A file of contacts into a campaign: first looked at, then, if that is wanted, stored; the same verdicts either way. */
import { InzwaError } from '#kernel/errors.ts';
import { parseSettings } from '../dialler/settings.ts';
import { looksLikeRow, type RowRules } from './check-row.ts';
import { detectDialect, type Delimiter } from './dialect.ts';
import { columnMapping, mapColumns, type ColumnMapping, type Columns } from './mapping.ts';
import { readTable, type TableRecord } from './records.ts';
import { Storing, Tally, type EarlierImport, type ImportOrder, type ImportRoom } from './storing.ts';
import { readAsUtf8, surveyFile, type FileSurvey } from './text.ts';
import type { RowVerdict } from './verdict.ts';

/** How the file was understood, known before the first row. */
export interface ImportPlan {
  readonly survey: Omit<FileSurvey, 'sample'>;
  readonly delimiter: Delimiter;
  readonly columns: Columns;
  /** True: this file was imported into the campaign in the same way before, so nothing is stored. */
  readonly isRepeat: boolean;
}

export interface ImportReport extends ImportPlan {
  readonly rows: number;
  readonly accepted: number;
  readonly known: number;
  readonly refused: number;
  /** Rows without any content; they are not among `rows`. */
  readonly blank: number;
  /** Rows by each fault's and each warning's code. */
  readonly byCode: Readonly<Record<string, number>>;
}

export interface ImportOptions {
  readonly signal: AbortSignal;
  readonly onPlan?: (plan: ImportPlan) => void;
  /** In the order of the file, when a stored row is durable; waited for, so that a file of verdicts can be written. */
  readonly onRow?: (verdict: RowVerdict, record: TableRecord) => void | Promise<void>;
  /** Rows that are judged and stored together, and keep the event loop for as long. @defaultValue 200 */
  readonly batchRows?: number;
}

const CAN_TAKE_CONTACTS = ['draft', 'running', 'pausing', 'paused'];

/**
 * Rejects with INZWA_CONTACTS_INVALID when the file as a whole cannot be read, INZWA_CAMPAIGN_UNKNOWN, INZWA_CAMPAIGN_STATE.
 * What was stored before a crash or a cancellation stays; the same file then goes on where it was.
 */
export async function importContacts(
  room: ImportRoom,
  order: ImportOrder,
  { signal, onPlan, onRow, batchRows = 200 }: ImportOptions,
): Promise<ImportReport> {
  const campaign = await campaignOf(room, order);
  const survey = await surveyFile(order.file, order.encoding);
  const detected = detectDialect(survey.sample);
  const dialect = { ...detected, delimiter: order.delimiter ?? detected.delimiter };
  const before = await importsOf(room, order.campaignId);
  const file = new FileReading(order, room, {
    needsConsent: campaign.needsConsent,
    saved: before.at(-1)?.mapping,
  });
  const tally = new Tally();
  let storing: Storing | undefined;
  let plan: ImportPlan | undefined;
  let batch: TableRecord[] = [];
  const settle = async (): Promise<void> => {
    signal.throwIfAborted();
    const verdicts = await (storing?.judge(batch) ?? []);
    for (const [index, verdict] of verdicts.entries()) {
      tally.add(verdict);
      const record = batch[index];
      if (record !== undefined) await onRow?.(verdict, record);
    }
    batch = [];
  };
  const records = readTable(readAsUtf8(order.file, survey.encoding), {
    ...dialect,
    isRow: (cells) => file.isRow(cells),
  });
  for await (const record of records) {
    const isBlank = record.fault === undefined && record.cells.every((cell) => cell.trim() === '');
    if (plan === undefined) {
      if (isBlank && order.header === undefined) continue;
      const rules = file.begin(record);
      const { sha256, bytes, encoding, encodingBy } = survey;
      const how = howOf(order, rules);
      const last = before.find((one) => one.sha256 === sha256);
      const isRepeat = last?.isDone === true && last.how === how;
      plan = {
        survey: { sha256, bytes, encoding, encodingBy },
        delimiter: dialect.delimiter,
        columns: rules.columns,
        isRepeat,
      };
      onPlan?.(plan);
      storing = new Storing(room, order, rules, { isDry: order.isPreview || isRepeat, sha256, how, last });
      await storing.begin();
      if (order.header === undefined) continue;
    }
    if (isBlank) {
      tally.blank += 1;
      continue;
    }
    batch.push(record);
    if (batch.length >= batchRows) await settle();
  }
  if (plan === undefined || storing === undefined) {
    throw new InzwaError('INZWA_CONTACTS_INVALID', `${order.file.name} holds no rows`);
  }
  await settle();
  await storing.end(tally);
  const { rows, accepted, known, refused, blank } = tally;
  return { ...plan, rows, accepted, known, refused, blank, byCode: Object.fromEntries(tally.byCode) };
}

async function campaignOf(
  { records }: ImportRoom,
  { campaignId }: ImportOrder,
): Promise<{ readonly needsConsent: boolean }> {
  const campaign = await records.db
    .selectFrom('campaigns')
    .select(['state', 'settings_json'])
    .where('id', '=', campaignId)
    .executeTakeFirst();
  if (campaign === undefined) throw new InzwaError('INZWA_CAMPAIGN_UNKNOWN', `there is no campaign ${campaignId}`);
  if (!CAN_TAKE_CONTACTS.includes(campaign.state)) {
    throw new InzwaError('INZWA_CAMPAIGN_STATE', `the campaign is ${campaign.state}: contacts go into a new one`);
  }
  return { needsConsent: parseSettings(campaign.settings_json).consent.isRequired };
}

async function importsOf({ records }: ImportRoom, campaignId: string): Promise<readonly EarlierImport[]> {
  const rows = await records.db
    .selectFrom('imports')
    .select(['id', 'sha256', 'mapping_json', 'done_at'])
    .where('campaign_id', '=', campaignId)
    .orderBy('at')
    .orderBy('id')
    .execute();
  return rows.map(({ id, sha256, mapping_json, done_at }) => {
    const { mapping } = JSON.parse(mapping_json) as { readonly mapping?: unknown };
    return { id, sha256, how: mapping_json, mapping: columnMapping.safeParse(mapping).data, isDone: done_at !== null };
  });
}

/** What decides on a row besides the file: with another of these, the same file is judged anew. */
function howOf(order: ImportOrder, { columns, consent, needsConsent, country }: RowRules): string {
  const { header, encoding, delimiter } = order;
  return JSON.stringify({ mapping: columns.mapping, country, consent, needsConsent, header, encoding, delimiter });
}

/** What the records have to say before the file is opened. */
interface Given {
  readonly needsConsent: boolean;
  readonly saved: ColumnMapping | undefined;
}

/** The rules for rows, once the header is known. */
class FileReading {
  readonly #order: ImportOrder;
  readonly #room: ImportRoom;
  readonly #given: Given;
  #rules: RowRules | undefined;

  constructor(order: ImportOrder, room: ImportRoom, given: Given) {
    this.#order = order;
    this.#room = room;
    this.#given = given;
  }

  /** With the first row that is not blank. */
  begin(first: TableRecord): RowRules {
    const { map, ignore, variables, country = 'ZW', consent, header } = this.#order;
    if (first.fault !== undefined && header === undefined) {
      throw new InzwaError(
        'INZWA_CONTACTS_INVALID',
        `the header (line ${first.line}) has a quotation mark that is not closed`,
      );
    }
    this.#rules = {
      columns: mapColumns(header ?? first.cells, {
        variables,
        saved: this.#given.saved,
        ...(map && { map }),
        ...(ignore && { ignore }),
      }),
      required: new Set(variables),
      country,
      allowList: this.#room.allowList,
      consent,
      needsConsent: this.#given.needsConsent,
      nowMs: this.#room.clock.wallMs(),
    };
    return this.#rules;
  }

  isRow(cells: readonly string[]): boolean {
    return this.#rules !== undefined && looksLikeRow(cells, this.#rules);
  }
}
