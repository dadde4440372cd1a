/** `inzwa eval asr` as a researcher uses it: a folder of recordings, a table, real Whisper. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocalModels } from '#models/catalogue.ts';
import { rmsDbPcm16 } from '#pipeline/audio/level.ts';
import { encodeWav } from '#pipeline/audio/wav.ts';
import { Ffmpeg } from '#src/cli/eval/ffmpeg.ts';
import { readAudio } from '#src/cli/eval/read-audio.ts';
import { speakTexts } from '#src/cli/demo/caller-voice.ts';
import { loadLanguage } from '#prompts/language.ts';
import { vitsSpec } from '#src/engines.ts';
import { tone, toneLevelDbfs } from '../support/tone.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const SENTENCES = [
  'Kiriniki inovhura nguvai mangwana?',
  'Mwana wangu ari kupisa muviri.',
  'Ndinoda kutaura nemunhu.',
  'Ndingawana sei chitupa chekuberekwa?',
  'Kiriniki iri kupi?',
  'Ndinotenda zvikuru.',
];
const { signal } = new AbortController();
const PROGRAM = 'ffmpeg';
const FFMPEG = spawnSync(PROGRAM, ['-hide_banner', '-encoders'], { encoding: 'utf8' });
const hasEncoder = (name: string): boolean => FFMPEG.error === undefined && FFMPEG.stdout.includes(` ${name} `);

let folder = '';
const at = (name: string): string => join(folder, name);
const names = SENTENCES.map((_, index) => `${index}.wav`);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'inzwa-eval-'));
  const voice = await (await openLocalModels()).open('piper-joe');
  const spoken = await speakTexts(SENTENCES, {
    vits: vitsSpec(voice, loadLanguage('sn').definition),
    speakable: (text) => text,
    signal,
  });
  for (const place of ['clips', 'audio/dev']) {
    mkdirSync(at(place), { recursive: true });
    for (const [index, pcm] of spoken.entries()) {
      writeFileSync(at(`${place}/${index}.wav`), encodeWav({ sampleRateHz: 8_000, channels: [pcm] }));
    }
  }
  const table = (name: string, rows: readonly string[]): void => writeFileSync(at(name), `${rows.join('\n')}\n`);
  const rows = (of: (name: string, text: string, index: number) => string): string[] =>
    names.map((name, index) => of(name, SENTENCES[index]!, index));
  table(
    'dev.tsv',
    rows((name, text, n) => `${n}\t${name}\t${text}\t${text.toLowerCase()}\tx\t9\tMALE`),
  );
  table('voice.tsv', [
    'client_id\tpath\tsentence\tup_votes',
    ...rows((name, text, n) => `s${n % 2}\t${name}\t${text}\t2`),
  ]);
  table(
    'waxal.jsonl',
    rows((name, text, n) =>
      JSON.stringify({
        id: `sna_${n}`,
        speaker_id: `s${n % 2}`,
        transcription: text,
        audio: { path: `clips/${name}` },
      }),
    ),
  );
  table('plain.csv', ['audio,text', ...rows((name, text) => `clips/${name},"${text}"`)]);
  table('faulty.csv', [
    'audio,text',
    `clips/0.wav,${SENTENCES[0]!}`,
    'clips/gone.wav,ehe',
    'clips/1.wav,',
    'voice.tsv,ehe',
  ]);
  table('long.csv', ['audio,text', ...Array.from({ length: 40 }, () => `clips/0.wav,${SENTENCES[0]!}`)]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly printed: string;
}

/** `whilePrinting` sees everything that was printed so far, each time something is. */
async function evalAsr(
  args: readonly string[],
  whilePrinting: (printed: string, child: { kill(name: NodeJS.Signals): boolean }) => void = () => undefined,
): Promise<Ran> {
  const child = spawn(process.execPath, ['src/cli/inzwa.ts', 'eval', 'asr', ...args], { cwd: PROJECT });
  let printed = '';
  const note = (text: string): void => {
    printed += text;
    whilePrinting(printed, child);
  };
  child.stdout.setEncoding('utf8').on('data', note);
  child.stderr.setEncoding('utf8').on('data', note);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, printed };
}

interface Json {
  readonly isPartial: boolean;
  readonly summary: {
    readonly utterances: number;
    readonly engines: readonly { readonly forms: Record<string, Record<string, { value: number; errors: number }>> }[];
  };
  readonly problems: readonly { readonly line: number; readonly kind: string }[];
}
const json = (name: string): Json => JSON.parse(readFileSync(at(name), 'utf8')) as Json;

