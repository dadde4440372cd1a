import { describe, expect, it } from 'vitest';
import { type ValueKind, writeValue } from '#pipeline/language/spoken-value.ts';
import { valueOf } from '#pipeline/language/shona/value/value-of.ts';
import { seededRandom } from '#src/cli/bench/statistics.ts';

const KINDS: readonly (ValueKind | undefined)[] = [
  ...([undefined, 'number', 'decimal', 'fraction', 'percent', 'ordinal', 'money', 'time', 'date', 'duration'] as const),
  'digits',
];
const WORDS = (
  'makumi maviri nemaviri gumi ne na wa dza zana zviuru mazana chete zvine ane nguva musi madhora masendi dhora imwe vana ' +
  'china kana kubva muzana zvikamu poindi hafu nehafu double plus + - / , . $ % ½ 27 0 0771 3.5 1,000 12:30 27/8/2019 one ' +
  'two hundred thousand and past to quarter pm mangwanani awa maminitsi mazuva gore ra2018 Nyamavhuvhu Mbudzi neChina ' +
  'wechipiri first twenty 27th covid19 1e9 😀 \u200f ٣ mamiriyoni bhiriyoni mavhiri aa manje makumimaviri'
).split(' ');

describe('valueOf, whatever it is given', () => {
  it('never throws, and every value it hears can be written and lies in the text', () => {
    const seed = 11;
    const random = seededRandom(seed);
    for (let time = 0; time < 20_000; time += 1) {
      let text = '';
      for (let word = 0; word < 1 + random() * 12; word += 1) {
        const stray = random() < 0.1;
        text += stray
          ? String.fromCodePoint(Math.floor(random() * 0x3000))
          : (WORDS[Math.floor(random() * WORDS.length)] ?? '');
        if (random() < 0.85) text += ' ';
      }
      const expects = KINDS[Math.floor(random() * KINDS.length)];
      const value = valueOf(text, expects === undefined ? {} : { expects });
      if (value === undefined) continue;
      const where = `seed ${seed}, text ${time}: ${JSON.stringify(text)}`;
      expect(writeValue(value), where).toMatch(
        /^(?:[+\d]|USD|ZAR|ZiG|ZWL|BWP|EUR|GBP|P\d|PT\d|-|today)[-\d./%+:. TYMWDHS]*$/u,
      );
      expect(value.span.start, where).toBeLessThan(value.span.end);
      expect(value.span.end, where).toBeLessThanOrEqual(text.length);
    }
  });

  it('hears nothing in nothing', () => {
    for (const text of [
      '',
      ' ',
      '\u0000',
      '\u200f\u200f',
      '😀',
      '...',
      '-',
      '+',
      '$',
      '%',
      "'",
      'ne',
      'chete',
      '\ud800',
    ]) {
      expect(valueOf(text), JSON.stringify(text)).toBeUndefined();
      for (const expects of KINDS) expect(valueOf(text, expects && { expects }), JSON.stringify(text)).toBeUndefined();
    }
  });

  it('reads figures of other scripts, full-width ones and ones with marks of direction in them', () => {
    expect(valueOf('madhora ٢٥')).toMatchObject({ kind: 'money', minorUnits: 2500 });
    expect(valueOf('madhora ２５')).toMatchObject({ kind: 'money', minorUnits: 2500 });
    expect(valueOf('mad\u200fhora mashanu')).toMatchObject({ kind: 'money', minorUnits: 500 });
  });

  it('takes no part of a code for a number', () => {
    for (const text of ['covid19', 'Covid-19', '1e9', 'A4', 'MP3 player']) expect(valueOf(text), text).toBeUndefined();
  });

  it('never makes a number that is not exact', () => {
    expect(valueOf('9'.repeat(30), { expects: 'number' })).toMatchObject({ kind: 'digits' });
    expect(valueOf(`madhora ${'9'.repeat(15)}`)).not.toMatchObject({ kind: 'money' });
  });

  it('refuses days and hours that do not exist', () => {
    for (const text of ['31/2/2019', '2019-13-01', '32 Ndira', '31 Gunyana', '29 Kukadzi 2019']) {
      expect(valueOf(text), text).not.toMatchObject({ kind: 'date', date: { day: expect.any(Number) as number } });
    }
    expect(valueOf('29 Kukadzi 2020')).toMatchObject({ kind: 'date' });
    expect(valueOf('nguva dza25')).not.toMatchObject({ kind: 'time' });
  });

  it('stays within two seconds of work for 100,000 characters of anything', () => {
    const parts = [
      'makumi ',
      'makumimaviri',
      'ne',
      'ziro nomwe ',
      'zviuru zana ne',
      '1,000,',
      '0',
      '1-',
      '$1',
      'madola ',
      'x.y ',
    ];
    for (const part of [
      ...parts,
      'mazana mazana ',
      'aa ',
      'gumi ne ',
      'zvine ',
      'double ',
      'nguva dza',
      "'",
      '٣',
      '😀',
    ]) {
      const text = part.repeat(100_000 / part.length);
      const before = process.cpuUsage();
      valueOf(text);
      const { user } = process.cpuUsage(before);
      expect(user / 1e6, JSON.stringify(part)).toBeLessThan(2);
    }
  });
});
