import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeWav, encodeWav } from '#pipeline/audio/wav.ts';
import { WhisperEngine } from '#pipeline/recognition/whisper-engine.ts';
import { readConfig } from '#src/config.ts';
import { judgeCall, type HearingInput } from '#src/cli/demo/hearing.ts';
import type { CallRecord } from '#src/cli/demo/record.ts';
import { KIRINIKI_CALL } from '#src/cli/demo/script.ts';
import { knownAnswers, openStage, type Stage } from '#src/cli/demo/stage.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const CALL_MS = 280_000;

interface Finished {
  readonly code: number | null;
  readonly output: string;
}

function demo(args: readonly string[]): { readonly child: ChildProcess; readonly finished: Promise<Finished> } {
  const child = spawn(process.execPath, ['src/cli/inzwa.ts', 'demo', ...args], { cwd: PROJECT });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  const finished = new Promise<Finished>((resolve) => child.once('close', (code) => resolve({ code, output })));
  return { child, finished };
}

async function childrenOf(pid: number): Promise<number[]> {
  const tasks = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return tasks.split(' ').filter(Boolean).map(Number);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the demo', () => {
  let folder: string;
  let result: Finished;
  let record: CallRecord;
  let stage: Stage;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inzwa-demo-'));
    stage = await openStage(readConfig({ ...process.env }), new AbortController().signal);
    result = await demo(['--json', join(folder, 'call.json')]).finished;
    record = JSON.parse(await readFile(join(folder, 'call.json'), 'utf8')) as CallRecord;
  }, CALL_MS);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The files beside the record of the same call. */
  const leftBehind = async (name: string): Promise<Buffer> => {
    const stamp = record.startedAt.slice(0, 19).replaceAll(':', '-');
    return readFile(join(PROJECT, 'out/demo', stamp, name));
  };

  it('ends with 0, every expected answer heard', () => {
    expect(result.output).not.toContain('✗');
    expect(record.verdicts.map(({ outcome }) => outcome)).toEqual(new Array(7).fill('heard'));
    expect(result.code).toBe(0);
  });

  it('speaks with the cards that were asked for, one of which is cut off', () => {
    const expected = KIRINIKI_CALL.lines.map(({ expected: answer }) => answer);
    for (const [line, turn] of record.turns.entries()) {
      if (expected[line]?.startsWith('card:')) expect(`card:${turn.cardId}`).toBe(expected[line]);
    }
    expect(record.turns.filter((turn) => turn.yield === 'yielded')).toHaveLength(1);
    expect(record.events.some((event) => event.kind === 'agent-said' && !event.isComplete)).toBe(true);
  });

  it('leaves a stereo recording, a record and a picture that agree in length', async () => {
    const { channels, sampleRateHz } = decodeWav(await leftBehind('call.wav'));
    expect(channels).toHaveLength(2);
    expect((channels[0]!.length * 1000) / sampleRateHz).toBeCloseTo(record.durationMs, 0);
    const svg = (await leftBehind('timeline.svg')).toString();
    expect(svg).toContain('</svg>');
    for (const { text } of record.lines) expect(svg).toContain(text.split(' ')[0]);
  });

  describe('judges by the recording alone', () => {
    const judge = async (over: Partial<HearingInput> & { heard?: Int16Array }) => {
      const { channels } = decodeWav(await leftBehind('call.wav'));
      const [caller, heard] = channels as [Int16Array, Int16Array];
      return judgeCall({
        recording: { sampleRateHz: 8000, caller, heard: over.heard ?? heard, startedAtMs: 0 },
        lines: record.lines,
        turns: record.turns,
        welcome: KIRINIKI_CALL.welcome,
        expected: KIRINIKI_CALL.lines.map(({ expected }) => expected),
        answers: knownAnswers(stage.hotline),
        recognizer: await WhisperEngine.create(stage.whisper),
        sounds: stage.hotline.pack.language,
        signal: new AbortController().signal,
        ...over,
      });
    };

    it('so that another answer than the expected one is not "heard"', async () => {
      const expected = KIRINIKI_CALL.lines.map((line) => line.expected);
      [expected[1], expected[2]] = [expected[2], expected[1]];
      const verdicts = await judge({ expected });
      expect(verdicts.map(({ outcome }) => outcome)).toEqual([
        'heard',
        'heard',
        'other-answer',
        'other-answer',
        'heard',
        'heard',
        'heard',
      ]);
      expect(verdicts[2]?.message).toContain('nguva-dzekuvhura');
    });

    it('so that a silent line has no answer, whatever the service said', async () => {
      const verdicts = await judge({ heard: new Int16Array(record.durationMs * 8) });
      expect(new Set(verdicts.map(({ outcome }) => outcome))).toEqual(new Set(['silent']));
    });
  });
});

describe('the demo with lines of one’s own', () => {
  it(
    'plays a recording of any rate, and ends when it is answered',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'inzwa-demo-'));
      const samples = Int16Array.from({ length: 16_000 }, (_, i) => 6000 * Math.sin(i * i * 4e-5));
      await writeFile(join(folder, 'one.wav'), encodeWav({ sampleRateHz: 16_000, channels: [samples] }));
      const json = join(folder, 'call.json');
      const asked = ['--text', 'Munovhura nguvai?', '--wav', join(folder, 'one.wav'), '--json', json];
      const { output } = await demo(asked).finished;
      const record = JSON.parse(await readFile(json, 'utf8')) as CallRecord;
      expect(record.lines.map(({ text }) => text)).toEqual(['Munovhura nguvai?', expect.stringContaining('one.wav')]);
      expect(record.verdicts[1]?.outcome).toBe('heard');
      expect(output).toContain('timeline.svg');
      await rm(folder, { recursive: true, force: true });
    },
    CALL_MS,
  );

  it('refuses what is no recording with its name', async () => {
    const { code, output } = await demo(['--wav', 'package.json']).finished;
    expect(code).toBe(1);
    expect(output).toContain('package.json');
  });

  /** Resolves with the service's process when the call is being placed. */
  const calling = async (child: ChildProcess): Promise<number> => {
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (data: Buffer) => {
        if (data.toString().includes('Calling')) resolve();
      });
    });
    const services = await childrenOf(child.pid ?? 0);
    expect(services).toHaveLength(1);
    return services[0]!;
  };

  it(
    'is stopped by Ctrl-C, and its service with it',
    async () => {
      const before = await readdir(join(PROJECT, 'out/demo')).catch(() => []);
      const { child, finished } = demo(['--text', 'Makadii zvenyu?']);
      const service = await calling(child);
      child.kill('SIGINT');
      expect((await finished).code).toBe(130);
      expect(isRunning(service)).toBe(false);
      expect(await readdir(join(PROJECT, 'out/demo')).catch(() => [])).toEqual(before);
    },
    CALL_MS,
  );

  it(
    'says so when its service dies in the middle of the call',
    async () => {
      const { child, finished } = demo(['--text', 'Makadii zvenyu?']);
      const service = await calling(child);
      setTimeout(() => process.kill(service, 'SIGKILL'), 1_000);
      const { code, output } = await finished;
      expect(code).toBe(1);
      expect(output).toMatch(/the service stopped \(SIGKILL\)\. Its last log lines:\n\s+\{/u);
      expect(output).toContain('INZWA_SERVICE_DIED');
    },
    CALL_MS,
  );
});
