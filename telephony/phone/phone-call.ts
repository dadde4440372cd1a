/** What a script can do with a call it has placed. Times are of the injected clock, in milliseconds. */

/** When an utterance was spoken: mouth time, 20 ms before its last frame reaches the wire at the earliest. */
export interface Spoken {
  readonly startAtMs: number;
  readonly endAtMs: number;
  /** First voiced sample, to 5 ms; `startAtMs` when nothing was voiced. */
  readonly firstVoicedAtMs: number;
  /** End of the last voiced step of 5 ms; `endAtMs` when nothing was voiced. */
  readonly lastVoicedAtMs: number;
}

/** 20 ms of what the caller hears; `pcm` belongs to the telephone and is valid until the listener returns. */
export interface HeardFrame {
  readonly atMs: number;
  readonly pcm: Int16Array;
  readonly isSilent: boolean;
}

export interface PhoneEnding {
  /** 'caller': this telephone, also where it was the one called. */
  readonly by: 'caller' | 'agent' | 'network';
  readonly reason: string;
  /** What the signalling said of the cause; a Twilio wire says nothing. */
  readonly details?: {
    /** Final status of an INVITE that was not answered. */
    readonly status?: number;
    /** Cause by ITU-T Q.850, from a Reason header (RFC 3326). */
    readonly q850?: number;
  };
}

/** Both sides of a call, equally long; sample i of each belongs to the moment startedAtMs + i / 8. */
export interface PhoneRecording {
  readonly sampleRateHz: 8_000;
  readonly caller: Int16Array;
  readonly heard: Int16Array;
  readonly startedAtMs: number;
}

/** How punctual the telephone itself was: ticks that ran more than 5 ms after their deadline spoil a measurement. */
export interface PhonePacing {
  readonly ticks: number;
  readonly lateTicks: number;
  readonly maxLateMs: number;
}

export interface PhoneCall extends AsyncDisposable {
  /** The id under which the other side knows the call: Twilio's CallSid, SIP's Call-ID. */
  readonly callId: string;
  /** When the caller's mouth and ear were opened. */
  readonly startedAtMs: number;
  /**
   * PCM16 at 8000 Hz; utterances queue up. Resolves when the last of it is spoken; rejects with
   * INZWA_PHONE_CALL_OVER when the call ends first.
   */
  say(pcm8k: Int16Array): Promise<Spoken>;
  /** Presses one key for each character; stops quietly when the call ends. */
  sendDigits(digits: string): Promise<void>;
  /** Called for every 20 ms, in order; the returned function ends it. */
  onHeard(listener: (frame: HeardFrame) => void): () => void;
  /** The first audible moment at or after `atMs` so far, to 5 ms; undefined when there was none. */
  heardSpeechAfter(atMs: number): number | undefined;
  /** Resolves with the first audible moment from now on; rejects with INZWA_PHONE_TIMEOUT. */
  waitUntilSpeaking(opts: { readonly timeoutMs: number }): Promise<number>;
  /** Resolves with the moment a silence of `silentMs` began, from now on; rejects with INZWA_PHONE_TIMEOUT. */
  waitUntilQuiet(opts: { readonly silentMs: number; readonly timeoutMs: number }): Promise<number>;
  /** Arrival of each message or packet with audio of the agent's. */
  readonly receivedFrames: readonly { readonly atMs: number }[];
  readonly pacing: PhonePacing;
  hangUp(): void;
  /** Never rejects. */
  readonly ended: Promise<PhoneEnding>;
  recording(): PhoneRecording;
}

/** What only a call on Twilio's wire has. */
export interface TwilioPhoneCall extends PhoneCall {
  /** Same as `callId`. */
  readonly callSid: string;
  /** `isSilent`: none of it can be heard, as of what fills a quiet line. */
  readonly receivedFrames: readonly { readonly atMs: number; readonly isSilent: boolean }[];
  /** Any text on the wire, for tests of what bad input gets. */
  sendRaw(text: string): void;
  /** Marks returned to the agent, in order; `wasCleared`: by a `clear`, unheard. */
  readonly marks: readonly { readonly name: string; readonly atMs: number; readonly wasCleared: boolean }[];
  /** Each `clear` of the agent. */
  readonly clears: readonly { readonly atMs: number }[];
}
