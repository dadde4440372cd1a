import { describe, expect, it } from 'vitest';
import type { LegEvent } from '#pipeline/ports.ts';
import { TwilioMediaLeg } from '#telephony/twilio/media-leg.ts';
import type { EndCall } from '#telephony/twilio/rest.ts';
import { LinkedSocket } from '../../../support/linked-sockets.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

function leg(endCall: EndCall): {
  clock: VirtualClock;
  socket: LinkedSocket;
  leg: TwilioMediaLeg;
  events: LegEvent[];
  problems: string[];
} {
  const clock = new VirtualClock();
  const socket = new LinkedSocket(clock);
  const problems: string[] = [];
  const events: LegEvent[] = [];
  const built = new TwilioMediaLeg({
    callId: 'CA1',
    streamSid: 'MZ1',
    socket,
    clock,
    onProblem: (problem) => problems.push(problem),
    onListenerError: (error) => {
      throw error;
    },
    endCall,
  });
  built.attach((event) => events.push(event));
  return { clock, socket, leg: built, events, problems };
}

describe('a goodbye', () => {
  it('is said to the carrier first; the socket is closed when it has agreed', async () => {
    const asked: string[] = [];
    const agreed = Promise.withResolvers<undefined>();
    const {
      leg: it_,
      socket,
      events,
      clock,
    } = leg(async (callSid) => {
      asked.push(callSid);
      await agreed.promise;
    });
    const hangingUp = it_.hangUp({ result: 'success', reason: 'goodbye' });
    expect(events).toEqual([{ kind: 'ended', cause: { result: 'success', reason: 'goodbye' } }]);
    await clock.advance(500);
    expect([asked, socket.closedWith]).toEqual([['CA1'], undefined]);
    agreed.resolve(undefined);
    await clock.advance(10);
    await hangingUp;
    expect(socket.closedWith?.code).toBe(1000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not wait for a carrier that does not answer', async () => {
    const {
      leg: it_,
      socket,
      clock,
      problems,
    } = leg(
      (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('late')))),
    );
    const hangingUp = it_.hangUp({ result: 'success', reason: 'goodbye' });
    await clock.advance(1_500);
    await clock.advance(1);
    await hangingUp;
    expect([problems, socket.closedWith?.code]).toEqual([['end-call-failed'], 1000]);
  });

  it('is not said when it was no goodbye: the caller is left to the spoken fallback', async () => {
    const { leg: it_, socket, clock } = leg(() => Promise.reject(new Error('must not be asked')));
    const hangingUp = it_.hangUp({ result: 'ours', reason: 'conversation-failed' });
    await clock.advance(1);
    await hangingUp;
    expect(socket.closedWith?.reason).toBe('conversation-failed');
  });
});
