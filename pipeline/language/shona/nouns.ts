/**
 * Which noun class a word in front of (or behind) a figure belongs to. The prefix of a plural tells it, and so does the
 * concord of a verb ("vanosvika 42", "dzinodarika 30"); what misleads or has no prefix is listed. Singulars matter only for
 * "one": a singular in front of a larger figure is a name ("wadhi 41", "chikoro 3"), not a count.
 */
import type { NounClass } from './numbers.ts';

const listed = new Map<string, NounClass>();
function list(nounClass: NounClass, words: string): void {
  for (const word of words.split(/\s+/u)) listed.set(word, nounClass);
}

list(1, 'munhu mwana mudzimai mukadzi murume murwere mukomana musikana mudzidzi mushandi mubereki mukoti mugari');
list(2, 'vanhu vana vakadzi vakomana vashandi vakoti vanakomana vanasikana');
list(3, 'musi mushonga muti mutambo mwaka mugwagwa musha mubvunzo muromo mutsetse munwe');
list(4, 'misi mwedzi miti mitambo mishonga minwe mitsetse mienzaniso');
list(
  5,
  'gore zuva vhiki svondo piritsi bhuku bhodhoro bhokisi bhazi danho dombo ziso zino zita bato bazi jekiseni ruva',
);
// Measures are often left in the singular behind a figure, so these agree as the plurals do.
list(6, 'dhora rand randi sendi awa kiromita mita rita kirogiramu giramu paundi maawa mahawa mapaundi mazana makumi');
list(6, 'matanho mabhodhoro mapiritsi maziso mazino mazita mapato makore mazuva mavhiki masvondo madhora meso');
list(7, 'chinhu chikamu chipunu chitupa chirwere chikoro chipatara chiuru churu');
list(8, 'zviuru zvuru zvinhu zvikamu zvipunu zvitupa zvikoro');
list(
  9,
  'imba nhamba nguva nhomba kiriniki motokari mota mombe huku imbwa hembe nyaya nzvimbo kambani mineti foni peni',
);
list(9, 'miriyoni bhiriyoni dzimba nyika nzira ndima nhanho shamwari hama njodzi nyeredzi tsamba miniti kopi');
list(11, 'rwendo rumwe ruoko rwizi');
list(12, 'kamwe');
// Words with a telling form that count nothing: times of day, days, months, manners, verbs of speaking to "you".
list(
  'none',
  'mangwana mangwanani masikati manheru mahara mai maita mati mave mava makadii makadini maererano mari masha mazvita ' +
    'mamuka maswera mainasi mafona matanga vhuru mirai mira misodzi mizuru zvino zvakare zvita zvichida zvose zvese ' +
    'zvimwe zviri zvichiri zvichireva zvisinei chete chipiri chitatu china chishanu chivabvu chikumi chikunguru ' +
    'mugovera muvhuro mbudzi kana kuti muna kuna pana mukati vamwe mamwe mimwe miriro vati vanoti vaiti',
);

/** Numerals that already agree say the class of what is counted: "vanhu makumi mana nevaviri kana kuti 42". */
const NUMERAL = /^(?:(va)|(ma)|(zvi)|(mi)|(tu))(?:viri|tatu|na|shanu|tanhatu|nomwe|sere|pfumbamwe)$/u;
const NUMERAL_CLASSES = [2, 6, 8, 4, 13] as const;
const ONES: ReadonlyMap<string, NounClass> = new Map([
  ['mumwe', 2],
  ['rimwe', 6],
  ['chimwe', 8],
  ['imwe', 10],
]);

/** Possessive concords, "and", "with", "like", places: glued in front of a noun (or of a figure). */
const PROCLITICS =
  'dza|dze|zva|zve|cha|che|kwa|kwe|mwa|mwe|rwa|rwe|twa|twe|hwa|hwe|na|ne|no|ra|re|ro|ya|ye|yo|wa|we|wo|va|ve|pa|pe|ka|ke|ku|mu|se|sa|a|e|o';
const PROCLITIC = new RegExp(`^(?:${PROCLITICS})(?=[a-z]{4})`, 'u');
const ONLY_PROCLITICS = new RegExp(`^(?:${PROCLITICS}|kuma|pama|nema|dzema|ema|ma|zvi|mi|chi){1,4}$`, 'u');
/** Words of their own that look like proclitics in a row. */
const WORDS = new Set(['kana', 'pana', 'kuna', 'muna', 'mana', 'yapa', 'vana', 'sema', 'pasa']);

/** Whether a word can only be something that belongs to the figure glued behind it: na8, ra2018, nema20. Lower case. */
export function isProclitic(word: string): boolean {
  return word.length <= 9 && !WORDS.has(word) && ONLY_PROCLITICS.test(word);
}

/** Whether a word is the last part of a number and shows what is counted: nevana, negumi nevatatu. */
export function agreesAlready(word: string): boolean {
  const bare = word.replace(/^n[aeo]/u, '');
  return NUMERAL.test(bare) || (bare !== word && ONES.has(bare));
}

function classByForm(word: string): NounClass | undefined {
  const known = listed.get(word);
  if (known !== undefined) return known;
  const numeral = NUMERAL.exec(word);
  if (numeral !== null) {
    const at = numeral.slice(1).findIndex((prefix: string | undefined) => prefix !== undefined);
    return NUMERAL_CLASSES[at] ?? 'none';
  }
  return undefined;
}

function classByPrefix(word: string): NounClass {
  if (word.length < 4) return 'none';
  if (/^zvi[^aeiou]/u.test(word)) return 8;
  if (/^dzi[^aeiou]/u.test(word)) return 10;
  if (/^ma[^aeiou]/u.test(word)) return 6;
  if (/^va[^aeiou]/u.test(word)) return 2;
  if (/^mi[^aeiou]/u.test(word)) return 4;
  if (/^tu[^aeiou]/u.test(word)) return 13;
  if (/^chi[^aeiou]/u.test(word)) return 7;
  return 'none';
}

/** The noun class that a number behind this word agrees with; 'none' when the word does not say. Lower case expected. */
export function nounClassOf(word: string): NounClass {
  const whole = classByForm(word);
  if (whole !== undefined) return whole;
  const bare = word.replace(PROCLITIC, '');
  const one = /^ne/u.test(word) ? ONES.get(word.slice(2)) : undefined;
  if (one !== undefined) return one;
  const known = bare === word ? undefined : classByForm(bare);
  if (known !== undefined) return known;
  const own = classByPrefix(word);
  return own === 'none' && bare !== word ? classByPrefix(bare) : own;
}

/** As `nounClassOf`, for a word behind the figure, where a verb is as likely as a noun: only what is listed, or ma- and mi-. */
export function countedClassOf(word: string): NounClass {
  const known = classByForm(word);
  if (known !== undefined) return known;
  if (/^(?:va|ma|mi|zvi)(?:no|ka|i|nga|chi|ri|va|ve|sa|si|zo|ng|nd|ti|ita)/u.test(word)) return 'none';
  const byPrefix = classByPrefix(word);
  return byPrefix === 6 || byPrefix === 4 ? byPrefix : 'none';
}

/** Whether a singular of this class stands for one thing, so that a larger figure behind it is a name. */
export function isSingular(nounClass: NounClass): boolean {
  return nounClass === 1 || nounClass === 3 || nounClass === 5 || nounClass === 7;
}
