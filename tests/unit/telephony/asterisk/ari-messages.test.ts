import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, parseAriEvent } from '#telephony/asterisk/ari-messages.ts';

/** As Asterisk 22.10.1 sent them. */
const CHANNEL = {
  id: 'call-1795641204772',
  name: 'PJSIP/carrier-00000000',
  state: 'Up',
  protocol_id: 'fedc7a78-3405-4004-8e02-32a95d3d6992',
  caller: { name: '', number: '' },
  connected: { name: '', number: '+263242000000' },
  accountcode: '',
  dialplan: { context: 'inzwa-attach', exten: 's', priority: 13, app_name: 'Stasis', app_data: 'inzwa,hold' },
  creationtime: '2026-11-25T21:13:24.798+0000',
  language: 'en',
};

describe('an event of Asterisk', () => {
  it.each([
    { type: 'StasisStart', args: ['hold'], channel: CHANNEL },
    { type: 'StasisEnd', channel: CHANNEL },
    { type: 'ChannelStateChange', channel: CHANNEL },
    { type: 'ChannelDestroyed', cause: 16, cause_txt: 'Normal Clearing', tech_cause: 603, channel: CHANNEL },
    { type: 'ChannelDestroyed', cause: 0, cause_txt: 'Unknown', channel: CHANNEL },
    { type: 'Dial', dialstatus: '', forward: '', dialstring: 'x@carrier', caller: CHANNEL, peer: CHANNEL },
    { type: 'ChannelVarset', variable: 'INZWA_AFTER', value: 'transfer-BUSY', channel: CHANNEL },
    { type: 'ChannelVarset', variable: 'GLOBAL', value: '' },
    { type: 'ApplicationReplaced' },
  ])('is read with all that it has, now and in later versions: $type', (event) => {
    const whole = { ...event, application: 'inzwa', timestamp: '2026-11-25T21:13:24.798+0000', asterisk_id: '02:42' };
    expect(parseAriEvent(JSON.stringify(whole))).toEqual({ ok: true, event: whole });
    expect(EVENT_TYPES).toContain(event.type);
  });

  it.each([
    ['', 'malformed-json'],
    ['{"type":', 'malformed-json'],
    ['null', 'bad-message'],
    ['[]', 'bad-message'],
    ['7', 'bad-message'],
    ['{}', 'bad-message'],
    ['{"type":7}', 'bad-message'],
    ['{"type":"StasisStart"}', 'bad-message'],
    ['{"type":"StasisStart","channel":{"id":""}}', 'bad-message'],
    ['{"type":"ChannelDestroyed","channel":{"id":"x"},"cause":"busy"}', 'bad-message'],
    ['{"type":"ChannelDialplan","channel":{"id":"x"}}', 'unknown-event'],
    ['{"type":"toString"}', 'unknown-event'],
    ['{"type":"__proto__"}', 'unknown-event'],
  ])('that makes no sense is told why: %s', (text, reason) => {
    expect(parseAriEvent(text)).toEqual({ ok: false, reason });
  });
});
