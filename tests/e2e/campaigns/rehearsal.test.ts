/** `inzwa campaign try` as an operator uses it: the real models, a telephone in software, nothing stored. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

async function rehearse(...args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ['src/cli/inzwa.ts', 'campaign', 'try', ...args], { cwd: PROJECT });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.end();
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

describe('a rehearsal', () => {
  it('of the example is held to its end, keys taking over where the voice is not understood', async () => {
    const { code, said } = await rehearse('hutano', '--var', 'zita=VaMoyo');
    expect(said).toMatch(/agent +\w+\. Ndiri kutaura naVaMoyo here\?/u);
    expect(said).toMatch(/ {2}manyoka +true/u);
    expect(said).toMatch(/ {2}mvura +pombi/u);
    expect(said).toMatch(/\ncompleted; answered by: person\n/u);
    expect(code).toBe(0);
  });

  it('takes a no by key', async () => {
    const { code, said } = await rehearse('hutano', '--keys', '9');
    expect(said).toContain('Hatichakufonerai zvakare.');
    expect(said).toMatch(/not to be called again\nopted_out/u);
    expect(code).toBe(0);
  });

  it('says what is wrong with its options and its script', async () => {
    expect(await rehearse('nothing-of-that-name')).toMatchObject({ code: 1 });
    expect(await rehearse('hutano', '--keys', 'abc')).toMatchObject({ code: 2 });
    const { code, said } = await rehearse(
      'hutano',
      '--file',
      fileURLToPath(new URL('../../../package.json', import.meta.url)),
    );
    expect(code).toBe(1);
    expect(said).toMatch(/campaigns\/hutano\.yaml:\d+: /u);
  });
});
