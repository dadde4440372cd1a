import type { NounClass } from './numbers.ts';

/** Words whose form misleads: nouns without a telling prefix, and words that look like class 6 but are not counted. */
const EXCEPTIONS: Readonly<Record<string, NounClass>> = {
  mwana: 1,
  munhu: 1,
  mudzimai: 1,
  mukadzi: 1,
  murume: 1,
  murwere: 1,
  mwedzi: 4,
  misi: 4,
  musi: 3,
  mushonga: 3,
  gore: 5,
  zuva: 5,
  vhiki: 5,
  svondo: 5,
  awa: 5,
  dhora: 5,
  randi: 5,
  sendi: 5,
  piritsi: 5,
  bhuku: 5,
  nhamba: 9,
  nguva: 9,
  imba: 9,
  nhomba: 9,
  kiriniki: 9,
  mineti: 9,
  mari: 9,
  mangwana: 'none',
  mangwanani: 'none',
  masikati: 'none',
  manheru: 'none',
  mahara: 'none',
  mai: 'none',
  vhuru: 'none',
  miriyoni: 9,
  mirai: 'none',
  chipiri: 'none',
  chitatu: 'none',
  china: 'none',
  chishanu: 'none',
};

const PROCLITIC =
  /^(?:(?:ne|no|na|ye|re|che|we|dze|zve|kwe|pe|mwe|rwe|ve|se|mu|ku|pa|e)(?=ma|va|mi|zvi|mwe|gore|zuva|vhiki|awa))/u;

/** The noun class that a number behind this word agrees with; 'none' when the word does not say. Lower case expected. */
export function nounClassOf(word: string): NounClass {
  const known = EXCEPTIONS[word];
  if (known !== undefined) return known;
  const bare = word.replace(PROCLITIC, '');
  const knownBare = EXCEPTIONS[bare];
  if (knownBare !== undefined) return knownBare;
  if (bare.length < 4) return 'none';
  if (/^zvi[^aeiou]/u.test(bare)) return 8;
  if (/^ma[^aeiou]/u.test(bare)) return 6;
  if (/^va[^aeiou]/u.test(bare)) return 2;
  if (/^mi[^aeiou]/u.test(bare)) return 4;
  return 'none';
}
