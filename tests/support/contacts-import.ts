/** Imports a text or bytes into a new draft, and says in one line per row what became of it. */
import { importContacts, type ImportReport } from '#src/campaigns/import/import.ts';
import type { ImportOrder, ImportRoom } from '#src/campaigns/import/storing.ts';
import type { ContactsFile } from '#src/campaigns/import/text.ts';
import type { TableRecord } from '#src/campaigns/import/records.ts';
import { codesOf, type RowVerdict } from '#src/campaigns/import/verdict.ts';
import { createCampaign } from '#src/campaigns/create.ts';
import { installationKeys } from '#src/records/keys.ts';
import { Phones } from '#src/records/phones.ts';
import type { Records } from '#src/records/records.ts';
import { AllowList } from '#telephony/numbers.ts';
import { VirtualClock } from './virtual-clock.ts';

export function importRoom(records: Records): ImportRoom {
  const phones = new Phones(installationKeys(new Uint8Array(32).fill(7)));
  return { records, phones, allowList: new AllowList(), clock: new VirtualClock() };
}

/** A draft without a script of its own; resolves to its id. */
export function draft(room: ImportRoom, settings: object = {}, name = 'clinic'): Promise<string> {
  const script = { id: 'sn/hutano', text: 'id: hutano' };
  return createCampaign(room, { name, script, settings, trunk: 'phone', actor: 'tester' });
}

export interface Imported {
  readonly report: ImportReport;
  /** `2 accepted`, `3 refused number-destroyed:phone`: line of the file, verdict, codes. */
  readonly rows: readonly string[];
  readonly seen: readonly { readonly verdict: RowVerdict; readonly record: TableRecord }[];
}

export type ImportWishes = Partial<Omit<ImportOrder, 'campaignId' | 'file'>> & {
  /** Bytes that one read brings. @defaultValue all */
  readonly chunkBytes?: number;
  readonly signal?: AbortSignal;
};

/** Consent is given for all rows unless the wishes say otherwise. */
export async function importText(
  room: ImportRoom,
  campaignId: string,
  content: string | Uint8Array,
  { chunkBytes, signal = new AbortController().signal, ...wishes }: ImportWishes = {},
): Promise<Imported> {
  const seen: { verdict: RowVerdict; record: TableRecord }[] = [];
  const report = await importContacts(
    room,
    {
      actor: 'tester',
      isPreview: false,
      variables: [],
      consent: { basis: 'form 7', at: undefined, ref: undefined },
      ...wishes,
      campaignId,
      file: fileOf(content, chunkBytes),
    },
    { signal, onRow: (verdict, record) => void seen.push({ verdict, record }) },
  );
  const rows = seen.map(({ verdict }) => `${verdict.line} ${verdict.kind} ${codesOf(verdict)}`.trim());
  return { report, rows, seen };
}

export function fileOf(content: string | Uint8Array, chunkBytes?: number): ContactsFile {
  const bytes = Buffer.from(content as string);
  const step = chunkBytes ?? Math.max(1, bytes.length);
  return {
    name: 'contacts.csv',
    async *open() {
      for (let start = 0; start < bytes.length; start += step) yield bytes.subarray(start, start + step);
    },
  };
}

/** Everything that comes, in its order. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
