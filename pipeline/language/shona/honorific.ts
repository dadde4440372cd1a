/**
 * Who is spoken to: an adult stranger is "you" in the plural (mu-, -i), and the singular is rude (docs/shona.md, Manners).
 * Finds singular address by rule, not by a list of sentences. The concord u-, wa- is that of class 3 and, in relative
 * clauses, of class 1 as well ("mushonga unodhura", "munhu wafona"): it only counts where no such noun stands before it.
 */
import { isNativeWord, plainApostrophes } from './orthography.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/u));

/** Concords in front of a relative verb or a possessive: zva-unoda, kwa-uri, ra-ko. */
const CONCORD = '(?:w|v|y|r|ch|zv|dz|rw|k|tw|hw|kw|p|mw)';

/** iwe, newe, ndiwe; -ako: rako, nezvako; the greetings that have a form for one. */
const PRONOUN = new RegExp(`^(?:(?:nd)?iwe|newe|uwe|(?:[nyswk]e|nezv?)?(?:${CONCORD})ako|ako|mhoro)$`, 'u');

/** Tenses and auxiliaries behind the subject u-: unoda, uchaenda, ukafona, uri, usina, ungada. */
const TENSE =
  '(?:no[a-z]{2,}|ch[ai][a-z]{2,}|ka[a-z]{2,}|ng[ae][a-z]+|ngo[a-z]{3,}|s[ai][a-z]{2,}|ri(?:po|ko|mo|ku[a-z]+)?|' +
  'in[ea]|n[ea]|nenge|zo[a-z]{3,}|to[a-z]{3,})';
const U_VERB = new RegExp(`^(?:${CONCORD}a|ku|ha)?u(?!ngan[ai])${TENSE}$`, 'u');
/** Negative and subjunctive: haudi, haugoni; uende, utaure. */
const U_MOOD = /^(?:hau[a-z]{2,}(?:a|e|[^a]i)|u[a-z]*[aeiou][a-z]+e)$/u;
/** Past: wafona, wakadii, zvawataura. Not: yawanikwa (was found), watinofema (that we breathe). */
const WA_VERB = new RegExp(
  `^(?:(?:zv|p|kw|ch|y|dz|r|k)a(?!wan|war))?wa(?!(?:ndi|ti|mu|va|zvi|chi|ri|dzi)(?:no|cha|ka|nga|ri)[a-z]{3})[^aeiou][a-z]*(?:a|e|[^a]i)(?:wo|zve)?$`,
  'u',
);

/** Words of other kinds with such letters: and, night, relation, witness; possessives and determiners in wa-. */
const NOT_VERBS = words(
  'uye uyezve umwe ushe use uno ukama ukadzi uchapupu unyanzvi usiku ushoma usavi uturu uchenjeri unga unge ' +
    'wangu wacho wake wayo wavo waya wari wanhasi wandei wanano wawanda wanda wana wamambo wababa hauzi',
);

/** Stems that begin with ku: "tinokumbira" asks, "kukura" grows; nobody is addressed. */
const KU_STEM =
  /^(?:r(?:[ae]|ir[ae]|is[ae]|edz[ae]|erw[ae]|w[ae]|uk[a-z]+|ur[a-z]*|udz[a-z]+|um[a-z]+)|nd[a-z]*|mb(?:ir|is)[a-z]+|mikidz[a-z]+|mur[a-z]+|v(?:ar|adz|ar[a-z]+|adz[a-z]+)[ae]|dz(?:w)?[ae]|y(?:[ai]|iw)[a-z]*|ng[a-z]+|ka[a-z]*|k[a-z]{0,3}|fir[a-z]*|tsir[a-z]*)$/u;
/** What you are given, told, helped with, without the -i of respect: ndichakufonera, tikubatsire, kukubatsira. */
const OBJECTS: readonly RegExp[] = [
  /^(?:[a-z]{1,3})?(?:ndi|ti|va|a|i|ri|chi|zvi|dzi|ku)(?:no|nozo|cha|chazo|nga|ngazo|ka|zo)ku(?<stem>[a-z]{2,}[ae])$/u,
  /^(?:nga)?(?:ndi|ti|va|a)ku(?<stem>[a-z]{2,}e)$/u,
  /^(?:[a-z]{1,2}a)?(?:nda|ta)ku(?<stem>[a-z]{2,}a)$/u,
  /^(?:[a-z]{1,4}ri)?(?:n[eo]|se|zve)?kuku(?<stem>[a-z]{2,}[ae])$/u,
];

/** Verbs that a caller is told to do something with, as roots. */
const ROOTS = [
  'taur teerer terer mir dzvany tsik tor bat fon dzokoror end uy huy it inw nw rar gar simuk vhur vhar nyor vereng',
  'tarir taris on nzw inzw udz bvunz pindur tum bhadhar teng shand batsir tever tevedz unganidz sanganis chenget',
  'chengetedz kumbir shany rong sarudz yeuk rangarir kanganw zoror siy sar famb chimbidz kwir buruk pind bud svik dzos',
  'dzok edz tang pedz gez bik bvis regedz reg wan uuy nyarar zor tamb pinz edzes tumir bayis chinj verenger teedz',
]
  .join(' ')
  .split(' ');
