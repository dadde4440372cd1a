import { describe, expect, it } from 'vitest';
import { syllables } from '#pipeline/language/shona/orthography.ts';
import { phonemes, separatePhonemes, toIpa } from '#pipeline/language/shona/phonemes.ts';
import { shona } from '#pipeline/language/shona/shona.ts';
import { PRONUNCIATIONS } from './pronunciation.ts';

describe('the table of pronunciations', () => {
  it('has a hundred words and more', () => {
    expect(new Set(PRONUNCIATIONS.map(({ word }) => word)).size).toBeGreaterThanOrEqual(100);
  });

  it.each(PRONUNCIATIONS)('$word is $syllables and $phonemes', (row) => {
    expect(syllables(row.word).join('.')).toBe(row.syllables);
    expect(separatePhonemes(row.word).replaceAll('  ', ' ')).toBe(row.phonemes);
  });
});

describe('phonemes of a Shona word', () => {
  it.each([
    ['tsvimborume', 't͡sᶲ i ᵐb o r u m e'],
    ['dzvuku', 'd͡zᵝ u k u'],
    ['nzvimbo', 'ⁿzᵝ i ᵐb o'],
    ['mumbwa', 'm u ᵐb w a'],
    ['nzwisisa', 'ⁿz w i s i s a'],
    ['ndwara', 'ⁿd w a r a'],
    ["n'anga", 'ŋ a ᵑɡ a'],
    ["ng'ambe", 'ŋ a ᵐb e'],
    ['ngano', 'ᵑɡ a n o'],
    ['bhora', 'b̤ o r a'],
    ['bara', 'ɓ a r a'],
    ['dhora', 'd̤ o r a'],
    ['dura', 'ɗ u r a'],
    ['vhiki', 'v̤ i k i'],
    ['vatatu', 'ʋ a t a t u'],
    ['mvura', 'ᶬv u r a'],
    ['njere', 'ⁿd͡ʒ e r e'],
    ['svosvai', 'sᶲ o sᶲ a i'],
    ['shungu', 'ʃ u ᵑɡ u'],
    ['mhunhu', 'm̤ u n̤ u'],
    ['nyora', 'ɲ o r a'],
    ['pfuma', 'p͡f u m a'],
    ['bvunza', 'b͡v u ⁿz a'],
    ['zhizha', 'ʒ i ʒ a'],
  ])('%s', (word, expected) => {
    expect(phonemes(word).join(' ')).toBe(expected);
  });

  it('reads the typographic apostrophe as the typed one', () => {
    expect(phonemes('n’ombe')).toEqual(phonemes("n'ombe"));
    expect(phonemes('nʼombe')).toEqual(phonemes("n'ombe"));
  });
});

describe('IPA of text', () => {
  it('stresses each word’s penultimate syllable, lengthens the phrase’s, and keeps the pauses', () => {
    expect(toIpa('Makadii, mune nguva here?')).toBe('makaˈɗiːi, ˈmune ˈᵑɡuʋa ˈɦeːre?');
  });

  it('is what the language gives a voice', () => {
    expect(shona.phonemes('Makadii henyu?', 'voice')).toBe('makaˈɗii ˈɦeːɲu?');
    expect(shona.phonemes('Makadii henyu?', 'separate')).toBe('m a k a ɗ i i  ɦ e ɲ u');
  });

  it('finds the end of a phrase behind what cannot be said', () => {
    expect(toIpa('Makadii 12 %.')).toBe('makaˈɗiːi.');
  });

  it('gives a word of one syllable no length', () => {
    expect(toIpa('pa')).toBe('pa');
  });

  it('never begins with a pause and never doubles one', () => {
    expect(toIpa('... Ehe?! "Ndizvo".')).toBe('ˈeːɦe? ˈⁿdiːzᵝo.');
  });

  it('drops what cannot be said', () => {
    expect(toIpa('12 %')).toBe('');
  });
});

describe('words that are not Shona', () => {
  it.each([
    ['Covid', 'k o v i d'],
    ['box', 'b o k s'],
    ['phone', 'f o n'],
    ['clinic', 'k l i n i k'],
    ['MDC', 'e m u d i s i'],
    ['SMS', 'e s i e m u e s i'],
  ])('%s is read', (word, expected) => {
    expect(phonemes(word).join(' ')).toBe(expected);
  });

  it('reads the prefix of a glued abbreviation in Shona', () => {
    expect(phonemes('veMDC').slice(0, 2)).toEqual(['ʋ', 'e']);
    expect(phonemes('neCovid').join(' ')).toBe('n e k o v i d');
    expect(phonemes('muZimbabwe').join(' ')).toBe('m u z i ᵐb a ɓ w e');
    expect(phonemes('VaObert').slice(0, 2)).toEqual(['ʋ', 'a']);
  });

  it('finds something to say for any word of letters', () => {
    for (const word of ['qx', 'xyz', 'Schweppes', 'tchk', 'rhythm', 'WhatsApp', 'e', 'X', 'Ngŵ', 'José']) {
      expect(phonemes(word), word).not.toEqual([]);
    }
  });

  it('takes a word of 100,000 letters in its stride', () => {
    for (const letters of ['b', 'ma', 'bd', 'Xa', "n'"]) {
      const word = letters.repeat(100_000 / letters.length);
      expect(phonemes(word).length, letters).toBeGreaterThan(1);
      expect(toIpa(word).length, letters).toBeGreaterThan(1);
    }
  });
});
