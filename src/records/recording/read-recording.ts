import { join } from 'node:path';
import type { InstallationKeys } from '../keys.ts';
import { readSealed } from './sealed-file.ts';

/** Mu-law at 8 kHz, the caller and the agent in turn. Rejects with INZWA_RECORDING_UNREADABLE or INZWA_RECORDS_KEY. */
export async function readRecording(
  folder: string,
  keys: InstallationKeys,
  { id, path, wrapped_key }: { readonly id: string; readonly path: string; readonly wrapped_key: string },
): Promise<Buffer> {
  return readSealed(join(folder, path), keys.unwrapKey(wrapped_key, id), id);
}