const EXTENSION = '(?:ir|er|is|es|idz|edz|an|ik|ek|w|iw|ew|urur|oror)';
const BARE = new RegExp(`^(?:(?:chi)?i?mbo)?(?:${ROOTS.join('|')})${EXTENSION}{0,3}a(?:wo|zve|ka)?$`, 'u');
/** chimbomira, imbotaura: with this prefix it is an order wherever it stands. */
const JUST = /^(?:chi)?i?mbo[a-z]{2,}a(?:wo)?$/u;
/** ndipe, ndiudze: an order for one at the head of a clause; mupe is an order for several as well. */
const GIVE_ME = /^(?:ndi|ti)(?:pe|udze|ratidze|batsire|fonere|tumire|mirire|taurire|teerere)(?:wo)?$/u;
/** Words behind which an order still stands at the head: please, well, and, or, so, then. */
const LEAD_IN = words('ndapota tapota pamusoroi zvakanaka uye kana saka zvino asi dai ko chokutanga chekutanga');

/** Nouns of classes 1 and 3, and what stands for one: the u-, wa- behind it is theirs. "muri", "muchaenda" are verbs. */
const MU_NOUN = /^(?:(?:n|y|r|ch|dz|zv|w|k|kw|hw|tw|rw|p|v|s)[aeo])?m(?:u|w|o)[a-z]*[aeiou]$/u;
const MU_VERB =
  /^(?:[a-z]{1,3}a)?mu(?:ri(?:po|ko|mo|ku[a-z]+)?|(?:no|cha|chi|ka|ng[ae]|sa|singa|zo)[a-z]{2,}[ae]|si(?:na|ri)|i?n[ea])$/u;
const MU_NOUNS_LIKE_VERBS = words('mukaka mukana musana musara muchina muchinda muchinjika mukanda');
const UMWE = /^(?:[a-z]{1,2}[aeo])?u(?:mwe|yu|yo|ya|no)(?:wo)?$/u;
const STANDS_FOR = words(
  'wangu wake wayo wavo wacho wedu wenyu wese wose woga wega ndiye ndiwo iye iwo naye nawo ani ' +
    'baba amai mai sekuru ambuya chiremba dhokotera mukoti tete hama shamwari bato',
);

const CLAUSE_END = /[.!?…\n,;:()"“”–—]+/u;

interface Word {
  readonly written: string;
  readonly plain: string;
}

/** Words that address one person, as they stand in the text; each once. `allowed`: lower-case words that may stay. */
export function singularAddress(text: string, allowed: ReadonlySet<string> = new Set()): readonly string[] {
  const found = new Set<string>();
  for (const clause of plainApostrophes(text.normalize('NFC')).split(CLAUSE_END)) {
    let isHead = true;
    let hasGovernor = false;
    const clauseWords = wordsIn(clause);
    clauseWords.forEach((word, at) => {
      const { plain, written } = word;
      const isSubject = isSingularSubject(plain) && !hasGovernor;
      const isOrder = isHead && (BARE.test(plain) || GIVE_ME.test(plain)) && !OF.test(clauseWords[at + 1]?.plain ?? '');
      const isAddress = isSubject || isOrder || isAlwaysSingular(plain);
      if (isAddress && !allowed.has(plain) && isNativeWord(plain)) found.add(written);
      if (isGovernor(word, at > 0)) hasGovernor = true;
      if (!LEAD_IN.has(plain)) isHead = false;
    });
  }
  return [...found];
}

/** True for a single word, lower case, that may address one person wherever it stands: without context, the stricter reading. */
export function mayAddressOne(word: string): boolean {
  return isAlwaysSingular(word) || isSingularSubject(word);
}

function isAlwaysSingular(word: string): boolean {
  return (
    PRONOUN.test(word) || JUST.test(word) || OBJECTS.some((object) => isObject(object.exec(word)?.groups?.['stem']))
  );
}

function isSingularSubject(word: string): boolean {
  return !NOT_VERBS.has(word) && (U_VERB.test(word) || U_MOOD.test(word) || WA_VERB.test(word));
}

function isObject(stem: string | undefined): boolean {
  return stem !== undefined && !KU_STEM.test(stem);
}

/** A noun with "of" behind it is no order: "tanga remvura" is a dam. */
const OF = /^(?:r|y|w)[ae][a-z]+$/u;

function isGovernor({ written, plain }: Word, isInside: boolean): boolean {
  if (STANDS_FOR.has(plain)) return true;
  // Names take what class 1 takes: "VaMoyo wakati", "Harare" in the middle of a clause.
  if (/^\p{Lu}/u.test(written) ? isInside : /\p{Lu}/u.test(written)) return true;
  return UMWE.test(plain) || (MU_NOUN.test(plain) && (!MU_VERB.test(plain) || MU_NOUNS_LIKE_VERBS.has(plain)));
}

function wordsIn(clause: string): readonly Word[] {
  return (clause.match(/[\p{L}\p{M}'-]+/gu) ?? []).map((written) => ({ written, plain: written.toLowerCase() }));
}
