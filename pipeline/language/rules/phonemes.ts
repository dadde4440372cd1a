/** Spelling to IPA by the pack's table, with the language's stress. Foreign words are read by the same table, best as it can. */
import type { SoundsDefinition } from '../definition.ts';
import { spellingAt, spellingsOf } from './fold.ts';
import { plainApostrophes, type Orthography } from './orthography.ts';

const PAUSES: ReadonlyMap<string, string> = new Map([
  ['…', '.'],
  ['–', ','],
  ['—', ','],
]);

type Syllable = readonly string[];

export class Pronunciation {
  readonly #spellings: ReturnType<typeof spellingsOf>;
  readonly #orthography: Orthography;
  readonly #isStressed: boolean;

  constructor({ graphemes, stress }: SoundsDefinition, orthography: Orthography) {
    this.#spellings = spellingsOf(graphemes);
    this.#orthography = orthography;
    this.#isStressed = stress === 'penultimate';
  }

  /** See `Language.phonemes`, form 'separate'. */
  separate(text: string): string {
    return Array.from(plainApostrophes(text).matchAll(/[\p{L}\p{M}']+/gu), ([word]) =>
      this.#word(word).flat().join(' '),
    )
      .filter((word) => word !== '')
      .join('  ');
  }

  /** See `Language.phonemes`, form 'voice': the vowel is long where the phrase ends. */
  forVoice(text: string): string {
    let out = '';
    let waiting: readonly Syllable[] = [];
    const say = (isLast: boolean): void => {
      if (waiting.length > 0) out += (out === '' ? '' : ' ') + this.#ipa(waiting, isLast);
      waiting = [];
    };
    for (const [token] of plainApostrophes(text).matchAll(/[\p{L}\p{M}']+|[,.?!;:…–—]/gu)) {
      if (/\p{L}/u.test(token)) {
        const next = this.#word(token);
        if (next.length === 0) continue;
        say(false);
        waiting = next;
      } else {
        say(true);
        if (out !== '' && !',.?!;:'.includes(out.slice(-1))) out += PAUSES.get(token) ?? token;
      }
    }
    say(true);
    return out;
  }

  #ipa(word: readonly Syllable[], isLast: boolean): string {
    const stressed = this.#isStressed ? word.length - 2 : -1;
    return word
      .map((phones, index) => {
        const isLong = isLast && index === stressed && this.#orthography.vowels.includes(phones.at(-1) ?? ' ');
        return `${index === stressed ? 'ˈ' : ''}${phones.join('')}${isLong ? 'ː' : ''}`;
      })
      .join('');
  }

  #word(written: string): readonly Syllable[] {
    const letters = this.#orthography.lettersOf(written);
    return this.#orthography
      .syllables(letters)
      .map((part) => this.#syllable(part))
      .filter((phones) => phones.length > 0);
  }

  #syllable(part: string): Syllable {
    const phones: string[] = [];
    for (let at = 0; at < part.length;) {
      const spelling = spellingAt(this.#spellings, part, at);
      if (spelling !== undefined) phones.push(...spelling[1].split(' ').filter((phone) => phone !== ''));
      at += spelling?.[0].length ?? 1;
    }
    return phones;
  }
}
