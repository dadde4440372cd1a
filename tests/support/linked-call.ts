/** A whole call without a network: the telephone in software on one end, a TwilioMediaLeg on the other, one clock. */
import type { Clock } from '#kernel/clock.ts';
import type { LineProfile } from '#telephony/phone/line-profile.ts';
import { WirePhone } from '#telephony/phone/wire-phone.ts';
import type { TwilioMediaLeg } from '#telephony/twilio/media-leg.ts';
import type { WireProblem } from '#telephony/wire/media-socket.ts';
import type { LineFiller } from '#telephony/wire/quiet-line.ts';
import { openMediaLeg } from '#telephony/twilio/start-gate.ts';
import { linkedSockets, type LinkedSocket } from './linked-sockets.ts';

export interface LinkedCall {
  readonly phone: WirePhone;
  /** Resolves when the clock has moved by a tick. */
  readonly leg: Promise<TwilioMediaLeg>;
  readonly problems: WireProblem[];
  /** The service's end of the wire. */
  readonly legSocket: LinkedSocket;
}

export function linkedCall(
  clock: Clock,
  opts: {
    readonly line?: LineProfile;
    readonly callSid?: string;
    readonly filler?: LineFiller;
    /** The clock by which messages travel. @defaultValue `clock`: each takes one turn of it */
    readonly network?: Clock;
  } = {},
): LinkedCall {
  const [phoneSocket, legSocket] = linkedSockets(opts.network ?? clock);
  const problems: WireProblem[] = [];
  const leg = openMediaLeg(legSocket, {
    clock,
    onProblem: (problem) => problems.push(problem),
    admit: () => undefined,
    filler: opts.filler,
    onListenerError: (error) => {
      throw error;
    },
  });
  const phone = new WirePhone(phoneSocket, {
    callSid: opts.callSid ?? 'CA00000000000000000000000000000001',
    streamSid: 'MZ00000000000000000000000000000001',
    accountSid: 'AC00000000000000000000000000000001',
    customParameters: { token: 'linked' },
    clock,
    ...(opts.line && { line: opts.line }),
  });
  return { phone, leg, problems, legSocket };
}
