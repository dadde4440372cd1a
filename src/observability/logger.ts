/** The log: static messages, facts in fields. What a caller said, and from which number, never gets in. */
import { pino, type DestinationStream, type Logger } from 'pino';

/**
 * A net below the rule, not instead of it: the rule is that such fields are never passed. Callers' words and numbers go
 * under `pii`, should anybody need to pass them around with other fields.
 */
const REDACTED = [
  'pii',
  '*.pii',
  '*.text',
  '*.heardText',
  '*.digit',
  'text',
  'heardText',
  'digit',
  'From',
  'To',
  'Caller',
  'Called',
  '*.From',
  '*.To',
  '*.Caller',
  '*.Called',
  'token',
  '*.token',
  '*.headers["x-twilio-signature"]',
];

export type { Logger };

/** JSON lines on standard output, or on `destination`. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = { level, base: null, redact: { paths: REDACTED, censor: '[redacted]' } };
  return destination ? pino(options, destination) : pino(options);
}