describe('inzwa eval asr', () => {
  it('reads the same recordings out of every layout, to the same figures', async () => {
    const errors: unknown[] = [];
    for (const [table, layout] of [
      ['dev.tsv', 'FLEURS'],
      ['voice.tsv', 'Common Voice'],
      ['waxal.jsonl', 'WAXAL'],
      ['plain.csv', 'plain'],
    ]) {
      const { code, printed } = await evalAsr(['--manifest', at(table!), '--json', at('report.json')]);
      expect(code, printed).toBe(0);
      expect(printed).toContain(`${layout!} (`);
      const { summary } = json('report.json');
      expect(summary.utterances).toBe(SENTENCES.length);
      errors.push(summary.engines[0]!.forms);
    }
    expect(errors.slice(1).map((of) => JSON.stringify(of).replaceAll(/"(?:low|high)":[^,}]+/gu, ''))).toEqual(
      errors.slice(1).map(() => JSON.stringify(errors[0]).replaceAll(/"(?:low|high)":[^,}]+/gu, '')),
    );
  });

  it('hears primed what it does not hear otherwise, over a telephone line, and writes words only when asked', async () => {
    const args = ['--manifest', at('voice.tsv'), '--line', 'phone', '--json', at('report.json')];
    await evalAsr(args);
    const alone = json('report.json').summary.engines[0]!.forms['normalised']!['wer']!.value;
    expect(readFileSync(at('report.json'), 'utf8')).not.toMatch(/kiriniki inovhura|mwana wangu/iu);
    const { printed } = await evalAsr([...args, '--prompt-hotline', 'kiriniki', '--tsv', at('words.tsv')]);
    expect(printed).toContain('primed with the hotline kiriniki');
    expect(json('report.json').summary.engines[0]!.forms['normalised']!['wer']!.value).toBeLessThan(alone - 0.2);
    const rows = readFileSync(at('words.tsv'), 'utf8').trimEnd().split('\n');
    expect(rows).toHaveLength(1 + SENTENCES.length);
    expect(rows[1]).toContain(SENTENCES[0]!);
  });

  it('names what it had to leave out, and says so by its exit code', async () => {
    const { code, printed } = await evalAsr(['--manifest', at('faulty.csv'), '--json', at('report.json')]);
    expect(code).toBe(1);
    expect(printed).toContain('4 rows, 1 evaluated, 3 left out');
    expect(json('report.json').problems.map(({ line, kind }) => [line, kind])).toEqual([
      [3, 'missing-file'],
      [4, 'row'],
      [5, 'audio'],
    ]);
  });

  it('reports what it has heard when it is interrupted', async () => {
    let isStopped = false;
    const { code, printed } = await evalAsr(
      ['--manifest', at('long.csv'), '--json', at('report.json')],
      (sofar, child) => {
        if (isStopped || !sofar.includes('recordings')) return;
        isStopped = true;
        child.kill('SIGINT');
      },
    );
    expect(code).toBe(130);
    expect(printed).toContain('evaluated before it was stopped');
    const { isPartial, summary } = json('report.json');
    expect(isPartial).toBe(true);
    expect(summary.utterances).toBeGreaterThan(0);
    expect(summary.utterances).toBeLessThan(40);
  });

  it('refuses a wrong option with its help', async () => {
    const { code, printed } = await evalAsr(['--manifest', at('plain.csv'), '--line', 'satellite']);
    expect(code).toBe(2);
    expect(printed).toContain('--line is one of clean, phone');
  });
});

describe('ffmpeg, where it is installed', () => {
  const speech = tone(700, 2_000, -12);
  const open = async (): Promise<Ffmpeg> => (await Ffmpeg.find(PROGRAM, { signal }))!;

  it.skipIf(!hasEncoder('libgsm'))('takes a tone through GSM and back (needs an ffmpeg with libgsm)', async () => {
    const heard = await (await open()).roundTrip(speech, { kind: 'gsm' }, { signal });
    expect(heard).toHaveLength(speech.length);
    expect(toneLevelDbfs(heard, 700)).toBeCloseTo(-12, -1);
    expect(heard).not.toEqual(speech);
  });

  it.skipIf(!hasEncoder('libopencore_amrnb'))(
    'takes a tone through AMR and back, worse at 4.75 than at 12.2 kbit/s (needs libavcodec-extra)',
    async () => {
      const ffmpeg = await open();
      const [low, high] = await Promise.all(
        [4.75, 12.2].map((kbits) => ffmpeg.roundTrip(speech, { kind: 'amr', kbits }, { signal })),
      );
      expect(low).toHaveLength(speech.length);
      for (const heard of [low!, high!]) expect(rmsDbPcm16(heard)).toBeCloseTo(rmsDbPcm16(speech), -1);
      expect(low).not.toEqual(high);
    },
  );

  it.skipIf(!hasEncoder('flac'))('reads a FLAC file of another rate (needs ffmpeg)', async () => {
    const wav = at('tone.wav');
    writeFileSync(wav, encodeWav({ sampleRateHz: 8_000, channels: [speech] }));
    const flac = at('tone.flac');
    spawnSync(PROGRAM, ['-v', 'error', '-nostdin', '-i', wav, '-ar', '44100', '-ac', '2', flac]);
    const { samples, sampleRateHz } = await readAudio(flac, { ffmpeg: await open(), signal });
    expect(sampleRateHz).toBe(44_100);
    expect(samples.length / sampleRateHz).toBeCloseTo(2, 2);
  });
});
