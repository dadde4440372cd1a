/** What every trunk asks before it does anything for a call. */
import { InzwaError } from '#kernel/errors.ts';
import type { AllowList } from './numbers.ts';
import type { PhoneNumber } from './trunk.ts';

const CALL_ID = /^[A-Za-z0-9-]{8,64}$/;

/** Throws INZWA_TRUNK_FAILED for what cannot be the id of a call that we place. */
export function assertCallId(callId: string): void {
  if (!CALL_ID.test(callId)) throw refused(`${JSON.stringify(callId.slice(0, 80))} cannot be the id of a call`);
}

/** Throws INZWA_NUMBER_REFUSED. The caller of a trunk has checked it too: nothing is dialled because somebody forgot. */
export function assertAllowed(list: AllowList, callId: string, number: PhoneNumber): void {
  const verdict = list.check(number);
  if (verdict === 'allowed') return;
  throw new InzwaError(
    'INZWA_NUMBER_REFUSED',
    `call ${callId}: the number may not be dialled (${verdict.refused}); see the list of allowed prefixes`,
    { details: { refused: verdict.refused } },
  );
}

/** What a trunk will not do, however often it is asked. */
export function refused(message: string): InzwaError {
  return new InzwaError('INZWA_TRUNK_FAILED', message, { retryable: false, details: { failure: 'refused' } });
}
