/**
 * Between the upgrade and the call: a socket becomes a leg only by a MEDIA_START that is in time and names an audio format
 * we speak. Audio that comes before it, as it does on a busy Asterisk, is kept for the leg.
 */
import { InzwaError, type ErrorCode } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { MediaSocket, WireProblemSink } from '../wire/media-socket.ts';
import type { LineFiller } from '../wire/quiet-line.ts';
import { wireFormat } from './formats.ts';
import { AsteriskMediaLeg, type ReleaseCall } from './media-leg.ts';
import { parseEvent, type MediaStart } from './messages.ts';

/** @defaultValue 5000: MEDIA_START comes within 40 ms of the upgrade (measured). */
const START_DEADLINE_MS = 5_000;

/** Audio kept from before MEDIA_START; older is dropped. 2 s of frames. */
const MAX_EARLY_MESSAGES = 100;

/** Other texts before MEDIA_START; more is not Asterisk. */
const MAX_TEXTS_BEFORE_START = 50;

export interface AsteriskGateOptions {
  readonly clock: Clock;
  readonly onProblem: WireProblemSink;
  /** Whether there is room for the call; the returned error refuses it. */
  readonly admit: (channelId: string) => InzwaError | undefined;
  readonly onListenerError: (error: unknown) => void;
  readonly filler?: LineFiller | undefined;
  readonly release?: ReleaseCall | undefined;
  readonly startDeadlineMs?: number;
}

/**
 * Resolves with the leg, which then owns the socket. Rejects with INZWA_START_LATE, INZWA_START_REFUSED, INZWA_WIRE_CLOSED
 * or the error of `admit`; the socket is closed by then, and the dialplan goes on with its next step.
 */
export function openAsteriskLeg(socket: MediaSocket, opts: AsteriskGateOptions): Promise<AsteriskMediaLeg> {
  return new Promise((resolve, reject) => {
    const early: Uint8Array[] = [];
    let texts = 0;
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
      refuse(refusal('INZWA_START_LATE', 'a media socket of Asterisk sent no MEDIA_START in time; it was closed'));
    });
    const start = ({ channel_id: channelId, format: name, ptime }: MediaStart): void => {
      const format = wireFormat(name);
      if (!format || (ptime ?? 20) !== 20) {
        const asked = `${name.slice(0, 20)} at ${ptime ?? 20} ms`;
        const message = `channel ${channelId} speaks ${asked}: write c(alaw), c(ulaw) or c(slin16) in the Dial line of the dialplan`;
        refuse(refusal('INZWA_START_REFUSED', message), 1003);
        return;
      }
      const refused = opts.admit(channelId);
      if (refused) {
        refuse(refused);
        return;
      }
      settle();
      resolve(
        new AsteriskMediaLeg({
          channelId,
          format,
          socket,
          early,
          clock: opts.clock,
          onProblem: opts.onProblem,
          onListenerError: opts.onListenerError,
          filler: opts.filler,
          release: opts.release,
        }),
      );
    };
    socket.listen({
      text(text) {
        if (isSettled) return;
        const parsed = parseEvent(text);
        if (parsed.ok && parsed.event.event === 'MEDIA_START') {
          start(parsed.event);
          return;
        }
        opts.onProblem(parsed.ok ? 'before-start' : parsed.reason);
        if (++texts > MAX_TEXTS_BEFORE_START) {
          refuse(refusal('INZWA_START_REFUSED', 'a media socket sent too much before its MEDIA_START; it was closed'));
        }
      },
      binary(bytes) {
        if (isSettled) return;
        early.push(bytes.slice());
        if (early.length <= MAX_EARLY_MESSAGES) return;
        early.shift();
        opts.onProblem('before-start');
      },
      tooLarge() {
        opts.onProblem('too-large');
        refuse(refusal('INZWA_START_REFUSED', 'a media socket sent a message over the size limit'), 1009);
      },
      closed() {
        if (!settle()) return;
        reject(refusal('INZWA_WIRE_CLOSED', 'a media socket of Asterisk closed before its MEDIA_START'));
      },
    });
  });
}

function refusal(code: ErrorCode, message: string): InzwaError {
  return new InzwaError(code, message);
}
