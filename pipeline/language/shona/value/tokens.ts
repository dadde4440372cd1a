/** Cuts what was heard into words, figures and marks, each with its place in the text. Knows no meaning. */

/** How strongly a token is cut off from the one before it: not, by a comma, by the end of a sentence. */
export type Pause = 'none' | 'comma' | 'stop';

interface Placed {
  readonly start: number;
  readonly end: number;
  readonly pause: Pause;
  /** Nothing at all stands between this token and the one before. */
  readonly isStuck: boolean;
}

/** Digits as written: "2,500" is whole 2500, "3,7" is whole 3 with the fraction 7; `digits` are all of them in a row. */
export interface Figure {
  readonly whole: number;
  readonly fraction: string;
  readonly digits: string;
  /** Written in thousands with commas, so no telephone number. */
  readonly hasCommas: boolean;
}

/** One token; the `text` of words is in lower case, with plain apostrophes and without accents. */
export type Token = Placed &
  (
    | { readonly type: 'word'; readonly text: string; readonly written: string }
    | { readonly type: 'figure'; readonly figure: Figure }
    | { readonly type: 'clock'; readonly hour: number; readonly minute: number }
    | { readonly type: 'date'; readonly day: number; readonly month: number; readonly year: number }
    | { readonly type: 'mark'; readonly text: string }
  );

type Content<T = Token> = T extends Token ? Omit<T, keyof Placed> : never;

const WORD = /[ap]\.\s?m\b\.?|(?:US|us)?\$|\p{L}(?:['’ʼ‘`´\p{Cf}]?[\p{L}\p{M}])*/uy;
const ISO_DATE = /(\d{4})-(\d{2})-(\d{2})(?!\d)/uy;
const DATE = /(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?!\d)/uy;
const CLOCK = /(\d{1,2})[:h](\d{2})(?!\d)(?::\d{2}(?!\d))?/uy;
/** "1,858", "36, 052", "6 292" and "4 630,095" are thousands; a figure that begins with 0 never is. */
const GROUPED = /([1-9]\d{0,2}(?:(?:,\s?|\s)\d{3}(?!\d)){1,4})(?:\.(\d{1,12})(?!\d))?/uy;
const PLAIN = /(\d{1,400})(?:[.,](\d{1,12})(?!\d))?/uy;
const COMMA = /[,;:()[\]…]/u;
const STOP = /[.?!\n\u0085\u2028\u2029]/u;
const MARK = /[%+\-–—/¢½¼¾]/u;

/** Digits of other scripts as 0–9, each in its place: a script's ten stand in a row, and none stands right before its zero. */
function latinDigits(text: string): string {
  return text.replaceAll(/[^\P{Nd}0-9]/gu, (digit) => {
    if (digit.length > 1) return '  ';
    const code = digit.charCodeAt(0);
    let value = 0;
    while (value < 9 && /\p{Nd}/u.test(String.fromCharCode(code - value - 1))) value += 1;
    return String(value);
  });
}

const plain = (written: string): string =>
  written
    .normalize('NFKD')
    .replaceAll(/[\p{M}\p{Cf}]/gu, '')
    .replaceAll(/[’ʼ‘`´]/gu, "'")
    .toLowerCase();

function exec(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function figure(written: string, fraction: string | undefined): Content {
  const whole = written.replaceAll(/\D/gu, '');
  return {
    type: 'figure',
    figure: {
      whole: Number(whole),
      fraction: fraction ?? '',
      digits: whole + (fraction ?? ''),
      hasCommas: written.includes(','),
    },
  };
}

/** What begins with the digit at `at`, and how long it is. */
function digitsAt(text: string, at: number): readonly [Content, number] {
  const iso = exec(ISO_DATE, text, at);
  if (iso) return [{ type: 'date', year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) }, iso[0].length];
  const date = exec(DATE, text, at);
  if (date) {
    return [{ type: 'date', day: Number(date[1]), month: Number(date[3]), year: Number(date[4]) }, date[0].length];
  }
  const clock = exec(CLOCK, text, at);
  if (clock && Number(clock[1]) <= 24 && Number(clock[2]) < 60) {
    return [{ type: 'clock', hour: Number(clock[1]), minute: Number(clock[2]) }, clock[0].length];
  }
  const grouped = exec(GROUPED, text, at);
  if (grouped) return [figure(grouped[1] ?? '', grouped[2]), grouped[0].length];
  const single = exec(PLAIN, text, at);
  return [figure(single?.[1] ?? '', single?.[2]), single?.[0].length ?? 1];
}

/** Tokens of a text in order; what is none of them (emoji, control characters, quotation marks) separates and is dropped. */
export function tokenize(written: string): Token[] {
  const text = latinDigits(written);
  const tokens: Token[] = [];
  let pause: Pause = 'none';
  let isStuck = false;
  const push = (content: Content, start: number, length: number): void => {
    tokens.push({ ...content, start, end: start + length, pause, isStuck });
    pause = 'none';
    isStuck = true;
  };
  for (let at = 0; at < text.length;) {
    const char = text.charAt(at);
    const word = /[\p{L}$\ud800-\udbff]/u.test(char) ? exec(WORD, text, at) : null;
    if (char >= '0' && char <= '9') {
      const [content, length] = digitsAt(text, at);
      push(content, at, length);
      at += length;
    } else if (word) {
      const spelt = plain(word[0]);
      const half = /^([ap])\.\s?m\.?$/u.exec(spelt)?.[1];
      push({ type: 'word', text: half ? `${half}m` : spelt, written: word[0] }, at, word[0].length);
      at += word[0].length;
    } else {
      const isHyphen = char === '-' && /^\p{L}/u.test(text.slice(at + 1, at + 3)) && tokens.at(-1)?.type === 'word';
      if (MARK.test(char) && !isHyphen) push({ type: 'mark', text: char }, at, 1);
      else {
        if (STOP.test(char)) pause = 'stop';
        else if (COMMA.test(char) && pause === 'none') pause = 'comma';
        isStuck = false;
      }
      at += 1;
    }
  }
  return tokens;
}
