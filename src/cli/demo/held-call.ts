/** One call, held and recorded: places it, lets the caller speak, shows it live, and measures it from the recording. */
import type { Clock } from '#kernel/clock.ts';
import type { CallEvent } from '#pipeline/events.ts';
import type { PhonePacing, PhoneRecording } from '#telephony/phone/phone-call.ts';
import { placeCall } from '#telephony/phone/twilio-phone.ts';
import type { Terminal } from '../terminal.ts';
import { audibleSpans } from './audible.ts';
import { Caller, holdConversation } from './caller.ts';
import type { ChildService } from './child-service.ts';
import { turnLatencies, type SpokenLine, type TurnLatency } from './latency.ts';
import { LiveView } from './live-view.ts';
import type { CallRecord } from './record.ts';
import type { Script } from './script.ts';

/** Numbers that belong to nobody: both are in the example hotline's country, in a range that is not given out. */
export const CALLER_NUMBER = '+263770000001';
export const HOTLINE_NUMBER = '+263770000002';

/** After goodbye the agent hangs up; a caller who hears nothing more puts the receiver down. */
const HANG_UP_AFTER_MS = 3_000;
/** The last events of a call are a few milliseconds behind it. */
const EVENTS_SETTLE_MS = 300;

export interface HeldCall {
  readonly callSid: string;
  readonly startedAtWallMs: number;
  readonly serviceReadyMs: number;
  readonly lines: readonly SpokenLine[];
  readonly turns: readonly TurnLatency[];
  readonly events: readonly CallEvent[];
  readonly recording: PhoneRecording;
  readonly audible: CallRecord['audible'];
  readonly phonePacing: PhonePacing;
}

export interface RecordCallOptions {
  readonly service: ChildService;
  readonly script: Script;
  /** One per line of the script: PCM16 at 8000 Hz. */
  readonly audio: readonly Int16Array[];
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Rejects with INZWA_SERVICE_DIED when the service dies during the call, and with INZWA_PHONE_REFUSED when it takes none. */
export async function recordCall(options: RecordCallOptions): Promise<HeldCall> {
  const { service, script, audio, terminal, clock, signal } = options;
  const events: CallEvent[] = [];
  const startedAtWallMs = clock.wallMs();
  const view = new LiveView({ originMs: clock.nowMs(), terminal });
  const unsubscribe = service.onEvent((event) => {
    events.push(event);
    view.event(event);
  });
  const conversation = async (): Promise<HeldCall> => {
    await using phone = await placeCall({ ...service.address, from: CALLER_NUMBER, to: HOTLINE_NUMBER, clock, signal });
    const caller = new Caller(phone, {
      clock,
      signal,
      onLine: (text, atMs) => {
        const english = script.lines.find((line) => line.text === text)?.english;
        view.show({ who: 'caller', text: english ? `${text}  ${terminal.style('dim', `(${english})`)}` : text }, atMs);
      },
    });
    const lines = script.lines.map((line, index) => ({ ...line, pcm: audio[index] ?? new Int16Array(0) }));
    const spoken = await holdConversation(caller, lines);
    await Promise.race([phone.ended, clock.sleep(HANG_UP_AFTER_MS, { signal })]);
    phone.hangUp();
    const { by, reason } = await phone.ended;
    view.show({ who: 'call', text: `over: ${by === 'agent' ? 'the agent hung up' : by} (${reason})` }, clock.nowMs());
    await clock.sleep(EVENTS_SETTLE_MS, { signal });
    const recording = phone.recording();
    const audible = {
      caller: audibleSpans(recording.caller, recording.sampleRateHz),
      heard: audibleSpans(recording.heard, recording.sampleRateHz),
    };
    return {
      callSid: phone.callSid,
      startedAtWallMs,
      serviceReadyMs: service.readyAfterMs,
      lines: spoken,
      turns: turnLatencies(spoken, events, { startedAtMs: recording.startedAtMs, heard: audible.heard }),
      events,
      recording,
      audible,
      phonePacing: phone.pacing,
    };
  };
  try {
    return await Promise.race([conversation(), service.died]);
  } finally {
    unsubscribe();
  }
}
