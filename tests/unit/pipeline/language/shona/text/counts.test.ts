import { describe, expect, test } from 'vitest';
import { speakable } from '#pipeline/language/shona/text.ts';

const says = (written: string, said: string): void => {
  expect(speakable(written)).toBe(said);
};

describe('a count agrees with its noun', () => {
  test.each([
    ['vana 3', 'vana vatatu'],
    ['mwedzi 3', 'mwedzi mitatu'],
    ['mitambo 11', 'mitambo gumi nemumwe'],
    ['makore 32', 'makore makumi matatu nemaviri'],
    ['pemakore 5', 'pemakore mashanu'],
    ['mumaawa 24', 'mumaawa makumi maviri nemana'],
    ['zvinhu 4', 'zvinhu zvina'],
    ['mombe 3', 'mombe nhatu'],
    ['gore 1', 'gore rimwe'],
    ['rita 1', 'rita rimwe'],
    ['munhu 1', 'munhu mumwe'],
    ['chikamu 1', 'chikamu chimwe'],
    ['vanhu 1,858', 'vanhu chiuru nemazana masere nemakumi mashanu nevasere'],
    ['ane makore 32 ekuberekwa', 'ane makore makumi matatu nemaviri ekuberekwa'],
  ])('in front: %s', says);

  test.each([
    ['3 vanhu', 'vatatu vanhu'],
    ['12 mapiritsi', 'gumi nemaviri mapiritsi'],
    ['3 kana 4 vana', 'vatatu kana vana vana'],
  ])('behind: %s', says);

  test.each([
    ['vana vanokwana 42', 'vana vanokwana makumi mana nevaviri'],
    ['dzinosvika 2', 'dzinosvika mbiri'],
    ['vanhu makumi mana nevaviri kana kuti 42', 'vanhu makumi mana nevaviri kana kuti makumi mana nevaviri'],
    ['vanhu gumi nevatanhatu (16)', 'vanhu gumi nevatanhatu, gumi nevatanhatu'],
    ['vanhu zana nemumwe kana kuti 101', 'vanhu zana nemumwe kana kuti zana nemumwe'],
    ['mazuva 3 kusvika 5', 'mazuva matatu kusvika mashanu'],
    ['mazuva 3, 5 kana 7', 'mazuva matatu, mashanu kana manomwe'],
  ])('through a verb, a numeral, a link or a list: %s', says);

  test.each([
    ['Studio 7 vati', 'Studio nomwe vati'],
    ['neStudio 7', 'neStudio nomwe'],
    ['VaMoyo 3', 'VaMoyo nhatu'],
    ['wadhi 41', 'wadhi makumi mana neimwe'],
    ['chikamu 3', 'chikamu nhatu'],
    ['mangwanani 3', 'mangwanani nhatu'],
    ['nezuro 3', 'nezuro nhatu'],
    ['Studio7', 'Studio nomwe'],
  ])('and with nothing where there is none: %s', says);

  test('the class that is given counts where the text shows no noun, and only there', () => {
    expect(speakable('12', { nounClass: 2 })).toBe('gumi nevaviri');
    expect(speakable('12', { nounClass: 4 })).toBe('gumi nemiviri');
    expect(speakable('12', { nounClass: 8 })).toBe('gumi nezviviri');
    expect(speakable('12', { nounClass: 'none' })).toBe('gumi nembiri');
    expect(speakable('3.5', { nounClass: 6 })).toBe('matatu poindi shanu');
    expect(speakable('vana 3', { nounClass: 8 })).toBe('vana vatatu');
    expect(speakable('$3, musi wa3 Zvita, 3:15', { nounClass: 8 })).toBe(speakable('$3, musi wa3 Zvita, 3:15'));
  });
});

