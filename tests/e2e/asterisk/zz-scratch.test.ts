import { it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { narrowband } from '#pipeline/audio/narrowband-leg.ts';
import { startPrivateAsterisk } from '#src/cli/asterisk/private-asterisk.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';
import { openAsteriskLeg } from '#telephony/asterisk/start-gate.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import { wsMediaSocket } from '#telephony/wire/ws-media-socket.ts';
import { startMediaServer } from '../../support/media-server.ts';
import { framesOf, tone } from '../../support/tone.ts';
import { levelOf } from '../../support/wire-tap.ts';
const { signal } = new AbortController();
it.each(['alaw', 'ulaw', 'slin16'])('%s', async (format) => {
    await using media = await startMediaServer();
    const install = await ensureAsterisk({ clock, signal });
    const agent = { uri: media.uri, user: 'asterisk', password: 'agent-pass' };
    await using asterisk = await startPrivateAsterisk({ install, clock, signal, agent, dialplan: { FORMAT: format } });
    await using phone = await SipPhone.open({ clock, signal });
  for (const codec of ['PCMA', 'PCMU'] as const) {
    const problems: string[] = [];
    const bin: string[] = [];
    const t0 = clock.nowMs();
    const opened = media.next().then(({ socket }) => { socket.on('message', (d: Buffer, b) => { if (b) bin.push(`${Math.round(clock.nowMs() - t0)}:${d.length}`); }); return openAsteriskLeg(wsMediaSocket(socket), { clock, onProblem: (p) => { problems.push(p); }, admit: () => undefined, onListenerError: (error) => { throw error; } }); });
    const [leg0, call] = await Promise.all([opened, phone.call({ target: { host: asterisk.sip.address, port: asterisk.sip.port, user: '0770000002' }, from: '0770000001', codecs: [codec], signal })]);
    const leg = narrowband(leg0);
    const ev: string[] = [];
    leg.attach((e) => { ev.push(e.kind === 'frame' ? String(Math.round(levelOf(e.pcm))) : e.kind === 'gap' ? 'GAP' + e.samples : e.kind); });
    for (const frame of framesOf(tone(600, 1_500, -15))) leg.send(frame);
    await call.say(tone(1000, 1_500, -15));
    await clock.sleep(300, { signal });
    console.log(format, codec, problems.join(' '), '|', ev.join(' '));
    console.log(bin.slice(0, 12).join(' '), '...', bin.length);
    call.hangUp(); await call.ended;
    await clock.sleep(300, { signal });
  }
});
