/** How one word of an utterance is known: by the lexicon, cut in pieces, or by its sound and what stands beside it. */
import { type Atom, isUnknown, NOTHING } from './atom.ts';
import type { Lexeme } from './lexeme.ts';
import { type Hit, lookUp, prefixKind, segment } from './lexicon.ts';
import { soundsLike } from './sounds.ts';
import type { Figure, Pause } from './tokens.ts';

/** A known word; `length` is that of a piece of a longer one, in letters with its proclitic. */
export interface HeardWord extends Hit {
  readonly length?: number;
  readonly isFolded?: true;
}

/** Shorter words are not worth cutting up. */
const SHORTEST_GLUED = 6;

/** "And three", but six among digits, which have no "and". */
const SOUNDS_OF_DIGITS: Readonly<Record<string, Lexeme>> = { nanhatu: { unit: 6, series: 'counting' } };

const isDigit = (known: Pick<Atom, 'lexeme' | 'prefix'> | undefined): boolean =>
  known?.prefix === '' && known.lexeme.unit !== undefined && known.lexeme.series !== 'agreeing';

/** True for a word that may be another by its sound. */
export const isDoubtful = (atom: Atom): boolean => isUnknown(atom) || atom.word in SOUNDS_OF_DIGITS;

/** What a numeral stands beside: another one, or what is counted. */
function isCompany({ lexeme, figure }: Pick<Atom, 'lexeme'> & { readonly figure?: Figure | undefined }): boolean {
  const { unit, ten, teen, head, single, scale, repeat, currency, timeUnit, month, role } = lexeme;
  const isNumeral = unit ?? ten ?? teen ?? head ?? single ?? scale ?? repeat ?? month ?? figure?.whole;
  const isBeside =
    role === 'having' ||
    role === 'point' ||
    role === 'clock' ||
    role === 'day' ||
    role === 'share' ||
    role === 'american' ||
    role === 'local';
  return isNumeral !== undefined || currency !== undefined || timeUnit !== undefined || isBeside;
}

/** Knows a word by its sound; a numeral is believed where another stands right before or behind it. */
function byEar(text: string, pause: Pause, previous: Atom | undefined, following: Hit | undefined): Hit | undefined {
  if (previous !== undefined && pause !== 'stop' && isCompany(previous)) return soundsLike(text, true);
  if (following === undefined || !isCompany(following)) return soundsLike(text, false);
  const heard = soundsLike(text, true);
  if (prefixKind(following.prefix) === 'and') return heard;
  // "marani maviri": the noun of what is counted, or a head. A numeral in front of another would be joined to it, but for
  // the digits of a row.
  const { currency, timeUnit, head, unit } = heard?.lexeme ?? {};
  const isNoun = (currency ?? timeUnit ?? head) !== undefined;
  return isNoun || (isDigit(following) && unit !== undefined) ? heard : soundsLike(text, false);
}

/** A word as the lexicon knows it, one or several pieces; by ear only when asked, for that hears numbers in other words too. */
export function hitsOf(
  { text, pause }: { readonly text: string; readonly pause: Pause },
  previous: Atom | undefined,
  next: string,
  isByEar: boolean,
): readonly HeardWord[] {
  const alike = isByEar ? SOUNDS_OF_DIGITS[text] : undefined;
  if (alike !== undefined && (isDigit(previous) || isDigit(lookUp(next)))) {
    return [{ lexeme: alike, prefix: '', isFolded: true }];
  }
  const known = lookUp(text);
  if (known !== undefined) return [known];
  const pieces = text.length >= SHORTEST_GLUED ? segment(text) : undefined;
  if (pieces !== undefined) return pieces;
  const heard = isByEar ? byEar(text, pause, previous, lookUp(next)) : undefined;
  return [heard === undefined ? { lexeme: NOTHING, prefix: '' } : { ...heard, isFolded: true }];
}
