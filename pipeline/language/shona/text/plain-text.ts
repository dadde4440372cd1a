/** Any Unicode text -> the signs that the readers know: printable ASCII, line ends, and a few signs named below. */

/** Letters that have no decomposition; ŋ ɓ ɗ ʋ ȿ ɀ are those of the Shona spelling of 1931. */
const LETTERS: Readonly<Record<string, string>> = {
  ø: 'o',
  Ø: 'O',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ð: 'd',
  þ: 'th',
  ß: 'ss',
  æ: 'ae',
  Æ: 'Ae',
  œ: 'oe',
  Œ: 'Oe',
  ı: 'i',
  ŋ: "n'",
  ɓ: 'b',
  ɗ: 'd',
  ʋ: 'v',
  ȿ: 'sv',
  ɀ: 'zv',
  μ: 'u',
};

const SIGNS: Readonly<Record<string, string>> = {
  '\u2010': '-',
  '\u2011': '-',
  '\u2012': '–',
  '\u2015': '—',
  '\u2212': '-',
  '\u2044': '/',
  '\u2215': '/',
  '\u066b': '.',
  '\u066c': ',',
  '\u2018': "'",
  '\u2019': "'",
  '\u02bc': "'",
  '`': "'",
  '\u00b4': "'",
  '\u2032': "'",
  '\u3002': '.',
  '\u060c': ',',
  '\u061b': ';',
  '\u061f': '?',
  '\u00a1': ' ',
  '\u00ba': '°',
  '\u00bf': ' ',
};

const PLAIN = /^[\n\u0020-\u005f\u0061-\u007e]*$/u;

/** A digit of another script as 0–9: each script's ten stand in a row, and none stands right before its zero. */
function latinDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return String(value);
}

/**
 * Accents fall, digits of other scripts become 0–9, quotes and dashes become the plain ones, direction marks and other
 * invisible signs vanish, control characters become spaces. What is left beyond ASCII is – — … ° and what nobody can read.
 */
export function plainText(text: string): string {
  if (PLAIN.test(text)) return text;
  return (
    text
      .replace(/\r\n?|[\u2028\u2029]/gu, '\n')
      // Trade marks are not said; powers are not digits of the number in front.
      .replace(/[™®©℠]/gu, '')
      .replace(/[⁰¹²³⁴-⁹]+/gu, (power) => `^${power.normalize('NFKC')}`)
      .replace(/(?=[\u00bc-\u00be\u2150-\u215e])/gu, ' ')
      .replace(/[`\u00b4\u2032\u00a1\u00ba\u00bf]/gu, (sign) => SIGNS[sign] ?? sign)
      .replace(/\u2026/gu, ' … ')
      .replace(/[^\n\u0020-\u007e…]+/gu, (run) => run.normalize('NFKD'))
      .replace(/[\p{M}\p{Cf}]+/gu, '')
      .replace(/[^\n\u0020-\u007e]/gu, (sign) => {
        const known = LETTERS[sign] ?? SIGNS[sign];
        if (known !== undefined) return known;
        if (/\p{Nd}/u.test(sign)) return latinDigit(sign);
        return /[\p{Z}\p{C}]/u.test(sign) ? ' ' : sign;
      })
  );
}
