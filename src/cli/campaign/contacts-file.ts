/** A file of this machine as an import reads it: from its beginning, as often as is needed. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type { ContactsFile } from '#src/campaigns/import/text.ts';

/** Few rows are in memory at once; larger ones read no faster. */
const CHUNK_BYTES = 16 * 1024;

/** Reading rejects with INZWA_CONTACTS_INVALID when it is not there or may not be read. */
export function fileAt(path: string): ContactsFile {
  return {
    name: basename(path),
    async *open() {
      try {
        for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) yield chunk as Buffer;
      } catch (error) {
        throw new InzwaError('INZWA_CONTACTS_INVALID', `${path} cannot be read: ${fileTrouble(error)}`, {
          cause: error,
        });
      }
    },
  };
}

/** What an operator can do something about, in words; anything else as the system says it. */
const TROUBLES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder here',
  EACCES: 'it is not yours to read or write',
  EISDIR: 'it is a folder',
  EEXIST: 'it is there already',
  ENOTDIR: 'a part of its path is no folder',
};

/** Why a file cannot be opened. */
export function fileTrouble(error: unknown): string {
  return TROUBLES[(error as NodeJS.ErrnoException).code ?? ''] ?? messageOf(error);
}
