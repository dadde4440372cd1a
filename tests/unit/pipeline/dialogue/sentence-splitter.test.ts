import { describe, expect, it } from 'vitest';
import { SentenceSplitter, type SentenceSplitterOptions } from '#pipeline/dialogue/sentence-splitter.ts';
import { shona } from '#pipeline/language/shona/shona.ts';

const { abbreviations } = shona;

function splitWhole(text: string, options: SentenceSplitterOptions): string[] {
  const splitter = new SentenceSplitter(options);
  return [...splitter.push(text), ...splitter.flush()];
}

/** Every way of cutting the text into pushes must give the same pieces. */
function split(text: string, options: SentenceSplitterOptions = {}): string[] {
  const all = { abbreviations, ...options };
  const expected = splitWhole(text, all);
  for (const size of [1, 2, 3, 7]) {
    const splitter = new SentenceSplitter(all);
    const pieces: string[] = [];
    for (let i = 0; i < text.length; i += size) pieces.push(...splitter.push(text.slice(i, i + size)));
    expect([...pieces, ...splitter.flush()], `pushed by ${size}`).toEqual(expected);
  }
  return expected;
}

/** Only sentences: no clause is long enough to be cut off. */
const sentences = (text: string): string[] => split(text, { minFirstClauseChars: 1000, minLaterClauseChars: 1000 });

describe('clauses for early speech', () => {
  it('gives the first clause at its comma and whole sentences after it', () => {
    expect(split('Ndine urombo, handina kunzwa. Dzokororai, ndapota. Maita basa.')).toEqual([
      'Ndine urombo,',
      'handina kunzwa.',
      'Dzokororai, ndapota.',
      'Maita basa.',
    ]);
  });

  it('gives the first clause while the rest is not there yet', () => {
    const splitter = new SentenceSplitter({ abbreviations });
    expect(splitter.push('Ndine urombo')).toEqual([]);
    expect(splitter.push(',')).toEqual([]);
    expect(splitter.push(' han')).toEqual(['Ndine urombo,']);
    expect(splitter.push('dina kunzwa')).toEqual([]);
    expect(splitter.flush()).toEqual(['handina kunzwa']);
  });

  it('gives a sentence as soon as there is a space behind it', () => {
    const splitter = new SentenceSplitter({ abbreviations });
    expect(splitter.push('Kiriniki yakavhurwa.')).toEqual([]);
    expect(splitter.push(' ')).toEqual(['Kiriniki yakavhurwa.']);
  });

  it('waits with a first clause that is too short to sound alone', () => {
    expect(split('Ehe, kiriniki yakavhurwa, uyai.')).toEqual(['Ehe, kiriniki yakavhurwa,', 'uyai.']);
  });

  it('cuts a later sentence at a comma only when it has grown long', () => {
    expect(split('Tatenda. Uyai, uyai, ndapota.', { minLaterClauseChars: 10 })).toEqual([
      'Tatenda.',
      'Uyai, uyai,',
      'ndapota.',
    ]);
  });

  it.each([
    ['a colon', 'Kiriniki yavhurwa: uyai.', ['Kiriniki yavhurwa:', 'uyai.']],
    ['a semicolon', 'Kiriniki yavhurwa; uyai.', ['Kiriniki yavhurwa;', 'uyai.']],
    ['a dash', 'Kiriniki yavhurwa – uyai.', ['Kiriniki yavhurwa –', 'uyai.']],
    ['an ellipsis before a small letter', 'Regai nditarise... ndawana.', ['Regai nditarise...', 'ndawana.']],
    ['a quotation that goes on', '“Uyai mangwana!” akadaro mukoti.', ['“Uyai mangwana!”', 'akadaro mukoti.']],
    ['a comma before a quotation’s end', '“Uyai mangwana,” akadaro.', ['“Uyai mangwana,”', 'akadaro.']],
  ])('takes %s for the end of a clause', (_what, text, pieces) => {
    expect(split(text)).toEqual(pieces);
  });

  it.each([
    ['a range of times', 'Kiriniki inovhura 8:00 – 16:30 nhasi.'],
    ['thousands with a space', 'Vanhu vakauya 36, 052 nhasi.'],
    ['several thousands', 'Vanhu vanosvika 5, 869, 000 nhasi.'],
    ['a ratio', 'Zvibodzwa zvaiva 2 : 1 nhasi.'],
    ['a decimal comma', 'Mvura inosvika marita 3,7 nhasi.'],
  ])('does not cut %s', (_what, text) => {
    expect(split(text, { minFirstClauseChars: 3 })).toEqual([text]);
  });

  it('cuts between figures that are a list', () => {
    expect(split('Uyai nemusi wa3, 4 kana 5.')).toEqual(['Uyai nemusi wa3,', '4 kana 5.']);
    expect(split('Uyai nemusi wa3, 2019 nhasi.')).toEqual(['Uyai nemusi wa3,', '2019 nhasi.']);
  });
});

