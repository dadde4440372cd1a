/**
 * Between the upgrade and the call: a socket becomes a leg only by a `start` that is in time, names an audio format we
 * speak and carries a token that was minted for its call. Everything else ends here, with a code.
 */
import { InzwaError, type ErrorCode } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import { TwilioMediaLeg } from './media-leg.ts';
import type { MediaSocket, WireProblemSink } from '../wire/media-socket.ts';
import type { LineFiller } from '../wire/quiet-line.ts';
import type { EndCall } from './rest.ts';
import { parseMessage, type StartMessage } from './messages.ts';

/** @defaultValue 5000: Twilio sends `start` within one round trip of the upgrade. */
const START_DEADLINE_MS = 5_000;

/** `connected` and then `start` is all that may come; a little more is forgiven, a flood is not. */
const MAX_MESSAGES_BEFORE_START = 50;

export interface StartGateOptions {
  readonly clock: Clock;
  readonly onProblem: WireProblemSink;
  /** Checks the call's token and whether there is room; the returned error refuses the call. */
  readonly admit: (start: { readonly callSid: string; readonly token: string }) => InzwaError | undefined;
  readonly onListenerError: (error: unknown) => void;
  readonly endCall?: EndCall | undefined;
  /** What the caller hears while nobody speaks. @defaultValue nothing is sent */
  readonly filler?: LineFiller | undefined;
  readonly startDeadlineMs?: number;
}

/**
 * Resolves with the leg, which then owns the socket. Rejects with INZWA_START_LATE, INZWA_START_REFUSED, INZWA_WIRE_CLOSED
 * or the error of `admit`; the socket is closed by then (1008 policy, 1003 a format we do not speak).
 */
export function openMediaLeg(socket: MediaSocket, opts: StartGateOptions): Promise<TwilioMediaLeg> {
  return new Promise((resolve, reject) => {
    let messages = 0;
    let isSettled = false;
    const settle = (): boolean => {
      if (isSettled) return false;
      isSettled = true;
      cancelDeadline();
      return true;
    };
    const refuse = (error: InzwaError, closeCode = 1008): void => {
      if (!settle()) return;
      socket.close(closeCode, error.code);
      reject(error);
    };
    const cancelDeadline = opts.clock.after(opts.startDeadlineMs ?? START_DEADLINE_MS, () => {
      refuse(refusal('INZWA_START_LATE', 'a media socket sent no start in time; it was closed'));
    });
    const countMessage = (): void => {
      if (++messages > MAX_MESSAGES_BEFORE_START) {
        refuse(refusal('INZWA_START_REFUSED', 'a media socket sent too much before its start; it was closed'));
      }
    };
    const start = (message: StartMessage): void => {
      const { callSid, customParameters, mediaFormat } = message.start;
      if (mediaFormat.encoding !== 'audio/x-mulaw' || mediaFormat.sampleRate !== 8_000 || mediaFormat.channels !== 1) {
        refuse(refusal('INZWA_START_REFUSED', `call ${callSid} does not speak mu-law 8000 Hz mono`), 1003);
        return;
      }
      const refused = opts.admit({ callSid, token: customParameters['token'] ?? '' });
      if (refused) {
        refuse(refused);
        return;
      }
      settle();
      resolve(
        new TwilioMediaLeg({
          callId: callSid,
          streamSid: message.streamSid,
          socket,
          clock: opts.clock,
          onProblem: opts.onProblem,
          onListenerError: opts.onListenerError,
          endCall: opts.endCall,
          filler: opts.filler,
        }),
      );
    };
    socket.listen({
      text(text) {
        if (isSettled) return;
        const parsed = parseMessage(text);
        if (parsed.ok && parsed.message.event === 'start') {
          start(parsed.message);
          return;
        }
        if (!parsed.ok) opts.onProblem(parsed.reason);
        else if (parsed.message.event !== 'connected') opts.onProblem('before-start');
        countMessage();
      },
      binary() {
        opts.onProblem('binary-message');
        countMessage();
      },
      tooLarge() {
        opts.onProblem('too-large');
        refuse(
          refusal('INZWA_START_REFUSED', 'a media socket sent a message over the size limit before its start'),
          1009,
        );
      },
      closed() {
        if (!settle()) return;
        reject(refusal('INZWA_WIRE_CLOSED', 'a media socket closed before its start'));
      },
    });
  });
}

function refusal(code: ErrorCode, message: string): InzwaError {
  return new InzwaError(code, message);
}
