import { describe, expect, it, test } from 'vitest';
import { type ValueKind, writeValue } from '#pipeline/language/spoken-value.ts';
import { valueOf } from '#pipeline/language/shona/value/value-of.ts';

/** One line for each: what was said | the line it becomes. */
const table = (lines: string): [string, string][] =>
  lines
    .trim()
    .split('\n')
    .map((line): [string, string] => {
      const [words = '', written = ''] = line.split(' | ');
      return [words.trim(), written.trim()];
    });

const written = (words: string, expects?: ValueKind): string => {
  const value = valueOf(words, expects === undefined ? {} : { expects });
  return value === undefined ? 'none' : writeValue(value);
};

describe('whole numbers', () => {
  test.each(
    table(`
    motsi | 1
    poshi | 1
    imwe | 1
    rimwechete | 1
    potsi | 1
    piri | 2
    vana | 4
    china | 4
    migwagwa miviri yetara | 2
    gumi netanhatu | 16
    gumi ne vaviri | 12
    gumi nechina | 14
    makumi maviri ne mumwe | 21
    zana rimwe chete nevaviri | 102
    namazana maviri | 200
    chiuru chimwe chete nemakumi masere nemaviri | 1082
    churu chimwe chete nemazana matanhatu ane gumi nevatatu | 1613
    zvuru zviviri | 2000
    zviuru zvisere nezana rine makumi mapfumbamwe nevashanu | 8195
    zviuru makumi matatu nemana ane gumi nemumwe | 34011
    zana rezviuru negumi nemazana manomwe nemakumi manomwe nemashanu | 110775
    miriyoni imwe chete nezviuru makumi maviri nemakumi manomwe nesere | 1020078
    mamiriyoni gumi nematatu ane zviuru mazana mana | 13400000
    mamiriyoni matatu nehafu | 3500000
    mabhiriyoni matatu | 3000000000
    miriyoni mbiri | 2000000
    vanhu vana | 4
    tusimbi tutatu | 3
    kaviri | 2`),
  )('%s', (words, line) => {
    expect(written(words)).toBe(line);
  });

  test.each(
    table(`
    zviuru zana nemakumi maviri | 120000
    zviuru zana zvine makumi masere nemasere | 188000
    zviuru mazana mana ane makumi matanhatu nevatatu | 463000
    zviuru mazana masere zvine makumi matatu neina | 800034
    zviuru zana, nemakumi maviri | 100020
    zviuru zana, zvine makumi masere nemasere | 100088
    zviuru zana chete nemakumi maviri | 100020
    zviuru zana zvine imwe | 100001
    zviuru makumi matatu nemashanu nevashanu | 35005`),
  )('the count of thousands goes on, or ends: %s', (words, line) => {
    expect(written(words)).toBe(line);
  });

  test.each(
    table(`
    hundred and twenty | 120
    a hundred | 100
    twenty-five | 25
    nineteen hundred | 1900
    one hundred twenty three thousand four hundred and fifty six | 123456
    two hundred nemakumi maviri | 220
    twenty faifi | 25
    wani | 1
    sevheni | 7
    fifite sikisi | 56
    2 500 | 2500
    5, 869 000 | 5869000
    3,7 million | 3700000
    zviuru 20 nemazana 3 | 20300
    5 hundred | 500`),
  )('English, mixed and in figures: %s', (words, line) => {
    expect(written(words)).toBe(line);
  });
});

test.each(
  table(`
  nhatu poindi shanu | 3.5
  zero koma mbiri nomwe nhanhatu | 0.276
  three point twenty five | 3.25
  mbiri nehafu | 2.5
  hafu | 0.5
  mainasi nhatu poindi shanu | -3.5
  minus five | -5
  madhigirii mashanu pasi peziro | -5
  ziro poindi shanu pasi peziro | -0.5
  five degrees below zero | -5
  mashanu, pasi peziro | 5
  chidimbu | 0.5
  zvikamu makumi matanhatu kubva muzana | 60%
  zvikamu gumi nezviviri nechidimbu kubva mu zana | 12.5%
  chikamu chimwe kubva muzana | 1%
  makumi manomwe neimwe pazana | 71%
  sixty per cent | 60%
  chikamu chimwe kubva muzvina | 1/4
  wekutanga | 1.
  wokutanga | 1.
  yechitatu | 3.
  retatu | 3.
  twenty first | 21.
  27th | 27.
  wegumi nechimwe | 11.
  wechimakumi matatu | 30.`),
)('decimals, shares and ordinals: %s', (words, line) => {
  expect(written(words)).toBe(line);
});

