/** Recordings whose process ended before them: what is on the disk is whole up to the last second, only its row is not. */
import { join } from 'node:path';
import type { Records } from '../records.ts';
import { summaryOf } from './sealed-file.ts';

/** Of calls that began before `before` (epoch ms). A file that was never made is a recording of nothing. */
export async function settleRecordings({ db }: Records, folder: string, before: number): Promise<void> {
  const broken = await db
    .selectFrom('recordings')
    .select(['id', 'path'])
    .where('sha256', '=', '')
    .where('deleted_at', 'is', null)
    .where('consent_at', '<', before)
    .execute();
  for (const { id, path } of broken) {
    const summary = await summaryOf(join(folder, path)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return undefined;
    });
    await db
      .updateTable('recordings')
      .set(summary ?? { wrapped_key: null, deleted_at: before })
      .where('id', '=', id)
      .execute();
  }
}
