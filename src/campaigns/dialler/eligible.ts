/** Whether one contact may be called this moment, and if not, what becomes of them. Everything is asked anew for each call. */
import type { AllowList } from '#telephony/numbers.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { settledDisposition } from './settle.ts';
import { reserveFor } from './rules.ts';
import type { CampaignSettings } from './settings.ts';
import { mayBegin, nextDayStart, nextOpening } from './window.ts';

/** A contact whose turn it is, with what the database says of their number at this moment. */
export interface Candidate {
  readonly id: string;
  readonly phoneHash: string;
  /** Null: erased. */
  readonly e164: string | null;
  readonly tz: string | null;
  readonly ordinal: number;
  readonly hasConsent: boolean;
  readonly isOptedOut: boolean;
  readonly isOnTheLine: boolean;
  readonly lastOutcome: string | null;
  readonly hasAnswers: boolean;
  /** Epoch ms of the last call to the number in any campaign. */
  readonly lastAt: number | null;
  /** Calls to the number, in any campaign, in their local day. */
  readonly today: number;
  readonly lastNo: number;
  readonly lastCaller: string | null;
}

export type Ruling =
  | { readonly kind: 'call'; readonly to: PhoneNumber; readonly reserveMicros: number }
  | { readonly kind: 'over'; readonly state: 'done' | 'skipped'; readonly disposition: string }
  | { readonly kind: 'later'; readonly nextAt: number };

/** Looked at again so soon when what stands in the way may go at any moment. */
const SOON_MS = 60_000;

/** `times`: see `WallTime`. */
export function rule(
  settings: CampaignSettings,
  allowList: AllowList,
  times: readonly [number, ...number[]],
  contact: Candidate,
): Ruling {
  const [now] = times;
  const over = (disposition: string, state: 'done' | 'skipped' = 'skipped'): Ruling => ({
    kind: 'over',
    state,
    disposition,
  });
  if (contact.isOptedOut) return over('opted_out');
  if (contact.e164 === null) return over('cancelled');
  if (settings.consent.isRequired && !contact.hasConsent) return over('no_consent');
  const to = contact.e164 as PhoneNumber;
  if (allowList.check(to) !== 'allowed') return over('invalid_number');
  const reserveMicros = reserveFor(settings, to);
  // A number without a price is outside the list that somebody agreed to pay.
  if (reserveMicros === undefined) return over('failed');

  const tz = contact.tz ?? settings.tz;
  const later = (wantedAt: number): Ruling => {
    const nextAt = nextOpening(settings, tz, wantedAt);
    if (nextAt !== undefined) return { kind: 'later', nextAt: Math.max(nextAt, now + 1000) };
    return {
      kind: 'over',
      state: 'skipped',
      disposition: settledDisposition(contact.lastOutcome, contact.hasAnswers, 'expired'),
    };
  };
  if (contact.isOnTheLine) return { kind: 'later', nextAt: now + SOON_MS };
  const freeAt = (contact.lastAt ?? -Infinity) + settings.perPhone.minGapMinutes * 60_000;
  if (freeAt > now) return later(freeAt);
  if (contact.today >= settings.perPhone.perDay) return later(nextDayStart(tz, now));
  if (!times.every((at) => mayBegin(settings, tz, at))) return later(mayBegin(settings, tz, now) ? now + SOON_MS : now);
  return { kind: 'call', to, reserveMicros };
}

/** The number to show: the one that the contact knows, else the next of the pool; undefined: none may be shown any more today. */
export function callerFor(
  { callers, callerDayCap }: CampaignSettings,
  { lastCaller, ordinal }: Pick<Candidate, 'lastCaller' | 'ordinal'>,
  usedToday: ReadonlyMap<string, number>,
): string | undefined {
  const rotated = callers.map((_, index) => callers[(ordinal + index) % callers.length] ?? '');
  const wished = lastCaller !== null && callers.includes(lastCaller) ? [lastCaller, ...rotated] : rotated;
  return wished.find((caller) => (usedToday.get(caller) ?? 0) < (callerDayCap ?? Infinity));
}
