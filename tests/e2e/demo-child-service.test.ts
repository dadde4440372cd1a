import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import type { CallEvent } from '#pipeline/events.ts';
import { ChildService } from '#src/cli/demo/child-service.ts';

/** A service in one line of JavaScript, so that what is tested is how it is started, watched and ended. */
const service = (afterListening: string, ready = '200'): readonly string[] => [
  '-e',
  `const server = require('node:http').createServer((request, response) => {
     response.statusCode = request.url === '/readyz' ? ${ready} : 404; response.end();
   }).listen(Number(process.env.INZWA_PORT), process.env.INZWA_HOST, () => { ${afterListening} });
   process.on('SIGTERM', () => process.exit(0));`,
];

const event = (atMs: number): string =>
  JSON.stringify({ kind: 'dtmf', digit: '1', callId: 'CA1', atMs, audioMs: 0 } satisfies CallEvent);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('ChildService', () => {
  const controller = new AbortController();
  const { signal } = controller;
  const started: ChildService[] = [];
  const start = async (command: readonly string[]): Promise<ChildService> => {
    const child = await ChildService.start({ clock: systemClock, signal, command });
    started.push(child);
    return child;
  };
  afterEach(async () => {
    for (const child of started.splice(0)) await child[Symbol.asyncDispose]();
  });

  it('is started with its own port and credentials, and gone when disposed of', async () => {
    const child = await start(service(''));
    expect(child.address.voiceUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/twilio\/voice$/u);
    expect(child.address.accountSid).toMatch(/^AC[0-9a-f]{32}$/u);
    expect(await child.residentBytes()).toBeGreaterThan(10e6);
    expect(isRunning(child.pid)).toBe(true);
    await child[Symbol.asyncDispose]();
    expect(isRunning(child.pid)).toBe(false);
  });

  it('knows who listens from the line in which the service says that it is ready', async () => {
    const line = '{"level":30,"recognizer":"ctc-onnx (\\\\"tones\\\\")","msg":"ready: calls are taken"}';
    const child = await start(service(`console.log('${line}')`));
    await expect.poll(() => child.recognizer).toBe('ctc-onnx ("tones")');
  });

  it('passes on the events of descriptor 3, whole and in order, and nothing that is not one', async () => {
    const lines = [event(1), 'not JSON', '{"kind":"dtmf"}', event(2)].join('\\n');
    const write = `setTimeout(() => require('node:fs').writeSync(3, ${JSON.stringify(`${lines}\n`).replaceAll('\\\\n', '\\n')}), 200);`;
    const child = await start(service(write));
    const seen: number[] = [];
    const both = new Promise<void>((resolve) => {
      child.onEvent(({ atMs }) => {
        seen.push(atMs);
        if (seen.length === 2) resolve();
      });
    });
    await both;
    expect(seen).toEqual([1, 2]);
  });

  it('that crashes at once says so, with its last log lines', async () => {
    const crash = ['-e', "console.error('cannot find the voice model'); process.exit(3)"];
    await expect(start(crash)).rejects.toMatchObject({
      code: 'INZWA_SERVICE_START',
      message: expect.stringMatching(/exit code 3.*cannot find the voice model/su) as string,
    });
  });

  it('that crashes later rejects `died` with its last log lines', async () => {
    const child = await start(service("setTimeout(() => { throw new Error('out of memory'); }, 300)"));
    await expect(child.died).rejects.toMatchObject({
      code: 'INZWA_SERVICE_DIED',
      message: expect.stringContaining('out of memory') as string,
    });
  });

  it('that is abandoned before it is ready is ended', async () => {
    const abandoned = new AbortController();
    const command = service("console.log('pid ' + process.pid)", '503');
    const starting = ChildService.start({ clock: systemClock, signal: abandoned.signal, command });
    setTimeout(() => abandoned.abort(new Error('no longer wanted')), 400);
    await expect(starting).rejects.toThrow('no longer wanted');
  });
});
