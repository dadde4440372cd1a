import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { AsteriskInstall } from '#src/cli/asterisk/install.ts';
import { startPrivateAsterisk, type PrivateAsteriskOptions } from '#src/cli/asterisk/private-asterisk.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';

const clock = systemClock;
const { signal } = new AbortController();
const agent = { uri: 'ws://127.0.0.1:9/asterisk/media', user: 'asterisk', password: 'agent-pass' };
let install: AsteriskInstall;
beforeAll(async () => {
  install = await ensureAsterisk({ clock, signal });
});

const start = (options: Partial<PrivateAsteriskOptions> = {}): ReturnType<typeof startPrivateAsterisk> =>
  startPrivateAsterisk({ install, clock, signal, agent, ...options });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (performance.now() < deadline && !condition()) await clock.sleep(20, { signal });
  return condition();
}

describe('a private Asterisk', () => {
  it('boots from the shipped configuration in under a second, with every module, and logs no fault', async () => {
    const bootsMs: number[] = [];
    // The machine is shared: what counts is that it can, not that nobody else was busy.
    for (let attempt = 0; attempt < 3; attempt++) {
      await using asterisk = await start();
      bootsMs.push(asterisk.instance.bootedAfterMs);
      if (attempt > 0) continue;
      const { instance } = asterisk;
      const log = (await instance.logTail(200)).split('\n').filter((line) => /\b(?:WARNING|ERROR)\b/.test(line));
      expect(log.filter((line) => !line.includes('No music on hold classes'))).toEqual([]);
      expect(await instance.command('module show like chan_websocket')).toMatch(/chan_websocket\.so .* Running/);
      expect(await instance.command('pjsip show endpoint carrier')).toMatch(/^ allow +: \(alaw\|ulaw\)$/m);
      expect(await instance.command('dialplan show from-trunk')).toContain("Context 'from-trunk'");
      expect(await instance.channels()).toBe(0);
    }
    expect(Math.min(...bootsMs)).toBeLessThan(1_000);
  });

  it('answers ARI to its password only', async () => {
    await using asterisk = await start();
    const { url, user, password } = asterisk.ari;
    const info = (secret: string): Promise<Response> =>
      fetch(`${url}/asterisk/info`, { headers: { authorization: `Basic ${btoa(`${user}:${secret}`)}` } });
    expect((await info(password)).status).toBe(200);
    expect((await info('wrong')).status).toBe(401);
  });

  it('lives beside another one', async () => {
    await using one = await start();
    await using other = await start();
    expect(one.sip.port).not.toBe(other.sip.port);
    await one.instance.command('database put test key one');
    expect(await other.instance.command('database get test key')).toContain('not found');
    expect(await one.instance.command('database get test key')).toContain('one');
  });

  it('leaves nothing behind when it is stopped, even when it was killed before', async () => {
    for (const isKilled of [false, true]) {
      const asterisk = await start();
      const { pid, folder } = asterisk.instance;
      expect([isAlive(pid), existsSync(folder)]).toEqual([true, true]);
      if (isKilled) asterisk.instance.kill();
      await asterisk[Symbol.asyncDispose]();
      expect([isAlive(pid), existsSync(folder)]).toEqual([false, false]);
    }
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)('never outlives the process that started it: %s', async (name) => {
    const parent = spawn(process.execPath, [fileURLToPath(new URL('start-and-wait.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }) as ChildProcess & { stdout: NodeJS.ReadableStream };
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const [pid, folder] = [Number(line.split(' ')[0]), line.split(' ')[1] ?? ''];
    expect(isAlive(pid)).toBe(true);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('asterisk.conf');
    parent.kill(name);
    expect(await until(() => !isAlive(pid), 5_000)).toBe(true);
    // A process that leaves without disposing still clears up, behind the Asterisk it stops; one that is killed cannot.
    if (name === 'SIGKILL') await rm(folder, { recursive: true });
    else expect(await until(() => !existsSync(folder), 5_000)).toBe(true);
  });

  it('says which module it lacks, and why', async () => {
    const error = await start({ modules: ['app_teapot'] }).catch((thrown: unknown) => thrown);
    expect(isInzwaError(error, 'INZWA_ASTERISK_START')).toBe(true);
    expect(String(error)).toContain('runs without app_teapot.so, which its modules.conf asks for');
    expect(String(error)).toMatch(/Error loading module 'app_teapot/);
  });

  it('says what its log said when it does not boot', async () => {
    const files = { 'asterisk.conf': '[directories]\nastetcdir=/nowhere\nastrundir=/nowhere\n' };
    const broken = { ...install, leadingArgs: [...install.leadingArgs, '-Z'] };
    const error = await start({ files, install: broken }).catch((thrown: unknown) => thrown);
    expect(isInzwaError(error, 'INZWA_ASTERISK_START')).toBe(true);
    expect(String(error)).toContain('stopped while it booted');
  });

  it('gives up with the signal’s own reason', async () => {
    const controller = new AbortController();
    const started = start({ signal: controller.signal });
    setTimeout(() => {
      controller.abort(new Error('enough'));
    }, 60);
    await expect(started).rejects.toThrow('enough');
  });
});
