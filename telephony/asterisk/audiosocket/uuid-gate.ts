/**
 * Between the connection and the call: a socket becomes a leg only by a UUID that comes first, in time, and that somebody
 * was told beforehand. Everything else ends here, with a code.
 */
import { InzwaError, type ErrorCode } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { ByteSocket } from '../../wire/byte-socket.ts';
import type { WireProblemSink } from '../../wire/media-socket.ts';
import type { LineFiller } from '../../wire/quiet-line.ts';
import type { ReleaseCall } from '../media-leg.ts';
import { FrameParser, HANG_UP_FRAME, type InboundFrame } from './frames.ts';
import { AudioSocketLeg } from './media-leg.ts';

/** @defaultValue 5000: Asterisk sends the UUID as soon as it is connected, and has given up connecting after 2 s itself. */
const UUID_DEADLINE_MS = 5_000;

/** How long a refused connection gets to close itself. */
const CLOSE_DEADLINE_MS = 2_000;

/** A call that may come in: who it is and what was known of it when its UUID was minted. */
export interface Admitted<Facts> {
  readonly callId: string;
  readonly facts: Facts;
  /** Undefined: without ARI the dialplan has to find out for itself what comes after. */
  readonly release?: ReleaseCall | undefined;
}

export interface UuidGateOptions<Facts> {
  readonly clock: Clock;
  readonly onProblem: WireProblemSink;
  /** Redeems the UUID (lower case) and looks whether there is room; the returned error refuses the call. */
  readonly admit: (uuid: string) => InzwaError | Admitted<Facts>;
  readonly onListenerError: (error: unknown) => void;
  /** Called once for each call, because what fills a line may have a state. */
  readonly filler?: (() => LineFiller | undefined) | undefined;
  readonly uuidDeadlineMs?: number | undefined;
}

/**
 * Resolves with the leg, which then owns the socket. Rejects with INZWA_START_LATE, INZWA_START_REFUSED, INZWA_WIRE_CLOSED
 * or the error of `admit`; Asterisk has been told to go on with its dialplan by then, whoever is no Asterisk is cut off.
 */
export function openAudioSocketLeg<Facts>(
  socket: ByteSocket,
  opts: UuidGateOptions<Facts>,
): Promise<{ readonly leg: AudioSocketLeg; readonly admitted: Admitted<Facts> }> {
  return new Promise((resolve, reject) => {
    const parser = new FrameParser();
    let isSettled = false;
    const settle = (): boolean => {
      if (isSettled) return false;
      isSettled = true;
      cancelDeadline();
      return true;
    };
    const refuse = (error: InzwaError): void => {
      if (settle()) reject(error);
    };
    const cancelDeadline = opts.clock.after(opts.uuidDeadlineMs ?? UUID_DEADLINE_MS, () => {
      socket.terminate();
      refuse(refusal('INZWA_START_LATE', 'a connection for AudioSocket sent no UUID in time; it was closed'));
    });
    const open = (uuid: string): void => {
      const admitted = opts.admit(uuid);
      if (admitted instanceof InzwaError) {
        closeGently(socket, opts.clock);
        refuse(admitted);
        return;
      }
      settle();
      const leg = new AudioSocketLeg({
        callId: admitted.callId,
        socket,
        parser,
        clock: opts.clock,
        onProblem: opts.onProblem,
        onListenerError: opts.onListenerError,
        filler: opts.filler?.(),
        release: admitted.release,
      });
      resolve({ leg, admitted });
    };
    parser.listen((frame: InboundFrame) => {
      if (isSettled) return;
      if (frame.kind === 'uuid') {
        open(frame.uuid);
        return;
      }
      opts.onProblem(frame.kind === 'problem' ? frame.problem : 'before-start');
      socket.terminate();
      refuse(refusal('INZWA_START_REFUSED', 'a connection for AudioSocket did not begin with a UUID; it was closed'));
    });
    socket.listen({
      bytes: (bytes) => parser.push(bytes),
      ended: () => socket.terminate(),
      closed: () => refuse(refusal('INZWA_WIRE_CLOSED', 'a connection for AudioSocket closed before its UUID')),
    });
  });
}

/** Asterisk ends the call when a connection breaks, but goes on with its dialplan when it is told that this one is over. */
function closeGently(socket: ByteSocket, clock: Clock): void {
  const giveUp = clock.after(CLOSE_DEADLINE_MS, () => socket.terminate());
  socket.listen({ bytes: () => undefined, ended: () => socket.terminate(), closed: giveUp });
  socket.send(HANG_UP_FRAME);
  socket.end();
}

function refusal(code: ErrorCode, message: string): InzwaError {
  return new InzwaError(code, message);
}
