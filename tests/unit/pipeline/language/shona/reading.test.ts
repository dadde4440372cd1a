import { describe, expect, test } from 'vitest';
import { DEFAULT_READING, type ShonaReading } from '#pipeline/language/shona/reading.ts';
import { speakable } from '#pipeline/language/shona/text.ts';

const said = (text: string, reading: Partial<ShonaReading>): string =>
  speakable(text, {}, { ...DEFAULT_READING, ...reading });

describe('a reading that the sources leave open', () => {
  test.each([
    ['0772003456', { digits: 'english' }, 'ziro sevheni sevheni, tuu ziro ziro, thrii foo faifi sikisi'],
    ['fonerai 994', { digits: 'english' }, 'fonerai naini naini foo'],
    ['vana 3', { digits: 'english' }, 'vana vatatu'],
    ['na8:30', { hours: 'english' }, 'naeiti nehafu'],
    ['12:15', { hours: 'english' }, 'nguva dzatwerufu nemaminitsi gumi nemashanu'],
    ['gore ra2018', { years: 'english' }, 'gore ratwendi eitini'],
    ['muna 1987', { years: 'english' }, 'muna naintini eite sevheni'],
    ['muna 2008', { years: 'english' }, 'muna tuu thauzendi neeiti'],
    ['muna 2000', { years: 'english' }, 'muna tuu thauzendi'],
    ['muna 1900', { years: 'english' }, 'muna naintini handiredhi'],
    ['muna 1905', { years: 'english' }, 'muna naintini ou faifi'],
    ['27/08/2019', { years: 'english' }, 'makumi maviri nenomwe Nyamavhuvhu twendi naintini'],
    ['2010-2015', { years: 'english' }, 'twendi teni kusvika twendi fifitini'],
    ['vanhu 2018', { years: 'english' }, 'vanhu zviuru zviviri negumi nevasere'],
    ['8:00', { clockLead: '' }, 'sere'],
    ['8:15', { minutes: 'maminetsi' }, 'nguva dzasere nemaminetsi gumi nemashanu'],
    ['3.5', { point: 'koma' }, 'nhatu koma shanu'],
    ['30%', { percent: 'pazana' }, 'zvikamu makumi matatu pazana'],
    ['ZiG 20', { zig: 'ZiG' }, 'ZiG makumi maviri'],
    ['US$1', { usDollar: ['remuAmerika', 'emuAmerika'] }, 'dhora rimwe remuAmerika'],
    ['Dr Moyo', { doctor: 'Dhokotera' }, 'Dhokotera Moyo'],
    ['2-1', { score: 'ku' }, 'mbiri ku imwe'],
    ['POTRAZ neSADC', { said: { POTRAZ: 'potirazi', SADC: 'sadeki' } }, 'potirazi nesadeki'],
    ['😀', { unreadable: '' }, ''],
  ] as const)('%s with %j', (text, reading, words) => {
    expect(said(text, reading)).toBe(words);
  });

  test('repeats in digits what one short word would turn into another number', () => {
    const words = 'zviuru zana zvine makumi maviri, imwe ziro ziro, ziro mbiri ziro';
    expect(said('100,020', { repeatsAmbiguous: true })).toBe(words);
    expect(said('120,005', { repeatsAmbiguous: true })).toContain(', imwe mbiri ziro, ziro ziro shanu');
    expect(said('120,000', { repeatsAmbiguous: true })).toBe('zviuru zana nemakumi maviri');
    expect(said('100,120', { repeatsAmbiguous: true })).not.toContain(',');
  });
});
