/** Started by instance.test.ts: starts a private Asterisk, prints its process id and its folder, and waits to be killed, or to be told to end. */
import { systemClock } from '#kernel/clock.ts';
import { startPrivateAsterisk } from '#src/cli/asterisk/private-asterisk.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';

const clock = systemClock;
const { signal } = new AbortController();
const install = await ensureAsterisk({ clock, signal });
const agent = { uri: 'ws://127.0.0.1:9/asterisk/media', user: 'asterisk', password: 'agent-pass' };
const { instance } = await startPrivateAsterisk({ install, clock, signal, agent });
// Before the line: whoever reads it may send the signal at once.
process.once('SIGTERM', () => process.exit(0));
process.stdout.write(`${instance.pid} ${instance.folder}\n`);
await clock.sleep(60_000, { signal });
