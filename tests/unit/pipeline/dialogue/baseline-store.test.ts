import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baselineStore } from '#pipeline/dialogue/baseline-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inzwa-baseline-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the baseline kept on disk', () => {
  const phrases = ['mhoroi', 'mangwanani'];
  const baseline = new Map([
    ['mhoroi', -4.2],
    ['mangwanani', -5.1],
  ]);

  it('is what was measured, for the same recogniser and phrases only', async () => {
    const store = baselineStore(folder, 'whisper-base', phrases);
    expect(await store.read()).toBeUndefined();
    await store.write(baseline);
    expect(await store.read()).toEqual(baseline);
    expect(await baselineStore(folder, 'whisper-small', phrases).read()).toBeUndefined();
    expect(await baselineStore(folder, 'whisper-base', [...phrases, 'makadii']).read()).toBeUndefined();
  });

  it('is measured anew when the file is damaged', async () => {
    const store = baselineStore(folder, 'whisper-base', phrases);
    await store.write(baseline);
    const [file] = await readdir(join(folder, 'baseline'));
    await writeFile(join(folder, 'baseline', file!), '{"mhoroi": -4.2');
    expect(await store.read()).toBeUndefined();
  });

  it('does without a folder that cannot be written to', async () => {
    await writeFile(join(folder, 'baseline'), 'a file where the folder should be');
    const store = baselineStore(folder, 'whisper-base', phrases);
    await expect(store.write(baseline)).resolves.toBeUndefined();
    expect(await store.read()).toBeUndefined();
  });
});
