import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostMirrors, parseDeb822, parseOneLine } from '#src/cli/asterisk/apt-sources.ts';

describe('the mirrors of this machine', () => {
  it('are read from deb822 stanzas', () => {
    const text = `# The archive
Types: deb deb-src
# moved in May
URIs: http://mirror.example/debian/ https://second.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;
    const signedBy = '/usr/share/keyrings/debian-archive-keyring.gpg';
    expect(parseDeb822(text)).toEqual([
      { uri: 'http://mirror.example/debian/', signedBy },
      { uri: 'https://second.example/debian', signedBy },
    ]);
  });

  it('keep a key that is written into the stanza', () => {
    const key = '\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc';
    const text = `Types: deb\nURIs: http://m.example/debian\nSuites: trixie\nComponents: main\nSigned-By:${key}\n`;
    expect(parseDeb822(text)).toEqual([{ uri: 'http://m.example/debian', signedBy: key }]);
  });

  it.each([
    ['is switched off', 'Enabled: no\nTypes: deb\nURIs: http://m.example/debian\nSuites: trixie\nComponents: main'],
    ['has sources only', 'Types: deb-src\nURIs: http://m.example/debian\nSuites: trixie\nComponents: main'],
    ['has no main', 'Types: deb\nURIs: http://m.example/debian\nSuites: trixie\nComponents: contrib'],
    ['is not Debian', 'Types: deb\nURIs: https://deb.nodesource.com/node\nSuites: nodistro\nComponents: main'],
    ['is a disc', 'Types: deb\nURIs: cdrom:[Debian]/\nSuites: trixie\nComponents: main'],
    ['has updates only', 'Types: deb\nURIs: http://m.example/debian\nSuites: trixie-updates\nComponents: main'],
  ])('do not include a stanza that %s', (_, text) => {
    expect(parseDeb822(text)).toEqual([]);
  });

  it('are read from one-line entries', () => {
    const text = `# deb http://old.example/debian stretch main
deb [ arch=amd64 signed-by=/k.gpg trusted=yes ] http://m.example/debian bookworm main contrib # ours
deb http://security.example/debian-security bookworm-security main
deb-src http://m.example/debian bookworm main
deb http://n.example/debian stable main`;
    expect(parseOneLine(text)).toEqual([
      { uri: 'http://m.example/debian', signedBy: '/k.gpg', isTrusted: true },
      { uri: 'http://n.example/debian' },
    ]);
  });

  it('come from every file, each once, and files that are switched off do not count', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inzwa-apt-'));
    try {
      expect(await hostMirrors(folder)).toEqual([]);
      await mkdir(join(folder, 'sources.list.d'));
      await writeFile(join(folder, 'sources.list'), 'deb http://one.example/debian bookworm main\n');
      await writeFile(join(folder, 'sources.list.d', 'a.list'), 'deb http://one.example/debian trixie main\n');
      await writeFile(join(folder, 'sources.list.d', 'b.list.disabled'), 'deb http://off.example/debian trixie main\n');
      await writeFile(
        join(folder, 'sources.list.d', 'c.sources'),
        'Types: deb\nURIs: http://two.example/debian\nSuites: sid\nComponents: main\n',
      );
      const uris = (await hostMirrors(folder)).map(({ uri }) => uri);
      expect(uris).toEqual(['http://one.example/debian', 'http://two.example/debian']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
