/** `inzwa privacy export | erase | check`: what one person may ask for, and whether the audit is whole. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { encodeWav } from '#pipeline/audio/wav.ts';
import { readConfig, type Config } from '#src/config.ts';
import { brokenAuditLine } from '#src/records/audit.ts';
import { eachBackup } from '#src/records/backups.ts';
import { erasePerson, exportPerson } from '#src/records/erasure.ts';
import { checkKeys, openInstallationKeys, type InstallationKeys } from '#src/records/keys.ts';
import { openRecords, type OpenRecords } from '#src/records/open-records.ts';
import { backupsFolder, recordingsFolder } from '#src/records/record-keeping.ts';
import { readRecording } from '#src/records/recording/read-recording.ts';
import { RETENTION } from '#src/records/retention.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import { parseNumber } from '#telephony/numbers.ts';
import { userName } from './actor.ts';
import { fileTrouble } from './campaign/contacts-file.ts';
import { assertRecords, counted } from './campaign/office.ts';
import { placeOf } from './db.ts';
import { createTerminal, type Terminal } from './terminal.ts';

const HELP = `Usage: npm run inzwa -- privacy <what> [options]

  export   everything that is kept of one person, as person.json and their recordings as WAV files
  erase    empties it: number, name and other columns, words, recordings, also in the backups of the data folder; that they
           were called and that they may not be called stays, under a hash that only the key file leads to; not while they
           are on the telephone or are being called
  check    whether a line of the audit was changed or taken out

  --phone NUMBER   theirs, as people write it: 0772 123 456, +263772123456
  --out FOLDER     export: where to; must not be there yet
  --yes            erase: without it nothing is done
  --help           shows this

Each export and each erasure is a line in the audit.`;

interface Office {
  readonly config: Config;
  readonly records: OpenRecords;
  readonly keys: InstallationKeys;
  readonly terminal: Terminal;
}

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const terminal = createTerminal();
  const [what, ...rest] = positionals;
  if (values.help || what === undefined) {
    terminal.line(HELP);
    return values.help ? 0 : 2;
  }
  if (rest.length > 0 || !['export', 'erase', 'check'].includes(what)) {
    throw usage(`there is no "privacy ${positionals.join(' ')}"`);
  }
  const phone = parseNumber(values.phone ?? '');
  if (what !== 'check' && !phone.ok) throw usage(`--phone is no number that could be called (${phone.reason})`);
  const config = readConfig(process.env);
  await assertRecords(config);
  await using records = await openRecords(placeOf(config));
  if (what === 'check' || !phone.ok) return await check(records, terminal);
  const keys = await openInstallationKeys(config.records.keyFile);
  await checkKeys(records, keys);
  const office = { config, records, keys, terminal };
  const request = {
    records,
    phoneHash: keys.phoneHash(phone.number),
    actor: userName(),
    at: systemClock.wallMs(),
  };
  return what === 'export' ? await exportTo(office, request, values.out) : await erase(office, request, values.yes);
}

type Request = Parameters<typeof exportPerson>[0];

async function exportTo(
  { config, keys, terminal }: Office,
  request: Request,
  out: string | undefined,
): Promise<number> {
  if (out === undefined) throw usage('name a folder with --out');
  const folder = resolve(out);
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    throw usage(`the folder cannot be made: ${fileTrouble(error)}`);
  });
  const rows = await exportPerson(request);
  if (rows === undefined) {
    terminal.line('Nothing is kept of that number.');
    return 1;
  }
  await writeFile(join(folder, 'person.json'), `${JSON.stringify(rows, undefined, 2)}\n`, { mode: 0o600 });
  const recordings = await request.records.db
    .selectFrom('recordings')
    .select(['id', 'path', 'wrapped_key'])
    .where('id', 'in', ['', ...(rows['recordings'] ?? []).map(({ id }) => String(id))])
    .execute();
  for (const { id, path, wrapped_key } of recordings) {
    if (wrapped_key === null) continue;
    const mixed = await readRecording(recordingsFolder(config.records.dataDir), keys, { id, path, wrapped_key });
    await writeFile(join(folder, `${id}.wav`), wavOf(mixed), { mode: 0o600 });
  }
  terminal.line(`${terminal.style('green', '✓')} ${folder}: person.json, ${counted(recordings.length, 'recording')}`);
  return 0;
}

async function erase({ config, terminal }: Office, request: Request, isMeant: boolean): Promise<number> {
  if (!isMeant) throw usage('nothing was erased: say --yes when it is meant');
  let isKept = await isAnythingKept(request);
  const report = await erasePerson({ ...request, recordingsFolder: recordingsFolder(config.records.dataDir) });
  let backups = 0;
  await eachBackup(backupsFolder(config.records.dataDir), {
    before: request.at - RETENTION.backupsMs,
    change: async (records) => {
      isKept ||= await isAnythingKept({ ...request, records });
      await erasePerson({ ...request, records, recordingsFolder: undefined });
      backups += 1;
    },
  });
  if (!isKept) {
    terminal.line('Nothing is kept of this number: is it right?');
    return 1;
  }
  const { calls, recordings, contacts, answers } = report;
  const sum = [counted(calls, 'call'), counted(recordings, 'recording'), counted(contacts, 'contact')].join(', ');
  terminal.line(
    `${terminal.style('green', '✓')} erased: ${sum}, ${counted(answers, 'answer')}; in ${counted(backups, 'backup')} as well`,
  );
  return 0;
}

/** Also true of somebody of whom a hash alone is left. */
async function isAnythingKept({
  records: { db },
  phoneHash,
}: Pick<Request, 'records' | 'phoneHash'>): Promise<boolean> {
  const found = await Promise.all([
    db.selectFrom('phones').select('hash').where('hash', '=', phoneHash).executeTakeFirst(),
    db.selectFrom('contacts').select('phone_hash').where('phone_hash', '=', phoneHash).executeTakeFirst(),
    db.selectFrom('opt_outs').select('phone_hash').where('phone_hash', '=', phoneHash).executeTakeFirst(),
    db.selectFrom('campaign_contacts').select('id').where('phone_hash', '=', phoneHash).executeTakeFirst(),
    db.selectFrom('attempts').select('id').where('phone_hash', '=', phoneHash).executeTakeFirst(),
    db
      .selectFrom('calls')
      .select('id')
      .where((is) => is.or([is('from_hash', '=', phoneHash), is('to_hash', '=', phoneHash)]))
      .executeTakeFirst(),
  ]);
  return found.some((row) => row !== undefined);
}

async function check(records: OpenRecords, terminal: Terminal): Promise<number> {
  const broken = await brokenAuditLine(records);
  if (broken === undefined) {
    terminal.line(`${terminal.style('green', '✓')} the audit is whole`);
    return 0;
  }
  const where = broken === 'end' ? 'its last lines are missing' : `line ${broken} does not fit the one before it`;
  terminal.line(`${terminal.style('red', '✗')} the audit was changed: ${where}`);
  return 1;
}

/** The caller on the left, what they heard on the right. */
function wavOf(mixed: Uint8Array): Uint8Array {
  const channels = [0, 1].map((side) => {
    const bytes = mixed.filter((_, index) => index % 2 === side);
    const pcm = new Int16Array(bytes.length);
    muLaw.decodeInto(pcm, bytes);
    return pcm;
  });
  return encodeWav({ sampleRateHz: 8_000, channels });
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        phone: { type: 'string' },
        out: { type: 'string' },
        yes: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw usage(messageOf(error));
  }
}

function usage(problem: string): InzwaError {
  return new InzwaError('INZWA_CONFIG_INVALID', `${problem}\n\n${HELP}`);
}
