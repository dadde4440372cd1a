/**
 * Every error that a person or another part of the program may have to recognise has a stable code from this table.
 * Recognise errors by code, never by message. A message says what happened, to which call or file, and what to do.
 */
export const ERROR_CODES = {
  INZWA_CONFIG_INVALID: 'The environment or a configuration file does not say what it must.',
  INZWA_CANCELLED: 'The work was given up because nobody waits for it any more.',
  INZWA_QUEUE_FULL: 'A bounded queue had no room left.',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface InzwaErrorOptions {
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
  /** Machine-readable facts (ids, counts, expected and actual); never a caller's words or number. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export class InzwaError extends Error {
  override readonly name = 'InzwaError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: InzwaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/** True for an InzwaError, of the given code if one is named. */
export function isInzwaError(error: unknown, code?: ErrorCode): error is InzwaError {
  return error instanceof InzwaError && (code === undefined || error.code === code);
}

/** The sentence of any thrown value, for a log line or the terminal. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