describe('how numbers are written', () => {
  test.each([
    ['36, 052', 'zviuru makumi matatu nezvitanhatu zvine makumi mashanu nembiri'],
    ['6 292', 'zviuru zvitanhatu nemazana maviri nemakumi mapfumbamwe nembiri'],
    ['5, 869 000', 'mamiriyoni mashanu nezviuru mazana masere nemakumi matanhatu nezvipfumbamwe'],
    [
      '1.234.567',
      'miriyoni imwe nezviuru mazana maviri nemakumi matatu nezvina zvine mazana mashanu nemakumi matanhatu nenomwe',
    ],
    ['1.234,56', 'chiuru nemazana maviri nemakumi matatu neina poindi shanu nhanhatu'],
    ['1,234.56', 'chiuru nemazana maviri nemakumi matatu neina poindi shanu nhanhatu'],
    ['0.5', 'ziro poindi shanu'],
    ['3,7', 'nhatu poindi nomwe'],
    ['0,286', 'ziro poindi mbiri sere nhanhatu'],
    ['.5', 'ziro poindi shanu'],
    ['5.00', 'shanu'],
    ['3,7 million', 'mamiriyoni matatu nezviuru mazana manomwe'],
    ['80, 7 million', 'mamiriyoni makumi masere nezviuru mazana manomwe'],
    ['37 miriyoni', 'mamiriyoni makumi matatu nemanomwe'],
    ['3-5 million', 'mamiriyoni matatu kusvika mamiriyoni mashanu'],
    ['1e9', 'bhiriyoni imwe'],
    ['1.5e3', 'chiuru nemazana mashanu'],
    ['1e400', 'imwe ii mazana mana'],
    ['1, 2, 3', 'imwe, mbiri, nhatu'],
    ['1,2,3', 'imwe, mbiri, nhatu'],
    ['٣٤', 'makumi matatu neina'],
    ['１２', 'gumi nembiri'],
    ['-7', 'mainasi nomwe'],
    ['100020', 'zviuru zana zvine makumi maviri'],
  ])('%s', says);
});

describe('figures with something glued to them', () => {
  test.each([
    ['na8', 'nasere'],
    ['wa27', 'wamakumi maviri nenomwe'],
    ['nema20', 'nemakumi maviri'],
    ['nema2', 'nemaviri'],
    ['nezvi5', 'nezvishanu'],
    ['neva3', 'nevatatu'],
    ['ma15', 'gumi nemashanu'],
    ['kuma2000', 'kumazviuru zviviri'],
    ['ka3', 'katatu'],
    ['ka20', 'kamakumi maviri'],
    ['ka16', 'kagumi nekatanhatu'],
    ['3x pazuva', 'katatu pazuva'],
    ['wechi3', 'wechitatu'],
    ['yechi1', 'yekutanga'],
    ['pechi10', 'pechigumi'],
    ['wechi20', 'wechimakumi maviri'],
    ['30th', 'yechimakumi matatu'],
    ['re30th', 'rechimakumi matatu'],
    ['18+', 'gumi nesere zvichikwira'],
    ['T20', 'tii makumi maviri'],
    ['weT20', 'wetii makumi maviri'],
    ['5G', 'shanu jii'],
    ['kana5', 'kana shanu'],
  ])('%s', says);
});

describe('two figures', () => {
  test.each([
    ['3-5', 'nhatu kusvika shanu'],
    ['mazuva 7-10', 'mazuva manomwe kusvika gumi'],
    ['3 – 5', 'nhatu kusvika shanu'],
    ['5,000-10,000', 'zviuru zvishanu kusvika zviuru gumi'],
    ['2-1', 'mbiri kuna imwe'],
    ['0-0', 'ziro kuna ziro'],
    ['yakarohwa 1-2', 'yakarohwa imwe kuna mbiri'],
    ['4 x 100 metres', 'ina kuwanza nemamita zana'],
    ['4x100', 'ina kuwanza nezana'],
    ['2 + 2 = 4', 'mbiri kuwedzera mbiri zvinoita ina'],
    ['6 ÷ 2', 'nhanhatu kugovanisa nembiri'],
    ['140/90', 'zana nemakumi mana pamusoro pemakumi mapfumbamwe'],
    ['24/7', 'zuva nezuva, usiku nesikati'],
    ['1/2', 'hafu'],
    ['½', 'hafu'],
    ['1½', 'imwe nehafu'],
    ['2/3', 'zvikamu zviviri kubva muzvitatu'],
    ['2 3/4', 'mbiri nezvikamu zvitatu kubva muzvina'],
    ['10-20-30', 'imwe ziro, mbiri ziro, nhatu ziro'],
  ])('%s', says);
});
