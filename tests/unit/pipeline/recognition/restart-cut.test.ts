import { describe, expect, it } from 'vitest';
import { endsInRepeatedWord, isAboutToRestart, restartCut } from '#pipeline/recognition/restart-cut.ts';

/** One token per syllable-sized piece; ids are places in a growing list of pieces. */
const pieces: string[] = [];
const decode = (tokens: readonly number[]): string => tokens.map((token) => pieces[token]).join('');
function encode(text: string): number[] {
  return (text.match(/ ?[^ ]{1,3}/g) ?? []).map((piece) => {
    if (!pieces.includes(piece)) pieces.push(piece);
    return pieces.indexOf(piece);
  });
}

/** As the decoder calls it: after every token; the text that is kept, or undefined when nothing was cut. */
function cutWhileGrowing(text: string, speechMs: number): string | undefined {
  const tokens = encode(text);
  for (let count = 1; count <= tokens.length; count++) {
    const kept = restartCut(tokens.slice(0, count), decode, speechMs);
    if (kept !== undefined) return decode(tokens.slice(0, kept)).trim();
  }
  return undefined;
}

describe('restartCut', () => {
  it.each([
    ['Kiriniki inovhura nguvai mangwana? Kiriniki inovhura nguvai mangwana? Kiriniki', 2100],
    ['My child has a high fever since last night. My child has a high fever', 2200],
  ])('cuts what begins again from its start: %s', (text, speechMs) => {
    const once = text.slice(0, text.search(/[?.]/) + 1);
    expect(cutWhileGrowing(text, speechMs)).toBe(once);
  });

  it('sees the restart through other capitals and commas', () => {
    expect(cutWhileGrowing(' Ndinoda kutaura nemunhu ndinoda, kutaura nemunhu', 1500)).toMatch(
      /^Ndinoda kutaura nemunhu$/,
    );
  });

  it('cuts a loop at the end that does not reach back to the start', () => {
    const kept = cutWhileGrowing('Ndapota ndinoda kutaura nemunhu wenyu iye zvino wenyu iye zvino wenyu', 2500);
    expect(kept).toMatch(/^Ndapota ndinoda kutaura nemunhu wenyu iye zvino/);
    expect(kept?.match(/wenyu/g)).toHaveLength(1);
  });

  it.each([
    ['Ehe ehe ehe ehe ehe ehe', 2600],
    ['077 123 077 123', 4200],
    ['zero seven seven one zero seven seven one', 4000],
    ['Hongu, hongu, ndizvozvo. Hongu, hongu, ndizvozvo.', 3600],
  ])('keeps what there was time to say: %s in %i ms', (text, speechMs) => {
    expect(cutWhileGrowing(text, speechMs)).toBeUndefined();
  });

  it('cuts the third saying when there was time for two', () => {
    const twice = 'Hongu ndizvozvo baba. Hongu ndizvozvo baba.';
    const kept = cutWhileGrowing(`${twice} Hongu ndizvozvo baba. Hongu`, 4000);
    expect(kept?.match(/baba/g)).toHaveLength(2);
  });

  it('leaves ordinary speech alone', () => {
    const text = 'Ndakamirira pano kwemaawa matatu asi hapana adaidza zita rangu, ndapota ndibatsireiwo nhasi.';
    expect(cutWhileGrowing(text, 5000)).toBeUndefined();
    expect(cutWhileGrowing(text, 300)).toBeUndefined();
  });
});

describe('endsInRepeatedWord', () => {
  it.each(['I would like a nurse please. Please.', 'mangwanani ega ega mvura mvura'])('%s', (text) => {
    expect(endsInRepeatedWord(text)).toBe(true);
  });

  it.each(['', 'Please.', 'ehe ehe', 'mvura mvura yakawanda', 'nhasi nhasika'])('not "%s"', (text) => {
    expect(endsInRepeatedWord(text)).toBe(false);
  });
});

describe('isAboutToRestart', () => {
  const END = 2;
  const asked = (text: string, end: number, speechMs: number): boolean =>
    isAboutToRestart(text, Float32Array.from([-0.7, -3, end]), { endOfText: END, speechMs });

  it.each([
    ['the end is likelier', -0.3],
    ['the end is less likely, but not by far', -3],
  ])('where a sentence fills the speech and %s', (_, end) => {
    expect(asked(' Nomba zvana zinobariwa rini.', end, 2300)).toBe(true);
  });

  it('not where going on is much likelier: another sentence comes', () => {
    expect(asked(' Ndiri kutuwa chetibi chinongorurwa sei?', -3.4, 2400)).toBe(false);
  });

  it('not where the end is less likely and a word more may have been said', () => {
    expect(asked(' Ninofunga kuti ninimaria.', -1.8, 2300)).toBe(false);
    expect(asked(' Ninofunga kuti ninimaria.', -1.6, 2300)).toBe(true);
  });

  it('not where the speech has room for another sentence', () => {
    expect(asked(' Ndipi?', -0.3, 3000)).toBe(false);
  });

  it('not within a sentence', () => {
    expect(asked(' Nomba zvana zinobariwa', -0.3, 1200)).toBe(false);
  });
});
