/** Runs the developer's tools (vitest, eslint …) of this checkout on the project's own Node. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InzwaError } from '#kernel/errors.ts';

/** The folder of package.json. */
export const PROJECT_FOLDER = fileURLToPath(new URL('../../', import.meta.url));

const SIGNAL_EXIT = 128;

/** Resolves to the exit code of the package's command; its output goes to our own. */
export async function runTool(
  packageName: string,
  args: readonly string[],
  { bin = packageName }: { readonly bin?: string } = {},
): Promise<number> {
  const script = await toolScript(packageName, bin);
  const path = [join(PROJECT_FOLDER, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd: PROJECT_FOLDER,
      stdio: 'inherit',
      env: { ...process.env, PATH: path },
    });
    const forward = (signal: NodeJS.Signals): void => {
      child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM'] as const;
    for (const signal of signals) process.on(signal, forward);
    child.on('error', reject);
    child.on('close', (code) => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code ?? SIGNAL_EXIT);
    });
  });
}

async function toolScript(packageName: string, bin: string): Promise<string> {
  const manifest = join(PROJECT_FOLDER, 'node_modules', packageName, 'package.json');
  try {
    const { bin: bins } = JSON.parse(await readFile(manifest, 'utf8')) as { bin: string | Record<string, string> };
    const script = typeof bins === 'string' ? bins : bins[bin];
    if (script !== undefined) return join(dirname(manifest), script);
  } catch (cause) {
    throw new InzwaError('INZWA_CONFIG_INVALID', `${packageName} is not installed: run npm install`, { cause });
  }
  throw new InzwaError('INZWA_CONFIG_INVALID', `${packageName} has no command ${bin}`);
}
