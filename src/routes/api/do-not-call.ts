/** Do-not-call lists over HTTP. Numbers travel in bodies only: an address ends up in the logs of proxies. */
import { z } from 'zod';
import { InzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import { mayDo } from '#src/api/keys.ts';
import { addToDoNotCall, checkDoNotCall, removeFromDoNotCall } from '#src/campaigns/do-not-call/list.ts';
import { writeToOutbox } from '#src/campaigns/outbox/outbox.ts';
import { parseNumber } from '#telephony/numbers.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { checked, type Visit } from './door.ts';

const written = z.string().max(64);
const shared = { campaign: z.string().max(64).optional() };
const addition = z.strictObject({
  ...shared,
  numbers: z.array(written).min(1).max(500),
  evidence: z.string().max(200).optional(),
});
const question = z.strictObject({ number: written });
const removal = z.strictObject({ ...shared, number: written, because: z.string().trim().min(3).max(500) });

/** Durable when it is answered. One number that cannot be read refuses them all, because that person might still be called. */
export async function addNumbers({ records, phones, actor, request }: Visit, clock: Clock): Promise<object> {
  const { numbers, campaign, evidence } = checked(addition, request.body, 'body');
  const scope = await scopeOf(records, campaign);
  const read = numbersOf(numbers.map((text, index) => [`numbers.${index}`, text]));
  const room = { records, phones, clock, tellOthers: writeToOutbox };
  const unique = [...new Set(read)];
  const added = await addToDoNotCall(room, unique, { scope, source: 'operator', evidence, actor });
  return { added, known: unique.length - added };
}

/** Sources whose evidence an operator wrote down; that of speech is what somebody said. */
const WRITTEN_SOURCES: ReadonlySet<string> = new Set(['import', 'operator']);

/** Lists that a number is on. What was said is told to an admin only. */
export async function checkNumber({ records, phones, role, request }: Visit): Promise<object> {
  const { number } = checked(question, request.body, 'body');
  const [read] = numbersOf([['number', number]]);
  const lists = read === undefined ? [] : await checkDoNotCall({ records, phones }, read);
  const sees = (source: string): boolean => mayDo(role, 'admin') || WRITTEN_SOURCES.has(source);
  return { lists: lists.map(({ evidence, ...rest }) => (sees(rest.source) ? { ...rest, evidence } : rest)) };
}

export async function removeNumber({ records, phones, actor, request }: Visit, clock: Clock): Promise<object> {
  const { number, campaign, because: why } = checked(removal, request.body, 'body');
  const scope = await scopeOf(records, campaign);
  const [read] = numbersOf([['number', number]]);
  const isGone =
    read !== undefined && (await removeFromDoNotCall({ records, phones, clock }, read, { scope, actor, why }));
  return { removed: isGone };
}

async function scopeOf({ db }: Visit['records'], campaign: string | undefined): Promise<string> {
  if (campaign === undefined) return '*';
  const found = await db.selectFrom('campaigns').select('id').where('id', '=', campaign).executeTakeFirst();
  if (!found) throw new InzwaError('INZWA_CAMPAIGN_UNKNOWN', `there is no campaign ${campaign}`);
  return found.id;
}

/** Throws INZWA_REQUEST_INVALID that names the fields, and never what stands in them. */
function numbersOf(fields: readonly (readonly [field: string, text: string])[]): readonly PhoneNumber[] {
  const parsed = fields.map(([field, text]) => ({ field, ...parseNumber(text) }));
  const faults = parsed.flatMap((one) => (one.ok ? [] : [`${one.field}: is no telephone number (${one.reason})`]));
  if (faults.length > 0) {
    throw new InzwaError('INZWA_REQUEST_INVALID', `nothing was changed: ${faults.join('; ')}`, { details: { faults } });
  }
  return parsed.flatMap((one) => (one.ok ? [one.number] : []));
}
