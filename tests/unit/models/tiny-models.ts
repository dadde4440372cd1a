/** A models folder in a temporary place, with sources that are scripted instead of fetched. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { sleepOn, type Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { PullEvent, Sources } from '#models/pull-context.ts';
import type { ModelEntry, SingleSource } from '#models/schema.ts';
import { type ModelSource, type OpenedFile, type SourceRequest } from '#models/sources/source.ts';

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'inzwa-models-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Waits of less than a second are over at once, longer ones never come: nothing sleeps, and heartbeats do not spin. */
export const hastyClock: Clock = {
  nowMs: () => 0,
  wallMs: () => Date.UTC(2026, 10, 23, 6),
  after(ms, run) {
    if (ms > 4_000) return () => undefined;
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  },
  sleep: (ms, opts) => sleepOn(hastyClock, ms, opts),
};

export type Delivery =
  | { readonly kind: 'bytes'; readonly data: Buffer; readonly identity?: string; readonly sha256?: string }
  /** The connection breaks after so many bytes of this opening. */
  | { readonly kind: 'breaks'; readonly data: Buffer; readonly afterBytes: number; readonly identity?: string }
  | { readonly kind: 'throws'; readonly error: Error };

/** Answers by the name of the transfer; a list is used up one opening after the other, its last entry again and again. */
export class ScriptedSource<S extends SingleSource> implements ModelSource<S> {
  readonly opened: { readonly name: string; readonly offsetBytes: number }[] = [];
  readonly discarded: string[] = [];
  /** Runs before every chunk, with the bytes delivered so far. */
  beforeChunk: (name: string, doneBytes: number) => void | Promise<void> = () => undefined;
  readonly #script: Readonly<Record<string, readonly Delivery[]>>;
  readonly #chunkBytes: number;

  constructor(script: Readonly<Record<string, readonly Delivery[]>> = {}, chunkBytes = 100) {
    this.#script = script;
    this.#chunkBytes = chunkBytes;
  }

  open(source: S, request: SourceRequest): Promise<OpenedFile> {
    const name = nameOf(source);
    const deliveries = this.#script[name] ?? [];
    const count = this.opened.filter((opened) => opened.name === name).length;
    const delivery = deliveries[Math.min(count, deliveries.length - 1)];
    this.opened.push({ name, offsetBytes: request.offsetBytes });
    if (delivery === undefined) return Promise.reject(new InzwaError('INZWA_MODEL_SOURCE', `nobody has ${name}`));
    if (delivery.kind === 'throws') return Promise.reject(delivery.error);
    const canContinue = delivery.identity !== undefined && delivery.identity === request.identity;
    const startsAt = canContinue ? request.offsetBytes : 0;
    return Promise.resolve({
      stream: this.#stream(name, delivery, startsAt, request),
      startsAt,
      bytes: delivery.data.length,
      ...(delivery.identity === undefined ? {} : { identity: delivery.identity }),
      ...(delivery.kind === 'bytes' && delivery.sha256 !== undefined ? { sha256: delivery.sha256 } : {}),
    });
  }

  discard(source: S): Promise<void> {
    this.discarded.push(nameOf(source));
    return Promise.resolve();
  }

  async *#stream(
    name: string,
    delivery: Exclude<Delivery, { kind: 'throws' }>,
    startsAt: number,
    { signal, onTransfer }: SourceRequest,
  ): AsyncGenerator<Uint8Array> {
    let doneBytes = startsAt;
    while (doneBytes < delivery.data.length) {
      await this.beforeChunk(name, doneBytes);
      signal.throwIfAborted();
      if (delivery.kind === 'breaks' && doneBytes - startsAt >= delivery.afterBytes) {
        throw new InzwaError('INZWA_MODEL_NETWORK', `the connection to ${name} broke`, { retryable: true });
      }
      const chunk = delivery.data.subarray(doneBytes, doneBytes + this.#chunkBytes);
      doneBytes += chunk.length;
      yield chunk;
      onTransfer(doneBytes, delivery.data.length);
    }
  }
}

/** `package/member`, or the hub's file. */
export function nameOf(source: SingleSource): string {
  return source.kind === 'huggingface' ? source.file : `${source.package}/${source.member}`;
}

export function sourcesFrom(script: Readonly<Record<string, readonly Delivery[]>>): Sources & {
  readonly huggingface: ScriptedSource<Extract<SingleSource, { kind: 'huggingface' }>>;
  readonly pypi: ScriptedSource<Extract<SingleSource, { kind: 'pypi' | 'npm' }>>;
} {
  return { huggingface: new ScriptedSource(script), pypi: new ScriptedSource(script), npm: new ScriptedSource(script) };
}

export function pypiSource(
  name: string,
  member = 'data',
  packageBytes = 1_000,
): Extract<SingleSource, { kind: 'pypi' }> {
  return { kind: 'pypi', package: name, version: '1.0.0', member, packageBytes };
}

export function hubSource(file: string): Extract<SingleSource, { kind: 'huggingface' }> {
  return { kind: 'huggingface', repository: 'somebody/something', revision: 'main', file };
}

export function entryOf(id: string, files: ModelEntry['files'], more: Partial<ModelEntry> = {}): ModelEntry {
  return {
    id,
    task: 'vad',
    language: 'und',
    licence: { name: 'MIT', allows: 'any use' },
    summary: 'made for a test',
    files,
    facts: {},
    ...more,
  };
}

export function verifiedFile(
  name: string,
  data: Buffer,
  sources: ModelEntry['files'][string]['sources'],
): ModelEntry['files'][string] {
  return { name, bytes: data.length, sha256: sha256(data), sources };
}

/** Every file below the folder, as sorted relative paths. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

export function recorded(): { readonly events: PullEvent[]; readonly report: (event: PullEvent) => void } {
  const events: PullEvent[] = [];
  return { events, report: (event) => events.push(event) };
}
