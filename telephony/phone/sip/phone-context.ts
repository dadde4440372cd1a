/** What the calls of one SIP telephone share; kept by the telephone, used by dialled and answered calls alike. */
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import { CallMedia } from './call-media.ts';
import type { DatagramNetwork } from './datagram.ts';
import type { SipCredentials } from './digest.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { SipCodec } from './sdp.ts';
import type { SipLineProfile } from './sip-phone-call.ts';
import type { SipTransport } from './transport.ts';

/** Takes the requests of the other side within a call. */
export interface DialogParty {
  receive(transaction: ServerTransaction): void;
  /** Ends the call, if it has not ended; resolves when the other side knows, or never will. */
  close(): Promise<void>;
}

export interface PhoneContext {
  readonly transport: SipTransport;
  readonly network: DatagramNetwork;
  readonly clock: Clock;
  readonly line: SipLineProfile;
  /** In the order of preference. */
  readonly codecs: readonly SipCodec[];
  /** For a 401 or 407. */
  readonly credentials: SipCredentials | undefined;
  /** Value of the Contact header. */
  readonly contact: string;
  /** True once the telephone takes and makes no more calls. */
  isClosing(): boolean;
  /** From now on requests with this Call-ID and our tag go to the party. */
  join(callId: string, tag: string, party: DialogParty): void;
  leave(callId: string, tag: string): void;
}

/** Opens the RTP socket of a call. */
export async function openMedia(context: PhoneContext, line: SipLineProfile): Promise<CallMedia> {
  const { network, clock, transport } = context;
  const socket = await network.open({ host: transport.address.host, port: 0 });
  return new CallMedia({ socket, clock, line });
}

/** Why a call was not taken; `status` is undefined when nobody answered. */
export function refused(
  callId: string,
  answer: { readonly status?: number; readonly reason: string; readonly q850?: number | undefined },
): InzwaError {
  const { status, reason, q850 } = answer;
  const what = status === undefined ? reason : `${status} ${reason}`;
  return new InzwaError('INZWA_PHONE_REFUSED', `call ${callId} was not taken: ${what}`, {
    details: { status, reason, q850 },
  });
}
