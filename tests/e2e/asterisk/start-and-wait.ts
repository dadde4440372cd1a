/** Started by instance.test.ts: starts a private Asterisk, prints its process id and its folder, and waits to be killed, or to be told to end. */
import { systemClock } from '#kernel/clock.ts';
import { startPrivateAsterisk } from '#src/cli/asterisk/private-asterisk.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';

const clock = systemClock;
const { signal } = new AbortController();
const install = await ensureAsterisk({ clock, signal });
const agent = { uri: 'ws://127.0.0.1:9/asterisk/media', user: 'asterisk', password: 'agent-pass' };
const { instance } = await startPrivateAsterisk({ install, clock, signal, agent });
process.stdout.write(`${instance.pid} ${instance.folder}\n`);
process.once('SIGTERM', () => process.exit(0));
await clock.sleep(60_000, { signal });
