/** The second language answers a call: real models, Twilio's wire, the pack of prompts/sw and no other code than Shona's. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallRecord } from '#src/cli/demo/record.ts';
import { loadDemoCall } from '#prompts/demo-script.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const CALL_MS = 280_000;

describe('a call in Swahili', () => {
  const script = loadDemoCall('sw', 'zahanati') ?? [];
  let folder: string;
  let output = '';
  let record: CallRecord;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inzwa-demo-'));
    const json = join(folder, 'call.json');
    const args = ['src/cli/inzwa.ts', 'demo', '--language', 'sw', '--json', json];
    const child = spawn(process.execPath, args, { cwd: PROJECT });
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    await new Promise((resolve) => child.once('close', resolve));
    record = JSON.parse(await readFile(json, 'utf8').catch(() => Promise.reject(new Error(output)))) as CallRecord;
  }, CALL_MS);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is answered by the Swahili hotline', () => {
    expect(record.hotline).toBe('zahanati');
    expect(output).toContain('hotline zahanati, language sw');
    expect(record.lines.map(({ text }) => text)).toEqual(script.map(({ caller }) => caller));
  });

  it('is answered from the cards that were asked for', () => {
    for (const [line, { expected }] of script.entries()) {
      if (expected.startsWith('card:')) expect(`card:${record.turns[line]?.cardId}`).toBe(expected);
    }
  });

  it('speaks so that a recogniser of Swahili hears the answers in the recording', () => {
    // Whisper is told the language and nothing of the text.
    for (const [line, { expected }] of script.entries()) {
      const verdict = record.verdicts.find((one) => one.line === line);
      if (!expected.startsWith('card:')) continue;
      expect(verdict?.outcome, `${expected}: ${verdict?.message}`).toBe('heard');
      expect(verdict?.similarity, `${expected}: ${verdict?.recognised}`).toBeGreaterThan(0.6);
    }
  });
});
