import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hotlineNames, loadLanguage, packCodes, PROMPTS_DIR } from '#prompts/language.ts';
import { IntentDetector } from '#pipeline/dialogue/intents.ts';
import { recogniserCodes } from '#pipeline/language/definition.ts';
import { loadDemoCall } from '#prompts/demo-script.ts';
import { unsayableWords } from '#prompts/lint.ts';
import { loadHotline } from '#prompts/load.ts';
import { lintPack } from '#prompts/pack-lint.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'prompts-'));
  for (const code of ['sn', 'sw']) cpSync(join(PROMPTS_DIR, code), join(dir, code), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true }));

function edit(file: string, from: string | RegExp, to: string): void {
  const path = join(dir, file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

describe('a language pack is a folder', () => {
  it('is found by its code, its hotlines by their names', () => {
    expect(packCodes()).toEqual(['sn', 'sw']);
    expect(hotlineNames('sw')).toEqual(['zahanati']);
    expect(hotlineNames('xx')).toEqual([]);
    expect(() => loadLanguage('xx')).toThrow(/no pack "xx"; known: sn, sw/u);
  });

  it('can be copied under another code and then is another language, without a line of code', () => {
    cpSync(join(dir, 'sw'), join(dir, 'swc'), { recursive: true });
    for (const file of ['language.yaml', 'pack.yaml']) edit(`swc/${file}`, 'code: sw', 'code: swc');
    edit('swc/hotlines/zahanati/hotline.yaml', 'language: sw', 'language: swc');
    edit('swc/language.yaml', '9: tisa;', '9: kenda;');
    const congo = loadHotline('swc/zahanati', dir);
    expect(congo.pack.language.code).toBe('swc');
    expect(congo.pack.language.speakable('19')).toBe('kumi na kenda');
    expect(congo.pack.language.definition.recognisers.whisper).toBe('sw');
    expect(() => loadHotline('zahanati', dir)).toThrow(/write sw\/zahanati or swc\/zahanati/u);
  });

  it('without a folder of hotlines stops nobody else, and is checked all the same', () => {
    rmSync(join(dir, 'sw', 'hotlines'), { recursive: true });
    expect(hotlineNames('sw', dir)).toEqual([]);
    expect(loadHotline('kiriniki', dir).id).toBe('kiriniki');
    expect(() => loadHotline('zahanati', dir)).toThrow(/known: sn\/kiriniki/u);
    expect(lintPack('sw', dir)).toEqual({ faults: [], warnings: ['sw: the pack has no hotline yet'] });
    edit('sw/language.yaml', 'digitNouns:', 'digitNuns:');
    edit('sw/pack.yaml', 'timeZone:', 'timeZon:');
    const faults = lintPack('sw', dir).faults.join('\n');
    expect(faults).toMatch(/sw\/language\.yaml:\d+: .*digitNuns/u);
    expect(faults).toMatch(/sw\/pack\.yaml:\d+: .*timeZon"/u);
    expect(() => loadHotline('kiriniki', dir)).not.toThrow();
  });

  it('without a hotline has its own sentences checked', () => {
    rmSync(join(dir, 'sw', 'hotlines'), { recursive: true });
    edit('sw/pack.yaml', 'Tafadhali subiri kidogo.', 'Nyamaza hospital.');
    edit('sw/pack.yaml', 'untilHour: 24', 'untilHour: 23');
    edit('sw/pack.yaml', 'code: sw', 'code: sx');
    const faults = lintPack('sw', dir).faults.join('\n');
    expect(faults).toMatch(/"nyamaza" speaks to one person/u);
    expect(faults).toMatch(/the last greeting must have untilHour: 24/u);
    expect(faults).toMatch(/code "sx"/u);
  });

  it('may name the code of each recogniser; Whisper’s and its own serve where it does not', () => {
    expect(recogniserCodes(loadLanguage('sw').definition)).toEqual({ whisper: 'sw', openai: 'sw', ctc: 'swh' });
    expect(recogniserCodes(loadLanguage('sn').definition)).toEqual({ whisper: 'sn', openai: 'sn', ctc: 'sna' });
    edit('sw/language.yaml', / {2}ctc: swh\n/u, '');
    edit('sw/language.yaml', '  whisper: sw\n', '  whisper: sn\n');
    expect(recogniserCodes(loadLanguage('sw', dir).definition)).toEqual({ whisper: 'sn', openai: 'sn', ctc: 'sw' });
    edit('sw/language.yaml', '  whisper: sn\n', '  whisper: sn\n  openai: swa\n');
    expect(recogniserCodes(loadLanguage('sw', dir).definition).openai).toBe('swa');
  });

  it('of an earlier time opens without what came later', () => {
    edit('sw/language.yaml', /^ {2}leads: .*\n/mu, '');
    edit('sw/language.yaml', /^ {2}rangeWords: .*\n/mu, '');
    const old = loadLanguage('sw', dir);
    expect(old.numberLeads).toEqual([]);
    expect(old.speakable('saa 2:30 hadi 10:00')).toBe('saa mbili na nusu hadi saa kumi');
  });

  it('survives the way to another thread', () => {
    for (const code of ['sn', 'sw']) {
      const { definition } = loadLanguage(code);
      expect(structuredClone(definition)).toEqual(definition);
    }
  });

  it.each([
    ['vowels: aeiou', 'vowls: aeiou', /vowls/u],
    ['0: sifuri; 1: moja;', '1: moja;', /no rule for 0/u],
    ["cardinal: '%spellout-cardinal'", "cardinal: '%spelout'", /no set %spelout/u],
    ['-x: kasoro >>;', '', /need -x and x\.x/u],
    ['percent: asilimia {n}', 'percent: asilimia', /must hold \{n\}/u],
    ['grammar: rules', 'grammar: shona', /language\.yaml:\d+/u],
    ['code: sw', 'code: sx', /not the folder's name/u],
  ])('names file and line of what is wrong: %s', (from, to, why) => {
    edit('sw/language.yaml', from, to);
    expect(() => loadLanguage('sw', dir)).toThrow(why);
    expect(() => loadLanguage('sw', dir)).toThrow(/sw\/language\.yaml:\d+: /u);
    expect(lintPack('sw', dir).faults.join()).toMatch(why);
  });
});

describe('a hotline by its name', () => {
  it('is looked for in every pack, or in the one that is named', () => {
    expect(loadHotline('zahanati').pack.code).toBe('sw');
    expect(loadHotline('kiriniki').pack.code).toBe('sn');
    expect(loadHotline('sw/zahanati').id).toBe('zahanati');
    expect(() => loadHotline('sn/zahanati')).toThrow(/cannot be read/u);
    expect(() => loadHotline('hapana')).toThrow(/known: sn\/kiriniki, sw\/zahanati/u);
  });
});

describe('the Swahili example', () => {
  const zahanati = loadHotline('zahanati');

  it('has cards enough, each asked in at least four ways, and nothing claims to be reviewed', () => {
    expect(zahanati.cards.length).toBeGreaterThanOrEqual(12);
    for (const card of zahanati.cards) {
      expect(card.questions.length, card.id).toBeGreaterThanOrEqual(4);
      expect(card.isReviewed, card.id).toBe(false);
    }
    for (const { id, isReviewed } of zahanati.phrases.values()) expect(isReviewed, id).toBe(false);
  });

  it('says its figures as words', () => {
    const said = zahanati.cards.map(({ answer }) => zahanati.pack.language.speakable(answer)).join(' ');
    expect(said).not.toMatch(/\d/u);
    expect(said).toContain('saa mbili asubuhi');
    expect(said).toContain('shilingi elfu moja, mia tano');
    expect(said).toContain('miaka mitano');
  });

  it.each([
    ['yes please', 'yes'],
    ['yeah', 'yes'],
    ['no thank you', 'no'],
    ['Stop calling me', 'opt-out'],
    ["don't call me again", 'opt-out'],
    ['remove my number', 'opt-out'],
    ['can you repeat that please', 'repeat'],
    ['please speak slowly', 'slower'],
    ['can I talk to a person', 'human'],
    ['good morning', 'greeting'],
    ['thank you very much', 'thanks'],
    ['goodbye', 'goodbye'],
  ] as const)('hears the English that callers mix in: %s', (said, intent) => {
    expect(new IntentDetector(zahanati.pack).detect(said, true)).toBe(intent);
  });

  it('has a call that shows it, made of its own questions', () => {
    const asked = new Set(zahanati.cards.flatMap(({ questions }) => questions));
    const lines = loadDemoCall('sw', 'zahanati') ?? [];
    for (const { caller, expected } of lines) if (expected.startsWith('card:')) expect(asked).toContain(caller);
    expect(lines.length).toBeGreaterThan(3);
    expect(loadDemoCall('sn', 'kiriniki')).toBeUndefined();
  });
});

describe('the lint of a pack', () => {
  it('finds nothing wrong with those that are here', () => {
    for (const code of packCodes()) expect(lintPack(code).faults).toEqual([]);
  });

  it('names faults of every hotline and of its demo, each once', () => {
    edit('sw/hotlines/zahanati/cards.yaml', 'Hazilipiwi.', 'Nyamaza hospital.');
    const { faults } = lintPack('sw', dir);
    expect(faults).toHaveLength(2);
    expect(faults.join()).toMatch(/"nyamaza" speaks to one person.*"hospital" is not a word/su);
  });

  it('names a demo that expects what is not there', () => {
    edit('sw/hotlines/zahanati/demo.yaml', 'card:chanjo', 'card:hapana');
    expect(lintPack('sw', dir).faults).toEqual([expect.stringContaining('"card:hapana" is no card')]);
  });

  it('warns of two cards that sound nearly the same', () => {
    expect(lintPack('sw').warnings).toEqual([]);
    edit('sw/hotlines/zahanati/cards.yaml', 'Zahanati iko wapi?', 'Zahanati inafunguliwa saa ngapi leo?');
    expect(lintPack('sw', dir).warnings.join()).toMatch(/sounds nearly like/u);
  });

  it.each(['saa 8:00 hadi 16:30', 'saa 2:00 - 16:30', '8:00 hadi saa 10:30'])(
    'warns of a range by two clocks: %s',
    (range) => {
      edit('sw/hotlines/zahanati/cards.yaml', 'Hazilipiwi.', `Njoo ${range}.`);
      const { warnings } = lintPack('sw', dir);
      expect(warnings.join()).toMatch(/zahanati\/cards\.yaml:\d+: .*mixes two clocks/u);
    },
  );

  it.each(['saa 2:00 hadi 10:00', '8:00 - 16:30', 'saa 2:00 hadi saa 10:30'])('and not of one by one: %s', (range) => {
    edit('sw/hotlines/zahanati/cards.yaml', 'Hazilipiwi.', `Njoo ${range}.`);
    expect(lintPack('sw', dir).warnings).toEqual([]);
  });

  it('lets a foreign name keep its capital behind a prefix, and no other foreign word', () => {
    const shona = loadLanguage('sn');
    const none = new Set<string>();
    expect(unsayableWords('madhora ekuAmerica', shona, none)).toEqual([]);
    expect(unsayableWords('Uyai kuHospital.', shona, none)).toEqual([]);
    expect(unsayableWords('Uyai kuhospital.', shona, none)).toEqual(['kuhospital']);
    expect(unsayableWords('Hospital iri pedyo.', shona, none)).toEqual(['hospital']);
    expect(unsayableWords('Hospital iri pedyo.', shona, new Set(['hospital']))).toEqual([]);
  });

  it('says so when there is no such pack', () => {
    expect(lintPack('xx').faults).toEqual(['xx: there is no such pack; known: sn, sw']);
  });
});