describe('the end of a sentence', () => {
  it.each([
    ['decimals', 'Mutengo i 2.50 madhora. Maita basa.', ['Mutengo i 2.50 madhora.', 'Maita basa.']],
    ['a decimal at the end', 'Mutengo i $2.50. Maita basa.', ['Mutengo i $2.50.', 'Maita basa.']],
    ['times', 'Kiriniki inovhura na8:30 mangwanani. Uyai.', ['Kiriniki inovhura na8:30 mangwanani.', 'Uyai.']],
    ['times with a stop', 'Inovhura na8.30 mangwanani. Uyai.', ['Inovhura na8.30 mangwanani.', 'Uyai.']],
    ['a time at the end', 'Uyai na8.30. Maita basa.', ['Uyai na8.30.', 'Maita basa.']],
    ['thousands', 'Vanhu 3,000 vauya. Zvakanaka.', ['Vanhu 3,000 vauya.', 'Zvakanaka.']],
    ['a date', 'Zvaitika 27.8.2019. Maita basa.', ['Zvaitika 27.8.2019.', 'Maita basa.']],
    ['a bare figure', 'Vauya vaiva 5. Vamwe vakasara.', ['Vauya vaiva 5.', 'Vamwe vakasara.']],
    ['an ellipsis', 'Regai nditarise... Ndawana.', ['Regai nditarise...', 'Ndawana.']],
    ['an ellipsis in one character', 'Regai nditarise… Ndawana.', ['Regai nditarise…', 'Ndawana.']],
    ['several marks and quotes', 'Mati "chii?!" Handina kunzwa.', ['Mati "chii?!"', 'Handina kunzwa.']],
    ['marks behind a quote', 'Mati “ehe”. Maita.', ['Mati “ehe”.', 'Maita.']],
    ['single quotes', 'Mati ‘ehe.’ Maita.', ['Mati ‘ehe.’', 'Maita.']],
    ['brackets', 'Uyai nhasi (kana muchida.) Maita.', ['Uyai nhasi (kana muchida.)', 'Maita.']],
    ['a question', 'Makadii? Tiripo.', ['Makadii?', 'Tiripo.']],
    ['shouting', 'Mirai!!! Pane njodzi.', ['Mirai!!!', 'Pane njodzi.']],
    ['a small letter behind the stop', 'Ndazvinzwa. veMDC vauya.', ['Ndazvinzwa.', 'veMDC vauya.']],
    ['line breaks', 'Mhoroi\nMakadii', ['Mhoroi', 'Makadii']],
    ['line breaks of Windows', 'Mhoroi.\r\nMakadii.', ['Mhoroi.', 'Makadii.']],
    ['several spaces', 'Mhoroi.   Makadii.', ['Mhoroi.', 'Makadii.']],
    ['a forgotten space', 'Imba yakanaka.Parutivi pane muti.', ['Imba yakanaka.', 'Parutivi pane muti.']],
    ['a forgotten space behind a question', 'Muripo here?Mirai.', ['Muripo here?', 'Mirai.']],
    ['no mark at all', 'Mhoroi makadii', ['Mhoroi makadii']],
    ['abbreviations in capitals', 'Vakabva kuMDC. Vauya.', ['Vakabva kuMDC.', 'Vauya.']],
    ['a hyphenated one', 'Vakabva kuZanu-PF. Vauya.', ['Vakabva kuZanu-PF.', 'Vauya.']],
  ])('is found with %s', (_what, text, pieces) => {
    expect(sentences(text)).toEqual(pieces);
  });

  it.each([
    ['titles', 'Dr. Moyo naProf. Ncube vauya.'],
    ['titles with a prefix', 'Ndabva kunaDr. Moyo nemukoti.'],
    ['a place', 'Chipatara cheSt. Anne chiri pedyo.'],
    ['an initial', 'J. Moyo varipo.'],
    ['initials', 'VaT. J. Moyo varipo.'],
    ['initials together', 'VaJ.M. Moyo varipo.'],
    ['letters with stops', 'Madhora eU.S. chete.'],
    ['No. in front of a figure', 'Imba No. 5 iri pano.'],
    ['Nha. in front of a figure', 'Imba Nha. 5 iri pano.'],
    ['Tel. in front of a number', 'Tel. 077 200 3456.'],
    ['Tel. in front of a country code', 'Tel. +263 77 200 3456.'],
    ['a page', 'Tarisai p. 12 yebhuku.'],
    ['a.m.', 'Inovhura na8 a.m. chete.'],
    ['p.m. right behind the figure', 'Inovhara na4p.m. zuva rega rega.'],
    ['etc.', 'Uyai nechitupa, bhuku etc. kana muchida.'],
    ['e.g.', 'Mishonga e.g. mapiritsi inodhura.'],
    ['a web address', 'Tarisai www.health.gov.zw/mari.html?x=1 nhasi.'],
    ['a web address with a scheme', 'Tarisai https://example.org/a.b nhasi.'],
    ['a mail address', 'Nyorerai kuna moyo.J@Example.org nhasi.'],
    ['a file', 'Vhurai report.Final.pdf nhasi.'],
    ['a number of a list', '1. Uyai nechitupa.'],
    ['a numbered step behind a colon', 'Teverai matanho aya: 1. torai pepa.'],
    ['a small letter behind a quotation', 'Vakati "uyai!" asi handina.'],
  ])('is not at %s', (_what, text) => {
    expect(sentences(text)).toEqual([text]);
  });

  it.each([
    ['No. in front of a word', 'Ndati No. Handidi.', ['Ndati No.', 'Handidi.']],
    ['p.m. in front of a capital', 'Inovhara na4 p.m. Uyai.', ['Inovhara na4 p.m.', 'Uyai.']],
    ['an abbreviation at the end of a line', 'Ndaona Dr.\nVauya.', ['Ndaona Dr.', 'Vauya.']],
    ['an abbreviation at the end of the text', 'Ndaona Dr.', ['Ndaona Dr.']],
    ['a list', '1. Uyai. 2. Gara.', ['1. Uyai.', '2. Gara.']],
  ])('is at %s', (_what, text, pieces) => {
    expect(sentences(text)).toEqual(pieces);
  });

  it('knows no abbreviation but the language’s', () => {
    expect(splitWhole('Dr. Moyo vauya.', {})).toEqual(['Dr.', 'Moyo vauya.']);
    const swahili = { titles: ['bw'], beforeFigures: [], inside: [] };
    expect(splitWhole('Bw. Moyo amefika.', { abbreviations: swahili })).toEqual(['Bw. Moyo amefika.']);
  });
});

