/**
 * A readable guess for words that are not spelt like Shona: English letter-to-sound rules in a Shona accent (five vowels,
 * r for r, no reduced vowels), and letter names for abbreviations. It is a fallback: a hotline that says such a word often
 * should spell it the Shona way in its cards.
 */

/** Tried in order at each position; `$` anchors the end of the word, lookahead is allowed, `''` is silent. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/^tion/u, 'ʃ e n'],
  [/^sion/u, 'ʒ e n'],
  [/^igh/u, 'a i'],
  [/^augh/u, 'o'],
  [/^ough/u, 'o'],
  [/^tch/u, 't͡ʃ'],
  [/^sch/u, 's k'],
  [/^dge/u, 'd͡ʒ'],
  [/^ck/u, 'k'],
  [/^ch/u, 't͡ʃ'],
  [/^sh/u, 'ʃ'],
  [/^zh/u, 'ʒ'],
  [/^ph/u, 'f'],
  [/^th/u, 't'],
  [/^wh/u, 'w'],
  [/^gh/u, 'ɡ'],
  [/^qu/u, 'k w'],
  [/^q/u, 'k'],
  [/^x/u, 'k s'],
  [/^ng$/u, 'ŋ'],
  [/^ng(?=[aeiou])/u, 'ᵑɡ'],
  [/^n(?=[kgcq])/u, 'ŋ'],
  [/^ee|^ea|^ie(?=.)/u, 'i'],
  [/^oo/u, 'u'],
  [/^ou|^ow(?=[^aeiou])/u, 'a u'],
  [/^oa|^ow$/u, 'o'],
  [/^ai|^ay|^ei|^ey/u, 'e i'],
  [/^oi|^oy/u, 'o i'],
  [/^au|^aw/u, 'o'],
  [/^ew/u, 'j u'],
  [/^a(?=[bdfgjklmnprstvz]e$)/u, 'e i'],
  [/^i(?=[bdfgjklmnprstvz]e$)/u, 'a i'],
  [/^e$/u, ''],
  [/^(?:er|or|ar|re)$/u, 'a'],
  [/^le$/u, 'o'],
  [/^les$/u, 'o s'],
  [/^y$/u, 'i'],
  [/^y(?=[aeiou])/u, 'j'],
  [/^y/u, 'i'],
  [/^c(?=[eiy])/u, 's'],
  [/^c/u, 'k'],
  [/^([bdfgklmnprstz])(?=\1)/u, ''],
  [/^j|^g(?=e$)/u, 'd͡ʒ'],
  [/^g/u, 'ɡ'],
  [/^h(?=[aeiou])/u, 'ɦ'],
  [/^h/u, ''],
  [/^[aeioubdfklmnprstvwz]/u, '='],
];

/** IPA phonemes of a word in lower-case letters; never empty for a word that has a letter. */
export function readLoanWord(letters: string): string[] {
  const phones: string[] = [];
  for (let at = 0; at < letters.length;) {
    const rest = letters.slice(at);
    const rule = RULES.find(([pattern]) => pattern.test(rest));
    const matched = rule?.[0].exec(rest)?.[0] ?? rest.charAt(0);
    if (rule) phones.push(...(rule[1] === '=' ? matched : rule[1]).split(' ').filter((phone) => phone !== ''));
    at += Math.max(1, matched.length);
  }
  return phones.length > 0 ? phones : spellOut(letters);
}

/** English letter names in Shona sounds, as people read abbreviations aloud: MDC -> emu-dhi-si. */
const LETTER_NAMES: Readonly<Record<string, string>> = {
  a: 'e i',
  b: 'b i',
  c: 's i',
  d: 'd i',
  e: 'i',
  f: 'e f u',
  g: 'd͡ʒ i',
  h: 'e i t͡ʃ i',
  i: 'a i',
  j: 'd͡ʒ e i',
  k: 'k e i',
  l: 'e l u',
  m: 'e m u',
  n: 'e n i',
  o: 'o',
  p: 'p i',
  q: 'k j u',
  r: 'a r a',
  s: 'e s i',
  t: 't i',
  u: 'j u',
  v: 'v i',
  w: 'd a b u r u j u',
  x: 'e k i s i',
  y: 'w a i',
  z: 'z e d i',
};

/** IPA phonemes of a run of letters read by their names. */
export function spellOut(letters: string): string[] {
  return Array.from(letters).flatMap((letter) => LETTER_NAMES[letter]?.split(' ') ?? []);
}
