/** `inzwa keys add | list | revoke`: who may use the interface for programs (docs/api.md). */
import { parseArgs } from 'node:util';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { addApiKey, API_ROLES, listApiKeys, revokeApiKey, type ApiRole, type KeyWriter } from '../api/keys.ts';
import { readConfig } from '../config.ts';
import { openRecords } from '../records/open-records.ts';
import { userName } from './actor.ts';
import { createTerminal, type Terminal } from './terminal.ts';

const HELP = `Usage: npm run inzwa -- keys <what>

  add NAME --role ROLE   a new key, shown once: ${API_ROLES.join(', ')}; each may do what those before it may
  list                   ids, names and roles
  revoke ID              it is refused from the next request on

The database is the one of INZWA_DATABASE_URL, else records.sqlite in INZWA_DATA_DIR.`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const [what, ...rest] = positionals;
  const terminal = createTerminal();
  if (values.help || what === undefined) {
    terminal.line(HELP);
    return values.help ? 0 : 2;
  }
  const work = workOf(what, rest, values.role);
  const { url, file } = readConfig(process.env).records;
  await using records = await openRecords(url === undefined ? { file } : { url });
  await work({ records, at: systemClock.wallMs(), actor: `user ${userName()}` }, terminal);
  return 0;
}

function workOf(
  what: string,
  [first, ...more]: readonly string[],
  role: string | undefined,
): (writer: KeyWriter, terminal: Terminal) => Promise<void> {
  if (what !== 'add' && role !== undefined) throw usage('--role belongs to add');
  if (what === 'list' && first === undefined) return list;
  if (what === 'revoke' && first !== undefined && more.length === 0) {
    return async (writer, terminal) => {
      await revokeApiKey(writer, first);
      terminal.line(`Key ${first} is refused from now on.`);
    };
  }
  if (what === 'add' && first !== undefined && more.length === 0) {
    if (!isRole(role)) throw usage(`--role must be one of ${API_ROLES.join(', ')}`);
    return async (writer, terminal) => {
      const { id, key } = await addApiKey(writer, { name: first, role });
      terminal.line(`Key ${id} (${first}, ${role}); it is shown this once:`);
      terminal.line(key);
    };
  }
  throw usage(`there is no "keys ${[what, first ?? '', ...more].join(' ').trim()}"`);
}

async function list({ records }: KeyWriter, terminal: Terminal): Promise<void> {
  const keys = await listApiKeys(records);
  if (keys.length === 0) terminal.line('There is no key.');
  for (const { id, name, role, createdAt, revokedAt } of keys) {
    const state = revokedAt === null ? role : 'revoked';
    terminal.line(`${id}  ${state.padEnd(8)} ${new Date(createdAt).toISOString().slice(0, 10)}  ${name}`);
  }
}

function isRole(text: string | undefined): text is ApiRole {
  return API_ROLES.some((role) => role === text);
}

function parse(args: readonly string[]): {
  readonly values: { readonly help?: boolean; readonly role?: string };
  readonly positionals: readonly string[];
} {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, role: { type: 'string' } },
    });
  } catch (error) {
    throw usage(messageOf(error));
  }
}

function usage(why: string): InzwaError {
  return new InzwaError('INZWA_CONFIG_INVALID', `${why}\n\n${HELP}`);
}
