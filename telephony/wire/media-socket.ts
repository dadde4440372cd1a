/** The little of a WebSocket that a leg needs, so that it is tested without one. */
export interface MediaSocket {
  send(text: string): void;
  /** One binary message, never fragmented; the bytes are copied before this returns. */
  sendBytes(bytes: Uint8Array): void;
  close(code: number, reason: string): void;
  /** Drops the connection without the closing handshake. */
  terminate(): void;
  /** Bytes handed to `send` that have not reached the operating system. */
  readonly bufferedAmount: number;
  /** Replaces the listener; at most one at a time. */
  listen(listener: MediaSocketListener): void;
}

export interface MediaSocketListener {
  text(message: string): void;
  /** The array is valid until the listener returns. */
  binary(bytes: Uint8Array): void;
  /** A message over the size limit; the socket closes itself (1009) afterwards. */
  tooLarge(): void;
  /**
   * Called once, last. Code 1006: no closing handshake; `wasLetGo` then says that the far side had closed its end when we
   * wrote, so that its closing frame was never read.
   */
  closed(code: number, wasLetGo?: boolean): void;
}

/** What a wire did that it should not have, by name: a label of a counter, so the set stays small. */
export type WireProblem =
  | 'malformed-json'
  | 'bad-message'
  | 'unknown-event'
  | 'binary-message'
  | 'too-large'
  | 'bad-base64'
  | 'before-start'
  | 'second-start'
  | 'wrong-stream'
  | 'duplicate'
  | 'flood'
  | 'dtmf-flood'
  | 'unknown-mark'
  /** A frame that the wire says was lost; it was concealed. */
  | 'lost-frame'
  /** Seconds of old audio in one go, after a freeze of ours or of the network; it was dropped. */
  | 'stale-burst'
  | 'zero-byte'
  | 'odd-bytes'
  /** The far end says that it did not understand us. */
  | 'error-event'
  | 'xoff'
  /** Audio at a sample rate that the leg was not built for. */
  | 'other-rate'
  /** Our own event loop stood still, and frames went out late or not at all. */
  | 'late-sender'
  | 'not-attached'
  | 'end-call-failed'
  | 'too-many-problems';

/** Called for each of them; must not throw. */
export type WireProblemSink = (problem: WireProblem) => void;
