/**
 * The installation's one secret, and the keys that are derived from it. It stands in a file beside the database and never in
 * it: who has only the database can neither find a number by its hash nor hear a recording.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import type { Records } from './records.ts';

const SECRET_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Under this name the database remembers which secret its hashes were made with. */
const KEY_ID = 'key-id';

export interface InstallationKeys {
  /** Says which secret it is without telling anything of it. */
  readonly id: string;
  /** HMAC-SHA-256, hexadecimal. Numbers are few enough to try them all, so a hash without a key would hide nothing. */
  phoneHash(number: PhoneNumber): string;
  /** `about` must be the same when it is unwrapped: the id of the recording that the key is for. */
  wrapKey(key: Uint8Array, about: string): string;
  /** Throws INZWA_RECORDS_KEY. */
  unwrapKey(wrapped: string, about: string): Buffer;
}

export function installationKeys(secret: Uint8Array): InstallationKeys {
  const derive = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), `inzwa ${purpose}`, SECRET_BYTES));
  const phoneKey = derive('phone hash');
  const wrappingKey = derive('recording keys');
  return {
    id: derive('key id').toString('hex').slice(0, 16),
    phoneHash: (number) => createHmac('sha256', phoneKey).update(number).digest('hex'),
    wrapKey(key, about) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', wrappingKey, nonce).setAAD(Buffer.from(about));
      return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]).toString('base64');
    },
    unwrapKey(wrapped, about) {
      const bytes = Buffer.from(wrapped, 'base64');
      try {
        const decipher = createDecipheriv('aes-256-gcm', wrappingKey, bytes.subarray(0, NONCE_BYTES))
          .setAAD(Buffer.from(about))
          .setAuthTag(bytes.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch (error) {
        throw new InzwaError(
          'INZWA_RECORDS_KEY',
          `the key of recording ${about} was not wrapped by this installation.`,
          {
            cause: error,
          },
        );
      }
    },
  };
}

/**
 * The keys of the file: 64 hexadecimal digits, made with mode 600 when it is not there. Keep a copy of it apart from the
 * database: without it no do-not-call entry is found again. Rejects with INZWA_RECORDS_KEY.
 */
export async function openInstallationKeys(file: string): Promise<InstallationKeys> {
  try {
    const text = (await readFile(file, 'utf8').catch(ifMissing)) ?? (await makeSecret(file));
    if (!/^[0-9a-f]{64}$/.test(text.trim())) throw new Error('it is not 64 hexadecimal digits');
    return installationKeys(Buffer.from(text.trim(), 'hex'));
  } catch (error) {
    throw new InzwaError(
      'INZWA_RECORDS_KEY',
      `the key file ${file} cannot be used (${messageOf(error)}): put the file of this installation back, or set INZWA_KEY_FILE.`,
      { cause: error },
    );
  }
}

/**
 * Refuses keys that are not those of the database's hashes: under another key nobody who has said no would be found.
 * Rejects with INZWA_RECORDS_KEY.
 */
export async function checkKeys({ db }: Pick<Records, 'db'>, keys: InstallationKeys): Promise<void> {
  await db
    .insertInto('installation')
    .values({ name: KEY_ID, value: keys.id })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const known = await db.selectFrom('installation').select('value').where('name', '=', KEY_ID).executeTakeFirst();
  if (known?.value === keys.id) return;
  throw new InzwaError(
    'INZWA_RECORDS_KEY',
    'the key file is not the one that these records were written with: nobody on the do-not-call list would be found. ' +
      'Put the right file back, or set INZWA_KEY_FILE.',
  );
}

async function makeSecret(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const text = randomBytes(SECRET_BYTES).toString('hex');
  // Whoever comes second reads what the first has made.
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  });
  if (handle === undefined) return readFile(file, 'utf8');
  try {
    await handle.writeFile(`${text}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const folder = await open(dirname(file));
  await folder.sync().finally(() => folder.close());
  return text;
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
