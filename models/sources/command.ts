/** Runs the package managers. They get their own process group, so that Ctrl-C reaches us first and we decide what stays. */
import { spawn } from 'node:child_process';

export interface CommandResult {
  /** Exit code; 127 when there is no such program, 128 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves whatever the exit code is; rejects only with the signal's reason, after the program has really ended. */
export type RunCommand = (
  command: string,
  args: readonly string[],
  opts: { readonly signal: AbortSignal; readonly cwd?: string; readonly env?: Readonly<Record<string, string>> },
) => Promise<CommandResult>;

const IS_WINDOWS = process.platform === 'win32';
/** A package manager prints a few kilobytes; more than this is noise that we do not keep. */
const KEPT_CHARACTERS = 64 * 1024;

export const runCommand: RunCommand = (command, args, { signal, cwd, env }) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: !IS_WINDOWS,
      // npm is a .cmd on Windows, which cannot be started without a shell.
      shell: IS_WINDOWS,
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] = (output[name] + text).slice(-KEPT_CHARACTERS);
      });
    }
    const kill = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(IS_WINDOWS ? child.pid : -child.pid, 'SIGTERM');
      } catch {
        child.kill('SIGKILL'); // the group is gone already, or was never made
      }
    };
    signal.addEventListener('abort', kill, { once: true });
    const finish = (code: number, extra = ''): void => {
      signal.removeEventListener('abort', kill);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve({ code, stdout: output.stdout, stderr: output.stderr + extra });
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      finish(error.code === 'ENOENT' ? 127 : 126, error.message);
    });
    child.on('close', (code) => {
      finish(code ?? 128);
    });
  });
