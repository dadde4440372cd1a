/**
 * What a hotline always says, rendered once: voice, text and rate -> 8 kHz audio, in memory up to a bound in bytes and, when
 * a folder is given, on disk across restarts. A file that is damaged or of another form is a miss and is written anew.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The form in which samples are kept; the service gives mu-law, which halves the bytes and is what the wire wants. */
export interface SampleCodec {
  /** Part of every key and file, so that a change of codec is a miss. */
  readonly name: string;
  encode(pcm: Int16Array): Uint8Array;
  /** The result belongs to the caller. */
  decode(bytes: Uint8Array): Int16Array;
}

/** PCM16, little-endian. */
export const PCM16_CODEC: SampleCodec = {
  name: 'pcm16',
  encode: (pcm) => new Uint8Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.byteLength)),
  decode: (bytes) => new Int16Array(bytes.slice().buffer),
};

export interface SentenceCacheOptions {
  /** Id and version of the voice and of the text front end: anything whose change makes old audio wrong. */
  readonly voice: string;
  /** Bytes of audio in memory; the least recently used leave first. @defaultValue 32 MiB: 70 minutes of mu-law, 35 of PCM16 */
  readonly maxBytes?: number;
  /** Folder for audio that outlives the process; created when needed. */
  readonly folder?: string;
  /** @defaultValue PCM16 */
  readonly codec?: SampleCodec;
}

export interface SentenceCacheCounts {
  readonly hits: number;
  readonly misses: number;
  /** Files that were there but damaged. */
  readonly damaged: number;
  /** Files that could not be written. */
  readonly unwritten: number;
}

export type Render = (text: string, opts: { readonly signal: AbortSignal }) => Promise<Int16Array>;

/** First bytes of a file; the digit changes with the layout: magic, SHA-256 of the audio, audio. */
const MAGIC = Buffer.from('INZWASN1');
const DIGEST_BYTES = 32;

export class SentenceCache {
  readonly #voice: string;
  readonly #maxBytes: number;
  readonly #folder: string | undefined;
  readonly #codec: SampleCodec;
  /** Least recently used first. */
  readonly #memory = new Map<string, Uint8Array>();
  #bytes = 0;
  #writes = 0;
  #counts = { hits: 0, misses: 0, damaged: 0, unwritten: 0 };

  constructor({ voice, maxBytes = 32 * 1024 * 1024, folder, codec = PCM16_CODEC }: SentenceCacheOptions) {
    this.#voice = voice;
    this.#maxBytes = maxBytes;
    this.#folder = folder;
    this.#codec = codec;
  }

  get counts(): SentenceCacheCounts {
    return { ...this.#counts };
  }

  /** Bytes of audio in memory; never above `maxBytes`. */
  get memoryBytes(): number {
    return this.#bytes;
  }

  /** PCM16 at 8 kHz from memory only, without waiting; the array belongs to the caller. Not counted as a miss. */
  peek(text: string, speakingRate = 1): Int16Array | undefined {
    const bytes = this.#touch(this.#keyOf(text, speakingRate));
    if (bytes === undefined) return undefined;
    this.#counts.hits += 1;
    return this.#codec.decode(bytes);
  }

  /** PCM16 at 8 kHz from memory or disk. */
  async get(text: string, speakingRate = 1): Promise<Int16Array | undefined> {
    const key = this.#keyOf(text, speakingRate);
    const bytes = this.#touch(key) ?? (await this.#load(key));
    if (bytes === undefined) {
      this.#counts.misses += 1;
      return undefined;
    }
    this.#counts.hits += 1;
    return this.#codec.decode(bytes);
  }

  /** Keeps a copy. A disk that cannot be written to is counted, not thrown: the cache is a convenience. */
  async set(text: string, pcm: Int16Array, speakingRate = 1): Promise<void> {
    const key = this.#keyOf(text, speakingRate);
    const bytes = this.#codec.encode(pcm);
    this.#remember(key, bytes);
    await this.#store(key, bytes);
  }

  /** Renders the phrases that are not there yet, one after the other; stops at the abort with `signal.reason`. */
  async prerender(
    phrases: Iterable<string>,
    render: Render,
    { signal, speakingRate = 1 }: { readonly signal: AbortSignal; readonly speakingRate?: number },
  ): Promise<{ readonly rendered: number; readonly reused: number }> {
    let rendered = 0;
    let reused = 0;
    for (const phrase of new Set(phrases)) {
      signal.throwIfAborted();
      const key = this.#keyOf(phrase, speakingRate);
      if ((this.#touch(key) ?? (await this.#load(key))) !== undefined) {
        reused += 1;
        continue;
      }
      await this.set(phrase, await render(phrase, { signal }), speakingRate);
      rendered += 1;
    }
    return { rendered, reused };
  }

  #keyOf(text: string, speakingRate: number): string {
    const plain = text.normalize('NFC').replace(/\s+/gu, ' ').trim();
    return createHash('sha256')
      .update(JSON.stringify([this.#voice, this.#codec.name, speakingRate, plain]))
      .digest('hex');
  }

  #touch(key: string): Uint8Array | undefined {
    const bytes = this.#memory.get(key);
    if (bytes === undefined) return undefined;
    this.#memory.delete(key);
    this.#memory.set(key, bytes);
    return bytes;
  }

  #remember(key: string, bytes: Uint8Array): void {
    this.#forget(key);
    if (bytes.length > this.#maxBytes) return;
    for (const oldest of this.#memory.keys()) {
      if (this.#bytes + bytes.length <= this.#maxBytes) break;
      this.#forget(oldest);
    }
    this.#memory.set(key, bytes);
    this.#bytes += bytes.length;
  }

  #forget(key: string): void {
    this.#bytes -= this.#memory.get(key)?.length ?? 0;
    this.#memory.delete(key);
  }

  #pathOf(folder: string, key: string): string {
    return join(folder, `${key}.${this.#codec.name}`);
  }

  async #load(key: string): Promise<Uint8Array | undefined> {
    if (this.#folder === undefined) return undefined;
    const path = this.#pathOf(this.#folder, key);
    const file = await readFile(path).catch(() => undefined);
    if (file === undefined) return undefined;
    const audio = file.subarray(MAGIC.length + DIGEST_BYTES);
    const isWhole =
      file.subarray(0, MAGIC.length).equals(MAGIC) &&
      file.subarray(MAGIC.length, MAGIC.length + DIGEST_BYTES).equals(digestOf(audio));
    if (!isWhole) {
      this.#counts.damaged += 1;
      await rm(path, { force: true }).catch(() => undefined);
      return undefined;
    }
    const bytes = Uint8Array.from(audio);
    this.#remember(key, bytes);
    return bytes;
  }

  /** Written beside its place and renamed, so that a reader or a power cut never meets half a file. */
  async #store(key: string, bytes: Uint8Array): Promise<void> {
    if (this.#folder === undefined) return;
    const path = this.#pathOf(this.#folder, key);
    const temporary = `${path}.${process.pid}-${this.#writes++}.tmp`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(temporary, Buffer.concat([MAGIC, digestOf(bytes), bytes]));
      await rename(temporary, path);
    } catch {
      this.#counts.unwritten += 1;
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
