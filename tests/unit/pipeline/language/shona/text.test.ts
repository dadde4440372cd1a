import { describe, expect, test } from 'vitest';
import { speakable } from '#pipeline/language/shona/text.ts';

describe('clock times', () => {
  test.each([
    ['nguva dza8:00 mangwanani', 'nguva dzasere mangwanani'],
    ['nguva dza 8 manheru', 'nguva dza sere manheru'],
    ['nguva dza4:30 masikati', 'nguva dzaina nehafu masikati'],
    ['na6:15 mangwanani', 'nanhanhatu nemaminitsi gumi nemashanu mangwanani'],
    ['11:00 dzemangwanani', 'gumi neimwe dzemangwanani'],
    ['na9pm', 'napfumbamwe husiku'],
    ['16:00', 'ina masikati'],
    ['8:00-16:30', 'sere kusvika ina nehafu masikati'],
    ['nguva dza7.30 mangwanani', 'nguva dzanomwe nehafu mangwanani'],
    ['12:00', 'gumi nembiri'],
  ])('%s', (written, said) => {
    expect(speakable(written)).toBe(said);
  });
});

describe('money', () => {
  test.each([
    ['$1', 'dhora rimwe'],
    ['$1.10', 'dhora nemasendi gumi'],
    ['$2.30', 'madhora maviri nemasendi makumi matatu'],
    ['$2,30', 'madhora maviri nemasendi makumi matatu'],
    ['ye$150', 'yemadhora zana nemakumi mashanu'],
    ['US$5', 'madhora mashanu ekuAmerika'],
    ['5 USD', 'madhora mashanu ekuAmerika'],
    ['ZiG 250', 'zigi mazana maviri nemakumi mashanu'],
    ['250 ZiG', 'zigi mazana maviri nemakumi mashanu'],
    ['50c', 'masendi makumi mashanu'],
    ['$0.25', 'masendi makumi maviri nemashanu'],
    ['$3,000', 'zviuru zvitatu zvemadhora'],
    ['$2 million', 'mamiriyoni maviri emadhora'],
    ['R50', 'marandi makumi mashanu'],
    ['$10-$15', 'madhora gumi kusvika madhora gumi nemashanu'],
  ])('%s', (written, said) => {
    expect(speakable(written)).toBe(said);
  });
});

describe('numbers agree with the noun in front of them', () => {
  test.each([
    ['vana 3', 'vana vatatu'],
    ['mwedzi 3', 'mwedzi mitatu'],
    ['makore 32', 'makore makumi matatu nemaviri'],
    ['pemakore 5', 'pemakore mashanu'],
    ['mazuva 7-10', 'mazuva manomwe kusvika gumi'],
    ['zvinhu 4', 'zvinhu zvina'],
    ['gore 1', 'gore rimwe'],
    ['mangwanani 3', 'mangwanani nhatu'],
    ['vanhu 1,858', 'vanhu chiuru nemazana masere nemakumi mashanu nevasere'],
    ['36, 052', 'zviuru makumi matatu nezvitanhatu zvine makumi mashanu nembiri'],
    ['3,7 million', 'mamiriyoni matatu nezviuru mazana manomwe'],
    ['0.5', 'ziro poindi shanu'],
    ['30%', 'zvikamu makumi matatu kubva muzana'],
    ['1%', 'chikamu chimwe kubva muzana'],
    ['12.5%', 'zvikamu gumi nezviviri nechidimbu kubva muzana'],
    ['38°C', 'madhigirii makumi matatu nemasere'],
    ['500 mg', 'mamirigiramu mazana mashanu'],
  ])('%s', (written, said) => {
    expect(speakable(written)).toBe(said);
  });
});

describe('telephone numbers and dates', () => {
  test.each([
    ['0773456789', 'ziro nomwe nomwe, nhatu ina shanu, nhanhatu nomwe sere pfumbamwe'],
    ['+263 77 345 6789', 'mbiri nhanhatu nhatu, nomwe nomwe, nhatu ina shanu, nhanhatu nomwe sere pfumbamwe'],
    ['fonerai 994', 'fonerai pfumbamwe pfumbamwe ina'],
    ['panhamba 999 kana 112', 'panhamba pfumbamwe pfumbamwe pfumbamwe kana imwe imwe mbiri'],
    ['2-0-1-9', 'mbiri ziro imwe pfumbamwe'],
    ['musi wa27 Nyamavhuvhu', 'musi wamakumi maviri nenomwe Nyamavhuvhu'],
    ['23/11/2026', 'makumi maviri nenhatu Mbudzi zviuru zviviri nemakumi maviri nenhanhatu'],
    ['2026-11-23', 'makumi maviri nenhatu Mbudzi zviuru zviviri nemakumi maviri nenhanhatu'],
    ['gore ra2018', 'gore razviuru zviviri negumi nesere'],
  ])('%s', (written, said) => {
    expect(speakable(written)).toBe(said);
  });
});

describe('everything else', () => {
  test.each([
    ['TB neHIV', 'tii bhii neeichi ai vhii'],
    ['Dr. Moyo', 'Chiremba Moyo'],
    ['Covid-19', 'kovhidhi gumi nepfumbamwe'],
    ['n’anga', "n'anga"],
    ['NHASI', 'NHASI'],
    ['(mangwana) “hongu”', 'mangwana, hongu'],
    ['mira\u0000\u200b\u202e zvishoma', 'mira zvishoma'],
    ['٣', 'nhatu'],
    ['', ''],
    ['😀', ''],
  ])('%j', (written, said) => {
    expect(speakable(written)).toBe(said);
  });

  test('whatever comes in, only letters and pauses come out, and saying it again changes nothing', () => {
    let seed = 7;
    const next = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const pieces =
      'na dza8 :30 , . 1 22 007 $ % / - + ZiG US$ mazuva °C pm 263 ½ ² ① x9y \u0007 ’ ( HIV 3.4.5 99999999999999'.split(
        ' ',
      );
    for (let round = 0; round < 3000; round += 1) {
      const text = Array.from(
        { length: 1 + next(8) },
        () => (pieces[next(pieces.length)] ?? '') + (next(2) ? ' ' : ''),
      ).join('');
      const said = speakable(text);
      expect(said, JSON.stringify(text)).toMatch(/^[A-Za-z'\-.,?! ]*$/u);
      expect(speakable(said), JSON.stringify(text)).toBe(said);
    }
  });
});
