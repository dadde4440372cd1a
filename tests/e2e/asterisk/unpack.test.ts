/** How Asterisk is brought here, with an apt-get and a dpkg-deb that only pretend: the real ones run once, for every other test. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import { asteriskFolder, ensureAsterisk, type EnsureAsteriskOptions } from '#src/cli/asterisk/unpack.ts';

const VERSION = '1:99.1.0+dfsg-1';
const APT_GET = `echo "$*" >>"$STATE/asked"
cache=$(echo "$*" | sed -n 's/.*Dir::Cache=\\([^ ]*\\).*/\\1/p')
parts=$(echo "$*" | sed -n 's/.*Dir::Etc::sourceparts=\\([^ ]*\\).*/\\1/p')
case "$*" in
  *update*) grep URIs "$parts/debian.sources" >>"$STATE/mirrors"; if grep -q "$(cat "$STATE/dead" 2>/dev/null || echo none)" "$parts/debian.sources"; then echo "E: $(cat "$STATE/words")" >&2; exit 100; fi;;
  *install*) touch "$cache/archives/asterisk.deb" "$cache/archives/libc6.deb";;
esac`;
const APT_CACHE = `echo "asterisk:"; echo "  Candidate: ${VERSION}"`;
const DPKG_DEB = `echo "$*" >>"$STATE/unpacked"
if [ -e "$STATE/slow" ]; then touch "$STATE/started"; sleep 30; fi
L="$3/usr/lib/x-linux-gnu"; mkdir -p "$L/asterisk/modules" "$3/usr/share/asterisk/documentation" "$3/usr/sbin"
touch "$L/asterisk/modules/chan_websocket.so" "$3/usr/share/asterisk/documentation/core-en_US.xml" "$3/usr/sbin/asterisk"
printf '#!/bin/sh\\necho Asterisk 99.1.0+dfsg\\n' >"$L/ld-linux-x.so.2"; chmod +x "$L/ld-linux-x.so.2"`;

let state: string;
let tools: string;
let folder: string;

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'inzwa-unpack-'));
  tools = join(state, 'bin');
  folder = join(state, 'cache', 'asterisk');
  await mkdir(tools);
  for (const [name, body] of Object.entries({ 'apt-get': APT_GET, 'apt-cache': APT_CACHE, 'dpkg-deb': DPKG_DEB })) {
    await writeFile(join(tools, name), `#!/bin/sh\nSTATE=${state}\n${body}\n`);
    await chmod(join(tools, name), 0o755);
  }
  vi.stubEnv('PATH', `${tools}:/usr/bin:/bin`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(state, { recursive: true, force: true });
});

const mirrors = [{ uri: 'http://one.example/debian' }, { uri: 'http://two.example/debian', signedBy: '/k.gpg' }];
const ensure = (options: Partial<EnsureAsteriskOptions> = {}): ReturnType<typeof ensureAsterisk> =>
  ensureAsterisk({
    clock: systemClock,
    signal: new AbortController().signal,
    folder,
    mirrors,
    isPathAllowed: false,
    ...options,
  });
const said = (name: string): Promise<string> => readFile(join(state, name), 'utf8').catch(() => '');

describe('ensureAsterisk', () => {
  it('unpacks what apt-get fetched, and the next time asks nobody', async () => {
    const events: string[] = [];
    const install = await ensure({ onProgress: ({ kind }) => events.push(kind) });
    const root = join(folder, '99.1.0+dfsg-1');
    expect(install).toEqual({
      command: join(root, 'usr/lib/x-linux-gnu/ld-linux-x.so.2'),
      leadingArgs: ['--library-path', join(root, 'usr/lib/x-linux-gnu'), join(root, 'usr/sbin/asterisk')],
      modulesDir: join(root, 'usr/lib/x-linux-gnu/asterisk/modules'),
      dataDir: join(root, 'usr/share/asterisk'),
      version: '99.1.0',
    });
    expect(events).toEqual(['looking-up', 'fetching', 'unpacking', 'unpacking', 'unpacking']);
    expect(await readdir(folder)).toEqual(['99.1.0+dfsg-1']);
    const asked = await said('asked');
    expect(await ensure()).toEqual(install);
    expect(await said('asked')).toBe(asked);
  });

  it('fetches once when several ask at the same time', async () => {
    const installs = await Promise.all([ensure(), ensure(), ensure()]);
    expect(new Set(installs.map(({ command }) => command)).size).toBe(1);
    expect((await said('mirrors')).trim().split('\n')).toHaveLength(1);
  });

  it('does not trust a folder that was left half-way, and clears it away', async () => {
    await mkdir(join(folder, '.unpack-old', 'root'), { recursive: true });
    await mkdir(join(folder, '98.0'), { recursive: true });
    await ensure();
    expect((await readdir(folder)).sort()).toEqual(['98.0', '99.1.0+dfsg-1']);
  });

  it('goes on to the next mirror, with the key of that one', async () => {
    await writeFile(join(state, 'dead'), 'one.example');
    await writeFile(join(state, 'words'), 'The repository has no Release file');
    await ensure();
    expect(await said('mirrors')).toBe('URIs: http://one.example/debian\nURIs: http://two.example/debian\n');
  });

  it.each([
    ['Could not connect to one.example:80', 'the mirror could not be reached', true],
    ['You don’t have enough free space: No space left on device', 'INZWA_ASTERISK_DIR', false],
    ['http://user:secret@one.example/debian is not signed: NO_PUBKEY 1234', 'debian-archive-keyring', false],
    ['something odd at http://user:secret@one.example/debian', '<address>', false],
  ])('says what to do: %s', async (words, advice, isRetryable) => {
    await writeFile(join(state, 'dead'), 'example');
    await writeFile(join(state, 'words'), words);
    const error: unknown = await ensure().catch((thrown: unknown) => thrown);
    expect(isInzwaError(error, 'INZWA_ASTERISK_INSTALL') && error.retryable).toBe(isRetryable);
    expect(String(error)).toContain(advice);
    expect(String(error)).not.toContain('secret');
    expect(await readdir(folder)).toEqual([]);
  });

  it('says what to do where there is no apt-get', async () => {
    vi.stubEnv('PATH', '/nowhere');
    const error: unknown = await ensure().catch((thrown: unknown) => thrown);
    expect(isInzwaError(error, 'INZWA_ASTERISK_INSTALL')).toBe(true);
    expect(String(error)).toContain('install Asterisk 22.8 or newer');
  });

  it('says what to do where its folder cannot be', async () => {
    await writeFile(join(state, 'cache'), 'a file');
    await expect(ensure()).rejects.toThrow(/cannot be unpacked to .* set INZWA_ASTERISK_DIR/);
  });

  it('stops in the middle when it is told to, and leaves nothing half-way', async () => {
    await writeFile(join(state, 'slow'), '');
    const controller = new AbortController();
    const working = ensure({ signal: controller.signal });
    const isStarted = (): Promise<boolean> => said('unpacked').then((text) => text !== '');
    while (!(await isStarted())) await systemClock.sleep(10, { signal: AbortSignal.timeout(5_000) });
    controller.abort(new Error('enough'));
    await expect(working).rejects.toThrow('enough');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('asteriskFolder', () => {
  it('is what the environment says, else in the user’s cache', () => {
    expect(asteriskFolder({ INZWA_ASTERISK_DIR: '/srv/asterisk' })).toBe('/srv/asterisk');
    expect(asteriskFolder({ XDG_CACHE_HOME: '/c' })).toBe('/c/inzwa/asterisk');
    expect(asteriskFolder({})).toMatch(/\.cache\/inzwa\/asterisk$/);
  });
});
