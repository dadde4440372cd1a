import { describe, expect, it } from 'vitest';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { TwilioMediaLeg } from '#telephony/twilio/media-leg.ts';
import type { WireProblem } from '#telephony/wire/media-socket.ts';
import { openMediaLeg } from '#telephony/twilio/start-gate.ts';
import { LinkedSocket } from '../../../support/linked-sockets.ts';
import { settle, VirtualClock } from '../../../support/virtual-clock.ts';

interface Gate {
  readonly clock: VirtualClock;
  readonly socket: LinkedSocket;
  readonly problems: WireProblem[];
  readonly asked: { callSid: string; token: string }[];
  readonly outcome: () => Promise<TwilioMediaLeg | string>;
}

function gate(admit?: InzwaError): Gate {
  const clock = new VirtualClock();
  const socket = new LinkedSocket(clock);
  const problems: WireProblem[] = [];
  const asked: { callSid: string; token: string }[] = [];
  const opening = openMediaLeg(socket, {
    clock,
    onProblem: (problem) => problems.push(problem),
    onListenerError: (error) => {
      throw error;
    },
    admit(start) {
      asked.push(start);
      return admit;
    },
  }).catch((error: unknown) => (isInzwaError(error) ? error.code : 'not an InzwaError'));
  return {
    clock,
    socket,
    problems,
    asked,
    outcome: async () => {
      await settle();
      return Promise.race([opening, Promise.resolve('still open')]);
    },
  };
}

const start = (over: object = {}, mediaFormat: object = {}): string =>
  JSON.stringify({
    event: 'start',
    streamSid: 'MZ1',
    start: {
      callSid: 'CA1',
      customParameters: { token: 'secret' },
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8_000, channels: 1, ...mediaFormat },
      ...over,
    },
  });

describe('openMediaLeg', () => {
  it('turns a socket into a leg with the first good start', async () => {
    const { socket, asked, outcome, clock } = gate();
    socket.receive('{"event":"connected","protocol":"Call","version":"1.0.0"}');
    socket.receive(start());
    expect(await outcome()).toMatchObject({ callId: 'CA1' });
    expect(asked).toEqual([{ callSid: 'CA1', token: 'secret' }]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives a start without a token an empty one to be refused', async () => {
    const { socket, asked, outcome } = gate(new InzwaError('INZWA_TOKEN_REFUSED', 'no'));
    socket.receive(start({ customParameters: {} }));
    expect(await outcome()).toBe('INZWA_TOKEN_REFUSED');
    expect(asked[0]?.token).toBe('');
    expect(socket.closedWith).toEqual({ code: 1008, reason: 'INZWA_TOKEN_REFUSED' });
    socket.receive(start());
    expect(asked).toHaveLength(1);
  });

  it('closes the door at the deadline', async () => {
    const { socket, outcome, clock } = gate();
    await clock.advance(4_999);
    expect(await outcome()).toBe('still open');
    await clock.advance(1);
    expect(await outcome()).toBe('INZWA_START_LATE');
    expect(socket.closedWith?.code).toBe(1008);
  });

  it.each([{ encoding: 'audio/l16' }, { sampleRate: 16_000 }, { channels: 2 }])(
    'refuses a format it does not speak: %o',
    async (mediaFormat) => {
      const { socket, outcome } = gate();
      socket.receive(start({}, mediaFormat));
      expect(await outcome()).toBe('INZWA_START_REFUSED');
      expect(socket.closedWith?.code).toBe(1003);
    },
  );

  it('counts what comes before the start, and refuses a flood of it', async () => {
    const { socket, outcome, problems } = gate();
    socket.receive('nonsense');
    socket.receive('{"event":"media","media":{"payload":""}}');
    socket.receiveBinary(new Uint8Array(160));
    expect(problems).toEqual(['malformed-json', 'before-start', 'binary-message']);
    expect(await outcome()).toBe('still open');
    for (let i = 0; i < 60; i++) socket.receive('{"event":"connected"}');
    expect(await outcome()).toBe('INZWA_START_REFUSED');
  });

  it('refuses a message over the size limit', async () => {
    const { socket, outcome, problems } = gate();
    socket.receiveTooLarge();
    expect(await outcome()).toBe('INZWA_START_REFUSED');
    expect([problems, socket.closedWith?.code]).toEqual([['too-large'], 1009]);
  });

  it('says so when the far side goes away first, and only once', async () => {
    const { socket, outcome } = gate();
    socket.farSideClosed(1006);
    expect(await outcome()).toBe('INZWA_WIRE_CLOSED');
    const late = gate();
    await late.clock.advance(5_000);
    late.socket.farSideClosed(1006);
    expect(await late.outcome()).toBe('INZWA_START_LATE');
  });
});
