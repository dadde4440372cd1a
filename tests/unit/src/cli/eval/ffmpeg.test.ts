import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeWav } from '#pipeline/audio/wav.ts';
import { Ffmpeg } from '#src/cli/eval/ffmpeg.ts';
import { readAudio } from '#src/cli/eval/read-audio.ts';

const { signal } = new AbortController();
let folder = '';
let command = '';

/** Lists GSM but not AMR, "decodes" a file by copying it, and fails on a file that is called bad. */
const STAND_IN = `#!${process.execPath}
const { readFileSync } = require('node:fs');
const args = process.argv.slice(2);
if (args.includes('-encoders')) console.log('Encoders:\\n ------\\n V..... gif  GIF\\n A....D libgsm  libgsm GSM (codec gsm)');
else {
  const input = args[args.indexOf('-i') + 1];
  if (input.endsWith('bad.mp3')) { console.error('first\\nInvalid data found'); process.exitCode = 1; }
  else process.stdout.write(readFileSync(input.startsWith('file:') ? input.slice(5) : 0));
}`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inzwa-ffmpeg-'));
  command = join(folder, 'ffmpeg');
  writeFileSync(command, STAND_IN);
  chmodSync(command, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('is not there when there is no such program', async () => {
  expect(await Ffmpeg.find(join(folder, 'nothing'), { signal })).toBeUndefined();
});

it('knows which encoders it has, and names the package for one that it lacks', async () => {
  const ffmpeg = (await Ffmpeg.find(command, { signal }))!;
  expect(() => ffmpeg.requireCodec({ kind: 'gsm' })).not.toThrow();
  const asked = () => ffmpeg.requireCodec({ kind: 'amr', kbits: 12.2 });
  expect(asked).toThrow(expect.objectContaining({ code: 'INZWA_FFMPEG_MISSING' }));
  expect(asked).toThrow('libavcodec-extra');
});

it('reads what is no WAV file, several channels as their mean', async () => {
  const ffmpeg = await Ffmpeg.find(command, { signal });
  const path = join(folder, 'clip: one.mp3');
  writeFileSync(path, encodeWav({ sampleRateHz: 44_100, channels: [Int16Array.of(8192, 0), Int16Array.of(0, -8192)] }));
  const { samples, sampleRateHz } = await readAudio(path, { ffmpeg, signal });
  expect(sampleRateHz).toBe(44_100);
  expect([...samples]).toEqual([0.125, -0.125]);
});

it('gives back a codec’s audio with the length it had', async () => {
  const ffmpeg = (await Ffmpeg.find(command, { signal }))!;
  const heard = await ffmpeg.roundTrip(Int16Array.of(1, -2, 300), { kind: 'gsm' }, { signal });
  expect([...heard]).toEqual([1, -2, 300]);
});

it('names the file that cannot be read, with the program’s last word', async () => {
  const ffmpeg = await Ffmpeg.find(command, { signal });
  const path = join(folder, 'bad.mp3');
  writeFileSync(path, 'x');
  const read = readAudio(path, { ffmpeg, signal });
  await expect(read).rejects.toMatchObject({ code: 'INZWA_EVAL_AUDIO' });
  await expect(read).rejects.toThrow('bad.mp3: ffmpeg cannot convert it: Invalid data found');
});

it('is asked for where it is missing, and only there', async () => {
  const [wav, mp3] = [join(folder, 'a.wav'), join(folder, 'a.mp3')];
  writeFileSync(wav, encodeWav({ sampleRateHz: 8_000, channels: [Int16Array.of(5)] }));
  writeFileSync(mp3, 'x');
  expect((await readAudio(wav, { ffmpeg: undefined, signal })).samples).toHaveLength(1);
  await expect(readAudio(mp3, { ffmpeg: undefined, signal })).rejects.toThrow('apt install ffmpeg');
});

it.each([
  ['no audio', encodeWav({ sampleRateHz: 8_000, channels: [new Int16Array(0)] })],
  ['RIFF/WAVE', Buffer.from('no wave')],
])('refuses a WAV file: %s', async (why, bytes) => {
  const path = join(folder, 'odd.wav');
  writeFileSync(path, bytes);
  await expect(readAudio(path, { ffmpeg: undefined, signal })).rejects.toThrow(why);
});
