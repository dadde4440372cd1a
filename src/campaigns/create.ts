/** A campaign comes into being as a draft: its rules checked, its script's text kept as it was. */
import { isDeepStrictEqual } from 'node:util';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import { appendAudit } from '#src/records/audit.ts';
import { newId } from '#src/records/ids.ts';
import type { Records, RecordsQueries } from '#src/records/records.ts';
import { checkSettings } from './dialler/settings.ts';

export interface NewCampaign {
  /** Unique; what the operator calls it. */
  readonly name: string;
  /** Id and text, as `readScript` gives them; whoever calls has checked that it can be spoken. */
  readonly script: { readonly id: string; readonly text: string };
  /** As `campaignSettings` takes them. */
  readonly settings: unknown;
  readonly trunk: string;
  readonly budgetMicros?: number | undefined;
  readonly actor: string;
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,79}$/u;

/** Resolves to its id. Rejects with INZWA_CAMPAIGN_SETTINGS for settings or a name that cannot be used. */
export async function createCampaign(
  { records, clock }: { readonly records: Records; readonly clock: Clock },
  { name, script, settings, trunk, budgetMicros, actor }: NewCampaign,
): Promise<string> {
  if (!NAME.test(name))
    throw refused(`the name ${JSON.stringify(name)} must be 1 to 80 letters, figures, blanks, . _ or -`);
  if (budgetMicros !== undefined && !(Number.isSafeInteger(budgetMicros) && budgetMicros > 0)) {
    throw refused('the budget must be more than nothing');
  }
  const { prices } = checkSettings(settings);
  // It could never be started, and its rules cannot be changed any more.
  if (budgetMicros !== undefined && prices.length === 0)
    throw refused('prices: a budget needs a price list in the settings');
  const at = clock.wallMs();
  const id = newId(at);
  try {
    await records.transaction(async (tx) => {
      await tx
        .insertInto('campaigns')
        .values({
          id,
          name,
          state: 'draft',
          state_reason: null,
          state_at: at,
          script: script.id,
          script_text: script.text,
          settings_json: JSON.stringify(settings),
          trunk,
          budget_micros: budgetMicros ?? null,
          spent_micros: 0,
          reserved_micros: 0,
          created_at: at,
          created_by: actor,
          version: 1,
        })
        .execute();
      await appendAudit(tx, {
        at,
        actor,
        action: 'campaign.new',
        object: id,
        detail: { name, script: script.id, trunk },
      });
    });
  } catch (error) {
    if (isInzwaError(error, 'INZWA_RECORDS_CONFLICT'))
      throw refused(`there is a campaign called ${JSON.stringify(name)} already`);
    throw error;
  }
  return id;
}

/**
 * As `createCampaign`, but one that is there already, and was made of the same, is left as it is: a program may ask again when
 * an answer was lost. Rejects with INZWA_CAMPAIGN_EXISTS, which says what differs, for another one of that name.
 */
export async function createOnce(
  room: { readonly records: Records; readonly clock: Clock },
  asked: NewCampaign,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const before = await sameCampaign(room.records, asked);
  if (before !== undefined) return { id: before, isNew: false };
  try {
    return { id: await createCampaign(room, asked), isNew: true };
  } catch (error) {
    // Another request may have been quicker.
    const other = isInzwaError(error, 'INZWA_CAMPAIGN_SETTINGS') && (await sameCampaign(room.records, asked));
    if (typeof other === 'string') return { id: other, isNew: false };
    throw error;
  }
}

/** The id of the campaign of that name; undefined: there is none. The script's text may have changed since. */
async function sameCampaign({ db }: Records, asked: NewCampaign): Promise<string | undefined> {
  const found = await db
    .selectFrom('campaigns')
    .select(['id', 'script', 'settings_json', 'trunk', 'budget_micros'])
    .where('name', '=', asked.name)
    .executeTakeFirst();
  if (found === undefined) return undefined;
  const asStored: unknown = JSON.parse(JSON.stringify(asked.settings));
  const differs = [
    ...(found.script === asked.script.id ? [] : ['script']),
    ...(isDeepStrictEqual(JSON.parse(found.settings_json), asStored) ? [] : ['settings']),
    ...(found.trunk === asked.trunk ? [] : ['trunk']),
    ...(found.budget_micros === (asked.budgetMicros ?? null) ? [] : ['budget']),
  ];
  if (differs.length === 0) return found.id;
  throw new InzwaError(
    'INZWA_CAMPAIGN_EXISTS',
    `there is a campaign called ${JSON.stringify(asked.name)} already, with ${differs.map((what) => (what === 'settings' ? 'other settings' : `another ${what}`)).join(', ')}`,
    { details: { campaignId: found.id, differs } },
  );
}

/** The id of a campaign by its name or its id. Rejects with INZWA_CAMPAIGN_UNKNOWN. */
export async function campaignId(db: RecordsQueries, nameOrId: string): Promise<string> {
  const found = await db
    .selectFrom('campaigns')
    .select('id')
    .where((is) => is.or([is('name', '=', nameOrId), is('id', '=', nameOrId)]))
    .executeTakeFirst();
  if (found === undefined) {
    const known = await db.selectFrom('campaigns').select('name').orderBy('created_at', 'desc').limit(SHOWN).execute();
    const names = known.map(({ name }) => name).join(', ');
    const there = names === '' ? 'this database has none' : `the last ones are: ${names}`;
    throw new InzwaError('INZWA_CAMPAIGN_UNKNOWN', `there is no campaign ${JSON.stringify(nameOrId)}; ${there}`);
  }
  return found.id;
}

/** Names that somebody who mistyped one is told. */
const SHOWN = 8;

function refused(message: string): InzwaError {
  return new InzwaError('INZWA_CAMPAIGN_SETTINGS', message);
}
