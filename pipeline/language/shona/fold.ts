/**
 * Shona sounds as recognisers confuse them: what is often heard as the same becomes the same symbol, what is sometimes
 * confused gets a small distance. Spaces vanish, because neither speakers nor recognisers agree where words end.
 */

/** Longest first. Written cluster -> symbols. C = ts, D = dz, c = ch, j = j; n stands for n, nh, n', ng before a vowel. */
const CLUSTERS: readonly (readonly [string, string])[] = [
  ['tsv', 'C'],
  ['dzv', 'D'],
  ['nzv', 'nz'],
  ["ng'", 'n'],
  ['sch', 's'],
  ['tch', 'c'],
  ["n'", 'n'],
  ['ts', 'C'],
  ['dz', 'D'],
  ['sv', 's'],
  ['sh', 's'],
  ['zv', 'z'],
  ['zh', 'z'],
  ['vh', 'f'],
  ['pf', 'f'],
  ['bv', 'f'],
  ['ph', 'f'],
  ['bh', 'b'],
  ['dh', 'd'],
  ['mh', 'm'],
  ['nh', 'n'],
  ['ch', 'c'],
  ['ty', 'c'],
  ['dy', 'j'],
  ['th', 't'],
  ['kh', 'k'],
  ['gh', 'g'],
  ['ck', 'k'],
  ['qu', 'ku'],
  ['v', 'f'],
  ['f', 'f'],
  ['c', 'k'],
  ['q', 'k'],
  ['x', 'ks'],
  ['l', 'r'],
  ['h', ''],
  ['y', 'i'],
  ['w', 'u'],
];
const KEPT = 'aeioubdgjkmnprstz';

/** See `Language.foldAlphabet`. */
export const FOLD_ALPHABET = `${KEPT}fcCD`;

const BY_FIRST = new Map<string, (readonly [string, string])[]>();
for (const rule of CLUSTERS) {
  const first = rule[0].charAt(0);
  const rules = BY_FIRST.get(first);
  if (rules === undefined) BY_FIRST.set(first, [rule]);
  else rules.push(rule);
}

/** See `Language.fold`. */
export function fold(text: string): string {
  const letters = text
    .normalize('NFKD')
    .replaceAll(/[’ʼ‘`´]/gu, "'")
    .toLowerCase()
    .replaceAll(/[^a-z']/gu, '');
  let folded = '';
  // Asking the growing string for its end would flatten it each time: quadratic.
  let last = '';
  let at = 0;
  while (at < letters.length) {
    const letter = letters.charAt(at);
    const rule = BY_FIRST.get(letter)?.find(([written]) => letters.startsWith(written, at));
    const sound = rule === undefined ? (KEPT.includes(letter) ? letter : '') : rule[1];
    // Doubled letters and vowels are length or hesitation, never a difference that survives a telephone.
    for (const symbol of sound) {
      if (symbol !== last) folded += symbol;
      last = symbol;
    }
    at += rule === undefined ? 1 : rule[0].length;
  }
  return folded;
}

const VOWELS = 'aeiou';
/** Distances below 1, each pair once; from shona.md's list of confusions and from what telephone bandwidth takes away. */
const NEAR: Readonly<Record<string, number>> = {
  bp: 0.25,
  dt: 0.25,
  gk: 0.25,
  sz: 0.25,
  cj: 0.25,
  CD: 0.25,
  Cs: 0.3,
  Cc: 0.4,
  Dz: 0.3,
  Dj: 0.4,
  cs: 0.45,
  jz: 0.45,
  Ct: 0.5,
  Dd: 0.5,
  bf: 0.4,
  fp: 0.5,
  fm: 0.7,
  bm: 0.5,
  mn: 0.3,
  dn: 0.5,
  nr: 0.5,
  dr: 0.4,
  gn: 0.5,
  jg: 0.5,
  kt: 0.5,
  ck: 0.5,
  ct: 0.5,
  dj: 0.5,
  fs: 0.6,
  fu: 0.4,
  bu: 0.5,
  ij: 0.6,
  ei: 0.3,
  ou: 0.3,
  ae: 0.5,
  ao: 0.5,
  au: 0.6,
  ai: 0.6,
  eo: 0.7,
  eu: 0.7,
  io: 0.7,
  iu: 0.6,
};

/** See `Language.confusion`. */
export function confusion(a: string, b: string): number {
  if (a === b) return 0;
  return NEAR[a + b] ?? NEAR[b + a] ?? (VOWELS.includes(a) === VOWELS.includes(b) ? 0.85 : 1);
}

/** See `Language.gap`. A nasal before a stop, a glide and a vowel are lost or invented easily. */
export function gap(symbol: string): number {
  if (symbol === 'n' || symbol === 'm') return 0.5;
  if (symbol === 'i' || symbol === 'u') return 0.5;
  return VOWELS.includes(symbol) ? 0.6 : 0.8;
}
