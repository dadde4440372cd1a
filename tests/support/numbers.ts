import { parseNumber } from '#telephony/numbers.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';

/** As an operator may write it; throws when it is none. */
export function numberOf(text: string): PhoneNumber {
  const parsed = parseNumber(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.reason}`);
  return parsed.number;
}
