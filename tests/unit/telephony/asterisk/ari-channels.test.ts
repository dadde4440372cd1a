import { beforeEach, describe, expect, it } from 'vitest';
import { AriChannels } from '#telephony/asterisk/ari-channels.ts';
import type { AriChannel, AriEvent } from '#telephony/asterisk/ari-messages.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

let clock: VirtualClock;
let channels: AriChannels;
const { signal } = new AbortController();

beforeEach(() => {
  clock = new VirtualClock();
  channels = new AriChannels(clock);
});

const told = (id: string, over: Partial<AriChannel> = {}): AriChannel => ({
  id,
  name: `PJSIP/${id}`,
  state: 'Down',
  ...over,
});
const tell = (event: AriEvent): void => channels.apply(event);
const dial = (dialstatus: string, peerName: string): AriEvent => ({
  type: 'Dial',
  dialstatus,
  caller: told('caller'),
  peer: told('peer', { name: peerName }),
});

describe('a channel that is tracked', () => {
  it('is what the events of it say, whoever else is spoken of', () => {
    const channel = channels.track('a');
    tell({ type: 'StasisStart', args: ['hold'], channel: told('a') });
    tell({ type: 'ChannelDestroyed', channel: told('b'), cause: 17 });
    expect(channel).toMatchObject({
      name: 'PJSIP/a',
      isInStasis: true,
      stasisArgs: ['hold'],
      isUp: false,
      ended: undefined,
    });
    tell({ type: 'ChannelStateChange', channel: told('a', { state: 'Up' }) });
    tell({ type: 'StasisEnd', channel: told('a', { state: 'Up' }) });
    expect(channel).toMatchObject({ isInStasis: false, hasBeenInStasis: true, isUp: true });
    tell({ type: 'ChannelDestroyed', channel: told('a'), cause: 0, tech_cause: 480 });
    expect(channel).toMatchObject({ isUp: true, ended: { cause: undefined, sipStatus: 480 } });
  });

  it('is waited for by its state, be that before or after the wait begins', async () => {
    const channel = channels.track('a');
    const isUp = channel.until((one) => one.isUp, { signal, withinMs: 1_000 });
    tell({ type: 'ChannelStateChange', channel: told('a', { state: 'Up' }) });
    expect(await isUp).toBe(true);
    expect(await channel.until((one) => one.isUp, { signal, withinMs: 1_000 })).toBe(true);
    const isOver = channel.until((one) => one.ended !== undefined, { signal, withinMs: 1_000 });
    await clock.advance(1_000);
    expect(await isOver).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not waited for any more when the signal aborts', async () => {
    const channel = channels.track('a');
    const mind = new AbortController();
    const isUp = channel.until((one) => one.isUp, { signal: mind.signal, withinMs: 1_000 });
    const reason = new Error('changed my mind');
    mind.abort(reason);
    await expect(isUp).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is forgotten by each who tracked it, and known to the second as the first knew it', () => {
    const first = channels.track('a');
    tell({ type: 'StasisStart', args: [], channel: told('a', { state: 'Up' }) });
    const second = channels.track('a');
    expect(second).toMatchObject({ isInStasis: true, isUp: true, name: 'PJSIP/a' });
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(channels.isTracked('a')).toBe(true);
    second[Symbol.dispose]();
    expect(channels.isTracked('a')).toBe(false);
  });
});

describe('a transfer by the dialplan', () => {
  it('is told by whom it dials, not by the media sockets that it dials too', () => {
    const caller = channels.track('caller');
    tell(dial('ANSWER', 'WebSocket/inzwa/0x7f'));
    tell(dial('ANSWER', 'AudioSocket/x'));
    expect(caller.dialled).toBeUndefined();
    tell(dial('RINGING', 'PJSIP/carrier-1'));
    expect(caller.dialled).toEqual({ peerId: 'peer', status: 'RINGING' });
    caller.expectTransfer();
    expect(caller.dialled).toBeUndefined();
  });

  it.each([
    ['transfer-BUSY', 'BUSY'],
    ['transfer-CHANUNAVAIL-21', 'CHANUNAVAIL'],
    ['', undefined],
    ['nonsense', undefined],
  ])('has its verdict in a variable: %j', (value, verdict) => {
    const caller = channels.track('caller');
    tell({ type: 'ChannelVarset', variable: 'SOMETHING', value: 'transfer-BUSY', channel: told('caller') });
    tell({ type: 'ChannelVarset', variable: 'INZWA_AFTER', value: 'transfer-BUSY' });
    tell({ type: 'ChannelVarset', variable: 'INZWA_AFTER', value, channel: told('caller') });
    expect(caller.verdict).toBe(verdict);
  });
});

it('reads off the channels there are what it missed, and what it missed the end of', () => {
  const [answered, gone, coming] = ['answered', 'gone', 'coming'].map((id) => channels.track(id));
  for (const id of ['answered', 'gone']) tell({ type: 'StasisStart', args: [], channel: told(id) });
  channels.resume([told('answered', { state: 'Up' }), told('somebody-else')], (channel) => channel.id === 'answered');
  expect(answered).toMatchObject({ isUp: true, isInStasis: true, ended: undefined });
  expect(gone).toMatchObject({ isInStasis: false, ended: {} });
  // Only now being made: nobody has told of it yet.
  expect(coming).toMatchObject({ ended: undefined });
});
