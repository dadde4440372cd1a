/** What holds for every text; what single figures and words become is in text/. */
import { describe, expect, test } from 'vitest';
import type { CountClass } from '#pipeline/language/language.ts';
import { LARGEST_CARDINAL } from '#pipeline/language/shona/numbers.ts';
import { speakable } from '#pipeline/language/shona/text.ts';

const SEED = 20_240_408;

function randomBelow(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const PIECES = (
  'na dza8 :30 , . 1 22 007 $ % / - – + ZiG US$ mazuva vanhu °C pm am 263 ½ ² ① x x9y \u0007 ’ ( ) HIV 3.4.5 Dr Mr. Moyo ' +
  'J. M. A II IV Charles Vitamin MDC-T veMDC AU U19 weT e.g. i.e. etc a.m. No. Tel: @ a@b.co www.x.zw # * & = < > ~ … "q" ' +
  "n'anga Muvhuro Chishanu -- 2019-08-27 27/08 1/2 2:1 16h30 hrs h km mm m/s PT2H3M 1e9 kana kusvika nema chi ka pechi " +
  'gore ra muna musi wa Mug Chp 24/7 *151# 😀 Иван 你好 ٣ st th million c R50 a-B zvi \u200b \u202e ß 99999999999999'
).split(' ');

/** Pieces that each start some reader, run together at random. */
function* hardTexts(count: number): Generator<string> {
  const next = randomBelow(SEED);
  for (let round = 0; round < count; round += 1) {
    const piece = (): string => (PIECES[next(PIECES.length)] ?? '') + (['', '', ' ', '\n'][next(4)] ?? '');
    yield Array.from({ length: 1 + next(9) }, piece).join('');
  }
}

function* noise(count: number): Generator<string> {
  const next = randomBelow(SEED + 1);
  for (let round = 0; round < count; round += 1) {
    const character = (): string =>
      next(3) > 0 ? String.fromCharCode(32 + next(95)) : String.fromCodePoint(next(next(2) > 0 ? 0x1_0000 : 0x11_0000));
    yield Array.from({ length: 1 + next(12) }, character).join('');
  }
}

describe('whatever comes in', () => {
  test('only letters and pauses come out, and saying them again changes nothing', () => {
    for (const text of [...hardTexts(4000), ...noise(2000)]) {
      const said = speakable(text);
      const seen = `seed ${SEED}: ${JSON.stringify(text)}`;
      expect(said, seen).toMatch(/^[A-Za-z'\-.,?! ]*$/u);
      expect(said, seen).not.toMatch(/ {2}|^[ .,?!]| $| [.,?!]/u);
      expect(speakable(said), seen).toBe(said);
    }
  });

  test('a letter or a digit is never silent', () => {
    for (const text of hardTexts(2000)) {
      if (/[\p{L}\p{Nd}]/u.test(text)) expect(speakable(text), `seed ${SEED}: ${JSON.stringify(text)}`).not.toBe('');
    }
  });

  test('half a character and characters of no script do no harm', () => {
    expect(speakable('vana \ud83d 3')).toBe('vana vatatu');
    expect(speakable('\udfff\ufffe\u{10fffd}')).toBe('');
  });
});

describe('a long text', () => {
  /** Each could send a careless pattern back over and over. */
  const HOSTILE = [
    '7',
    '1.',
    '1,',
    '100 ',
    '1-',
    '1/',
    '1:',
    'a',
    'B',
    'A.',
    'a@a.',
    '((a',
    '*1',
    '<+=',
    'na8',
    '$1-',
    '+2 ',
  ];

  test.each(HOSTILE)('of 100 kB is read at once: %j', (piece) => {
    const text = piece.repeat(100_000 / piece.length);
    const startMs = performance.now();
    expect(speakable(text)).toMatch(/^[A-Za-z'\-.,?! ]+$/u);
    // About 20 ms alone on a core; a quadratic reading takes minutes.
    expect(performance.now() - startMs).toBeLessThan(5000);
  });
});

describe('agreement', () => {
  const CLASSES: readonly CountClass[] = [2, 4, 6, 8, 10];
  const UNIT = /^(?:ne|zvine |ane )?(?:va|mi|ma|zvi)?(?:viri|tatu|na|shanu|tanhatu|nomwe|sere|pfumbamwe)$/u;

  /** The comma that keeps 100,088 from being 188,000 stands only where the units agree with the thousands. */
  const withoutPause = (words: readonly string[]): readonly string[] => words.map((word) => word.replace(',', ''));

  test('changes the last unit and nothing else', () => {
    const next = randomBelow(SEED + 2);
    for (let round = 0; round < 1500; round += 1) {
      const value = next(2) > 0 ? next(100_000) : Math.floor((next(2 ** 30) / 2 ** 30) * LARGEST_CARDINAL);
      const free = speakable(String(value)).split(' ');
      for (const nounClass of CLASSES) {
        const agreed = speakable(String(value), { nounClass }).split(' ');
        const seen = `seed ${SEED}: ${value} in class ${nounClass}`;
        expect(withoutPause(agreed.slice(0, -1)), seen).toEqual(withoutPause(free.slice(0, -1)));
        if (value % 10 === 0) expect(agreed, seen).toEqual(free);
        else if (nounClass !== 10 && value % 10 > 1 && value % 1000 !== 0) expect(agreed.at(-1), seen).toMatch(UNIT);
      }
    }
  });

  test.each([
    [2, 'vaviri'],
    [4, 'miviri'],
    [6, 'maviri'],
    [8, 'zviviri'],
    [10, 'mbiri'],
  ] as const)('class %i counts two as %s', (nounClass, two) => {
    expect(speakable('2', { nounClass })).toBe(two);
    expect(speakable('22', { nounClass })).toBe(`makumi maviri ne${two}`);
    expect(speakable('2002', { nounClass })).toBe(`zviuru zviviri ne${two}`);
    expect(speakable('22000', { nounClass })).toBe('zviuru makumi maviri nezviviri');
  });
});
