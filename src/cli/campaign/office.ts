/** What every `inzwa campaign` needs: the records, their keys, and who is asking. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
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

/** Opens the database that the environment names. */
export async function openOffice(): Promise<Office> {
  const config = readConfig(process.env);
  const records = await openRecords(placeOf(config));
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