test.each(
  table(`
  madhora maviri nemasendi makumi matatu | USD 2.30
  dhora nemasendi gumi | USD 1.10
  dhora nehafu | USD 1.50
  masendi makumi maviri nemashanu | USD 0.25
  zana remadhora | USD 100
  zviuru zvitatu zvemadhora | USD 3000
  mamiriyoni maviri emadhora ekuAmerica | USD 2000000
  madhora makumi maviri eZimbabwe | ZWL 20
  marandi gumi nemashanu | ZAR 15
  zigi makumi maviri | ZiG 20
  20 ZiG | ZiG 20
  two dollars fifty | USD 2.50
  five madhora | USD 5
  madhora faifi ne50c | USD 5.50
  ye$150 | USD 150
  US$2.5 million | USD 2500000
  $2m | USD 2000000
  R50 | ZAR 50
  hafu yedhora | USD 0.50`),
)('money: %s', (words, line) => {
  expect(written(words)).toBe(line);
});

test.each(
  table(`
  nguva dza8 | 08:00
  nguva dzesere mangwanani | 08:00
  nguva dza 8 manheru | 20:00
  nguva dzesere nehafu | 08:30
  panguva dzesere neminiti gumi manheru | 20:10
  sere nemaminitsi gumi nemashanu manheru | 20:15
  na6:30 mangwanani | 06:30
  na3 masikati | 15:00
  gumi neimwe masikati | 11:00
  gumi nembiri masikati | 12:00
  gumi nembiri husiku | 00:00
  mbiri husiku | 02:00
  manheru na8 | 20:00
  half past two masikati | 14:30
  hafu pasiti tuu | 02:30
  quarter to five | 04:45
  ten to eight | 07:50
  eiti koroko | 08:00
  two thirty pm | 14:30
  6.30pm | 18:30
  9 p.m. | 21:00
  1800 hrs | 18:00`),
)('times: %s', (words, line) => {
  expect(written(words)).toBe(line);
});

test.each(
  table(`
  musi wa27 Nyamavhuvhu 2019 | 2019-08-27
  musi wemakumi maviri nenomwe waNyamavhuvhu gore razviuru zviviri negumi nepfumbamwe | 2019-08-27
  neMuvhuro musi wa8 Chikumi | --06-08
  musi waGumiguru 6 | --10-06
  August 27, 2019 | 2019-08-27
  twenty seventh of August twenty nineteen | 2019-08-27
  27/8/2019 | 2019-08-27
  27 mwedzi wechisere 2019 | 2019-08-27
  muna Ndira 2015 | 2015-01
  mugore ra2018 | 2018
  musi wa27 | ---27
  neMuvhuro | -W-1
  musi weChina | -W-4
  musi wechipiri | -W-2
  musi wechipiri waNdira | --01-02
  Nyamavhuvhu | --08
  maawa maviri nemaminitsi makumi matatu | PT2H30M
  awa nehafu | PT1H30M
  two and a half hours | PT2H30M
  half an hour | PT30M
  mazuva 3 | P3D
  mwedzi miviri | P2M
  masvondo maviri | P2W
  ane makore makumi matatu nemaviri ekuberekwa | P32Y
  32 years old | P32Y`),
)('dates, durations and ages: %s', (words, line) => {
  expect(written(words)).toBe(line);
});

