/**
 * Words that a recogniser wrote wrongly, known by the sounds that it confuses (fold.ts). In company, right behind a
 * numeral or the noun that is counted, much is believed; anywhere else little, since most words are no numerals.
 */
import { confusion, fold, FOLD_ALPHABET } from '../fold.ts';
import type { Lexeme } from './lexeme.ts';
import { type Hit, LONGEST_PREFIX, prefixKind, WORDS } from './lexicon.ts';

interface Ear {
  /** Folded word -> what it means; undefined where two words with unlike meanings sound alike. */
  readonly sounds: ReadonlyMap<string, Lexeme | undefined>;
  /** Shorter folded words are like too many others to be compared at all, or with one sound changed. */
  readonly shortest: number;
  readonly shortestNear: number;
  readonly longest: number;
}

/** Two sounds no further apart are taken for each other, once in a word. */
const NEAR = 0.45;
const NEIGHBOURS = new Map(
  Array.from(FOLD_ALPHABET, (symbol) => {
    const near = Array.from(FOLD_ALPHABET).filter((other) => other !== symbol && confusion(symbol, other) <= NEAR);
    return [symbol, near] as const;
  }),
);

/** How people and recognisers also write it: zw and sw for zv and sv, c for ch, long vowels. */
const respelled = (word: string): string =>
  word
    .replaceAll(/([aeiou])\1+/gu, '$1')
    .replaceAll(/([zs])w/gu, '$1v')
    .replaceAll(/c(?![hk])/gu, 'ch');
/** Of a nasal and its consonant a telephone loses one: "biri", "pfubamwe", "maseni". */
const SIMPLER: readonly (readonly [RegExp, string])[] = [
  [/[mn](?=[bdgjzfktp])/gu, ''],
  [/(?<=m)b|(?<=n)[dg]/gu, ''],
];

function ear(shortest: number, shortestNear: number, isHeard: (lexeme: Lexeme) => boolean, losesNasals: boolean): Ear {
  const sounds = new Map<string, Lexeme | undefined>();
  const add = (sound: string, lexeme: Lexeme): void => {
    if (sound.length < shortest) return;
    const known = sounds.get(sound);
    const isSame = !sounds.has(sound) || (known !== undefined && isOneMeaning(known, lexeme));
    sounds.set(sound, isSame ? lexeme : undefined);
  };
  const heard = [...WORDS].filter(([, lexeme]) => isHeard(lexeme));
  for (const [word, lexeme] of heard) add(fold(respelled(word)), lexeme);
  const simpler = new Map<string, Lexeme>();
  for (const [word, lexeme] of losesNasals ? heard : []) {
    for (const [lost, nothing] of SIMPLER) {
      const sound = fold(respelled(word)).replaceAll(lost, nothing);
      if (!sounds.has(sound)) simpler.set(sound, lexeme);
    }
  }
  for (const [sound, lexeme] of simpler) add(sound, lexeme);
  const longest = Math.max(...Array.from(sounds.keys(), (sound) => sound.length));
  return { sounds, shortest, shortestNear, longest };
}

const isOneMeaning = (a: Lexeme, b: Lexeme): boolean => JSON.stringify(a) === JSON.stringify(b);

const ALONE = ear(4, 6, ({ isWeak, role }) => isWeak !== true && role !== 'polite' && role !== 'having', false);
const IN_COMPANY = ear(
  3,
  4,
  ({ role, daysFromToday }) => role !== 'polite' && role !== 'old' && role !== 'to' && daysFromToday === undefined,
  true,
);

/** The only word that differs from this sound by one easily confused sound. */
function nearest(sound: string, { sounds, shortestNear, longest }: Ear): Lexeme | undefined {
  if (sound.length < shortestNear || sound.length > longest) return undefined;
  const near: Lexeme[] = [];
  for (const [at, symbol] of Array.from(sound).entries()) {
    for (const other of NEIGHBOURS.get(symbol) ?? []) {
      const lexeme = sounds.get(sound.slice(0, at) + other + sound.slice(at + 1));
      if (lexeme !== undefined) near.push(lexeme);
    }
  }
  const [first] = near;
  return first !== undefined && near.every((other) => isOneMeaning(first, other)) ? first : undefined;
}

/** A word that is not in the lexicon, by its sounds: "madola", "tanatu", "mawiri", "maaviri". */
export function soundsLike(word: string, isInCompany: boolean): Hit | undefined {
  const listener = isInCompany ? IN_COMPANY : ALONE;
  const short = respelled(word);
  const parts: (readonly [prefix: string, sound: string])[] = [];
  for (let length = 0; length <= Math.min(LONGEST_PREFIX, short.length - 3); length += 1) {
    const prefix = short.slice(0, length);
    const kind = prefixKind(prefix);
    if (kind === undefined || (!isInCompany && kind !== 'none' && kind !== 'and')) continue;
    parts.push([prefix, fold(short.slice(length))]);
  }
  for (const hear of [(sound: string) => listener.sounds.get(sound), (sound: string) => nearest(sound, listener)]) {
    for (const [prefix, sound] of parts) {
      const lexeme = hear(sound);
      if (lexeme !== undefined) return { lexeme, prefix };
    }
  }
  return undefined;
}
