/** A text as it comes, made uniform before it is read: compatibility forms, digits of other scripts, invisible characters. */

/** NFKC would make them digits of the figure before them. */
const KEPT = /([½¼¾⁰¹²³⁴-⁹])/u;

/** ASCII digits, plain apostrophes, hyphens and spaces; ½ ¼ ¾ and powers stay; nothing invisible is left. Line ends become full stops. */
export function plainText(text: string): string {
  return text
    .split(KEPT)
    .map((part) => (KEPT.test(part) ? part : part.normalize('NFKC')))
    .join('')
    .replaceAll(/[\u2019\u02bc\u2018\u0060\u00b4]/gu, "'")
    .replaceAll(/[\u2010\u2011\u2012\u2212\ufe63]/gu, '-')
    .replaceAll('\u2044', '/')
    .replaceAll(/[\n\u2028\u2029]+/gu, '. ')
    .replaceAll(/[\p{Cf}\p{Co}\p{Cn}\p{Cs}\ufe00-\ufe0f]/gu, '')
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .replaceAll(/(?![0-9])\p{Nd}/gu, asciiDigit);
}

/** Decimal digits stand in unbroken tens (Unicode Standard 4.6), so the distance to the block's first is the value. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return String(value);
}
