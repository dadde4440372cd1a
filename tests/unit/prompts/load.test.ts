import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { fixedTexts, greetingAt, quotableTexts, unreviewedUrgent, welcomeAt } from '#pipeline/dialogue/hotline.ts';
import { loadHotline, PROMPTS_DIR } from '#prompts/load.ts';

const kiriniki = loadHotline('kiriniki');

describe('the example hotline', () => {
  test('has cards enough, each asked in at least four ways, and nothing claims to be reviewed', () => {
    expect(kiriniki.cards.length).toBeGreaterThanOrEqual(14);
    for (const card of kiriniki.cards) {
      expect(card.questions.length, card.id).toBeGreaterThanOrEqual(4);
      expect(card.isReviewed, card.id).toBe(false);
    }
  });

  test('has an answer with a time, one with money, one that takes long, and one emergency', () => {
    const say = (id: string): string =>
      kiriniki.pack.language.speakable(kiriniki.cards.find((card) => card.id === id)!.answer);
    expect(say('nguva-dzekuvhura')).toContain('nguva dzasere mangwanani');
    expect(say('mutengo-wemishonga')).toContain('dhora nemasendi makumi mashanu');
    // At about five syllables a second, twelve seconds of speech.
    expect(say('chitupa-chekuberekwa').match(/[aeiou]/gu)!.length).toBeGreaterThan(100);
    const urgent = kiriniki.cards.filter((card) => card.isEmergency);
    expect(urgent.map((card) => card.answer)).toEqual([kiriniki.phrases.get('emergency')!.text]);
  });

  test('greets by the clock of Harare', () => {
    const at = (utc: string): string => greetingAt(kiriniki.pack, Date.parse(`2026-11-23T${utc}:00Z`));
    expect([at('03:00'), at('08:59'), at('09:00'), at('14:59'), at('15:00'), at('21:59')]).toEqual([
      'Mangwanani',
      'Mangwanani',
      'Masikati',
      'Masikati',
      'Manheru',
      'Manheru',
    ]);
    expect(at('22:30')).toBe('Mangwanani');
    expect(welcomeAt(kiriniki, Date.parse('2026-11-23T06:00:00Z'))).toMatch(/^Mangwanani, mafona/u);
  });

  test('lists every fixed text once, without placeholders', () => {
    const texts = fixedTexts(kiriniki);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.some((text) => text.includes('{'))).toBe(false);
    expect(texts.length).toBeGreaterThan(kiriniki.cards.length + 15);
  });
});

describe('a person to talk to', () => {
  test('is named with a number that the voice says digit by digit', () => {
    expect(kiriniki.human).toEqual({ number: '077 200 3456' });
    const said = kiriniki.pack.language.speakable(kiriniki.phrases.get('human-number')!.text);
    expect(said).toContain('ziro nomwe nomwe, mbiri ziro ziro, nhatu ina shanu nhanhatu');
  });
});

test('promises nothing that nobody keeps', () => {
  const texts = fixedTexts(kiriniki).join(' ');
  expect(texts).not.toContain('Hatichakufonerai');
});

test('only harmless sentences are lent to the language model', () => {
  const ids = ['greeting-reply', 'help', 'anything-else', 'thanks-reply', 'yes-what', 'not-understood'];
  const harmless = ids.map((id) => kiriniki.phrases.get(id)!.text);
  expect(new Set(quotableTexts(kiriniki))).toEqual(new Set(harmless));
});

test('what is said in an emergency or to somebody in distress is named until somebody has reviewed it', () => {
  expect(unreviewedUrgent(kiriniki)).toEqual(['emergency', 'sensitive', 'njodzi']);
  const reviewed = new Map([...kiriniki.phrases].map(([id, one]) => [id, { ...one, isReviewed: true }]));
  expect(unreviewedUrgent({ ...kiriniki, phrases: reviewed })).toEqual(['njodzi']);
});

