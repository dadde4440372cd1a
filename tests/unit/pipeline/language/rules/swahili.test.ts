/** A language of tables and rules, tried on the Swahili pack; the rules' words are CLDR's. */
import { describe, expect, it, test } from 'vitest';
import { loadLanguage } from '#prompts/language.ts';

const swahili = loadLanguage('sw');
const say = (text: string): string => swahili.speakable(text);
const value = (words: string): string => {
  const heard = swahili.valueOf(words);
  return heard === undefined ? 'none' : swahili.writeValue(heard);
};

describe('written Swahili as words', () => {
  it.each([
    ['115', 'mia moja na kumi na tano'],
    ['2,020', 'elfu mbili, ishirini'],
    ['120,000 na 100,020', 'elfu mia moja na ishirini na elfu mia moja, ishirini'],
    ['3.05 na -4', 'tatu nukta sifuri tano na kasoro nne'],
    ['½ na 2½', 'nusu na mbili na nusu'],
    ['50%', 'asilimia hamsini'],
    ['5-10', 'tano hadi kumi'],
  ])('numbers: %s', (text, words) => {
    expect(say(text)).toBe(words);
  });

  it.each([
    ['watu 25', 'watu ishirini na watano'],
    ['miaka 12', 'miaka kumi na miwili'],
    ['maswali 3', 'maswali matatu'],
    ['vidonge 2', 'vidonge viwili'],
    ['dakika 2', 'dakika mbili'],
    ['kisima 2', 'kisima mbili'],
  ])('agree with their noun: %s', (text, words) => {
    expect(say(text)).toBe(words);
  });

  it('agree with the class that is asked for where no noun says it', () => {
    expect(swahili.speakable('2', { nounClass: 2 })).toBe('wawili');
    expect(swahili.speakable('siku 2', { nounClass: 2 })).toBe('siku mbili');
  });

  it.each([
    ['8:00', 'saa mbili asubuhi'],
    ['16:30', 'saa kumi na nusu jioni'],
    ['0:15', 'saa sita na robo usiku'],
    ['21:45', 'saa nne kasorobo usiku'],
    ['12:10', 'saa sita na dakika kumi mchana'],
    ['10am', 'saa nne asubuhi'],
    ['9:15 pm', 'saa tatu na robo usiku'],
    // Behind "saa" it is told the Swahili way already.
    ['saa 2:30 asubuhi', 'saa mbili na nusu asubuhi'],
  ])('times of a day that begins at dawn: %s', (text, words) => {
    expect(say(text)).toBe(words);
  });

  it.each([
    ['TSh 1,500', 'shilingi elfu moja, mia tano'],
    ['500/=', 'shilingi mia tano'],
    ['US$2.30', 'dola mbili na senti thelathini'],
    ['shilingi 5', 'shilingi tano'],
  ])('money: %s', (text, words) => {
    expect(say(text)).toBe(words);
  });

  it.each([
    ['12/05/2024', 'tarehe kumi na mbili Mei mwaka elfu mbili, ishirini na nne'],
    ['2024-08-01', 'tarehe mosi Agosti mwaka elfu mbili, ishirini na nne'],
    ['tarehe 2 Mei 2026', 'tarehe pili Mei mwaka elfu mbili, ishirini na sita'],
    ['32/05/2024', 'tatu mbili, sifuri tano, mbili sifuri mbili nne'],
  ])('dates: %s', (text, words) => {
    expect(say(text)).toBe(words);
  });

  it.each([
    ['0712 345 678', 'sifuri saba moja mbili, tatu nne tano, sita saba nane'],
    ['piga 112', 'piga moja moja mbili'],
    ['nyumba namba 27', 'nyumba namba ishirini na saba'],
    ['COVID-19', 'kovidi kumi na tisa'],
    ['Dk. Juma, TB.', 'Daktari Juma, te be.'],
    ['38°C, 5km, 2kg', 'nyuzi joto thelathini na nane, kilomita tano, kilo mbili'],
    ['٢٥ na １２', 'ishirini na tano na kumi na mbili'],
    ['Привет', 'alama'],
    ['☺', 'alama'],
    ['', ''],
  ])('telephones, abbreviations, units, signs: %s', (text, words) => {
    expect(say(text)).toBe(words);
  });

  test('nothing is left that a voice cannot say, whatever comes, and a second reading changes nothing', () => {
    const seed = 4711;
    const random = seeded(seed);
    const pieces = [
      '5',
      '12',
      '0712',
      ' ',
      ' ',
      ',',
      '.',
      ':',
      '/',
      '-',
      '+',
      '$',
      'TSh',
      '%',
      '°C',
      '½',
      'saa',
      'Mei',
      'watu',
      'TB',
      "ng'",
      'é',
      '☺',
      '\u202e',
      '\u0000',
      '\n',
      'km',
      '=',
      '٣',
      'Я',
      '👍🏽',
      '\ud800',
    ];
    for (let trial = 0; trial < 300; trial += 1) {
      const text = Array.from(
        { length: 1 + Math.floor(random() * 14) },
        () => pieces[Math.floor(random() * pieces.length)],
      ).join('');
      const words = say(text);
      const at = `seed ${seed}: ${JSON.stringify(text)} -> ${JSON.stringify(words)}`;
      expect(words, at).toMatch(/^[A-Za-z' ,.?!-]*$/u);
      if (/[^\s\p{C}\p{P}]/u.test(text)) expect(words, at).not.toBe('');
      expect(say(words), at).toBe(words);
      swahili.valueOf(text);
      swahili.phonemes(words);
      swahili.fold(text);
      swahili.tokens(text);
    }
  });

  test('the time taken grows with the length alone', () => {
    const took = (text: string): number => {
      const start = performance.now();
      say(text);
      swahili.valueOf(text);
      return performance.now() - start;
    };
    for (const piece of ['1', '1 ', '1:', '-', 'TSh ', '12 Mei ', 'elfu mia ', "'-", ' ', 'a']) {
      took(piece.repeat(200));
      const [short, long] = [took(piece.repeat(300)), took(piece.repeat(2400))];
      expect(long, piece).toBeLessThan(150 + short * 40);
    }
  });
});

describe('spoken Swahili as values', () => {
  it.each([
    ['elfu mbili na ishirini', '2020'],
    ['laki mbili', '200000'],
    ['watu ishirini na watano', '25'],
    ['kasoro mbili nukta tano', '-2.5'],
    ['asilimia hamsini', '50%'],
    ['saa mbili na nusu asubuhi', '08:30'],
    ['saa tatu kasorobo usiku', '20:45'],
    ['saa sita mchana', '12:00'],
    ['shilingi elfu tano', 'TZS 5000'],
    ['dola mbili na senti thelathini', 'USD 2.30'],
    ['tarehe tano mei elfu mbili ishirini na nne', '2024-05-05'],
    ['tarehe mosi januari', '--01-01'],
    ['tarehe tano mwezi wa tano', '--05-05'],
    ['kesho', 'today+1'],
    ['miaka mitatu na miezi miwili', 'P3Y2M'],
    ['masaa mawili', 'PT2H'],
    ['ya tatu', '3.'],
    ['sifuri saba moja mbili tatu', '07123'],
    ['zero seven double two', '0722'],
    ['saa 2:30 asubuhi', '08:30'],
    ['nataka kujua', 'none'],
    ['nukta', 'none'],
    ['', 'none'],
  ])('%s', (words, written) => {
    expect(value(words)).toBe(written);
  });

  it('marks what only sounds like a number', () => {
    expect(swahili.valueOf('ishilini na tano')).toMatchObject({ value: 25, confidence: 'folded' });
    expect(swahili.valueOf('ishirini na tano')).toMatchObject({ value: 25, confidence: 'exact' });
  });

  it('says which words it used', () => {
    const text = 'naomba vidonge kumi na viwili tafadhali';
    const { start, end } = swahili.valueOf(text)!.span;
    expect(text.slice(start, end)).toBe('kumi na viwili');
  });

  it('takes what was asked for where both can be meant', () => {
    expect(value('saa mbili')).toBe('08:00');
    expect(swahili.writeValue(swahili.valueOf('saa mbili', { expects: 'duration' })!)).toBe('PT2H');
  });

  it.each(['none', 2, 4, 6, 8, 10] as const)('come back as they were said, class %s', (nounClass) => {
    const seed = 99;
    const random = seeded(seed);
    for (let trial = 0; trial < 50; trial += 1) {
      const n = Math.floor(10 ** (random() * 12));
      const words = swahili.speakable(String(n), { nounClass });
      expect(value(words), `seed ${seed}: ${n} -> ${words}`).toBe(String(n));
    }
  });
});

describe('the sounds of Swahili', () => {
  it.each([
    ["ng'ombe", 'ˈŋoːᵐbe'],
    ['daktari', 'ɗaˈktaːri'],
    ['mtoto', 'mˈtoːto'],
    ['dhahabu, ghali', 'ðaˈhaːɓu, ˈɣaːli'],
  ])('%s', (text, ipa) => {
    expect(swahili.phonemes(text)).toBe(ipa);
  });

  it('knows its own words by their syllables, loans among them', () => {
    for (const word of ['mtoto', 'nchi', 'daktari', 'Alhamisi', "ng'ombe", 'ahsante', 'labda', 'mstari']) {
      expect(swahili.isNativeWord(word), word).toBe(true);
    }
    for (const word of ['doctor', 'hospital', 'pressure', 'x-ray', 'Привет', '5', '']) {
      expect(swahili.isNativeWord(word), word).toBe(false);
    }
    expect(swahili.tokens('Nina pressure 5 TB').map(({ kind }) => kind)).toEqual([
      'native',
      'foreign',
      'number',
      'abbreviation',
    ]);
  });

  it('folds what is heard for one another', () => {
    for (const [one, other] of [
      ['habari', 'abali'],
      ['dhahabu', 'zahabu'],
      ['shule', 'sure'],
      ['vifaa', 'fifa'],
    ] as const) {
      expect(swahili.fold(one)).toBe(swahili.fold(other));
    }
    expect(swahili.fold('5 ☺')).toBe('');
    expect(
      Array.from(swahili.fold('Kichwa kinaniuma'), (symbol) => swahili.foldAlphabet.includes(symbol)),
    ).not.toContain(false);
    expect(swahili.confusion('b', 'p')).toBe(swahili.confusion('p', 'b'));
  });

  it('knows which words state a fact', () => {
    const { claims } = swahili;
    const among = (list: string, is: (word: string) => boolean): string[] => list.split(' ').filter(is);
    expect(among('ishirini wawili na dawa', (word) => claims.isNumber(word))).toEqual(['ishirini', 'wawili']);
    expect(among('shilingi utalipa dawa', (word) => claims.isMoney(word))).toEqual(['shilingi', 'utalipa']);
    expect(among('jumatatu asubuhi', (word) => claims.isTime(word))).toEqual(['jumatatu']);
    expect(among('vidonge mtoto', (word) => claims.isDose(word))).toEqual(['vidonge']);
    expect(among('nyamaza tafadhali', (word) => claims.isImpolite(word))).toEqual(['nyamaza']);
  });
});

/** Park and Miller's generator, values in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
