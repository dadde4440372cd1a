/** A process of its own for each case, because the watchdog ends it. */
import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const WATCHDOG = new URL('../../src/observability/watchdog.ts', import.meta.url).href;
const CLOCK = new URL('../../src/kernel/clock.ts', import.meta.url).href;

async function run(code: string): Promise<{ readonly signal: string | null; readonly said: string }> {
  const start = `
    const { startWatchdog } = await import('${WATCHDOG}');
    const { systemClock } = await import('${CLOCK}');
    using dog = startWatchdog(systemClock, { standstillS: 2 });
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', start + code]);
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const signal = await new Promise<string | null>((resolve) => {
    child.on('close', (_code, by) => resolve(by));
  });
  return { signal, said };
}

describe('a process', () => {
  it('whose event loop stands still is ended, with a line that says so', async () => {
    const { signal, said } = await run('await wait(200); for (;;);');
    expect(signal).toBe('SIGKILL');
    expect(said).toContain('INZWA_STANDSTILL');
  });

  it('that is busy now and then, and ends, is left alone', async () => {
    const busy = 'const until = Date.now() + 1_000; while (Date.now() < until);';
    const { signal, said } = await run(`for (let n = 0; n < 3; n++) { ${busy} await wait(300); }`);
    expect([signal, said]).toEqual([null, '']);
  });

  it('that was stopped as a whole is left alone', async () => {
    const { signal } = await run(`
      const { spawn } = await import('node:child_process');
      spawn('sh', ['-c', 'kill -STOP ' + process.pid + '; sleep 4; kill -CONT ' + process.pid], { detached: true });
      await wait(6_000);`);
    expect(signal).toBe(null);
  });
});
