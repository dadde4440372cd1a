/** The telephone against SIP and RTP that were not written here. What is shipped for Asterisk is tested elsewhere. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import { startPrivateAsterisk, type PrivateAsterisk } from '#src/cli/asterisk/private-asterisk.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';
import type { DialOptions } from '#telephony/phone/sip/outgoing-call.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import type { SipPhoneCall } from '#telephony/phone/sip/sip-phone-call.ts';
import { tone } from '../../support/tone.ts';
import { humsSomewhere as hums } from '../../support/tone-windows.ts';

const { signal } = new AbortController();
const rest = (ms: number): Promise<void> => clock.sleep(ms, { signal });

const DIALPLAN = `[general]
static=yes
[from-trunk]
exten => echo,1,Answer()
 same => n,Echo()
exten => keys,1,Answer()
 same => n,Wait(0.2)
 same => n,SendDTMF(159#,100,120)
 same => n,Wait(5)
exten => announcement,1,Progress()
 same => n,Playtones(700)
 same => n,Wait(0.6)
 same => n,Hangup(17)
exten => welcome,1,Progress()
 same => n,Playtones(700)
 same => n,Wait(0.4)
 same => n,Answer()
 same => n,Wait(5)
exten => hangup,1,Answer()
 same => n,Wait(0.3)
 same => n,Hangup(34)
exten => silent,1,Answer()
 same => n,Wait(5)
exten => ring,1,Ringing()
 same => n,Wait(30)
exten => customer,1,Dial(PJSIP/customer,20)
exten => _through-X.,1,Dial(PJSIP/phone/sip:0772000001@127.0.0.1:\${EXTEN:8},20)
 same => n,Hangup(\${HANGUPCAUSE})
`;

const CUSTOMER = { username: 'customer', password: 's3cret' };
/** Known by its name and password, because it has not the address by which `phone` is known. */
const CUSTOMER_HOST = '127.0.0.3';

const TELEPHONES = `[phone-id]
type=identify
endpoint=phone
match=127.0.0.1
[phone]
type=endpoint
context=from-trunk
transport=transport-udp
disallow=all
allow=alaw,ulaw
direct_media=no
dtmf_mode=rfc4733
trust_id_inbound=yes
send_pai=yes
[customer]
type=aor
max_contacts=1
[customer]
type=auth
auth_type=digest
username=${CUSTOMER.username}
password=${CUSTOMER.password}
[customer]
type=endpoint
context=from-trunk
transport=transport-udp
aors=customer
auth=customer
disallow=all
allow=ulaw
direct_media=no
rtp_keepalive=1
`;