test.each(
  table(`
  zero seven seven one two three four five six seven | 0771234567
  ziro nomwe nomwe, imwe mbiri nhatu, ina shanu nhanhatu nomwe | 0771234567
  ziro nomwe sevheni, one mbiri thrii foo shanu six nomwe | 0771234567
  oh double seven triple one four five six seven | 0771114567
  ziro dhabhuru nomwe imwe mbiri nhatu ina shanu nhanhatu nomwe | 0771234567
  zero seventy seven one twenty three 4567 | 0771234567
  nhamba yangu inoti 0772 345 678. | 0772345678
  pa0773-123-456 | 0773123456
  +263 77 123 4567 | +263771234567
  plus two six three seven seven one two three four five six seven | +263771234567
  77 123 4567 | 771234567
  nhamba dzinoti 2-0-1-9 | 2019
  one one six | 116
  double seven | 77
  seventy seven | 77`),
)('telephone and reference numbers: %s', (words, line) => {
  expect(written(words)).toBe(line);
});

test.each(
  table(`
  ndinoda madhora mashanu chete ndapota | USD 5
  Hongu, aa, makumi manje maviri, ee, nembiri. | 22
  MAKUMI MAVIRI NEMBIRI | 22
  zananemakumimaviri nembiri | 122
  ndinodamadhoramashanuchete | USD 5
  nguvadzeserenehafu | 08:30
  ma kumi ma viri | 20
  zvi uru zvitatu | 3000
  mumwe murume akabata bhora | none
  vana vechikoro nemumwe mudzimai | none
  kana zvakadaro | none
  imba ina maruva | none
  rine mavhiri makuru | none
  uswa nembudzi | none
  muchina uyu | none
  may I help you | none`),
)('what a recogniser writes, and ordinary words: %s', (words, line) => {
  expect(written(words)).toBe(line);
});

test.each(
  table(`
  tanatu | 6
  makumi mawiri nebiri | 22
  mazana maaviri nemakumi maviri nevanaa | 224
  marani maviri | ZAR 2
  zwiuru zwina | 4000
  ziro nomwe nanhatu iimwe pfubamwe | 07619`),
)('by its sounds, and less surely: %s', (words, line) => {
  expect(valueOf(words)).toMatchObject({ confidence: 'folded' });
  expect(written(words)).toBe(line);
});

describe('what was asked for', () => {
  it.each<[string, ValueKind, string]>([
    ['mashanu', 'money', 'USD 5'],
    ['two fifty', 'money', 'USD 2.50'],
    ['madhora mashanu', 'number', '5'],
    ['ane makore makumi matatu', 'number', '30'],
    ['sere', 'time', '08:00'],
    ['mbiri nehafu', 'time', '02:30'],
    ['1830', 'time', '18:30'],
    ['makumi maviri nenomwe', 'date', '---27'],
    ['nineteen eighty four', 'date', '1984'],
    ['mangwana', 'date', 'today+1'],
    ['china', 'date', '-W-4'],
    ['makumi matanhatu', 'percent', '60%'],
    ['gumi nemaviri', 'digits', '12'],
    ['zero seven seven. ndokuti one twenty three, okay forty five sixty seven', 'digits', '0771234567'],
    ['ndine mwana mumwe', 'number', '1'],
  ])('decides how it is read: %s as %s', (words, expects, line) => {
    expect(written(words, expects)).toBe(line);
  });

  it.each<[string, ValueKind, string]>([
    ['na8 mangwanani', 'date', '08:00'],
    ['mazuva matatu', 'money', 'P3D'],
    ['zero seven seven', 'number', '077'],
    ['kwete', 'number', 'none'],
  ])('does not force what is plainly something else: %s, not %s', (words, expects, line) => {
    expect(written(words, expects)).toBe(line);
  });
});

it('tells which half of the day is meant only when something said so', () => {
  expect(valueOf('nguva dzesere')).toMatchObject({ hour: 8, isHalfOfDayKnown: false });
  expect(valueOf('nguva dzesere manheru')).toMatchObject({ hour: 20, isHalfOfDayKnown: true });
});

it('points at the words that it used', () => {
  const words = 'Ndinoda madhora  makumi maviri, ndapota.';
  const { start, end } = valueOf(words)?.span ?? { start: 0, end: 0 };
  expect(words.slice(start, end)).toBe('madhora  makumi maviri');
});
