import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entryOf, readConf, sectionsOf, sectionsOfType } from '#src/cli/doctor/conf-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inzwa-conf-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);

describe('readConf', () => {
  it('keeps the line of every section and entry, whatever the spaces and comments around', async () => {
    await write(
      'x.conf',
      '; about\n\n[one] ; first\n  key = a value ; note\nother=>x\n;[two]\n;key=no\nuri=sip:h\\;transport=tls\n',
    );
    const [one] = sectionsOf(readConf(folder, 'x.conf'), 'one');
    expect(one?.at).toEqual({ file: join(folder, 'x.conf'), line: 3 });
    expect(one?.entries.map(({ key, value, at }) => [key, value, at.line])).toEqual([
      ['key', 'a value', 4],
      ['other', 'x', 5],
      ['uri', 'sip:h;transport=tls', 8],
    ]);
  });

  it('does not read what is in a block comment', async () => {
    await write('x.conf', '[a]\n;-- off\nkey=no\n[b]\n--;\nkey=yes\n;--- not a block\n;-- one line --;\nlast=1\n');
    const file = readConf(folder, 'x.conf');
    expect(file?.sections.map(({ name }) => name)).toEqual(['a']);
    expect(file?.sections[0]?.entries.map(({ key, value }) => `${key}=${value}`)).toEqual(['key=yes', 'last=1']);
  });

  it('tells sections of one name apart by their type', async () => {
    await write('x.conf', '[c]\ntype=aor\ncontact=1\n[c]\ntype=endpoint\nallow=alaw\n');
    const file = readConf(folder, 'x.conf');
    expect(entryOf(sectionsOf(file, 'c', 'endpoint')[0], 'allow')?.at.line).toBe(6);
    expect(sectionsOfType(file, 'aor').map(({ name }) => name)).toEqual(['c']);
    expect(sectionsOf(file, 'c', 'auth')).toEqual([]);
  });

  it('gives a section what its templates say, and lets it say otherwise', async () => {
    await write(
      'x.conf',
      '[base](!)\nallow=ulaw\nrtp_timeout=5\n[more](!,base)\ndtmf_mode=info\n[c](more)\nallow=alaw\n',
    );
    const file = readConf(folder, 'x.conf');
    expect(file?.sections.map(({ name }) => name)).toEqual(['c']);
    const [section] = sectionsOf(file, 'c');
    expect(entryOf(section, 'allow')).toMatchObject({ value: 'alaw', at: { line: 7 } });
    expect(entryOf(section, 'rtp_timeout')).toMatchObject({ value: '5', at: { line: 3 } });
    expect(entryOf(section, 'dtmf_mode')?.value).toBe('info');
  });

  it('adds to a section that is taken up again', async () => {
    await write('x.conf', '[a]\none=1\n[b]\ntwo=2\n[a](+)\nthree=3\n');
    const [a, ...others] = sectionsOf(readConf(folder, 'x.conf'), 'a');
    expect(others).toEqual([]);
    expect(a?.entries.map(({ key }) => key)).toEqual(['one', 'three']);
  });

  it('follows includes by name and by pattern, with the file that each line is in', async () => {
    await mkdir(join(folder, 'd'));
    await write('x.conf', '#include "y.conf"\n#include d/*.conf\n#tryinclude <nothing.conf>\n[x]\n');
    await write('y.conf', '[y]\nkey=1\n');
    await write('d/1.conf', '[d1]\n');
    await write('d/2.conf', '[d2]\n');
    const file = readConf(folder, 'x.conf');
    expect(file?.sections.map(({ name, at }) => `${at.file.slice(folder.length + 1)} ${name}`)).toEqual([
      'y.conf y',
      'd/1.conf d1',
      'd/2.conf d2',
      'x.conf x',
    ]);
    expect(file?.missingIncludes).toEqual([]);
  });

  it('names an include that is not there, and survives one that goes round in circles', async () => {
    await write('x.conf', '[x]\n#include "lost.conf"\n');
    expect(readConf(folder, 'x.conf')?.missingIncludes).toEqual([{ file: join(folder, 'x.conf'), line: 2 }]);
    await write('a.conf', '[a](b)\n[b](!,b)\nkey=1\n#include "a.conf"\n');
    expect(sectionsOf(readConf(folder, 'a.conf'), 'a').length).toBeGreaterThan(0);
  });

  it('is undefined where there is no file', () => {
    expect(readConf(folder, 'none.conf')).toBeUndefined();
  });
});