describe('whatever comes', () => {
  it('gives nothing for marks without words, and is empty after flush', () => {
    const splitter = new SentenceSplitter();
    expect([...splitter.push(' ... , !'), ...splitter.flush(), ...splitter.flush()]).toEqual([]);
  });

  it('cuts a text without marks at a space before it grows too long for a voice', () => {
    const pieces = split('mangwanani '.repeat(200));
    expect(pieces.every((piece) => piece.length <= 400)).toBe(true);
    expect(pieces.join(' ')).toBe('mangwanani '.repeat(200).trim());
    expect(split('a'.repeat(1000)).join('')).toBe('a'.repeat(1000));
    expect(
      splitWhole('a' + '😀'.repeat(900), {})
        .join('')
        .isWellFormed(),
    ).toBe(true);
  });

  it('takes no longer than the text is long', () => {
    for (const part of ['.', 'a.', ', ', '1,', 'No. ', '" ', '… ', ' ', 'a.B']) {
      const splitter = new SentenceSplitter({ abbreviations });
      const text = part.repeat(100_000 / part.length);
      for (let at = 0; at < text.length; at += 50) splitter.push(text.slice(at, at + 50));
      splitter.flush();
    }
  });

  it('loses no letter and gives the same pieces however the text is cut', () => {
    const PARTS = [
      ...'Dr. |No. |Tel. |a.m. |etc. |VaT. |J. |1. |5 |36, 052 |3.5|8.30|18:30 |8:00 – 16:30|... |… |?! |" |“|”|. |, |; |: |– |\n|\r\n|  |(|) |'.split(
        '|',
      ),
      ...'kiriniki|Makadii |uyai |muZimbabwe|nokuti |.Parutivi|www.a.zw |😀|\u0301|+263|é|A|a'.split('|'),
    ];
    for (let seed = 1; seed <= 400; seed++) {
      let state = seed;
      const random = (below: number): number => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return (state >>> 8) % below;
      };
      const text = Array.from({ length: 1 + random(40) }, () => PARTS[random(PARTS.length)]).join('');
      const options = {
        abbreviations,
        minFirstClauseChars: random(20),
        minLaterClauseChars: random(40),
        maxPieceChars: 30 + random(90),
      };
      const whole = splitWhole(text, options);
      const splitter = new SentenceSplitter(options);
      const pieces: string[] = [];
      for (let at = 0; at < text.length;) {
        const size = random(9);
        pieces.push(...splitter.push(text.slice(at, at + size)));
        at += size;
      }
      pieces.push(...splitter.flush());
      expect(pieces, `seed ${seed}: ${JSON.stringify(text)}`).toEqual(whole);
      const letters = (of: string): string => of.replaceAll(/[^\p{L}\p{N}]/gu, '');
      expect(letters(whole.join('')), `seed ${seed}`).toBe(letters(text));
    }
  });
});
