import { describe, expect, it } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import { linkedAsterisk } from '../../../support/fake-asterisk.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

type Options = Parameters<typeof linkedAsterisk>[1];

async function refusedWith(
  opts: Options,
  act: (call: ReturnType<typeof linkedAsterisk>, clock: VirtualClock) => void | Promise<void>,
): Promise<{ readonly code: string; readonly closedWith: number | undefined; readonly timers: number }> {
  const clock = new VirtualClock();
  const call = linkedAsterisk(clock, { starts: false, ...opts });
  let code = 'taken';
  call.leg.catch((error: unknown) => (code = error instanceof InzwaError ? error.code : 'another error'));
  await act(call, clock);
  await clock.advance(50);
  return { code, closedWith: call.legSocket.closedWith?.code, timers: clock.pendingTimers };
}

describe('openAsteriskLeg', () => {
  it('takes a channel by its id, not by the name of the connection, which all calls share', async () => {
    const clock = new VirtualClock();
    const { leg } = linkedAsterisk(clock);
    await clock.advance(2);
    expect((await leg).callId).toBe('1795415122.1');
    expect((await leg).format).toEqual({ sampleRateHz: 8_000, ptimeMs: 20 });
  });

  it('closes a socket that never says MEDIA_START', async () => {
    expect(await refusedWith({}, (_, clock) => clock.advance(5_001))).toMatchObject({
      code: 'INZWA_START_LATE',
      closedWith: 1008,
    });
  });

  it.each([
    ['opus', { format: 'opus' }],
    ['30 ms', { ptime: 30 }],
  ])('does not speak %s, and says what to write instead', async (_, over) => {
    const refused = await refusedWith({}, ({ asterisk }) => asterisk.start(over));
    expect(refused).toMatchObject({ code: 'INZWA_START_REFUSED', closedWith: 1003 });
  });

  it('passes on why there is no room', async () => {
    const full = new InzwaError('INZWA_CALL_REFUSED', 'every line is taken');
    const refused = await refusedWith({ admit: () => full }, ({ asterisk }) => asterisk.start());
    expect(refused).toMatchObject({ code: 'INZWA_CALL_REFUSED', closedWith: 1008 });
  });

  it('survives texts before the start, but not a flood of them', async () => {
    const refused = await refusedWith({}, ({ legSocket }) => {
      for (let n = 0; n < 60; n++) legSocket.receive('{"event":"STATUS","queue_length":0}');
    });
    expect(refused.code).toBe('INZWA_START_REFUSED');
  });

  it('keeps at most two seconds of early audio', async () => {
    const clock = new VirtualClock();
    const { asterisk, leg, problems } = linkedAsterisk(clock, { starts: false });
    for (let n = 0; n < 130; n++) asterisk.hear(new Uint8Array(160));
    await clock.advance(1);
    asterisk.start();
    await clock.advance(1);
    await leg;
    expect(problems.filter((problem) => problem === 'before-start').length).toBe(30);
  });

  it('hears of a socket that closes first', async () => {
    const refused = await refusedWith({}, ({ asterisk }) => asterisk.hangUp());
    expect(refused.code).toBe('INZWA_WIRE_CLOSED');
  });
});
