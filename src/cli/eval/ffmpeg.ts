/** ffmpeg as a child process: recordings that are no WAV files, and the codecs of mobile telephones. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { InzwaError, messageOf } from '#kernel/errors.ts';

/** The modes of AMR narrowband in kbit/s (3GPP TS 26.071 table 1). */
export const AMR_KBITS = [4.75, 5.15, 5.9, 6.7, 7.4, 7.95, 10.2, 12.2] as const;

/** A speech codec of 8000 Hz whose damage is wanted. */
export type MobileCodec = { readonly kind: 'gsm' } | { readonly kind: 'amr'; readonly kbits: number };

/** 25 minutes of stereo at 48 kHz: no utterance is as long, and a file that claims more would fill the memory. */
const MOST_BYTES = 288_000_000;
const MOST_COMPLAINT = 2_000;
const QUIET = ['-hide_banner', '-nostdin', '-v', 'error'];
const RAW = ['-f', 's16le', '-ar', '8000', '-ac', '1'];

const ENCODERS = { amr: 'libopencore_amrnb', gsm: 'libgsm' } as const;
const PACKAGES = { amr: 'ffmpeg libavcodec-extra', gsm: 'ffmpeg' } as const;

export interface FfmpegOptions {
  readonly signal: AbortSignal;
}

/** An ffmpeg that has been found; stateless, each use is a process of its own. */
export class Ffmpeg {
  readonly #command: string;
  readonly #encoders: ReadonlySet<string>;

  private constructor(command: string, encoders: ReadonlySet<string>) {
    this.#command = command;
    this.#encoders = encoders;
  }

  /** Undefined when there is no such program. `command` is a path or a name on PATH. */
  static async find(command: string, { signal }: FfmpegOptions): Promise<Ffmpeg | undefined> {
    const listed = await collect(command, ['-hide_banner', '-encoders'], undefined, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (listed === undefined) return undefined;
    const names = listed.toString('utf8').matchAll(/^ A\S{5} (\S+)/gmu);
    return new Ffmpeg(command, new Set(Array.from(names, ([, name = '']) => name)));
  }

  /** Throws INZWA_FFMPEG_MISSING, naming the Debian packages, when this ffmpeg cannot encode so. */
  requireCodec({ kind }: MobileCodec): void {
    if (this.#encoders.has(ENCODERS[kind])) return;
    throw new InzwaError(
      'INZWA_FFMPEG_MISSING',
      `this ffmpeg has no encoder ${ENCODERS[kind]}; on Debian and Ubuntu: apt install ${PACKAGES[kind]}`,
      { details: { encoder: ENCODERS[kind] } },
    );
  }

  /** The first audio stream of a file as a WAV file of its own rate and channels; throws INZWA_EVAL_AUDIO. */
  async decode(path: string, { signal }: FfmpegOptions): Promise<Uint8Array> {
    // "file:" keeps a name with a colon from being taken for another protocol.
    const input = ['-protocol_whitelist', 'file,pipe', '-i', `file:${path}`, '-map', '0:a:0'];
    return this.#run([...QUIET, ...input, '-f', 'wav', '-c:a', 'pcm_s16le', 'pipe:1'], undefined, signal);
  }

  /** PCM16 at 8000 Hz through a codec and back, of the same length. */
  async roundTrip(pcm: Int16Array, codec: MobileCodec, { signal }: FfmpegOptions): Promise<Int16Array> {
    this.requireCodec(codec);
    const bitRate = codec.kind === 'amr' ? ['-b:a', `${Math.round(codec.kbits * 1000)}`] : [];
    const encode = ['-c:a', ENCODERS[codec.kind], ...bitRate, '-f', codec.kind];
    const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
    const coded = await this.#run([...QUIET, ...RAW, '-i', 'pipe:0', ...encode, 'pipe:1'], bytes, signal);
    const raw = await this.#run([...QUIET, '-f', codec.kind, '-i', 'pipe:0', ...RAW, 'pipe:1'], coded, signal);
    const heard = new Int16Array(pcm.length);
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    const length = Math.min(pcm.length, Math.floor(raw.byteLength / 2));
    for (let i = 0; i < length; i++) heard[i] = view.getInt16(2 * i, true);
    return heard;
  }

  async #run(args: readonly string[], input: Uint8Array | undefined, signal: AbortSignal): Promise<Buffer> {
    return collect(this.#command, args, input, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new InzwaError('INZWA_EVAL_AUDIO', `ffmpeg cannot convert it: ${messageOf(error)}`, { cause: error });
    });
  }
}

/** `purpose` is a sentence without its end: "AMR and GSM are encoded". */
export function ffmpegMissing(purpose: string, command = 'ffmpeg'): InzwaError {
  return new InzwaError(
    'INZWA_FFMPEG_MISSING',
    `${purpose} by ffmpeg, and there is no program "${command}"; on Debian and Ubuntu: apt install ffmpeg ` +
      `libavcodec-extra (the second for AMR), or name one with --ffmpeg PATH`,
  );
}

/** Standard output of a program that ends well; rejects with its complaint, and kills it when the signal aborts. */
async function collect(
  command: string,
  args: readonly string[],
  input: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<Buffer> {
  const child = spawn(command, args, { signal, stdio: ['pipe', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  let bytes = 0;
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) chunks.push(chunk);
    else child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, MOST_COMPLAINT);
  });
  // A program that stops reading says why on its standard error.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (bytes > MOST_BYTES) throw new Error('it is longer than 25 minutes');
  if (code === 0) return Buffer.concat(chunks);
  const last = complaint.trim().split('\n').at(-1) ?? '';
  throw new Error(last === '' ? `exit code ${code ?? 'none'}` : last);
}
