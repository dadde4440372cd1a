/** Takes the jitter buffer out of a running Asterisk's dialplan, so that what it costs can be measured. */
import { InzwaError } from '#kernel/errors.ts';
import type { AsteriskInstance } from '../../asterisk/instance.ts';

const CONTEXT = 'inzwa-attach';

/** For calls from now on, until Asterisk is started anew. Rejects with INZWA_ASTERISK_COMMAND when the dialplan has none. */
export async function removeJitterBuffer(instance: AsteriskInstance): Promise<void> {
  const shown = await instance.command(`dialplan show s@${CONTEXT}`);
  const priority = priorityOf(shown);
  if (priority === undefined) {
    throw new InzwaError('INZWA_ASTERISK_COMMAND', `${CONTEXT} in extensions.conf sets no JITTERBUFFER`);
  }
  await instance.command(`dialplan add extension s,${priority},NoOp into ${CONTEXT} replace`);
}

/** Of the line that sets it, as `dialplan show` writes it: number, full stop, application. */
export function priorityOf(shown: string): number | undefined {
  const line = /^.*?(\d+)\.\s.*Set\(JITTERBUFFER\(/mu.exec(shown);
  return line?.[1] === undefined ? undefined : Number(line[1]);
}
