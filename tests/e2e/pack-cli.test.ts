/** `inzwa pack` as a person or a script uses it: spawned, read to the end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROMPTS_DIR } from '#prompts/language.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pack-cli-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

async function pack(...args: readonly string[]): Promise<{ code: number | null; said: string; complained: string }> {
  const child = spawn(process.execPath, ['src/cli/inzwa.ts', 'pack', ...args], {
    cwd: PROJECT,
    env: { ...process.env, INZWA_MODELS_DIR: join(dir, 'no-models') },
  });
  let [said, complained] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text));
  child.stdin.end();
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said, complained };
}

function faultyPack(): string {
  const prompts = join(dir, 'prompts');
  cpSync(join(PROMPTS_DIR, 'sn'), join(prompts, 'sn'), { recursive: true });
  const path = join(prompts, 'sn', 'pack.yaml');
  writeFileSync(path, readFileSync(path, 'utf8').replace('Muchiripo here?', 'Uripo here?'));
  return prompts;
}

describe('pack lint', () => {
  it('lets the pack of the program pass, with warnings', async () => {
    const { code, said } = await pack('lint');
    expect(code).toBe(0);
    expect(said).toMatch(/pack sn: 0 faults, \d+ warnings\n$/u);
  });

  it('refuses a faulty one with file and line', async () => {
    const { code, said } = await pack('lint', '--prompts', faultyPack());
    expect(code).toBe(1);
    expect(said).toMatch(/^sn\/pack\.yaml:\d+: "uripo" speaks to one person/mu);
  });
});

describe('pack score', () => {
  it('scores the text without any model, prints the card and writes it down', async () => {
    const file = join(dir, 'score.json');
    const { code, said } = await pack('score', '--quick', '--json', file);
    expect(code).toBe(0);
    expect(said).toContain('Pack sn (chiShona)');
    expect(said).toContain('not measured: ');
    const score = JSON.parse(readFileSync(file, 'utf8')) as { roundTrips: { right: number; of: number }[] };
    expect(score.roundTrips.length).toBeGreaterThan(8);
    expect(score.roundTrips.every(({ right, of }) => right === of)).toBe(true);
  });

  it('does not score what cannot be used', async () => {
    expect(await pack('score', '--quick', '--prompts', faultyPack())).toMatchObject({ code: 1 });
  });
});

describe('pack checklist', () => {
  it('is a list with boxes', async () => {
    const { code, said } = await pack('checklist');
    expect(code).toBe(0);
    expect(said).toMatch(/^# What to check: chiShona \(sn\)\n/u);
    expect(said.match(/^- \[ \] /gmu)!.length).toBeGreaterThan(100);
  });
});

it('explains itself, and says what it does not know', async () => {
  expect((await pack('--help')).said).toContain('checklist');
  expect((await pack('score', '--help')).said).toContain('--quick');
  expect(await pack()).toMatchObject({ code: 2 });
  expect((await pack('praise')).complained).toContain('there is no "pack praise"');
  expect((await pack('lint', '--loud')).complained).toContain('--loud');
});
