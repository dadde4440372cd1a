/**
 * One pass over a plain text, left to right: each word, figure or sign is taken by the first reader of its kind that knows
 * it, and never looked at again.
 */
import type { CountClass } from '../../language.ts';
import { isProclitic } from '../nouns.ts';
import { timesOver } from '../numbers.ts';
import type { ShonaReading } from '../reading.ts';
import { addressEnd, sayAddress } from './addresses.ts';
import { currencyAt } from './currencies.ts';
import { isoDuration } from './measures.ts';
import { matchAt } from './place.ts';
import { readSign } from './sign-readers.ts';
import { letteredCode } from './telephone.ts';
import { Teller } from './teller.ts';
import { readWord } from './words.ts';

/** Directly behind a word, these may make it part of something longer: an address, an amount, a code. */
const LONGER = new Set(Array.from('.:@_0123456789$€£+-'));
const GLUE_AND_CODE = /^((?:[A-Z]?[a-z]{1,8})?)(US|USD|U|RTGS|ZWL|ZW|Z|ZiG|ZIG|Zig|ZWG|ZAR|R|BWP|EUR|GBP)?$/u;
const TIMES = /(\d{1,3})(?![A-Za-z\d])/y;
const SPACE = /[ \n]+/y;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isCapital = (code: number): boolean => code >= 0x41 && code <= 0x5a;
const isLetter = (code: number): boolean => (code >= 0x61 && code <= 0x7a) || isCapital(code);

/** Where the letters end that begin at a position; an apostrophe between two letters is one of them. */
function wordEnd(text: string, at: number): number {
  let end = at + 1;
  for (;;) {
    const code = text.charCodeAt(end);
    if (!isLetter(code) && (code !== 0x27 || !isLetter(text.charCodeAt(end + 1)))) return end;
    end += 1;
  }
}

function hasCapital(word: string): boolean {
  for (let at = 0; at < word.length; at += 1) if (isCapital(word.charCodeAt(at))) return true;
  return false;
}

/** A plain text in words. */
export function narrate(text: string, nounClass: CountClass | undefined, reading: ShonaReading): string {
  const teller = new Teller(text, nounClass, reading);
  const addresses = new AddressFinder(text);
  while (teller.at < text.length) {
    const code = text.charCodeAt(teller.at);
    if (code === 0x20) teller.at += 1;
    else if (isLetter(code)) tellWord(teller, addresses);
    else if (isDigit(code)) teller.figure('', teller.at);
    else if (code === 0x0a) tellLineEnd(teller);
    else readSign(teller);
  }
  return teller.told();
}

/** An empty line ends what stands above it; a single line end is only where a line was full. */
function tellLineEnd(teller: Teller): void {
  const lines = matchAt(SPACE, teller.text, teller.at)?.[0] ?? '\n';
  teller.at += lines.length;
  if (lines.indexOf('\n') !== lines.lastIndexOf('\n')) teller.pause('.');
}

function tellWord(teller: Teller, addresses: AddressFinder): void {
  const { text, at, past, reading } = teller;
  const end = wordEnd(text, at);
  const word = text.slice(at, end);
  const isJoined = LONGER.has(text.charAt(end));
  if ((word === 'x' || word === 'X') && tellTimes(teller, end)) return;
  if ((isJoined || isCapital(text.charCodeAt(end - 1))) && tellGluedFigure(teller, word, end)) return;
  const lettered = isJoined && isCapital(text.charCodeAt(at)) ? letteredCode(text, at, reading) : undefined;
  if (lettered !== undefined) {
    teller.say(lettered.words, lettered.end, '');
    return;
  }
  const address = isJoined ? addresses.endOf(at, end) : undefined;
  if (address !== undefined) {
    teller.say(sayAddress(text.slice(at, address), reading), address, '');
    return;
  }
  const isPlain = word.length > 3 && !hasCapital(word);
  const read = isPlain ? undefined : readWord({ text, at, end, word, past, reading });
  if (read === undefined) teller.keep(word, end);
  else if (read.isKept === true) teller.keep(read.words, read.end);
  else teller.say(read.words, read.end);
}

/** 4 x 100 multiplies; x3 is "katatu". */
function tellTimes(teller: Teller, end: number): boolean {
  if (teller.between(teller.reading.times, end)) return true;
  const match = matchAt(TIMES, teller.text, end);
  if (match === undefined) return false;
  teller.say(timesOver(Number(match[1])), end + match[0].length, '');
  return true;
}

/** A figure that this word is glued to, as a proclitic, a currency or both: na8, USD 5, yeUS$5. */
function tellGluedFigure(teller: Teller, word: string, end: number): boolean {
  const { text, at } = teller;
  if ((word === 'P' || word === 'PT') && teller.take(isoDuration, '', at)) return true;
  const [whole, glue = '', code] = GLUE_AND_CODE.exec(word) ?? [];
  // The e of 1e400 is a letter.
  if (whole === undefined || isDigit(text.charCodeAt(at - 1))) return false;
  if (glue !== '' && !isProclitic(glue.toLowerCase())) return false;
  const isMoney = currencyAt(text, at + glue.length) !== undefined;
  if (!isMoney && (code !== undefined || !isDigit(text.charCodeAt(end)))) return false;
  teller.figure(glue, at + glue.length);
  return true;
}

/** Finds where addresses end, without trying every word of a text that has none. */
class AddressFinder {
  readonly #text: string;
  #nextAt = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** For a word from `at` to before `end` with a sign directly behind it. */
  endOf(at: number, end: number): number | undefined {
    if (this.#nextAt < at) {
      const found = this.#text.indexOf('@', at);
      this.#nextAt = found === -1 ? Infinity : found;
    }
    const next = this.#text.charAt(end);
    const isBound = (next === '.' || next === ':') && this.#text.charAt(end + 1) > ' ';
    return isBound || next === '-' || this.#nextAt - at <= 64 ? addressEnd(this.#text, at) : undefined;
  }
}
