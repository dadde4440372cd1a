/** What a caller's words amount to, and how a value is written down. The same for every language; who hears it is not. */

/** ISO 4217, but `ZiG` as people write it. Money is counted in hundredths; a bare "dollar" is the American one, as people in Zimbabwe mean it, `ZWL` the old local. */
export type CurrencyCode = string;

/** Half-open range of UTF-16 offsets into the text that was read: `text.slice(start, end)` are the words used. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A duration as it was said, never converted: ninety minutes stay ninety minutes. Whole, non-negative counts. */
export interface Duration {
  readonly years?: number;
  readonly months?: number;
  readonly weeks?: number;
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
}

/**
 * A calendar date as far as it was said: `month` 1–12, `day` 1–31, `weekday` 1 (Monday) to 7. `daysFromToday` stands alone
 * (0 today, 1 tomorrow), because only whoever has a calendar can resolve it.
 */
export interface CalendarDate {
  readonly year?: number;
  readonly month?: number;
  readonly day?: number;
  readonly weekday?: number;
  readonly daysFromToday?: number;
}

/** A value without the words that carried it. */
export type Meaning =
  | { readonly kind: 'number'; readonly value: number }
  /** `digits` are those behind the point, as they were said ("50" is not "5"); `whole` carries the sign, be it of −0. */
  | { readonly kind: 'decimal'; readonly whole: number; readonly digits: string }
  | { readonly kind: 'fraction'; readonly numerator: number; readonly denominator: number }
  | { readonly kind: 'percent'; readonly whole: number; readonly digits: string }
  | { readonly kind: 'ordinal'; readonly value: number }
  | { readonly kind: 'money'; readonly currency: CurrencyCode; readonly minorUnits: number }
  /** `hour` 0–23. `isHalfOfDayKnown` is false when nothing said whether it is before or after noon. */
  | { readonly kind: 'time'; readonly hour: number; readonly minute: number; readonly isHalfOfDayKnown: boolean }
  | { readonly kind: 'date'; readonly date: CalendarDate }
  | { readonly kind: 'duration'; readonly duration: Duration }
  /** A telephone or reference number: 0–9, with a leading + when it was said. */
  | { readonly kind: 'digits'; readonly digits: string };

/** The kinds of value that a question can expect. */
export type ValueKind = Meaning['kind'];

/** A value heard; `folded` means that a word was only recognised by its confusable sounds, so ask before acting on it. */
export type SpokenValue = Meaning & { readonly confidence: 'exact' | 'folded'; readonly span: Span };

/** What may be said beforehand about an utterance. */
export interface ValueOptions {
  /** What was asked for: ambiguous words are read as this kind where they can be. */
  readonly expects?: ValueKind;
}

const pad = (n: number, width = 2): string => String(n).padStart(width, '0');

const point = (whole: number, digits: string): string => {
  const integer = Object.is(whole, -0) ? '-0' : String(whole);
  return digits === '' ? integer : `${integer}.${digits}`;
};

function money(currency: CurrencyCode, minorUnits: number): string {
  const cents = minorUnits % 100;
  return `${currency} ${point((minorUnits - cents) / 100, cents === 0 ? '' : pad(cents))}`;
}

/** ISO 8601 where the parts allow it, its truncated forms (RFC 6350 §4.3.1: `--08-27`, `---27`) where not. */
function calendarDate({ year, month, day, weekday, daysFromToday }: CalendarDate): string {
  if (daysFromToday !== undefined) {
    return daysFromToday === 0 ? 'today' : `today${daysFromToday > 0 ? '+' : ''}${daysFromToday}`;
  }
  if (year !== undefined) {
    const tail = month === undefined ? '' : `-${pad(month)}${day === undefined ? '' : `-${pad(day)}`}`;
    return pad(year, 4) + tail;
  }
  if (month !== undefined) return `--${pad(month)}${day === undefined ? '' : `-${pad(day)}`}`;
  if (day !== undefined) return `---${pad(day)}`;
  return `-W-${weekday ?? 1}`;
}

/** ISO 8601, except that weeks may stand beside other units (as ISO 8601-2 allows), since that is how they are said. */
function duration(said: Duration): string {
  const part = (count: number | undefined, letter: string): string => (count === undefined ? '' : `${count}${letter}`);
  const days = part(said.years, 'Y') + part(said.months, 'M') + part(said.weeks, 'W') + part(said.days, 'D');
  const clock = part(said.hours, 'H') + part(said.minutes, 'M') + part(said.seconds, 'S');
  return `P${days}${clock === '' ? '' : `T${clock}`}`;
}

/** See `Language.writeValue`. */
export function writeValue(value: Meaning): string {
  switch (value.kind) {
    case 'number':
      return String(value.value);
    case 'decimal':
      return point(value.whole, value.digits);
    case 'fraction':
      return `${value.numerator}/${value.denominator}`;
    case 'percent':
      return `${point(value.whole, value.digits)}%`;
    case 'ordinal':
      return `${value.value}.`;
    case 'money':
      return money(value.currency, value.minorUnits);
    case 'time':
      return `${pad(value.hour)}:${pad(value.minute)}`;
    case 'date':
      return calendarDate(value.date);
    case 'duration':
      return duration(value.duration);
    case 'digits':
      return value.digits;
  }
}
