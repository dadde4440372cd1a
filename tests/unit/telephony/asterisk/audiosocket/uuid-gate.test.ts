import { describe, expect, it } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import type { LegEvent } from '#pipeline/ports.ts';
import { openAudioSocketLeg } from '#telephony/asterisk/audiosocket/uuid-gate.ts';
import type { WireProblem } from '#telephony/wire/media-socket.ts';
import {
  AsteriskEnd,
  linkedByteSockets,
  wireAudio,
  wireFrame,
  type LinkedByteSocket,
} from '../../../../support/linked-audiosocket.ts';
import { tone } from '../../../../support/tone.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const UUID = '7d9c3a52-6a0e-4f7b-9d43-0c2b8f1e5a60';
const uuidFrame = wireFrame(0x01, Buffer.from(UUID.replaceAll('-', ''), 'hex'));

function gate(verdict?: InzwaError): {
  readonly clock: VirtualClock;
  readonly socket: LinkedByteSocket;
  readonly asterisk: AsteriskEnd;
  readonly opening: ReturnType<typeof openAudioSocketLeg<string>>;
  readonly code: () => string | undefined;
  readonly problems: WireProblem[];
  readonly asked: string[];
} {
  const clock = new VirtualClock();
  const [asteriskSocket, socket] = linkedByteSockets(clock);
  const asterisk = new AsteriskEnd(asteriskSocket, clock);
  const problems: WireProblem[] = [];
  const asked: string[] = [];
  let code: string | undefined;
  const opening = openAudioSocketLeg(socket, {
    clock,
    onProblem: (problem) => problems.push(problem),
    onListenerError: () => undefined,
    admit(uuid) {
      asked.push(uuid);
      return verdict ?? { callId: 'call-1', facts: 'of this call' };
    },
  });
  opening.catch((error: unknown) => (code = (error as InzwaError).code));
  return { clock, socket, asterisk, opening, code: () => code, problems, asked };
}

describe('openAudioSocketLeg', () => {
  it('opens a leg for a UUID that is admitted, and loses nothing that came with it', async () => {
    const { socket, opening, asked } = gate();
    const sound = tone(400, 20);
    socket.receive(uuidFrame.subarray(0, 5));
    socket.receive(Buffer.concat([uuidFrame.subarray(5), wireAudio(sound), wireFrame(0x03, Buffer.from('9'))]));
    const { leg, admitted } = await opening;
    expect(asked).toEqual([UUID]);
    expect([leg.callId, admitted.facts]).toEqual(['call-1', 'of this call']);
    const events: LegEvent['kind'][] = [];
    leg.attach(({ kind }) => events.push(kind));
    expect(events).toEqual(['frame', 'dtmf']);
  });

  it('refuses what is not admitted, and lets Asterisk’s dialplan go on', async () => {
    const { clock, socket, asterisk, code, asked } = gate(new InzwaError('INZWA_TOKEN_REFUSED', 'used'));
    socket.receive(Buffer.concat([uuidFrame, wireAudio(tone(400, 20)), uuidFrame]));
    await clock.advance(10);
    expect(code()).toBe('INZWA_TOKEN_REFUSED');
    expect(asked).toHaveLength(1);
    expect(asterisk.leftBecause).toBe('hang-up frame');
    expect(clock.pendingTimers).toBe(0);
  });

  it('drops a refused connection that does not close itself', async () => {
    const { clock, socket, code } = gate(new InzwaError('INZWA_CALL_REFUSED', 'full'));
    socket.peer = undefined;
    socket.receive(uuidFrame);
    await clock.advance(2_000);
    expect([code(), socket.wasTerminated]).toEqual(['INZWA_CALL_REFUSED', true]);
  });

  it.each([
    ['audio', wireAudio(tone(400, 20)), 'before-start'],
    ['a digit', wireFrame(0x03, Buffer.from('1')), 'before-start'],
    ['a UUID of the wrong length', wireFrame(0x01, [1]), 'bad-message'],
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'unknown-event'],
  ])('cuts off whoever begins with %s', async (_, bytes, problem) => {
    const { clock, socket, code, problems, asked } = gate();
    socket.receive(Buffer.concat([bytes, uuidFrame]));
    await clock.advance(10);
    expect(code()).toBe('INZWA_START_REFUSED');
    expect(problems).toEqual([problem]);
    expect(asked).toEqual([]);
    expect([socket.wasTerminated, socket.sent]).toEqual([true, []]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits 5 s for the UUID', async () => {
    const { clock, socket, code } = gate();
    socket.receive(uuidFrame.subarray(0, 18));
    await clock.advance(4_999);
    expect(code()).toBeUndefined();
    await clock.advance(2);
    expect([code(), socket.wasTerminated]).toEqual(['INZWA_START_LATE', true]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('says so when the far side closes first', async () => {
    const { clock, asterisk, code } = gate();
    asterisk.callerHangsUp();
    await clock.advance(10);
    expect(code()).toBe('INZWA_WIRE_CLOSED');
    expect(clock.pendingTimers).toBe(0);
  });
});
