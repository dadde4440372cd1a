import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LocalModels, readCatalogue } from '#models/catalogue.ts';
import { modelsFolder } from '#models/folder.ts';
import { idsOf, parseCatalogue } from '#models/schema.ts';
import { verifyByStamp } from '#models/verify.ts';
import { piecesOf } from '#models/transfers.ts';
import { noise } from './tiny-archives.ts';
import { sha256, sourcesFrom, temporaryFolder } from './tiny-models.ts';

const signal = new AbortController().signal;

function problemsOf(change: (catalogue: Record<string, never>) => void, catalogue: object): string {
  const copy = structuredClone(catalogue) as Record<string, never>;
  change(copy);
  try {
    parseCatalogue(JSON.stringify(copy), 'models/catalogue.json');
  } catch (error) {
    expect(error).toMatchObject({ code: 'INZWA_MODEL_CATALOGUE' });
    return (error as Error).message;
  }
  throw new Error('the catalogue was accepted');
}

describe('the catalogue', () => {
  it('has a default profile that needs no hub and no trust', async () => {
    const catalogue = await readCatalogue();
    for (const id of idsOf(catalogue.profiles['default']!)) {
      const model = catalogue.models.find((entry) => entry.id === id)!;
      for (const file of Object.values(model.files)) {
        expect(file.unverified).toBeUndefined();
        expect(file.sources.some((source) => piecesOf(source).every((piece) => piece.kind !== 'huggingface'))).toBe(
          true,
        );
      }
    }
  });

  it('gives every profile a model of the right task', async () => {
    const catalogue = await readCatalogue();
    for (const profile of Object.values(catalogue.profiles)) {
      for (const [task, id] of Object.entries(profile)) {
        expect(catalogue.models.find((model) => model.id === id)?.task).toBe(task);
      }
    }
  });

  it('has parts that add up to the whole', async () => {
    const { models } = await readCatalogue();
    for (const file of models.flatMap((model) => Object.values(model.files))) {
      for (const source of file.sources) {
        if (source.kind !== 'joined') continue;
        expect(source.parts.reduce((sum, part) => sum + part.bytes, 0)).toBe(file.bytes);
      }
    }
  });

  it('names the file and the JSON path of what is wrong', async () => {
    const catalogue = await readCatalogue();
    const wrongHash = problemsOf((copy) => {
      (copy as unknown as { models: { files: { model: { sha256: string } } }[] }).models[0]!.files.model.sha256 = 'abc';
    }, catalogue);
    expect(wrongHash).toContain('models/catalogue.json');
    expect(wrongHash).toContain('$.models[0].files.model.sha256: must be 64 lower-case hexadecimal digits');
    const noHash = problemsOf((copy) => {
      delete (copy as unknown as { models: { files: { model: { sha256?: string } } }[] }).models[0]!.files.model.sha256;
    }, catalogue);
    expect(noHash).toContain('$.models[0].files.model: needs bytes and sha256, or "unverified": true');
    const unknownId = problemsOf((copy) => {
      (copy as unknown as { profiles: Record<string, Record<string, string>> }).profiles['default']!['asr'] = 'nobody';
    }, catalogue);
    expect(unknownId).toContain('$.profiles.default.asr: no model is called "nobody"');
    const escaping = problemsOf((copy) => {
      (copy as unknown as { models: { files: { model: { name: string } } }[] }).models[0]!.files.model.name = '../x';
    }, catalogue);
    expect(escaping).toContain('$.models[0].files.model.name: must be a plain file name');
    expect(() => parseCatalogue('{', 'some.json')).toThrow(/some\.json is not JSON/);
  });

  it('names what it knows when asked for what it does not', async () => {
    const models = new LocalModels({
      catalogue: await readCatalogue(),
      folder: await temporaryFolder(),
      sources: sourcesFrom({}),
    });
    await expect(models.open('whisper-enormous')).rejects.toMatchObject({
      code: 'INZWA_MODEL_UNKNOWN',
      message: expect.stringMatching(/whisper-enormous.*Known: silero-vad, whisper-base/) as string,
    });
    expect(() => models.profile('nobody')).toThrow(/Known: default, shona/);
    expect(models.profile('default,asr=my-shona-whisper')).toMatchObject({ asr: 'my-shona-whisper', tts: 'piper-joe' });
    expect(() => models.profile('default,ear=mine')).toThrow(/Known: vad=<model id>, asr=<model id>/);
    expect(() => models.profile('default,asr=')).toThrow(/asr=/);
    await expect(models.open('silero-vad')).rejects.toMatchObject({
      code: 'INZWA_MODEL_MISSING',
      message: expect.stringContaining('models pull silero-vad') as string,
    });
  });
});

describe('verifyByStamp', () => {
  it('reads a file once, and again when its time or size has changed', async () => {
    const folder = await temporaryFolder();
    const data = noise(3_000);
    const path = join(folder, 'a.bin');
    await writeFile(path, data);
    const files = [{ role: 'model', name: 'a.bin', path, bytes: data.length, sha256: sha256(data) }];
    let readBytes = 0;
    const verify = (): Promise<void> =>
      verifyByStamp(folder, 'a', files, { signal, onBytes: (bytes) => (readBytes += bytes) });
    await verify();
    await verify();
    expect(readBytes).toBe(3_000);
    await utimes(path, new Date(1_000), new Date(2_000));
    await verify();
    expect(readBytes).toBe(6_000);
    await writeFile(path, data.subarray(1));
    await expect(verify()).rejects.toMatchObject({
      code: 'INZWA_MODEL_HASH',
      message: expect.stringContaining('expected 3000 bytes, got 2999 bytes') as string,
    });
    await writeFile(path, noise(3_000, 2));
    await expect(verify()).rejects.toMatchObject({ code: 'INZWA_MODEL_HASH' });
  });

  it('does not believe a stamp of another hash', async () => {
    const folder = await temporaryFolder();
    const data = noise(300);
    const path = join(folder, 'a.bin');
    await writeFile(path, data);
    const file = { role: 'model', name: 'a.bin', path, bytes: data.length };
    await verifyByStamp(folder, 'a', [{ ...file, sha256: sha256(data) }], { signal });
    const other = verifyByStamp(folder, 'a', [{ ...file, sha256: sha256(noise(1)) }], { signal });
    await expect(other).rejects.toMatchObject({ code: 'INZWA_MODEL_HASH' });
  });
});

describe('modelsFolder', () => {
  it('is what INZWA_MODELS_DIR says, else the cache folder of the platform', () => {
    expect(modelsFolder({ INZWA_MODELS_DIR: '/srv/models' }, 'linux')).toBe('/srv/models');
    expect(modelsFolder({ INZWA_MODELS_DIR: '', XDG_CACHE_HOME: '/cache' }, 'linux')).toBe('/cache/inzwa/models');
    expect(modelsFolder({}, 'linux')).toMatch(/\/\.cache\/inzwa\/models$/);
    expect(modelsFolder({}, 'darwin')).toMatch(/Library\/Caches\/inzwa\/models$/);
  });
});
