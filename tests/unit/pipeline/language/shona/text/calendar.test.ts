import { describe, expect, test } from 'vitest';
import { speakable } from '#pipeline/language/shona/text.ts';

const says = (written: string, said: string): void => {
  expect(speakable(written)).toBe(said);
};
const THE_27TH = 'makumi maviri nenomwe';
const IN_2019 = 'zviuru zviviri negumi nepfumbamwe';

describe('a date', () => {
  test.each([
    ['musi wa27 Nyamavhuvhu 2019', `musi wa${THE_27TH} Nyamavhuvhu ${IN_2019}`],
    ['musi wa 27 Nyamavhuvhu', `musi wa ${THE_27TH} Nyamavhuvhu`],
    ['musi wa29 na30 Gumiguru', 'musi wamakumi maviri nepfumbamwe namakumi matatu Gumiguru'],
    ['musi wa 18 mwedzi uno', 'musi wa gumi nesere mwedzi uno'],
    ['musi wa1 Zvita', 'musi waimwe Zvita'],
    ['neChipiri musi wa12 Kurume', 'neChipiri musi wagumi nembiri Kurume'],
    ['Gumiguru 6, 2019', `Gumiguru nhanhatu ${IN_2019}`],
    ['muna Kurume 2019', `muna Kurume ${IN_2019}`],
    ['27 Nya 2019', `${THE_27TH} Nyamavhuvhu ${IN_2019}`],
    ['Nya 27', `Nyamavhuvhu ${THE_27TH}`],
    ['Muv 27 Nya', `Muvhuro ${THE_27TH} Nyamavhuvhu`],
    ['27 Aug 2019', `${THE_27TH} August ${IN_2019}`],
    ['August 27, 2019', `August ${THE_27TH} ${IN_2019}`],
    ['27th August', `${THE_27TH} August`],
  ])('with a month by name: %s', says);

  test.each([
    ['27/08/2019', `${THE_27TH} Nyamavhuvhu ${IN_2019}`],
    ['27.8.2019', `${THE_27TH} Nyamavhuvhu ${IN_2019}`],
    ['27-08-2019', `${THE_27TH} Nyamavhuvhu ${IN_2019}`],
    ['2019-08-27', `${THE_27TH} Nyamavhuvhu ${IN_2019}`],
    ['2019/08/27', `${THE_27TH} Nyamavhuvhu ${IN_2019}`],
    ['08/27/2019', `${THE_27TH} Nyamavhuvhu ${IN_2019}`],
    ['27/08/19', `${THE_27TH} Nyamavhuvhu ${IN_2019}`],
    ['wa27/08/2019', `wa${THE_27TH} Nyamavhuvhu ${IN_2019}`],
    ['2019-08-27T18:30', `${THE_27TH} Nyamavhuvhu ${IN_2019} nguva dzanhanhatu nehafu manheru`],
    ['27/08', `${THE_27TH} Nyamavhuvhu`],
    ['--08-27', `${THE_27TH} Nyamavhuvhu`],
    ['2019-08', `Nyamavhuvhu ${IN_2019}`],
    ['2019-12', `Zvita ${IN_2019}`],
    ['12/2019', `Zvita ${IN_2019}`],
  ])('in figures: %s', says);

  test.each([
    ['27/13/2019', `${THE_27TH}, gumi nenhatu, ${IN_2019}`],
    ['32/08/2019', `makumi matatu nembiri, sere, ${IN_2019}`],
    ['27/08/', `${THE_27TH}, ziro sere`],
    ['2019-', IN_2019],
  ])('that is none, or half of one, is read as numbers: %s', says);
});

describe('a year', () => {
  test.each([
    ['gore ra2019', `gore ra${IN_2019}`],
    ['mugore 1977', 'mugore chiuru nemazana mapfumbamwe nemakumi manomwe nenomwe'],
    ['muna 2002', 'muna zviuru zviviri nembiri'],
    ['muna2002', 'muna zviuru zviviri nembiri'],
    ['dza2023', 'dzazviuru zviviri nemakumi maviri nenhatu'],
    ['Makundano e2022', 'Makundano ezviuru zviviri nemakumi maviri nembiri'],
    ['kubva 2013 kusvika 2021', 'kubva zviuru zviviri negumi nenhatu kusvika zviuru zviviri nemakumi maviri neimwe'],
    ['2010–2015', 'zviuru zviviri negumi kusvika zviuru zviviri negumi neshanu'],
    ['makore 2010-2012', 'makore zviuru zviviri negumi kusvika zviuru zviviri negumi nembiri'],
    ['2018/19', `zviuru zviviri negumi nesere kusvika ${IN_2019}`],
    ['2018/2019', `zviuru zviviri negumi nesere kusvika ${IN_2019}`],
    ['2018-19', `zviuru zviviri negumi nesere kusvika ${IN_2019}`],
    ['1990s', 'chiuru nemazana mapfumbamwe nemakumi mapfumbamwe'],
  ])('agrees with nothing: %s', says);

  test('four digits behind a noun are a count all the same', () => {
    says('vanhu 1985', 'vanhu chiuru nemazana mapfumbamwe nemakumi masere nevashanu');
  });
});

describe('days and months', () => {
  test.each([
    ['Muvhuro-Chishanu', 'Muvhuro kusvika Chishanu'],
    ['kubva neMuvhuro – Chishanu', 'kubva neMuvhuro kusvika Chishanu'],
    ['Ndira-Kurume', 'Ndira kusvika Kurume'],
    ['Cht', 'Chitatu'],
    ['Mug', 'Mug'],
    ['mbudzi 5', 'mbudzi shanu'],
  ])('%s', says);
});
