/**
 * English numerals in Shona spelling, for what people count in English: digits of a telephone number, hours, years. The
 * digits are attested in transcripts (shona.md §2); the rest follows their pattern and is judgement.
 */

const DIGITS = ['ziro', 'wani', 'tuu', 'thrii', 'foo', 'faifi', 'sikisi', 'sevheni', 'eiti', 'naini'] as const;
const TEENS = [
  'teni',
  'erevheni',
  'twerufu',
  'thetini',
  'fotini',
  'fifitini',
  'sikisitini',
  'sevhentini',
  'eitini',
  'naintini',
] as const;
const TENS = ['', '', 'twendi', 'thete', 'fote', 'fifite', 'sikisite', 'sevhente', 'eite', 'nainte'] as const;

/** 0–99. */
function small(n: number): string {
  if (n < 10) return DIGITS[n] ?? '';
  if (n < 20) return TEENS[n - 10] ?? '';
  const ones = n % 10;
  return `${TENS[Math.floor(n / 10)] ?? ''}${ones === 0 ? '' : ` ${DIGITS[ones] ?? ''}`}`;
}

/** A digit 0–9. */
export function englishDigit(digit: number): string {
  return DIGITS[digit] ?? '';
}

/** An hour 1–12. */
export function englishHour(hour: number): string {
  return small(hour);
}

/** A year 1000–2999 in pairs: 1987 "naintini eite sevheni", 2018 "twendi eitini", 2008 "tuu thauzendi neeiti". */
export function englishYear(year: number): string {
  const pairs = small(Math.floor(year / 100));
  const rest = year % 100;
  if (year % 1000 < 10) {
    const thousands = `${small(Math.floor(year / 1000))} thauzendi`;
    return rest === 0 ? thousands : `${thousands} ne${small(rest)}`;
  }
  if (rest === 0) return `${pairs} handiredhi`;
  return rest < 10 ? `${pairs} ou ${small(rest)}` : `${pairs} ${small(rest)}`;
}
