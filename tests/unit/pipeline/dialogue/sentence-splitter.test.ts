import { describe, expect, it } from 'vitest';
import { SentenceSplitter } from '#pipeline/dialogue/sentence-splitter.ts';

/** Every way of cutting the text into pushes must give the same pieces. */
function split(text: string, options = {}): string[] {
  const whole = new SentenceSplitter(options);
  const expected = [...whole.push(text), ...whole.flush()];
  for (const size of [1, 2, 3, 7]) {
    const splitter = new SentenceSplitter(options);
    const pieces: string[] = [];
    for (let i = 0; i < text.length; i += size) pieces.push(...splitter.push(text.slice(i, i + size)));
    expect([...pieces, ...splitter.flush()], `pushed by ${size}`).toEqual(expected);
  }
  return expected;
}

describe('SentenceSplitter', () => {
  it('gives the first clause at its comma and whole sentences after it', () => {
    expect(split('Ndine urombo, handina kunzwa. Dzokororai, ndapota. Maita basa.')).toEqual([
      'Ndine urombo,',
      'handina kunzwa.',
      'Dzokororai, ndapota.',
      'Maita basa.',
    ]);
  });

  it('gives the first clause while the rest is not there yet', () => {
    const splitter = new SentenceSplitter();
    expect(splitter.push('Ndine urombo')).toEqual([]);
    expect(splitter.push(',')).toEqual([]);
    expect(splitter.push(' han')).toEqual(['Ndine urombo,']);
    expect(splitter.push('dina kunzwa')).toEqual([]);
    expect(splitter.flush()).toEqual(['handina kunzwa']);
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
    ['decimals', 'Mutengo i 2.50 madhora. Maita basa.', ['Mutengo i 2.50 madhora.', 'Maita basa.']],
    ['times', 'Kiriniki inovhura na8:30 mangwanani. Uyai.', ['Kiriniki inovhura na8:30 mangwanani.', 'Uyai.']],
    ['thousands', 'Vanhu 3,000 vauya. Zvakanaka.', ['Vanhu 3,000 vauya.', 'Zvakanaka.']],
    ['titles', 'Dr. Moyo naMai. Vauya.', ['Dr. Moyo naMai.', 'Vauya.']],
    ['initials', 'VaT. J. Moyo varipo.', ['VaT. J. Moyo varipo.']],
    ['letters with stops', 'Madhora eU.S. chete. Ndizvo.', ['Madhora eU.S. chete.', 'Ndizvo.']],
    ['an ellipsis', 'Regai nditarise... Ndawana.', ['Regai nditarise...', 'Ndawana.']],
    ['several marks and quotes', 'Mati "chii?!" Handina kunzwa.', ['Mati "chii?!"', 'Handina kunzwa.']],
    ['line breaks', 'Mhoroi\nMakadii', ['Mhoroi', 'Makadii']],
  ])('knows %s', (_what, text, pieces) => {
    expect(split(text, { minFirstClauseChars: 200, minLaterClauseChars: 200 })).toEqual(pieces);
  });

  it('gives nothing for marks without words, and is empty after flush', () => {
    const splitter = new SentenceSplitter();
    expect([...splitter.push(' ... , !'), ...splitter.flush(), ...splitter.flush()]).toEqual([]);
  });
});
