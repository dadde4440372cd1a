/** AudioSocket's server and the ids it takes, tied to the desk: for an Asterisk without chan_websocket. */
import { InzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import { OneTimeIds } from '#telephony/asterisk/audiosocket/one-time-ids.ts';
import { AudioSocketServer } from '#telephony/asterisk/audiosocket/server.ts';
import type { LineFiller } from '#telephony/wire/quiet-line.ts';
import type { AsteriskCalls } from './asterisk-calls.ts';
import type { CallDesk } from './call-desk.ts';
import type { Logger } from './observability/logger.ts';
import type { Metrics } from './observability/metrics.ts';

/** What is known of a call when its id is minted. */
export interface AudioSocketFacts {
  /** The caller's channel. */
  readonly call: string;
}

export interface AudioSocketOptions {
  readonly desk: CallDesk;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly calls: AsteriskCalls;
  readonly filler: () => LineFiller | undefined;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly maxSockets: number;
}

/** Mint an id for each call over HTTP, where Asterisk can prove who it is; the connection brings it back. */
export interface AudioSocketDoor extends AsyncDisposable {
  readonly ids: OneTimeIds<AudioSocketFacts>;
  /** Rejects with INZWA_AUDIOSOCKET_LISTEN. */
  listen(): Promise<void>;
}

/** Listens to nothing yet. */
export function audioSocketDoor(opts: AudioSocketOptions): AudioSocketDoor {
  const { desk, metrics, clock, logger, calls } = opts;
  const ids = new OneTimeIds<AudioSocketFacts>({ clock });
  const server = new AudioSocketServer<AudioSocketFacts>({
    clock,
    host: opts.host,
    port: opts.port,
    maxSockets: opts.maxSockets,
    filler: opts.filler,
    admit(uuid) {
      const facts = ids.redeem(uuid);
      if (typeof facts === 'string') {
        return new InzwaError('INZWA_TOKEN_REFUSED', `an AudioSocket connection was not taken: its id is ${facts}`, {
          details: { verdict: facts },
        });
      }
      return desk.mayOpen(facts.call) ?? { callId: facts.call, facts, release: calls.releaseOf(facts.call, 0) };
    },
    onLeg(leg, { callId }) {
      void desk.openCall(leg, { callId, carrier: 'audiosocket', carrierCallId: callId });
    },
    onRefused(error) {
      metrics.refused(error.code);
      logger.warn({ code: error.code, ...error.details }, 'AudioSocket connection refused');
    },
    onProblem: (problem) => metrics.wireProblem(problem),
    onListenerError: (error) => logger.error({ err: error }, 'a call’s listener failed'),
  });
  return {
    ids,
    async listen() {
      const { port } = await server.listen();
      logger.info({ host: opts.host, port }, 'AudioSocket is listening: only Asterisk may reach this address');
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
