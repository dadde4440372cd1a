/** A folder laid out like the models folder itself: <mirror>/<id>/<file name>. Tried before every other source. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InzwaError } from '#kernel/errors.ts';
import type { ModelSource } from './source.ts';

export interface MirrorSource {
  readonly kind: 'mirror';
  readonly id: string;
  readonly file: string;
}

/** `folder` is the value of INZWA_MODEL_MIRROR. */
export function mirror(folder: string): ModelSource<MirrorSource> {
  return {
    async open(source, { offsetBytes, identity, signal, onTransfer }) {
      signal.throwIfAborted();
      const path = join(folder, source.id, source.file);
      const found = await stat(path).catch(() => undefined);
      if (!found?.isFile()) {
        throw new InzwaError('INZWA_MODEL_SOURCE', `the mirror has no file ${path}`, { details: { path } });
      }
      const nowIdentity = `${found.size}:${found.mtimeMs}`;
      const startsAt = identity === nowIdentity && offsetBytes <= found.size ? offsetBytes : 0;
      return { stream: readFrom(), startsAt, bytes: found.size, identity: nowIdentity };

      async function* readFrom(): AsyncGenerator<Uint8Array> {
        let doneBytes = startsAt;
        for await (const chunk of createReadStream(path, { start: startsAt, highWaterMark: 1 << 20 })) {
          signal.throwIfAborted();
          doneBytes += (chunk as Buffer).length;
          yield chunk as Buffer;
          onTransfer(doneBytes, found?.size);
        }
      }
    },
    discard: () => Promise.resolve(), // the mirror is not ours to change
  };
}
