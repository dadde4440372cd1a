/** The numerals that are heard on a Zimbabwean line: Shona in every class and in learners' forms, English, English as Shona says it. */
import type { Lexeme } from './lexeme.ts';

/** Words that stand for the same thing, split by spaces, and what they contribute. */
export type Entry = readonly [words: string, lexeme: Lexeme];

const STEMS = ['viri', 'tatu', 'na', 'shanu', 'tanhatu', 'nomwe', 'sere', 'pfumbamwe pfumpamwe'] as const;

/** Four in an agreeing class is also "children", "have"; the counting forms are also "another", "it has". */
const agreeing = (prefix: string): Entry[] =>
  STEMS.map((stems, at): Entry => {
    const words = stems.split(' ').map((stem) => prefix + stem);
    return [words.join(' '), { unit: at + 2, series: 'agreeing', ...(at === 2 ? { isWeak: true } : {}) }];
  });

const CONCORD_OF_ORDINAL =
  'we wo ve vo ye yo re ro e o che cho zve zvo dze dzo rwe rwo ke ko twe two hwe hwo kwe kwo pe po mwe mwo'.split(' ');
const ORDINAL_STEMS = ['piri', 'tatu', 'na', 'shanu', 'tanhatu', 'nomwe', 'sere', 'pfumbamwe'] as const;

function ordinals(): Entry[] {
  const ofChi = (n: number, stem: string): Entry => [
    CONCORD_OF_ORDINAL.map((concord) => `${concord}chi${stem}`).join(' '),
    { ordinal: n },
  ];
  // Classes 5, 7 and 9 also do without chi-: yepiri, retatu, chepiri. Not with -na, which would be "with".
  const without = (n: number, stem: string): Entry => [
    ['ye', 're', 'che'].map((concord) => concord + stem).join(' '),
    { ordinal: n },
  ];
  return [
    [CONCORD_OF_ORDINAL.map((concord) => `${concord}kutanga`).join(' '), { ordinal: 1 }],
    ...ORDINAL_STEMS.map((stem, at) => ofChi(at + 2, stem)),
    ...ORDINAL_STEMS.flatMap((stem, at) => (stem === 'na' ? [] : [without(at + 2, stem)])),
  ];
}

const shona: readonly Entry[] = [
  ['ziro', { unit: 0, series: 'counting' }],
  ['imwe', { unit: 1, series: 'counting', isWeak: true }],
  ['motsi poshi potsi', { unit: 1, series: 'counting' }],
  ['mumwe umwe rimwe chimwe rumwe humwe kamwe', { unit: 1, series: 'agreeing', isWeak: true }],
  ['mbiri piri', { unit: 2, series: 'counting' }],
  ['nhatu tatu', { unit: 3, series: 'counting' }],
  ['ina china', { unit: 4, series: 'counting', isWeak: true }],
  ['shanu', { unit: 5, series: 'counting' }],
  ['nhanhatu tanhatu', { unit: 6, series: 'counting' }],
  ['nomwe chinomwe', { unit: 7, series: 'counting' }],
  ['sere rusere', { unit: 8, series: 'counting' }],
  ['pfumbamwe pfumpamwe', { unit: 9, series: 'counting' }],
  ...['va', 'mi', 'ma', 'zvi', 'tu'].flatMap(agreeing),
  // "Twice", "three times"; "four times" (kana) is left to "or" and "if".
  ...agreeing('ka').flatMap(([words, lexeme]): Entry[] =>
    lexeme.unit === 4 ? [] : [[words, { ...lexeme, isWeak: true }]],
  ),
  // "Bodies".
  ['miviri', { isWeak: true }],
  ['gumi', { ten: 10, series: 'counting' }],
  ['makumi', { head: 10 }],
  ['zana', { single: 100 }],
  ['mazana', { head: 100 }],
  ['chiuru', { single: 1000 }],
  // "Anthill" to everybody; a thousand only in a number that goes on.
  ['churu', { single: 1000, isWeak: true }],
  ['zviuru zvuru', { head: 1000 }],
  ['miriyoni mirioni', { single: 1e6, scale: 1e6 }],
  ['mamiriyoni mamirioni mamillion', { head: 1e6, scale: 1e6 }],
  ['bhiriyoni bhirioni', { single: 1e9, scale: 1e9 }],
  ['mabhiriyoni mabhirioni', { head: 1e9, scale: 1e9 }],
  ...ordinals(),
];

const UNITS = [
  'zero',
  'wani',
  'two tuu',
  'three thrii',
  'four foo',
  'five faifi faifu faivhi',
  'six sikisi sikizi',
  'seven sevheni seveni',
  'eight eiti eyiti',
  'nine naini nayini',
] as const;
/** Ordinary words too, or mere syllables: only in company, or where a number is expected. */
const WEAK_UNITS: readonly Entry[] = [
  ['oh o ou', { unit: 0, series: 'english', isWeak: true }],
  ['one wan', { unit: 1, series: 'english', isWeak: true }],
  ['tu', { unit: 2, series: 'english', isWeak: true }],
  // "Thin", and an aunt.
  ['tete', { ten: 30, series: 'english', isWeak: true }],
  ['fo', { unit: 4, series: 'english', isWeak: true }],
];
const TEENS = [
  'ten teni',
  'eleven irevheni ireveni erevheni reveni',
  'twelve twerufu tuwerufu twerevhu',
  'thirteen tetini thetini',
  'fourteen fotini',
  'fifteen fifitini',
  'sixteen sikisitini',
  'seventeen sevhentini sevhenitini',
  'eighteen eitini',
  'nineteen naintini nainitini',
] as const;
const TENS = [
  'twenty twendi twente twenti tuwenti tuwente',
  'thirty thete theti',
  'forty fourty fote foti',
  'fifty fifite fifiti',
  'sixty sikisite sikisiti',
  'seventy sevhente sevhenti',
  'eighty eite',
  'ninety nainte nainti',
] as const;
const ORDINAL_UNITS = 'first second third fourth fifth sixth seventh eighth ninth tenth'.split(' ');
const ORDINAL_TEENS =
  'eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth'.split(' ');
const ORDINAL_TENS = 'twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth'.split(' ');

const english: readonly Entry[] = [
  ...UNITS.map((words, unit): Entry => [words, { unit, series: 'english' }]),
  ...WEAK_UNITS,
  ...TEENS.map((words, at): Entry => [words, { teen: 10 + at, series: 'english' }]),
  ...TENS.map((words, at): Entry => [words, { ten: 20 + 10 * at, series: 'english' }]),
  ['hundred handiredhi handirethi handiredi handireti handredhi', { scale: 100 }],
  ['thousand k thauzendi thauzandi tauzendi tauzandi', { scale: 1000 }],
  ['million mn', { scale: 1e6 }],
  ['billion bn', { scale: 1e9 }],
  ...ORDINAL_UNITS.map((words, at): Entry => [words, { ordinal: at + 1 }]),
  ...ORDINAL_TEENS.map((words, at): Entry => [words, { ordinal: at + 11 }]),
  ...ORDINAL_TENS.map((words, at): Entry => [words, { ordinal: 20 + 10 * at }]),
];

/** Every numeral. */
export const NUMBER_WORDS: readonly Entry[] = [...shona, ...english];
