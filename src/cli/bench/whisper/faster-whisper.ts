/** faster-whisper from PyPI in an environment of its own: what the Whisper bench is compared with. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const VERSION = '1.2.1';
const SERVER = new URL('./faster-whisper-server.py', import.meta.url).pathname;
const run = promisify(execFile);

/** The model as CTranslate2 wants it in one folder. */
export interface CTranslate2Files {
  readonly weights: string;
  readonly config: string;
  readonly tokenizer: string;
  readonly vocabulary: string;
}

/** The environment's Python; installs it under `cacheDir` on first use (Python 3 with venv and pip are needed). */
export async function fasterWhisperPython(cacheDir: string, signal: AbortSignal): Promise<string> {
  const environment = join(cacheDir, `faster-whisper-${VERSION}`);
  const python = join(environment, 'bin', 'python');
  const isComplete =
    existsSync(python) &&
    (await run(python, ['-c', 'import faster_whisper']).then(
      () => true,
      () => false,
    ));
  if (isComplete) return python;
  await rm(environment, { recursive: true, force: true });
  await mkdir(cacheDir, { recursive: true });
  await run('python3', ['-m', 'venv', environment], { signal });
  await run(python, ['-m', 'pip', 'install', '--quiet', `faster-whisper==${VERSION}`], { signal });
  return python;
}

/** Lays the files side by side under `cacheDir` without copying them. */
export async function modelFolder(files: CTranslate2Files, cacheDir: string): Promise<string> {
  const folder = join(cacheDir, 'faster-whisper-model');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await symlink(files.weights, join(folder, 'model.bin'));
  await symlink(files.config, join(folder, 'config.json'));
  await symlink(files.tokenizer, join(folder, 'tokenizer.json'));
  await symlink(files.vocabulary, join(folder, 'vocabulary.json'));
  return folder;
}

/** One loaded model; requests one at a time. */
export class FasterWhisper implements AsyncDisposable {
  readonly #process: ReturnType<typeof spawn>;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ReturnType<typeof spawn>, lines: AsyncIterator<string>) {
    this.#process = child;
    this.#lines = lines;
  }

  static async start(python: string, folder: string, threads: number): Promise<FasterWhisper> {
    const child = spawn(python, [SERVER, folder, String(threads)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, OMP_NUM_THREADS: String(threads) },
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const engine = new FasterWhisper(child, lines);
    await engine.#answer();
    return engine;
  }

  /** `path`: raw float32 samples at 16 kHz. */
  async transcribe(path: string, language: string): Promise<{ readonly text: string; readonly ms: number }> {
    this.#process.stdin?.write(`${JSON.stringify({ path, language })}\n`);
    return (await this.#answer()) as { text: string; ms: number };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.stdin?.end();
    await ended;
  }

  async #answer(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('faster-whisper ended; its error stands above');
    return JSON.parse(line.value) as unknown;
  }
}
