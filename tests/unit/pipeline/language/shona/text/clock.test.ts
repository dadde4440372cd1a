import { describe, expect, test } from 'vitest';
import { speakable } from '#pipeline/language/shona/text.ts';

const says = (written: string, said: string): void => {
  expect(speakable(written)).toBe(said);
};

describe('a clock time', () => {
  test.each([
    ['nguva dza8:00 mangwanani', 'nguva dzasere mangwanani'],
    ['nguva dza 8 manheru', 'nguva dza sere manheru'],
    ['nguva dza8', 'nguva dzasere'],
    ['nguva dza4:30 masikati', 'nguva dzaina nehafu masikati'],
    ['na6:15 mangwanani', 'nanhanhatu nemaminitsi gumi nemashanu mangwanani'],
    ['na6:01 mangwanani', 'nanhanhatu nemineti imwe mangwanani'],
    ['na3 masikati', 'nanhatu masikati'],
    ['nguva dzekuma1 masikati', 'nguva dzekumaimwe masikati'],
    ['nguva 8:00', 'nguva dzasere'],
    ['panguva dza6:30', 'panguva dzanhanhatu nehafu'],
  ])('keeps what leads to it: %s', says);

  test.each([
    ['11:00 dzemangwanani', 'nguva dzagumi neimwe dzemangwanani'],
    ['8:00', 'nguva dzasere'],
    ['kubva 8:00 kusvika 10:00', 'kubva nguva dzasere kusvika gumi'],
    ['8:00-16:30', 'nguva dzasere kusvika ina nehafu masikati'],
  ])('is led to where nothing else does, once in a range: %s', says);

  test.each([
    ['na9pm', 'napfumbamwe husiku'],
    ['8 a.m. tinovhura', 'nguva dzasere mangwanani tinovhura'],
    ['na8 p.m.', 'nasere manheru'],
    ['12am', 'nguva dzagumi nembiri husiku'],
    ['12pm', 'nguva dzagumi nembiri masikati'],
    ['16:00', 'nguva dzaina masikati'],
    ['08:00', 'nguva dzasere mangwanani'],
    ['00:30', 'nguva dzagumi nembiri nehafu husiku'],
    ['24:00', 'nguva dzagumi nembiri husiku'],
    ['0800hrs', 'nguva dzasere mangwanani'],
    ['20:00 hrs', 'nguva dzasere manheru'],
    ['16h30', 'nguva dzaina nehafu masikati'],
    ["8 o'clock", 'nguva dzasere'],
    ['8-10am', 'nguva dzasere kusvika gumi mangwanani'],
    ['9am-4pm', 'nguva dzapfumbamwe mangwanani kusvika ina masikati'],
    ['16:00 masikati', 'nguva dzaina masikati'],
    ['10:30:45', 'nguva dzagumi nehafu nemasekondi makumi mana nemashanu'],
    ['12:00', 'nguva dzagumi nembiri'],
  ])('says the part of the day when the figures show it: %s', says);

  test.each([
    ['8.30', 'nguva dzasere nehafu'],
    ['nguva dza7.30 mangwanani', 'nguva dzanomwe nehafu mangwanani'],
    ['na8.15', 'nasere nemaminitsi gumi nemashanu'],
    [
      'kubva 8.15 kusvika 16.45',
      'kubva nguva dzasere nemaminitsi gumi nemashanu kusvika ina nemaminitsi makumi mana nemashanu masikati',
    ],
    ['08.00-16.30', 'nguva dzasere mangwanani kusvika ina nehafu masikati'],
    ['8.45', 'sere poindi ina shanu'],
    ['8.30%', 'zvikamu zvisere poindi nhatu ziro kubva muzana'],
    ['8.30 kg', 'makirogiramu masere poindi nhatu ziro'],
    ['$8.30', 'madhora masere nemasendi makumi matatu'],
  ])('with a point is told from a decimal: %s', says);

  test.each([
    ['25:00', 'makumi maviri neshanu kuna ziro'],
    ['12:60', 'gumi nembiri kuna makumi matanhatu'],
    ['2:1', 'mbiri kuna imwe'],
    ['13pm', 'gumi nenhatu pm'],
    ['mazuva 3 masikati', 'mazuva matatu masikati'],
  ])('is not seen where there is none: %s', says);
});
