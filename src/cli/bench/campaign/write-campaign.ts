/** A running campaign with made-up people, written straight into empty records. */
import { recordOptOut } from '#src/campaigns/dialler/opt-outs.ts';
import type { CampaignSettingsInput } from '#src/campaigns/dialler/settings.ts';
import { putTrunk, type TrunkLimits } from '#src/campaigns/dialler/trunks.ts';
import { newId } from '#src/records/ids.ts';
import { installationKeys } from '#src/records/keys.ts';
import { Phones } from '#src/records/phones.ts';
import type { Records, RecordsTransaction } from '#src/records/records.ts';
import { parseNumber } from '#telephony/numbers.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';

export interface MadeUpCampaign {
  readonly people: number;
  readonly settings: CampaignSettingsInput;
  readonly trunk: TrunkLimits;
  /** Epoch ms. */
  readonly at: number;
  /** Who is on the do-not-call list, by their place. @defaultValue nobody */
  readonly hasSaidNo?: (index: number) => boolean;
}

const ROWS_AT_ONCE = 500;

/** The keys of an installation are a file; these are as good for people who are not. */
export const MADE_UP_KEYS = Buffer.alloc(32, 7);

/** Place `index` of the made-up list, [0, 1000000). */
export function madeUpNumber(index: number): PhoneNumber {
  const parsed = parseNumber(`+26377${2_000_000 + index}`);
  if (!parsed.ok) throw new RangeError(`there is no number ${index} in the list`);
  return parsed.number;
}

/** The id of the campaign, which is running. */
export async function writeCampaign(records: Records, campaign: MadeUpCampaign): Promise<string> {
  const { people, settings, trunk, at, hasSaidNo = () => false } = campaign;
  const campaignId = newId(at);
  await putTrunk(records, trunk);
  await records.db
    .insertInto('campaigns')
    .values({
      ...{ id: campaignId, name: `made up ${campaignId}`, state: 'running', script: 'made-up', script_text: '' },
      ...{ settings_json: JSON.stringify(settings), trunk: trunk.name, spent_micros: 0, reserved_micros: 0 },
      ...{ state_at: at, created_at: at, created_by: 'bench', version: 1 },
    })
    .execute();
  for (let first = 0; first < people; first += ROWS_AT_ONCE) {
    const places = Array.from({ length: Math.min(ROWS_AT_ONCE, people - first) }, (_, n) => first + n);
    await records.transaction((tx) => writePeople(tx, { campaignId, places, at, hasSaidNo }));
  }
  return campaignId;
}

interface SomePeople {
  readonly campaignId: string;
  readonly places: readonly number[];
  readonly at: number;
  readonly hasSaidNo: (index: number) => boolean;
}

async function writePeople(tx: RecordsTransaction, { campaignId, places, at, hasSaidNo }: SomePeople): Promise<void> {
  const phones = new Phones(installationKeys(MADE_UP_KEYS));
  const hashes = await phones.remember(tx, places.map(madeUpNumber));
  const contacts = hashes.map((phone_hash) => ({ id: newId(at), phone_hash, created_at: at }));
  await tx.insertInto('contacts').values(contacts).execute();
  await tx
    .insertInto('campaign_contacts')
    .values(
      contacts.map(({ id, phone_hash }, n) => ({
        ...{ id: newId(at), campaign_id: campaignId, contact_id: id, phone_hash, ordinal: places[n] ?? 0 },
        ...{ vars_json: '{}', consent_basis: 'written', state: 'pending' as const },
        ...{ tries: 0, reached: 0, next_at: 0, priority: 0 },
      })),
    )
    .execute();
  for (const [n, phoneHash] of hashes.entries()) {
    if (hasSaidNo(places[n] ?? 0)) await recordOptOut(tx, { phoneHash, scope: '*', source: 'import', at });
  }
}
