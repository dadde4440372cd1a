/** The agent under test: whatever can be telephoned. */
import type { Clock } from '#kernel/clock.ts';
import type { CallEvent } from '#pipeline/events.ts';
import type { PhoneCall } from '#telephony/phone/phone-call.ts';
import type { CallLine } from './lines.ts';

export type Wire = 'twilio' | 'asterisk';

export interface ConnectOptions {
  readonly wire: Wire;
  /** A number of the run: gives the call its ids. */
  readonly callNumber: number;
  readonly line: CallLine;
  readonly signal: AbortSignal;
}

/** A call whose agent has been reached; whoever has it hangs up and then waits for `over`. */
export interface ConnectedCall {
  readonly phone: PhoneCall;
  /** What the agent told of itself so far, times by the agent's clock; undefined: it tells nothing. */
  readonly events: readonly CallEvent[] | undefined;
  /**
   * Resolves when the agent's side of the call has come to its end too, with what makes the call one that cannot be scored,
   * if anything does; never rejects.
   */
  readonly over: Promise<string | undefined>;
}

export interface Agent extends AsyncDisposable {
  readonly name: string;
  /** The clock that the telephones and the callers go by. */
  readonly clock: Clock;
  readonly wires: readonly Wire[];
  /** Rejects when the call is not taken. */
  connect(options: ConnectOptions): Promise<ConnectedCall>;
}
