/** The recipes of docs/api.md for receivers, run as they stand there, on what the outbox signs. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signatureHeader } from '#src/campaigns/outbox/signature.ts';

const BODY = '{"kind":"contact.settled","data":{"disposition":"completed"},"name":"Chipo Nyathi – VaMoyo"}';

interface Case {
  readonly secret: string;
  readonly header: string;
  readonly body: string;
  readonly isGenuine: boolean;
}

function cases(): readonly Case[] {
  const now = Math.floor(Date.now() / 1_000);
  const header = signatureHeader(['whsec_new', 'whsec_old'], now, BODY);
  const single = signatureHeader(['whsec_new'], now, BODY);
  const common = { secret: 'whsec_new', header: single, body: BODY };
  return [
    { ...common, isGenuine: true },
    { ...common, header, isGenuine: true },
    { ...common, header, secret: 'whsec_old', isGenuine: true },
    { ...common, header, secret: 'whsec_other', isGenuine: false },
    { ...common, body: `${BODY} `, isGenuine: false },
    { ...common, header: single.replace(`t=${now}`, `t=${now + 1}`), isGenuine: false },
    { ...common, header: signatureHeader(['whsec_new'], now - 301, BODY), isGenuine: false },
    { ...common, header: signatureHeader(['whsec_new'], now + 400, BODY), isGenuine: false },
    { ...common, header: single.slice(0, -2), isGenuine: false },
    { ...common, header: single.replace('v1=', 'v0='), isGenuine: false },
    ...['', 't=,v1=', 't=x,v1=ÿÿ', `t=${now}`, ',=,=', `v1=${'0'.repeat(64)}`].map((bad) => ({
      ...{ ...common, header: bad },
      isGenuine: false,
    })),
  ];
}

let folder: string;
let page: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inzwa-recipe-'));
  page = await readFile(join(import.meta.dirname, '../../../docs/api.md'), 'utf8');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function blockOf(language: string, name: string): string {
  const blocks = [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)];
  const found = blocks.find(([, of, text]) => of === language && text?.includes(name));
  return found?.[2] ?? '';
}

async function verdicts(program: string, file: string, text: string): Promise<readonly boolean[]> {
  await writeFile(join(folder, file), text);
  const { stdout, stderr } = spawnSync(program, [join(folder, file)], {
    input: JSON.stringify(cases()),
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as boolean[];
}

describe('the recipes for receivers of events', () => {
  const expected = cases().map(({ isGenuine }) => isGenuine);

  it('tell what is genuine in JavaScript', async () => {
    const recipe = blockOf('js', 'isGenuine');
    expect(recipe.trim().split('\n').length).toBeLessThanOrEqual(12);
    const told = await verdicts(
      process.execPath,
      'recipe.mjs',
      `${recipe}
import { readFileSync } from 'node:fs';
const cases = JSON.parse(readFileSync(0, 'utf8'));
console.log(JSON.stringify(cases.map(({ secret, header, body }) => isGenuine(secret, header, Buffer.from(body)))));
`,
    );
    expect(told).toEqual(expected);
  });

  const hasPython = spawnSync('python3', ['--version']).status === 0;
  it.skipIf(!hasPython)('tell what is genuine in Python', async () => {
    const recipe = blockOf('python', 'is_genuine');
    expect(recipe.trim().split('\n').length).toBeLessThanOrEqual(12);
    const told = await verdicts(
      'python3',
      'recipe.py',
      `${recipe}
import json, sys
cases = json.loads(sys.stdin.buffer.read())
print(json.dumps([is_genuine(c["secret"], c["header"], c["body"].encode()) for c in cases]))
`,
    );
    expect(told).toEqual(expected);
  });
});
