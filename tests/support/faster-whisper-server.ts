/** faster-whisper with the weights of this machine behind OpenAI's transcription interface: a real server for tests. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openLocalModels } from '#models/catalogue.ts';
import { fasterWhisperPython, modelFolder } from '#src/cli/bench/whisper/faster-whisper.ts';

const PROGRAM = join(import.meta.dirname, 'faster-whisper-server.py');

export class FasterWhisperServer implements AsyncDisposable {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, process: ChildProcess, folder: string) {
    this.url = url;
    this.#process = process;
    this.#folder = folder;
  }

  /** Installs faster-whisper beside the models on first use; needs Python 3 with venv, and PyPI once. */
  static async start(modelId: string, { signal }: { readonly signal: AbortSignal }): Promise<FasterWhisperServer> {
    const models = await openLocalModels();
    const { files } = await models.open(modelId);
    const { weights = '', config = '', tokenizer = '', vocabulary = '' } = files;
    const python = await fasterWhisperPython(join(models.folder, '..', 'bench'), signal);
    const folder = await mkdtemp(join(tmpdir(), 'inzwa-faster-whisper-'));
    const model = await modelFolder({ weights, config, tokenizer, vocabulary }, folder);
    const child = spawn(python, [PROGRAM, model, '1'], { stdio: ['ignore', 'pipe', 'inherit'], signal });
    child.on('error', () => undefined);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line', { signal })) as [string];
    const { port } = JSON.parse(line) as { port: number };
    return new FasterWhisperServer(`http://127.0.0.1:${port}/v1`, child, folder);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) {
      const exited = once(this.#process, 'exit');
      this.#process.kill();
      await exited;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
