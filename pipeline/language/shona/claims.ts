/**
 * Which Shona words state a fact, and its sound shapes, as data: onsets and words that carry a figure, an amount, a time or a dose.
 * No text that a caller can hear. No native speaker has checked it; where a word is ambiguous the stricter reading is taken.
 */
import { mayAddressOne } from './honorific.ts';
import type { Claims } from '../language.ts';

/** Onsets of native syllables: seen more than 300 times in 0.8 M words of text, and the rarer ones known to be valid. */
const ONSETS =
  `b bh bv bw ch chw d dh dy dz dzv dzw f fw g gw h hw j jw k kw m mb mbv mbw mh mp mv mw n n' nd ndw ng ng'w ngw nh ` +
  `nj nk nw ny nyw nz nzv nzw nt p pf ps pw r rw s sh shw sv svw sw t ts tsv tsw tw ty v vh w y z zh zv zvw zw`;

/** A clause's particle glued to the next word: nemaviri, dzesere, rechipiri. */
const GLUED = '(?:(?:n|y|r|ch|dz|zv|w|k|kw|p|m|tw|hw|rw|s)[aeou])?';
const COUNTED = '(?:viri|tatu|na|shanu|tanhatu|nomwe|sere|pfumbamwe)';
const CITED =
  '(?:ziro|motsi|poshi|potsi|piri|mbiri|tatu|nhatu|ina|china|shanu|tanhatu|nhanhatu|nomwe|sere|rusere|pfumbamwe|' +
  'gumi|makumi|zana|mazana|chiuru|zviuru|churu|zvuru|miriyoni|mamiriyoni|bhiriyoni|mabhiriyoni|hafu|poindi|poyindi)';
const NUMBER = new RegExp(`^${GLUED}(?:${CITED}|(?:ma|va|mi|zvi|ka|pa|ku|mu)${COUNTED}|(?:ri|chi|ka|i)mwe(?:te)?)$`);

/** Words that only look like numerals: if, children, body, chance, machine … */
const NOT_NUMBERS = new Set('kana vana muviri miviri pana kuna muna mukana muchina tina'.split(' '));
const LOAN_NUMBERS = new Set(
  (
    'one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand million half ' +
    'zero wani tuu thrii foo faifi sikisi sevheni eiti naini teni tuwenti handiredhi sauzendi dhabhuru hafu'
  ).split(' '),
);

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

const MONEY = words(
  'dhora madhora dora sendi masendi rand randi marandi zig dollar dollars usd cent cents bhondi mabhondi mari muripo ' +
    'mutengo mitengo ecocash bhadhara kubhadhara mahara pachena zvakachipa',
);
const TIME = words(
  'awa maawa hawa minitsi mineti maminitsi maminetsi vhiki mavhiki svondo masvondo mwedzi mazuva gore makore mangwana ' +
    'muvhuro chipiri chitatu china chishanu mugovera ndira kukadzi kurume kubvumbi chivabvu chikumi chikunguru ' +
    'nyamavhuvhu gunyana gumiguru mbudzi zvita monday tuesday wednesday thursday friday saturday sunday',
);
const DOSE = words(
  'piritsi mapiritsi doso dhozi chipunu zvipunu kapuru makapuru mg ml miligiramu mamirigiramu mililita jekiseni ' +
    'majekiseni mushonga mishonga muti panadol paracetamol parasitamoro antibiotic antibayotiki inwai nwai inwa kunwa zora zorai',
);
const IMPOLITE = words('iwe wakadii mhoro nyarara ibva buda enda benzi fuza dofo duzvi');

/** Proclitics that Shona writes glued to a noun: neMuvhuro, yemadhora. */
const PROCLITIC = /^(?:(?:n|y|r|ch|dz|zv|w|k|kw|p|m|tw|hw|rw|s)[aeou])(?=.{3})/;

function isListed(word: string, list: ReadonlySet<string>): boolean {
  return list.has(word) || list.has(word.replace(PROCLITIC, ''));
}

/** See `Language.claims`. */
export const shonaClaims: Claims = {
  onsets: new Set(ONSETS.split(' ')),
  isNumber: (word) => !isListed(word, NOT_NUMBERS) && (NUMBER.test(word) || LOAN_NUMBERS.has(word)),
  isMoney: (word) => isListed(word, MONEY),
  // Thanks are not in December, and a machine is not in China.
  isTime: (word) => word !== 'mazvita' && word !== 'muchina' && isListed(word, TIME),
  isDose: (word) => isListed(word, DOSE),
  isImpolite: (word) => IMPOLITE.has(word) || mayAddressOne(word),
};
