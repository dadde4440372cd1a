/** SIP telephones on a virtual network and clock: minutes of call in milliseconds. */
import type { DialOptions } from '#telephony/phone/sip/outgoing-call.ts';
import { SipPhone, type SipPhoneOptions } from '#telephony/phone/sip/sip-phone.ts';
import type { SipPhoneCall } from '#telephony/phone/sip/sip-phone-call.ts';
import type { CalleeScript, IncomingSipCall } from '#telephony/phone/sip/callee-script.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualNetwork } from './virtual-network.ts';

export interface VirtualPhones {
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly caller: SipPhone;
  readonly callee: SipPhone;
  /** Dials the callee; nothing happens until the clock moves. */
  dial(over?: Partial<DialOptions>): Promise<SipPhoneCall>;
  /** Dials a callee that answers at once, and lets it answer. */
  answered(opts?: { readonly dial?: Partial<DialOptions>; readonly script?: CalleeScript }): Promise<{
    call: SipPhoneCall;
    incoming: IncomingSipCall;
    answering: SipPhoneCall;
  }>;
  /** Closes both; afterwards no socket is open and no timer runs. */
  close(): Promise<void>;
}

export const NUMBER = '0771000001';

export async function virtualPhones(
  opts: { readonly caller?: Partial<SipPhoneOptions>; readonly callee?: Partial<SipPhoneOptions> } = {},
): Promise<VirtualPhones> {
  const clock = new VirtualClock();
  const network = new VirtualNetwork(clock);
  const { signal } = new AbortController();
  const caller = await SipPhone.open({ clock, network, signal, ...opts.caller });
  const callee = await SipPhone.open({ clock, network, signal, ...opts.callee });
  const dial = (over: Partial<DialOptions> = {}): Promise<SipPhoneCall> => {
    const placing = caller.call({
      target: { host: callee.host, port: callee.port, user: '101' },
      from: NUMBER,
      signal,
      ...over,
    });
    // A test looks at the rejection when it has moved the clock.
    placing.catch(() => undefined);
    return placing;
  };
  return {
    ...{ clock, network, caller, callee, dial },
    async answered({ dial: over, script } = {}) {
      callee.expect(script ?? { kind: 'answer' });
      const placing = dial(over);
      await clock.advance(10);
      const incoming = callee.incoming.at(-1)!;
      return { call: await placing, incoming, answering: await incoming.answered };
    },
    async close() {
      const closing = Promise.all([caller, callee].map((phone) => phone[Symbol.asyncDispose]()));
      await clock.advance(5_000);
      await closing;
      await clock.advance(1_000);
    },
  };
}
