/** What every `inzwa campaign` needs: the records, their keys, and who is asking. */
import { existsSync } from 'node:fs';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { Kysely, sql } from 'kysely';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { campaignId } from '#src/campaigns/create.ts';
import { writeToOutbox } from '#src/campaigns/outbox/outbox.ts';
import { readConfig, type Config } from '#src/config.ts';
import { putTrunk } from '#src/campaigns/dialler/trunks.ts';
import type { CampaignScripts } from '#src/campaigns/scripts.ts';
import { trunkLimits } from '#src/carriers.ts';
import { ownScripts } from '#src/interviews.ts';
import { checkKeys, openInstallationKeys } from '#src/records/keys.ts';
import { openRecords, type OpenRecords } from '#src/records/open-records.ts';
import { openPostgres } from '#src/records/postgres/postgres-dialect.ts';
import { Phones } from '#src/records/phones.ts';
import { parseNumber } from '#telephony/numbers.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { userName } from '../actor.ts';
import { placeOf } from '../db.ts';
import { createTerminal, type Terminal } from '../terminal.ts';

/** Disposing of it closes the database. */
export interface Office extends AsyncDisposable {
  readonly config: Config;
  readonly records: OpenRecords;
  readonly phones: Phones;
  readonly clock: typeof systemClock;
  readonly tellOthers: typeof writeToOutbox;
  readonly scripts: CampaignScripts;
  /** The user of this machine, for the audit. */
  readonly actor: string;
  readonly terminal: Terminal;
  /** Of a campaign by its name. Rejects with INZWA_CAMPAIGN_UNKNOWN. */
  idOf(name: string): Promise<string>;
}

/**
 * Opens the database that the environment names, and says so when there was none and it was made. `needsRecords`: rejects
 * with INZWA_CONFIG_INVALID instead.
 */
export async function openOffice({ needsRecords = false } = {}): Promise<Office> {
  const config = readConfig(process.env);
  if (needsRecords) await assertRecords(config);
  const areNew = !(await areRecordsThere(config));
  const records = await openRecords(placeOf(config));
  if (areNew) process.stderr.write(`New, empty records were made in ${whereOf(config)}\n`);
  try {
    const keys = await openInstallationKeys(config.records.keyFile);
    await checkKeys(records, keys);
    await knowTrunks(records, config);
    return {
      config,
      records,
      phones: new Phones(keys),
      clock: systemClock,
      tellOthers: writeToOutbox,
      scripts: ownScripts,
      actor: userName(),
      terminal: createTerminal(),
      idOf: (name) => campaignId(records.db, name),
      [Symbol.asyncDispose]: () => records[Symbol.asyncDispose](),
    };
  } catch (error) {
    await records[Symbol.asyncDispose]();
    throw error;
  }
}

/** Rejects with INZWA_CONFIG_INVALID when there are no records, before any are made: nobody stands in new ones. */
export async function assertRecords(config: Config): Promise<void> {
  if (await areRecordsThere(config)) return;
  throw new InzwaError(
    'INZWA_CONFIG_INVALID',
    `nothing was done, since there are no records in ${whereOf(config)} If it is, make them first: npm run inzwa -- db migrate`,
  );
}

async function areRecordsThere({ records: { url, file } }: Config): Promise<boolean> {
  if (url === undefined) return existsSync(file);
  await using pool = openPostgres(url);
  await using db = new Kysely<unknown>({ dialect: pool.dialect });
  const { rows } = await sql<{
    readonly name: string | null;
  }>`select to_regclass('installation')::text as name`.execute(db);
  return rows[0]?.name !== null;
}

function whereOf({ records: { url, dataDir } }: Config): string {
  return url === undefined
    ? `${dataDir}: is this the folder that the service uses (INZWA_DATA_DIR)?`
    : 'the database of INZWA_DATABASE_URL: is it the one that the service uses?';
}

/** A campaign may be started before its service ever ran; what the service said of a trunk stays. */
async function knowTrunks(records: OpenRecords, config: Config): Promise<void> {
  const known = await records.db.selectFrom('trunks').select('name').execute();
  for (const limits of trunkLimits(config)) {
    if (!known.some(({ name }) => name === limits.name)) await putTrunk(records, limits);
  }
}

export const HELP_OPTION = { help: { type: 'boolean', short: 'h', default: false } } as const;

/** `parseArgs` whose complaints end with the command's help. */
export function parseCommand<Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  help: string,
) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      strict: true,
      options: { ...options, ...HELP_OPTION },
    });
  } catch (error) {
    throw usage(messageOf(error), help);
  }
}

/** `1 number`, `2 numbers`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/** INZWA_CONFIG_INVALID: the command's name and options cannot be understood. */
export function usage(problem: string, help: string): InzwaError {
  return new InzwaError('INZWA_CONFIG_INVALID', `${problem}\n\n${help}`);
}

/** A number that was typed. Throws INZWA_CONFIG_INVALID, which does not repeat it. */
export function typedNumber(text: string, help: string): PhoneNumber {
  const parsed = parseNumber(text);
  if (parsed.ok) return parsed.number;
  throw usage(`that is no telephone number (${parsed.reason})`, help);
}
