/** A campaign of one question, and people who press keys: what a test of everything around interviews needs. */
import { join } from 'node:path';
import { systemClock as clock } from '#kernel/clock.ts';
import { start } from '#src/campaigns/dialler/control.ts';
import { newId } from '#src/records/ids.ts';
import { openInstallationKeys } from '#src/records/keys.ts';
import type { OpenRecords } from '#src/records/open-records.ts';
import { Phones } from '#src/records/phones.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';

export const SURVEY_PEOPLE = [1, 2, 3, 4].map((n) => `+26377200000${n}` as PhoneNumber);

const SCRIPT = `
id: bvunzo
name: Bvunzo
language: sn
reviewed: no
opening: Tiri kufona.
consent: Munobvuma here? Dzvanyai 1 kana 2.
questions:
  - id: manyoka
    kind: yes-no
    text: Pane akarwara here?
    hint: Itii hongu kana kwete.
    readBack: never
closing: Tatenda.
`;

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Running, day and night; `folder` has the service's key. */
export async function startSurvey(
  records: OpenRecords,
  opts: {
    readonly folder: string;
    readonly trunk: string;
    readonly people: readonly PhoneNumber[];
    readonly ringSeconds?: number;
    /** Its text. @defaultValue a question that can be answered by keys */
    readonly script?: string;
  },
): Promise<string> {
  const { folder, trunk, people, ringSeconds = 20, script = SCRIPT } = opts;
  const now = clock.wallMs();
  const id = newId(now);
  const days = Object.fromEntries(WEEKDAYS.map((day) => [day, ['00:00-24:00']]));
  const settings = { window: { days, holidays: 'none' }, ringSeconds };
  const phones = new Phones(await openInstallationKeys(join(folder, 'key')));
  await records.transaction(async (tx) => {
    await tx
      .insertInto('campaigns')
      .values({
        ...{ id, name: `bvunzo ${id}`, state: 'draft', state_at: now, script: 'sn/bvunzo', script_text: script, trunk },
        ...{ settings_json: JSON.stringify(settings), spent_micros: 0, reserved_micros: 0 },
        ...{ created_at: now, created_by: 'test', version: 1 },
      })
      .execute();
    const hashes = await phones.remember(tx, people);
    for (const [ordinal, hash] of hashes.entries()) {
      await tx
        .insertInto('contacts')
        .values({ id: `contact ${hash}`, phone_hash: hash, created_at: now })
        .execute();
      await tx
        .insertInto('campaign_contacts')
        .values({
          ...{ id: newId(now), campaign_id: id, contact_id: `contact ${hash}`, phone_hash: hash, ordinal },
          ...{ vars_json: '{}', consent_basis: 'written', consent_at: now, state: 'pending', tries: 0, reached: 0 },
          ...{ next_at: 0, priority: 0 },
        })
        .execute();
    }
  });
  await start({ records, clock }, { campaignId: id, actor: 'test' });
  return id;
}

/** Presses the keys, one after each sentence that is heard. */
export function keysAfterSpeech(keys: string) {
  return async (phone: {
    waitUntilSpeaking(opts: { readonly timeoutMs: number }): Promise<number>;
    sendDigits(digits: string): Promise<void>;
  }): Promise<void> => {
    for (const key of keys) {
      await phone.waitUntilSpeaking({ timeoutMs: 10_000 });
      await phone.sendDigits(key);
      await clock.sleep(1_500, { signal: new AbortController().signal });
    }
  };
}
