import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { locateAudio } from '#src/cli/eval/locate-audio.ts';
import { readManifest } from '#src/cli/eval/manifest.ts';

let home = '';
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'inzwa-locate-'))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

function file(path: string): string {
  const whole = join(home, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, '12345');
  return whole;
}

const locate = (text: string, name: string, audioFolder?: string) =>
  locateAudio(readManifest(Buffer.from(text), name), { manifestPath: join(home, name), audioFolder });

it('finds FLEURS recordings in the folder that is called like the table', async () => {
  const there = file('audio/dev/1.wav');
  const { entries, problems } = await locate('1\t1.wav\tehe\tehe\te h e\t9\tMALE\n', 'dev.tsv');
  expect(problems).toEqual([]);
  expect(entries).toEqual([expect.objectContaining({ path: there, bytes: 5, line: 1 })]);
});

it('finds Common Voice recordings in clips, and WAXAL recordings by their id', async () => {
  const clip = file('clips/a.mp3');
  const byId = file('audio/sna_1.flac');
  const voice = await locate('client_id\tpath\tsentence\nx\ta.mp3\tehe\n', 'test.tsv');
  const waxal = await locate('id,speaker_id,transcription\nsna_1,7,ehe\n', 'sna.csv');
  expect([...voice.entries, ...waxal.entries].map(({ path }) => path)).toEqual([clip, byId]);
});

it('looks only in the folder that is named, and finds there what the table has with the path of another machine', async () => {
  file('audio/a.wav');
  const there = file('elsewhere/b.wav');
  const text = 'audio,text\na.wav,ehe\n/home/rudo/data/b.wav,kwete\n';
  const { entries, problems } = await locate(text, 'x.csv', join(home, 'elsewhere'));
  expect(entries.map(({ path }) => path)).toEqual([there]);
  expect(problems).toEqual([
    { line: 2, kind: 'missing-file', reason: `there is no file a.wav in ${join(home, 'elsewhere')}` },
  ]);
});

it('takes no folder for a recording', async () => {
  mkdirSync(join(home, 'a.wav'));
  const { problems } = await locate('audio,text\na.wav,ehe\n', 'x.csv');
  expect(problems).toHaveLength(1);
});
