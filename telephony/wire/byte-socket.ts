/** The little of a TCP connection that a leg needs, so that it is tested without one. */
export interface ByteSocket {
  /** One write, so that what belongs together leaves together; the bytes are copied before this returns. */
  send(bytes: Uint8Array): void;
  /** Says that nothing more will come, after all that was sent. */
  end(): void;
  /** Drops the connection and what still waits to be sent. */
  terminate(): void;
  /** Bytes handed to `send` that have not reached the operating system. */
  readonly bufferedAmount: number;
  /** Replaces the listener; at most one at a time. */
  listen(listener: ByteSocketListener): void;
}

export interface ByteSocketListener {
  /** The array is valid until the listener returns. */
  bytes(bytes: Uint8Array): void;
  /** The far side says that nothing more will come from it, or has closed its end altogether. */
  ended(): void;
  /** Called once, last. Not preceded by `ended`: the connection was lost. */
  closed(): void;
}
