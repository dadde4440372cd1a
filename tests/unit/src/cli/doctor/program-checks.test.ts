import { describe, expect, it } from 'vitest';
import { AsteriskControl } from '#src/cli/doctor/control.ts';
import { checkProgram } from '#src/cli/doctor/program-checks.ts';
import { fits } from '#src/cli/doctor/upgrade.ts';

/** A program that prints what an `asterisk -rx` would, or fails as it would. */
async function programOf(stdout: string, stderr = '', code = 0): Promise<string[]> {
  const script = `process.stdout.write(process.argv[1]);process.stderr.write(process.argv[2]);process.exitCode=${code}`;
  const { signal } = new AbortController();
  // The words stand before the -rx that is appended.
  const control = new AsteriskControl({ command: [process.execPath, '-e', script, '--', stdout, stderr], signal });
  return (await checkProgram(control)).map(({ check, verdict, what }) => `${check} ${verdict}: ${what}`);
}

describe('checkProgram', () => {
  it.each([
    ['22.10.1+dfsg+~cs6.17-1', '22.10.1'],
    ['22.8.0', '22.8.0'],
    ['20.18.0', '20.18.0'],
    ['23.2.1', '23.2.1'],
    ['24.0.0', '24.0.0'],
    ['certified/22.8-cert1', '22.8'],
  ])('takes %s', async (version, name) => {
    expect(await programOf(`Asterisk ${version} built by x\n`)).toEqual([
      'Asterisk well: it answers',
      `version well: ${name}`,
    ]);
  });

  it.each(['22.7.0', '22.6.0', '20.17.0', '21.12.0', '23.1.0', '18.26.4', '16.2.1'])(
    'does not take %s',
    async (version) => {
      const [, found] = await programOf(`Asterisk ${version} built by x\n`);
      expect(found).toBe(`version fault: ${version} cannot speak JSON with the agent`);
    },
  );

  it('says that it does not know a version that is none', async () => {
    const [, found] = await programOf('Asterisk GIT-master-abc built by x\n');
    expect(found).toBe('version skipped: it does not say which version it is');
  });

  it('tells one that does not run from one that may not be asked', async () => {
    expect(await programOf('', 'Unable to connect to remote asterisk (does /run/asterisk.ctl exist?)', 1)).toEqual([
      'Asterisk fault: it does not answer',
    ]);
    expect(await programOf('', 'connect: Permission denied', 1)).toEqual([
      'Asterisk fault: its control socket may not be opened',
    ]);
  });
});

describe('fits', () => {
  it.each([
    [['agent.example.net'], 'agent.example.net', true],
    [['Agent.Example.Net'], 'agent.example.net', true],
    [['*.example.net'], 'agent.example.net', true],
    [['*.example.net'], 'a.b.example.net', false],
    [['*.example.net'], 'example.net', false],
    [['127.0.0.1'], '127.0.0.1', true],
    [['*.0.0.1'], '127.0.0.1', true],
    [[], 'agent.example.net', false],
  ])('%j for %s: %s', (names, host, isFit) => {
    expect(fits(names, host)).toBe(isFit);
  });
});
