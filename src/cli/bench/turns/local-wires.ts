/** A telephone and our leg of its call, joined in memory: the wires on which a service in this process is called. */
import type { Clock } from '#kernel/clock.ts';
import type { InzwaError } from '#kernel/errors.ts';
import type { CallLeg } from '#pipeline/ports.ts';
import type { CallFacts } from '#src/call-desk.ts';
import { openAsteriskLeg } from '#telephony/asterisk/start-gate.ts';
import type { PhoneCall } from '#telephony/phone/phone-call.ts';
import { WirePhone } from '#telephony/phone/wire-phone.ts';
import { ComfortNoise } from '#telephony/signal/comfort-noise.ts';
import { openMediaLeg } from '#telephony/twilio/start-gate.ts';
import type { Wire } from './agent.ts';
import { AsteriskPhone } from './asterisk-phone.ts';
import { linkedSockets } from './linked-sockets.ts';
import { overLine, type CallLine } from './lines.ts';

export interface DialOptions {
  readonly clock: Clock;
  readonly callNumber: number;
  readonly line: CallLine;
  /** Whether there is room; the returned error refuses the call. */
  readonly admit: (callId: string) => InzwaError | undefined;
}

export interface DialledCall {
  readonly phone: PhoneCall;
  readonly facts: CallFacts;
  /** Rejects when the call is refused. */
  readonly leg: Promise<CallLeg>;
}

export const DIAL: Readonly<Record<Wire, (options: DialOptions) => DialledCall>> = {
  twilio({ clock, callNumber, line, admit }) {
    const digits = callNumber.toString(16).padStart(32, '0');
    const callId = `CA${digits}`;
    const [phoneSocket, legSocket] = linkedSockets(clock);
    const comfort = new ComfortNoise();
    const leg = openMediaLeg(legSocket, {
      clock,
      filler: (out) => comfort.fill(out),
      onProblem: () => undefined,
      admit: () => admit(callId),
      onListenerError: fail,
    });
    const phone = new WirePhone(overLine(phoneSocket, line), {
      callSid: callId,
      streamSid: `MZ${digits}`,
      accountSid: `AC${'0'.repeat(32)}`,
      customParameters: { token: 'local' },
      clock,
    });
    phone.onHeard(({ pcm }) => line.hear(pcm));
    return { phone, leg, facts: { callId, carrier: 'twilio' } };
  },
  asterisk({ clock, callNumber, line, admit }) {
    const callId = `1795415122.${callNumber}`;
    const [phoneSocket, legSocket] = linkedSockets(clock);
    const comfort = new ComfortNoise();
    const leg = openAsteriskLeg(legSocket, {
      clock,
      filler: (out) => comfort.fill(out),
      onProblem: () => undefined,
      admit,
      onListenerError: fail,
    });
    const phone = new AsteriskPhone(phoneSocket, { channelId: callId, clock, line });
    return { phone, leg, facts: { callId, carrier: 'asterisk' } };
  },
};

/** A defect of the conversation is no property of an agent that could be scored: it ends the run. */
function fail(error: unknown): never {
  throw error;
}