test('a pack may have its figures read otherwise', () => {
  const dir = mkdtempSync(join(tmpdir(), 'reading-'));
  try {
    cpSync(join(PROMPTS_DIR, 'sn'), join(dir, 'sn'), { recursive: true });
    const path = join(dir, 'sn/language.yaml');
    const choices = '{ hours: english, zig: ziigi, repeatsAmbiguous: yes }';
    writeFileSync(path, `${readFileSync(path, 'utf8')}\nreading: ${choices}\n`);
    const { language } = loadHotline('kiriniki', dir).pack;
    expect(language.speakable('8:00')).toBe('nguva dzaeiti');
    expect(language.speakable('ZiG 5')).toBe('ziigi shanu');
    expect(language.speakable('077 200')).toBe(kiriniki.pack.language.speakable('077 200'));
    writeFileSync(path, `${readFileSync(path, 'utf8').replace('hours: english', 'hours: french')}\n`);
    expect(() => loadHotline('kiriniki', dir)).toThrow(/sn\/language\.yaml:\d+: reading\.hours/u);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

describe('what a person gets wrong is named with file and line', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'prompts-'));
    cpSync(join(PROMPTS_DIR, 'sn'), join(dir, 'sn'), { recursive: true });
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const PATHS = {
    pack: 'sn/pack.yaml',
    hotline: 'sn/hotlines/kiriniki/hotline.yaml',
    cards: 'sn/hotlines/kiriniki/cards.yaml',
  };

  /** Edits a file and returns what the loader says, with the line on which the edit stands. */
  function faultsAfter(file: keyof typeof PATHS, from: string | RegExp, to: string): { text: string; line: number } {
    const path = join(dir, PATHS[file]);
    const before = readFileSync(path, 'utf8');
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    writeFileSync(path, after);
    const at = Array.from(after).findIndex((symbol, index) => symbol !== before[index]);
    const line = after.slice(0, at).split('\n').length;
    try {
      loadHotline('kiriniki', dir);
    } catch (error) {
      if (!isInzwaError(error, 'INZWA_PROMPTS_INVALID')) throw error;
      return { text: error.message, line };
    }
    throw new Error('the loader accepted it');
  }

  test.each([
    ['cards', 'id: nhomba\n', 'id: njodzi\n', /card "njodzi" is there twice/u],
    [
      'cards',
      'Munovhura nguvai?',
      'Mishonga inoita marii?',
      /sounds the same as a question of card "nguva-dzekuvhura"/u,
    ],
    ['cards', 'Munovhura nguvai?', "'42'", /no sound of the language/u],
    ['cards', 'Hadzibhadharwi.', 'Unogona kuuya.', /"unogona" speaks to one person/u],
    ['cards', 'Hadzibhadharwi.', 'Hadzibhadharwi ☺.', /cannot say ☺ \(U\+263A\)/u],
    ['cards', 'Hadzibhadharwi.', 'Uyai kuhospital.', /"kuhospital" is not a word/u],
    ['cards', 'reviewed: no', 'reviewed: maybe', /reviewed/u],
    ['cards', 'questions:', 'qestions:', /qestions/u],
    ['hotline', "'1': card:nguva-dzekuvhura", "'1': card:hapana", /key 1 does "card:hapana"/u],
    ['hotline', 'id: goodbye', 'id: welcome', /phrase "welcome" is there twice/u],
    ['hotline', '{greeting}, mafona', '{name}, mafona', /unknown placeholder \{name\}/u],
    ['hotline', 'id: kiriniki', 'id: chipatara', /not the folder's name/u],
    ['hotline', 'name: Kiriniki yeRugare', 'name: [', /hotline\.yaml:\d+/u],
    ['hotline', 'number: 077 200 3456', 'number: 077-CLINIC', /human\.number/u],
    ['hotline', 'number: 077 200 3456', 'number: 42', /human\.number/u],
    ['hotline', 'Kana muchida kutaura nemunhu, fonerai {number}.', 'Fonai.', /"human-number" must hold \{number\}/u],
    ['pack', 'untilHour: 24', 'untilHour: 23', /untilHour: 24/u],
    ['pack', 'untilHour: 17', 'untilHour: 9', /does not come after/u],
    ['pack', 'timeZone: Africa/Harare', 'timeZone: Africa/Bulawayo', /not an IANA time zone/u],
    ['pack', 'code: sn', 'code: nd', /not built in/u],
    ['pack', 'Muchiripo here?', 'Uripo iwe here?', /"iwe" speaks to one person/u],
    ['pack', 'Ndamuka kana mamukawo.', 'Ndamuka kana wamukawo.', /"wamukawo" speaks to one person/u],
    ['cards', 'Hadzibhadharwi.', 'Kana wapedza, dzokera kukiriniki.', /"wapedza" speaks to one person/u],
  ] as const)('%s: %s -> %s', (file, from, to, expected) => {
    const { text } = faultsAfter(file, from, to);
    expect(text).toMatch(expected);
    expect(text).toMatch(/(?:kiriniki|sn)\/(?:cards|hotline|pack)\.yaml:\d+: /u);
  });

  test('the line is the one to open', () => {
    const { text, line } = faultsAfter('cards', 'Kiriniki iri kupi?', 'Marariya inorapwa sei?');
    expect(text).toContain(`kiriniki/cards.yaml:${line}: `);
  });

  test('a hotline without a person offers none', () => {
    const path = join(dir, PATHS.hotline);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^human:.*\n(?: {2}.*\n)*/mu, ''));
    const alone = loadHotline('kiriniki', dir);
    expect(alone.human).toBeUndefined();
    expect(alone.phrases.has('human-number')).toBe(false);
    expect(alone.phrases.has('offer-human')).toBe(false);
    expect(fixedTexts(alone).some((text) => text.includes('{'))).toBe(false);
  });

  test('a missing phrase and a missing hotline', () => {
    expect(faultsAfter('pack', /^.*id: still-there.*\n/mu, '').text).toContain('phrase "still-there" is missing');
    expect(() => loadHotline('hapana', dir)).toThrow(/hapana\/hotline\.yaml:1: cannot be read/u);
    expect(() => loadHotline('../kiriniki', dir)).toThrow(/named by its folder/u);
  });
});

describe('a hotline that is not there', () => {
  test.each([
    ['nope', 'no pack has such a hotline; known: sn/kiriniki, sw/zahanati'],
    ['sw/nope', 'pack sw has no such hotline; known: zahanati'],
    ['xx/nope', 'there is no pack xx; known: sn, sw'],
  ])('says which ones there are: %s', (name, why) => {
    expect(() => loadHotline(name)).toThrow(`nope/hotline.yaml:1: cannot be read: ${why}`);
  });

  test('nor is its folder', () => {
    expect(() => loadHotline('kiriniki', join(tmpdir(), 'no-such-prompts'))).toThrow(
      /there is no folder .*no-such-prompts/u,
    );
  });
});
