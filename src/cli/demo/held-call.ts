/** One call, held and recorded: places it, lets the caller speak, shows it live, and measures it from the recording. */
import type { Clock } from '#kernel/clock.ts';
import type { CallEvent } from '#pipeline/events.ts';
import type { PhonePacing, PhoneRecording } from '#telephony/phone/phone-call.ts';
import type { Terminal } from '../terminal.ts';
import { audibleSpans } from './audible.ts';
import { Caller, holdConversation } from './caller.ts';
import { turnLatencies, type SpokenLine, type TurnLatency } from './latency.ts';
import type { DemoLine } from './line.ts';
import { LiveView } from './live-view.ts';
import type { CallRecord } from './record.ts';
import type { Script } from './script.ts';

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
  readonly line: DemoLine;
  readonly script: Script;
  /** One per line of the script: PCM16 at 8000 Hz. */
  readonly audio: readonly Int16Array[];
  /** What the agent says to fill the time, word for word. */
  readonly fillers: ReadonlySet<string>;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Rejects with INZWA_SERVICE_DIED when the service dies during the call, and with INZWA_PHONE_REFUSED when it takes none. */
export async function recordCall(options: RecordCallOptions): Promise<HeldCall> {
  const { line, script, audio, terminal, clock, signal } = options;
  const { service } = line;
  const events: CallEvent[] = [];
  const startedAtWallMs = clock.wallMs();
  const patience = new Patience(options.fillers);
  const view = new LiveView({ originMs: clock.nowMs(), terminal });
  const unsubscribe = service.onEvent((event) => {
    events.push(event);
    patience.hear(event);
    view.event(event);
  });
  const conversation = async (): Promise<HeldCall> => {
    await using phone = await line.call();
    const caller = new Caller(phone, {
      clock,
      signal,
      isAskedToWait: () => patience.isAskedToWait,
      onLine: (text, atMs) => {
        const english = script.lines.find((each) => each.text === text)?.english;
        view.show({ who: 'caller', text: english ? `${text}  ${terminal.style('dim', `(${english})`)}` : text }, atMs);
      },
    });
    const lines = script.lines.map((each, index) => ({ ...each, pcm: audio[index] ?? new Int16Array(0) }));
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
      callSid: phone.callId,
      startedAtWallMs,
      serviceReadyMs: service.readyAfterMs,
      lines: spoken,
      turns: turnLatencies(spoken, events, {
        startedAtMs: recording.startedAtMs,
        heard: audible.heard,
        fillers: options.fillers,
      }),
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

/** Whether the agent has asked the caller to wait, and not yet answered. */
export class Patience {
  readonly #fillers: ReadonlySet<string>;
  #isAskedToWait = false;

  constructor(fillers: ReadonlySet<string>) {
    this.#fillers = fillers;
  }

  get isAskedToWait(): boolean {
    return this.#isAskedToWait;
  }

  hear(event: CallEvent): void {
    if (event.kind === 'answer-text' && this.#fillers.has(event.text)) this.#isAskedToWait = true;
    if (event.kind === 'agent-said' && !this.#fillers.has(event.text)) this.#isAskedToWait = false;
  }
}
