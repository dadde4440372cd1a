/** The second half of an import: verdicts against the file so far and the records, and what is new into the records. */
import type { Clock } from '#kernel/clock.ts';
import { newId } from '#src/records/ids.ts';
import { appendAudit } from '#src/records/audit.ts';
import type { Phones } from '#src/records/phones.ts';
import type { Records } from '#src/records/records.ts';
import type { AllowList, CountryCode } from '#telephony/numbers.ts';
import { checkRow, type CheckedRow, type Consent, type ContactDraft, type RowRules } from './check-row.ts';
import type { Delimiter } from './dialect.ts';
import type { ColumnMapping, MappingWishes } from './mapping.ts';
import type { TableRecord } from './records.ts';
import { addContacts, lookUp, nextOrdinal, SeenNumbers, type KnownContact } from './store.ts';
import type { ContactsFile, Encoding } from './text.ts';
import type { FaultCode, Finding, RowVerdict } from './verdict.ts';

export interface ImportRoom {
  readonly records: Records;
  readonly phones: Phones;
  readonly allowList: AllowList;
  readonly clock: Clock;
}

export interface ImportOrder extends Pick<MappingWishes, 'map' | 'ignore' | 'variables'> {
  readonly campaignId: string;
  readonly file: ContactsFile;
  /** For the audit. */
  readonly actor: string;
  /** True: nothing is stored. */
  readonly isPreview: boolean;
  /** Whose numbers are written without a country code. @defaultValue ZW */
  readonly country?: CountryCode;
  /** Of rows that name no basis of their own. */
  readonly consent?: Consent | undefined;
  /** Of a file that has no header. */
  readonly header?: readonly string[] | undefined;
  /** @defaultValue as the file shows */
  readonly encoding?: Encoding | undefined;
  /** @defaultValue as the file shows */
  readonly delimiter?: Delimiter | undefined;
}

/** A file that was imported into the campaign before, or begun to be. */
export interface EarlierImport {
  readonly id: string;
  readonly sha256: string;
  /** Everything besides the file that decides on a row, as JSON. */
  readonly how: string;
  readonly mapping: ColumnMapping | undefined;
  readonly isDone: boolean;
}

/** Rows by what became of them. */
export class Tally {
  rows = 0;
  accepted = 0;
  known = 0;
  refused = 0;
  blank = 0;
  readonly byCode = new Map<string, number>();

  add(verdict: RowVerdict): void {
    this.rows += 1;
    this[verdict.kind] += 1;
    const found = [...verdict.warnings, ...(verdict.kind === 'refused' ? verdict.faults : [])];
    for (const code of new Set(found.map((finding) => finding.code))) {
      this.byCode.set(code, (this.byCode.get(code) ?? 0) + 1);
    }
  }
}

export interface StoringPlan {
  readonly isDry: boolean;
  readonly sha256: string;
  readonly how: string;
  readonly last: EarlierImport | undefined;
}

/** Judges batch after batch against the file so far and the records, and stores what is new. */
export class Storing {
  readonly #room: ImportRoom;
  readonly #order: ImportOrder;
  readonly #rules: RowRules;
  readonly #plan: StoringPlan;
  readonly #importId: string;
  readonly #seen = new SeenNumbers();
  #ordinal = 1;

  constructor(room: ImportRoom, order: ImportOrder, rules: RowRules, plan: StoringPlan) {
    this.#room = room;
    this.#order = order;
    this.#rules = rules;
    this.#plan = plan;
    this.#importId = plan.last?.id ?? newId(room.clock.wallMs());
  }

