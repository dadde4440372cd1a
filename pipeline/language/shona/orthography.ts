/**
 * Shona spelling of 1967, the one in use: which syllables it has, and in which ways of writing the same word is the same.
 * Nothing here repairs a text: natives join and split words freely, and what they wrote is theirs.
 */

/** Vowel letters; every native syllable ends in one. */
export const VOWELS = 'aeiou';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/**
 * Onsets of native syllables and of settled loans (docs/shona.md: counted in 0.8 M words; those after `zw` are rarer or
 * follow from the pattern consonant + w).
 */
const ONSETS = words(
  'b bh bv bw ch d dh dy dz dzv dzw f g gw h hw j k kw m mb mbw mh mv mw n nd ndw ng ngw nh nj nw ny nz nzv nzw p pf r rw ' +
    's sh shw sv sw t ts tsv tsw tw ty v vh w y z zh zv zw ' +
    "mbv mp nk nt pw n' n'w ng' ng'w svw bz ps bhw bvw chw dhw dw dyw dzvw fw jw mhw ndy nhw njw nyw pfw tsvw vhw vw zhw zvw",
);

/** What only names and loans have: "Bulawayo", "Mphoko" is not even that. */
const LOAN_ONSETS = words('l lw mf mpw nch nkw ns nts ntw');

/** ’ ʼ ‘ ` ´ as the typed one: the corpus has both in n'anga, and it is a letter of the word, never to be dropped. */
export function plainApostrophes(text: string): string {
  return text.replace(/[\u2019\u02bc\u2018\u0060\u00b4]/gu, "'");
}

/** muZimbabwe, VaObert, AmaiMonica: a prefix of at most seven letters, and a name that keeps its capital. */
export const GLUED = /^(?<prefix>(?=\p{L}{1,7}\p{Lu})\p{Lu}?\p{Ll}*[aeiou])(?<rest>\p{Lu}.*)$/u;

const PLAIN = /^[a-z]*$/u;
const withoutAccents = (word: string): string =>
  plainApostrophes(word.normalize('NFD').replace(/\p{M}/gu, '')).toLowerCase();

/** Lower-case letters a–z of a word without accents, and the apostrophes of n' and ng'. */
export function lettersOf(word: string): string {
  // Nearly every word of running text: nothing to take away.
  if (PLAIN.test(word)) return word;
  return withoutAccents(word)
    .replace(/[^a-z']/gu, '')
    .replace(/(?<![ng])'/gu, '');
}

/**
 * The written syllables of one word, split after every vowel: `mangwanani` -> ma, ngwa, na, ni. Letters behind the last
 * vowel stay with its syllable; a word without a vowel is one syllable.
 */
export function syllables(word: string): string[] {
  const letters = lettersOf(word);
  const found: string[] = [];
  let start = 0;
  for (let at = 0; at < letters.length; at += 1) {
    if (!VOWELS.includes(letters.charAt(at))) continue;
    found.push(letters.slice(start, at + 1));
    start = at + 1;
  }
  const rest = letters.slice(start);
  const last = found.pop();
  return last === undefined ? (rest === '' ? [] : [rest]) : [...found, last + rest];
}

function isSpelt(word: string, allows: (onset: string) => boolean): boolean {
  if (!PLAIN.test(word) && /[^a-z'-]/u.test(withoutAccents(word))) return false;
  const parts = syllables(word);
  return (
    parts.length > 0 &&
    parts.every((part) => VOWELS.includes(part.at(-1) ?? ' ') && (part.length === 1 || allows(part.slice(0, -1))))
  );
}

/** See `Language.isNativeWord`: every syllable is a known onset and a vowel, nothing stands at the end. */
export function isNativeWord(word: string): boolean {
  return isSpelt(word, (onset) => ONSETS.has(onset));
}

/** True when a word can be read by the spelling's own table: as above, with the onsets of names. */
export function isShonaSpelling(word: string): boolean {
  return isSpelt(word, (onset) => ONSETS.has(onset) || LOAN_ONSETS.has(onset));
}

const SUBJECT = 'ndi|u|a|ti|mu|va|i|ri|chi|zvi|dzi|ru|ka|tu|hu|ku|pa';
/** "-ri", "-si", "-va", "-nga", "-nge" with a subject: what stands before an infinitive and is often written with it. */
const AUXILIARY = new RegExp(
  `^(?:ha)?(?:(?:${SUBJECT})(?:ri|si)|(?:nd|w|t|mw|v|y|r|ch|zv|dz|rw|k|tw|hw|kw|p)?a(?:va|nga)|(?:${SUBJECT})nge)(?:ku)?$`,
  'u',
);
/** Concords, "and", "with", "of", "like", places: one word with what follows them, by the rule. */
const PROCLITIC = /^(?:(?:n|w|y|r|ch|zv|dz|rw|k|tw|hw|kw|p|mw)[ae]|n[o]|v[ae]|s[ae]|ku|mu|pa)$/u;

/**
 * The words of a text as they compare, whether they were joined or split: `vari ku famba`, `variku famba` and
 * `varikufamba` are one word, so are `ne vaviri` and `nevaviri`. Lower case, apostrophes plain, no punctuation. In 17,000
 * lines the joined and the split form are about equally frequent, so neither is an error of a recogniser.
 */
export function joinedWords(text: string): string[] {
  const out: string[] = [];
  let isOpen = false;
  for (const [written] of plainApostrophes(text.normalize('NFKC'))
    .toLowerCase()
    .matchAll(/[\p{L}\p{M}\p{N}']+/gu)) {
    const word = written.replace(/^'+|(?<![ng])'+$/gu, '');
    if (word === '') continue;
    const last = out.length - 1;
    const isJoined = isOpen || (word.startsWith('ku') && AUXILIARY.test(out[last] ?? ''));
    if (isJoined) out[last] = `${out[last] ?? ''}${word}`;
    else out.push(word);
    const whole = out.at(-1) ?? '';
    isOpen = PROCLITIC.test(word) || (whole.endsWith('ku') && AUXILIARY.test(whole));
  }
  return out;
}
