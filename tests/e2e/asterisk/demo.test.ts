/** A whole conversation with real models over SIP, through a real Asterisk: what `npm run demo -- --asterisk` shows. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { CallRecord } from '#src/cli/demo/record.ts';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const CALL_MS = 280_000;

it(
  'every expected answer is heard over SIP, one of them is interrupted, and the agent hangs up',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inzwa-demo-'));
    const json = join(folder, 'call.json');
    const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
      const args = ['src/cli/inzwa.ts', 'demo', '--asterisk', '--json', json];
      execFile(process.execPath, args, { cwd: PROJECT }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : 1, output: stdout + stderr });
      });
    });
    expect(output).toMatch(/Calling sip:0770000002@127\.0\.0\.1:\d+/);
    const record = JSON.parse(await readFile(json, 'utf8')) as CallRecord;
    expect(record.verdicts.map(({ outcome }) => outcome)).toEqual(new Array(7).fill('heard'));
    expect(record.turns.filter((turn) => turn.yield === 'yielded')).toHaveLength(1);
    expect(output).toContain('the agent hung up');
    expect(code).toBe(0);
    await rm(folder, { recursive: true, force: true });
  },
  CALL_MS,
);