  async begin(): Promise<void> {
    const { campaignId, actor } = this.#order;
    const { isDry, sha256, how } = this.#plan;
    if (isDry) return;
    this.#ordinal = await nextOrdinal(this.#room.records.db, campaignId);
    const begun = { mapping_json: how, at: this.#room.clock.wallMs(), by: actor, done_at: null };
    await this.#room.records.db
      .insertInto('imports')
      .values({ id: this.#importId, campaign_id: campaignId, sha256, rows: 0, accepted: 0, refused: 0, ...begun })
      .onConflict((conflict) => conflict.columns(['campaign_id', 'sha256']).doUpdateSet(begun))
      .execute();
  }

  /** Verdicts in the order of the rows; what is accepted is durable when this resolves. */
  async judge(batch: readonly TableRecord[]): Promise<readonly RowVerdict[]> {
    const checked = batch.map((record) => this.#once(checkRow(record, this.#rules), record));
    const drafts = checked.flatMap(({ contact }) => (contact === undefined ? [] : [contact]));
    const hashes = drafts.map(({ number }) => this.#room.phones.hash(number));
    const { campaignId } = this.#order;
    const known = await lookUp(this.#room.records.db, campaignId, hashes);
    const fresh = drafts.filter((_, index) => known[index]?.importId === undefined);
    const added = this.#plan.isDry ? undefined : await this.#add(fresh);
    let next = 0;
    return checked.map(({ contact, faults, warnings }, index): RowVerdict => {
      const { row = 0, line = 0 } = batch[index] ?? {};
      if (contact === undefined) return { kind: 'refused', row, line, faults, warnings };
      const { isOptedOut = false, importId } = known[next] ?? ({} as Partial<KnownContact>);
      const isNew = importId === undefined && (added?.has(hashes[next] ?? '') ?? true);
      next += 1;
      // Stored by this very import before it was interrupted.
      const isOurs = importId !== undefined && importId === this.#importId && this.#plan.last?.isDone === false;
      const all = isOptedOut ? [...warnings, { code: 'do-not-call' as const }] : warnings;
      return { kind: isNew || isOurs ? 'accepted' : 'known', row, line, warnings: all };
    });
  }

  async end({ rows, accepted, known, refused, byCode }: Tally): Promise<void> {
    const { records, clock } = this.#room;
    const { campaignId, actor, file } = this.#order;
    if (this.#plan.isDry) return;
    await records.transaction(async (tx) => {
      const at = clock.wallMs();
      const { stored } = await tx
        .selectFrom('campaign_contacts')
        .select(({ fn }) => fn.countAll<number>().as('stored'))
        .where('campaign_id', '=', campaignId)
        .where('import_id', '=', this.#importId)
        .executeTakeFirstOrThrow();
      await tx
        .updateTable('imports')
        .set({ rows, accepted: stored, refused, done_at: at })
        .where('id', '=', this.#importId)
        .execute();
      const detail = {
        import: this.#importId,
        file: file.name,
        sha256: this.#plan.sha256,
        rows,
        accepted,
        known,
        refused,
      };
      const faults = Object.fromEntries(byCode);
      await appendAudit(tx, {
        at,
        actor,
        action: 'campaign.import',
        object: campaignId,
        detail: { ...detail, faults },
      });
    });
  }

  #once(checked: CheckedRow, { line }: TableRecord): CheckedRow {
    if (checked.contact === undefined) return checked;
    const { number } = checked.contact;
    const firstLine = this.#seen.firstLineOf(number);
    if (firstLine === undefined) {
      this.#seen.add(number, line);
      return checked;
    }
    const column = this.#rules.columns.header[this.#rules.columns.fieldAt.phone ?? -1] ?? '';
    const fault: Finding<FaultCode> = { code: 'duplicate', column, firstLine };
    return { ...checked, faults: [fault], contact: undefined };
  }

  async #add(contacts: readonly ContactDraft[]): Promise<ReadonlySet<string>> {
    const { records, phones, clock } = this.#room;
    if (contacts.length === 0) return new Set();
    const added = await records.transaction((tx) =>
      addContacts(
        tx,
        { kind: records.kind, phones },
        {
          campaignId: this.#order.campaignId,
          importId: this.#importId,
          contacts,
          firstOrdinal: this.#ordinal,
          at: clock.wallMs(),
        },
      ),
    );
    this.#ordinal += contacts.length;
    return added;
  }
}