describe('the SIP telephone and a real Asterisk', () => {
  let asterisk: PrivateAsterisk;
  let phone: SipPhone;

  beforeAll(async () => {
    const install = await ensureAsterisk({ clock, signal });
    asterisk = await startPrivateAsterisk({
      install,
      clock,
      signal,
      agent: { uri: 'ws://127.0.0.1:9/asterisk/media', user: 'asterisk', password: 'unused' },
      files: { 'extensions.conf': DIALPLAN, 'pjsip-local.conf': TELEPHONES },
    });
    phone = await SipPhone.open({ signal });
  });

  afterAll(async () => {
    await phone[Symbol.asyncDispose]();
    await asterisk[Symbol.asyncDispose]();
  });

  const optionsFor = (user: string): DialOptions => ({
    target: { host: asterisk.sip.address, port: asterisk.sip.port, user },
    from: '+263771000001',
    signal,
  });
  const dial = (user: string, over: Partial<DialOptions> = {}): Promise<SipPhoneCall> =>
    phone.call({ ...optionsFor(user), ...over });
  const refusal = (placing: Promise<SipPhoneCall>): Promise<unknown> =>
    placing.catch((error: unknown) => (isInzwaError(error, 'INZWA_PHONE_REFUSED') ? error.details : error));

  it.each(['PCMA', 'PCMU'] as const)('hear their %s in an echo, in time and in order', async (codec) => {
    await using call = await dial('echo', { codecs: [codec] });
    await rest(100);
    // The machine is shared: what counts is that they can, not that nobody else was busy.
    const delays: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      const spoken = await call.say(tone(440, 120));
      await rest(200);
      delays.push(call.heardSpeechAfter(spoken.startAtMs)! - spoken.firstVoicedAtMs);
    }
    expect(call.codec).toBe(codec);
    // 20 ms of frame, and up to 20 of Asterisk's timer; the ear is honest to 5.
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(15);
    expect(Math.min(...delays)).toBeLessThan(60);
    expect(hums(call.recording().heard, 440)).toBe(true);
    const { lost, duplicates, sources, interarrivalMs } = call.rtpStats();
    expect([lost, duplicates, sources]).toEqual([0, 0, 1]);
    expect(interarrivalMs!.n).toBeGreaterThan(50);
  });

  it('understand each other’s keys, as RTP events and by INFO', async () => {
    await using pressing = await dial('echo');
    await rest(100);
    // Asterisk's echo presses what it hears pressed.
    await pressing.sendDigits('12A');
    await pressing.sendDigits('7', { by: 'info' });
    await rest(500);
    expect(pressing.pressedKeys.map(({ digit }) => digit).join('')).toBe('12A7');
    await using listening = await dial('keys');
    await rest(1_800);
    expect(listening.pressedKeys.map(({ digit }) => digit).join('')).toBe('159#');
    for (const { durationMs } of listening.pressedKeys) expect(durationMs).toBeGreaterThanOrEqual(80);
  });

  it('agree on early media, with and without an answer after it', async () => {
    const refused = await dial('announcement', { acceptsEarlyMedia: true });
    expect(refused.progress.answeredAtMs).toBeUndefined();
    expect(await refused.ended).toMatchObject({ by: 'agent', details: { status: 486, q850: 17 } });
    expect(hums(refused.recording().heard, 700)).toBe(true);
    await using call = await dial('welcome');
    expect(call.progress.answeredAtMs! - call.progress.inviteAtMs).toBeGreaterThan(350);
    expect(hums(call.recording().heard, 700)).toBe(true);
  });

  it('end calls from both sides, with the cause, and cancel one that rings', async () => {
    expect(await (await dial('hangup')).ended).toEqual({ by: 'agent', reason: 'BYE', details: { q850: 34 } });
    await using call = await dial('silent');
    call.hangUp();
    expect(await call.ended).toMatchObject({ by: 'caller' });
    const giveUp = new AbortController();
    const ringing = refusal(dial('ring', { signal: giveUp.signal }));
    await rest(300);
    giveUp.abort(new Error('no patience'));
    expect(await ringing).toEqual(new Error('no patience'));
    expect(await asterisk.instance.channels()).toBe(0);
  });

  it('call each other: what the one called says reaches the caller', async () => {
    await using callee = await SipPhone.open({ signal });
    callee.expect(...([486, 404, 603, 503, 480] as const).map((status) => ({ kind: 'reject', status }) as const), {
      kind: 'answer',
      afterMs: 200,
      onAnswer: (call) => call.say(tone(600, 400)),
    });
    const through = `through-${callee.port}`;
    const causes: unknown[] = [];
    for (let n = 0; n < 5; n++) causes.push(((await refusal(dial(through))) as { q850: number }).q850);
    expect(causes).toEqual([17, 1, 21, 34, 19]);
    await using call = await dial(through, { displayName: 'Tariro Moyo' });
    await call.say(tone(500, 300));
    await rest(300);
    const incoming = callee.incoming.at(-1)!;
    expect(incoming).toMatchObject({
      number: '0772000001',
      from: '+263771000001',
      displayName: 'Tariro Moyo',
      assertedIdentity: '+263771000001',
    });
    expect([hums(incoming.call!.recording().heard, 500), hums(call.recording().heard, 600)]).toEqual([true, true]);
    incoming.call!.hangUp();
    expect(await call.ended).toEqual({ by: 'agent', reason: 'BYE', details: { q850: 16 } });
  });

  it('take a customer by digest, who registers, is called, calls, and hears comfort noise as silence', async () => {
    const registrar = { host: asterisk.sip.address, port: asterisk.sip.port };
    await using customer = await SipPhone.open({ host: CUSTOMER_HOST, credentials: CUSTOMER, signal });
    const wrong = { ...CUSTOMER, password: 'wrong' };
    await expect(customer.register({ registrar, credentials: wrong })).rejects.toMatchObject({
      details: { status: 401 },
    });
    await using registration = await customer.register({ registrar, credentials: CUSTOMER, expiresS: 120 });
    expect(registration.expiresS).toBeGreaterThan(60);
    customer.expect({ kind: 'answer', onAnswer: (call) => call.say(tone(600, 300)) });
    await using call = await dial('customer');
    await rest(600);
    expect(call.codec).toBe('PCMA');
    expect(customer.incoming[0]?.call?.codec).toBe('PCMU');
    expect(hums(call.recording().heard, 600)).toBe(true);
    const own = { ...optionsFor('silent'), from: CUSTOMER.username };
    expect(await refusal(customer.call({ ...own, credentials: wrong }))).toMatchObject({ status: 401 });
    await using silent = await customer.call(own);
    await rest(2_500);
    const types = new Set(silent.packets.map(({ payloadType }) => payloadType));
    expect([...types, silent.receivedFrames.length]).toEqual([13, 0]);
    expect(silent.heardSpeechAfter(0)).toBeUndefined();
  });

  it('hold twenty calls at once', async () => {
    const calls = await Promise.all(Array.from({ length: 20 }, () => dial('echo')));
    await Promise.all(calls.map((call, n) => call.say(tone(300 + 50 * n, 1_000))));
    await rest(300);
    calls.forEach((call, n) => {
      const { heard } = call.recording();
      expect([n, call.rtpStats().lost, hums(heard, 300 + 50 * n)]).toEqual([n, 0, true]);
    });
    await Promise.all(calls.map((call) => call[Symbol.asyncDispose]()));
    expect(await asterisk.instance.channels()).toBe(0);
  });
});
