/** `inzwa db migrate | backup | copy`: the database of records. */
import { parseArgs } from 'node:util';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { readConfig, type Config } from '#src/config.ts';
import { backupFile, backupTo, restoreBackup } from '#src/records/backups.ts';
import { copyRecords } from '#src/records/copy.ts';
import { measureDurability } from '#src/records/durability.ts';
import { checkKeys, openInstallationKeys } from '#src/records/keys.ts';
import { openRecords, type OpenRecords, type RecordsPlace } from '#src/records/open-records.ts';
import { backupsFolder } from '#src/records/record-keeping.ts';
import { heldCampaigns, type HeldBack, holdAll } from '#src/records/restored.ts';
import { userName } from './actor.ts';
import { createTerminal, type Terminal } from './terminal.ts';

const HELP = `Usage: npm run inzwa -- db <what> [options]

  migrate    brings the database to this version's schema (the service does it at its start as well) and says how long a
             commit takes
  backup     a copy of the SQLite file while the service goes on; PostgreSQL is backed up with pg_dump
  restore FILE
             puts a backup in the place of the SQLite file, which must have been moved away, while no service runs. Nobody is
             called from it: its campaigns are paused until you resume them (docs/records.md says what to see to first).
             API keys are revoked and webhooks switched off: make them anew
  restored   says that the database was restored by other means (PostgreSQL from a dump, the machine from a snapshot), with
             the same effect: before the service starts
  copy       moves the SQLite file's records to the empty PostgreSQL database of INZWA_DATABASE_URL; campaigns must be
             paused, and the SQLite file is not opened again afterwards

  --out FILE   backup: another file than one in backups/ of the data folder; that file is yours to delete in time
  --help       shows this

The database is the one of INZWA_DATABASE_URL, else records.sqlite in INZWA_DATA_DIR.`;

const COMMANDS: Readonly<
  Record<string, (config: Config, terminal: Terminal, file: string | undefined) => Promise<void>>
> = { migrate, backup, restore, restored, copy };

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const terminal = createTerminal();
  const [what, file, ...rest] = positionals;
  if (values.help || what === undefined) {
    terminal.line(HELP);
    return values.help ? 0 : 2;
  }
  const command = COMMANDS[what];
  const isTooMuch = rest.length > 0 || (file !== undefined && what !== 'restore');
  if (command === undefined || isTooMuch) throw usage(`there is no "db ${positionals.join(' ')}"`);
  if (values.out !== undefined && what !== 'backup') throw usage('--out belongs to backup');
  await command(readConfig(process.env), terminal, file ?? values.out);
  return 0;
}

/** Where the records of a configuration are. */
export function placeOf({ records: { url, file } }: Pick<Config, 'records'>): RecordsPlace {
  return url === undefined ? { file } : { url };
}

async function migrate(config: Config, terminal: Terminal): Promise<void> {
  await using records = await openRecords(placeOf(config));
  const { commitMs, warnings } = await measureDurability(records, systemClock);
  terminal.line(
    `${terminal.style('green', '✓')} ${records.kind}: this version's schema; a commit takes ${commitMs.toFixed(1)} ms`,
  );
  for (const warning of warnings) terminal.line(`${terminal.style('yellow', '!')} ${warning}`);
}

async function backup(config: Config, terminal: Terminal, out: string | undefined): Promise<void> {
  await using records = await openRecords(placeOf(config));
  const path = out ?? backupFile(backupsFolder(config.records.dataDir), systemClock.wallMs());
  await backupTo(records, path, systemClock.wallMs());
  terminal.line(`${terminal.style('green', '✓')} ${path}`);
  terminal.line(
    `Keep it apart from the key file (${config.records.keyFile}), and that one safe too: no backup can be used without it.`,
  );
}

async function restore(config: Config, terminal: Terminal, file: string | undefined): Promise<void> {
  if (file === undefined) throw usage('name the backup that is to be restored');
  const { url, file: place, keyFile } = config.records;
  if (url !== undefined) throw usage('the records are in PostgreSQL: use pg_restore, then "db restored"');
  await restoreBackup(file, place);
  await using records = await openRecords({ file: place });
  await checkKeys(records, await openInstallationKeys(keyFile));
  await tellHeld(records, records.heldBack, terminal);
}

async function restored(config: Config, terminal: Terminal): Promise<void> {
  await using records = await openRecords(placeOf(config));
  // A copy that says of itself that it is one was held as it was opened.
  const heldBack = records.heldBack ?? (await holdAll(records, { at: systemClock.wallMs(), actor: userName() }));
  await tellHeld(records, heldBack, terminal);
}

async function tellHeld(records: OpenRecords, heldBack: HeldBack | undefined, terminal: Terminal): Promise<void> {
  const held = await heldCampaigns(records);
  terminal.line(`${terminal.style('green', '✓')} the records are restored, ${held.length} campaigns are paused:`);
  for (const name of held) terminal.line(`  ${name}`);
  const { keys, webhooks } = heldBack ?? { keys: 0, webhooks: 0 };
  terminal.line(
    `${keys} API keys are revoked and ${webhooks} webhooks switched off, since some may have been withdrawn meanwhile: make anew ` +
      'those that are wanted still.',
  );
  terminal.line(
    'They know nothing of who was called, said no or was erased since the backup was made. Before you resume a campaign, see to\n' +
      'that as docs/records.md says under "Restoring": whoever was called since would be called again.',
  );
}

async function copy(config: Config, terminal: Terminal): Promise<void> {
  const { url, file } = config.records;
  if (url === undefined) throw usage('set INZWA_DATABASE_URL to the PostgreSQL database that the records go to');
  await using from = await openRecords({ file });
  await using to = await openRecords({ url });
  const at = systemClock.wallMs();
  const counts = await copyRecords({
    ...{ from, to, at },
    onTable: (table, rows) => terminal.line(`  ${table.padEnd(20)} ${String(rows).padStart(9)}`),
  });
  const total = [...counts.values()].reduce((sum, rows) => sum + rows, 0);
  terminal.line(`${terminal.style('green', '✓')} ${total} rows copied and compared`);
  terminal.line(`${file} is not opened again. Delete it when you trust the copy: erasures do not reach it any more.`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { out: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
    });
  } catch (error) {
    throw usage(messageOf(error));
  }
}

function usage(problem: string): InzwaError {
  return new InzwaError('INZWA_CONFIG_INVALID', `${problem}\n\n${HELP}`);
}
