/** One file of a model, from the first source that delivers the right bytes. */
import { rm, stat } from 'node:fs/promises';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import { toPin } from './expected.ts';
import { layout, moveAtomically } from './folder.ts';
import type { Pin } from './pins.ts';
import type { PullContext, Sources } from './pull-context.ts';
import { identityPath, receive, type Piece, type Received } from './receive.ts';
import type { FileSource, ModelEntry, ModelFile, SingleSource } from './schema.ts';
import type { MirrorSource } from './sources/mirror.ts';
import { transferName } from './sources/source.ts';
import { piecesOf, sizeOf, type Transfers } from './transfers.ts';

const ATTEMPTS = 4;
const BACKOFF_MS = 1_000;

/**
 * Tries the sources in order, the mirror first, and puts the finished file into its place. Throws with the code of the
 * gravest failure and every source's reason in its message when none delivered the right bytes.
 */
export async function fetchFile(
  entry: ModelEntry,
  role: string,
  file: ModelFile,
  pin: Pin | undefined,
  transfers: Transfers,
  context: PullContext,
): Promise<Pin> {
  const { folder, sources, report, clock, signal } = context;
  const part = layout.part(folder, entry.id, file.name);
  const expected = { bytes: file.bytes ?? pin?.bytes, sha256: file.sha256 ?? pin?.sha256 };
  const failures: unknown[] = [];
  const attempts: {
    readonly label: string;
    readonly plan: () => void;
    readonly pieces: () => Piece[];
    readonly discard: () => Promise<void>;
  }[] = [];
  const mirror = sources.mirror;
  if (mirror !== undefined) {
    const copy: MirrorSource = { kind: 'mirror', id: entry.id, file: file.name };
    const name = `mirror ${entry.id}/${file.name}`;
    attempts.push({
      label: name,
      plan: () => transfers.planCopy(role, name, sizeOf(file)),
      pieces: () => [{ label: name, open: (at) => mirror.open(copy, { ...at, signal, onTransfer: moved(name) }) }],
      discard: () => mirror.discard(copy),
    });
  }
  for (const source of file.sources) {
    attempts.push({
      label: piecesOf(source).map(transferName).join(' + '),
      plan: () => transfers.plan(role, file, source),
      pieces: () => piecesFrom(source, sources, signal, moved),
      discard: async () => {
        for (const piece of piecesOf(source)) await discardFrom(piece, sources);
      },
    });
  }
  for (const attempt of attempts) {
    attempt.plan();
    try {
      const received = await receiveWithRetries({ id: entry.id, role, part, ...expected }, attempt.pieces(), {
        clock,
        signal,
      });
      await moveAtomically(part, layout.file(folder, entry.id, file.name));
      await rm(identityPath(part), { force: true });
      const pinned = toPin(
        file.name,
        received,
        `${attempt.label}${received.identity === undefined ? '' : ` (${received.identity})`}`,
        clock,
      );
      if (file.unverified === true && pin === undefined) {
        const text = `${file.name} has never been verified by the project; its sha256 ${received.sha256} is pinned in ${layout.lockFile(folder)} from now on`;
        report({ kind: 'notice', id: entry.id, text });
      }
      return pinned;
    } catch (error) {
      signal.throwIfAborted();
      if (isInzwaError(error, 'INZWA_MODEL_DISK')) throw error;
      if (
        isInzwaError(error, 'INZWA_MODEL_HASH') ||
        isInzwaError(error, 'INZWA_MODEL_PART') ||
        isInzwaError(error, 'INZWA_MODEL_ARCHIVE')
      ) {
        await attempt.discard();
      }
      failures.push(error);
      if (failures.length < attempts.length) {
        report({ kind: 'notice', id: entry.id, text: `${messageOf(error)}; trying the next source` });
      }
    }
  }
  throw allFailed(entry.id, role, failures, pin, folder);

  function moved(name: string): (doneBytes: number) => void {
    return (doneBytes) => {
      transfers.moved(name, doneBytes);
      report({ kind: 'progress', id: entry.id, phase: 'download', ...transfers.sum() });
    };
  }
}

function piecesFrom(
  source: FileSource,
  sources: Sources,
  signal: AbortSignal,
  moved: (name: string) => (doneBytes: number) => void,
): Piece[] {
  const piece = (single: SingleSource): Piece => ({
    label: transferName(single),
    open: (at) => {
      const request = { ...at, signal, onTransfer: moved(transferName(single)) };
      switch (single.kind) {
        case 'huggingface':
          return sources.huggingface.open(single, request);
        case 'pypi':
          return sources.pypi.open(single, request);
        case 'npm':
          return sources.npm.open(single, request);
      }
    },
  });
  if (source.kind !== 'joined') return [piece(source)];
  return source.parts.map((part) => ({
    ...piece(part.source),
    expected: { bytes: part.bytes, sha256: part.sha256 },
  }));
}

async function discardFrom(source: SingleSource, sources: Sources): Promise<void> {
  if (source.kind === 'huggingface') await sources.huggingface.discard(source);
  else await sources[source.kind].discard(source);
}

/** A broken connection is taken up again where it broke; each attempt must bring something, or the source is given up. */
async function receiveWithRetries(
  wanted: Parameters<typeof receive>[0],
  pieces: readonly Piece[],
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Received> {
  for (let attempt = 1; ; attempt += 1) {
    const before = await partBytes(wanted.part);
    try {
      return await receive(wanted, pieces, signal);
    } catch (error) {
      const hasGrown = (await partBytes(wanted.part)) > before;
      if (attempt >= ATTEMPTS || !hasGrown || !isInzwaError(error, 'INZWA_MODEL_NETWORK')) throw error;
      await clock.sleep(BACKOFF_MS * attempt, { signal });
    }
  }
}

async function partBytes(part: string): Promise<number> {
  return (await stat(part).catch(() => undefined))?.size ?? 0;
}

function allFailed(
  id: string,
  role: string,
  failures: readonly unknown[],
  pin: Pin | undefined,
  folder: string,
): InzwaError {
  const worst = failures.find((error) => !isInzwaError(error, 'INZWA_MODEL_SOURCE')) ?? failures[0];
  const code = worst instanceof InzwaError ? worst.code : 'INZWA_MODEL_SOURCE';
  const advice: Partial<Record<typeof code, string>> = {
    INZWA_MODEL_NETWORK:
      'Check the connection and run the same command again: what has arrived is kept. Without a network, set INZWA_MODEL_MIRROR to a folder that has the files.',
    INZWA_MODEL_HASH:
      pin === undefined
        ? 'Nothing was kept. Run the command again; if it happens again, the source has changed and must not be trusted.'
        : `This hash was pinned on ${pin.pinnedAt}. If the change is known and wanted, remove ${id} from ${layout.lockFile(folder)}.`,
    INZWA_MODEL_PART: 'Nothing was kept of the wrong part. Run the command again.',
    INZWA_MODEL_ARCHIVE: 'The archive was removed. Run the command again.',
  };
  const reasons = failures.map((failure) => messageOf(failure).replace(/\.$/, '')).join('; ');
  return new InzwaError(code, `model ${id}: ${role} could not be pulled: ${reasons}. ${advice[code] ?? ''}`.trim(), {
    retryable: worst instanceof InzwaError && worst.retryable,
    cause: worst,
    details: { ...(worst instanceof InzwaError ? worst.details : {}), id, role },
  });
}
