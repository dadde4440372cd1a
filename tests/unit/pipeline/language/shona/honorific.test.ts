import { describe, expect, it, test } from 'vitest';
import { mayAddressOne, singularAddress } from '#pipeline/language/shona/honorific.ts';
import { fixedTexts } from '#pipeline/dialogue/hotline.ts';
import { loadHotline } from '#prompts/load.ts';

/** The same said to one person and, as it must be, in the plural of respect. */
const TWINS: readonly (readonly [string, string])[] = [
  ['Unoda kutaura nemunhu here?', 'Munoda kutaura nemunhu here?'],
  ['Wakadii?', 'Makadii?'],
  ['Wamuka sei?', 'Mamuka sei?'],
  ['Waswera sei nhasi?', 'Maswera sei nhasi?'],
  ['Mhoro, tingakubatsira sei?', 'Mhoroi, tingakubatsirai sei?'],
  ['Ndichakufonera mangwana.', 'Ndichakufonerai mangwana.'],
  ['Ndiri kukubatanidza nechiremba.', 'Ndiri kukubatanidzai nechiremba.'],
  ['Tiri pano kuti tikubatsire.', 'Tiri pano kuti tikubatsirei.'],
  ['Mukoti anokuudza zvekuita.', 'Mukoti anokuudzai zvekuita.'],
  ['Ndakuudza mutengo wacho.', 'Ndakuudzai mutengo wacho.'],
  ['Ndapota taura zvishoma.', 'Ndapota taurai zvishoma.'],
  ['Dzvanya 1.', 'Dzvanyai 1.'],
  ['Kana wapedza, dzokera kukiriniki.', 'Kana mapedza, dzokerai kukiriniki.'],
  ['Chimbomira zvishoma.', 'Chimbomirai zvishoma.'],
  ['Teerera, chipatara chiri pedyo.', 'Teererai, chipatara chiri pedyo.'],
  ['Uya nekadhi remwana.', 'Uyai nekadhi remwana.'],
  ['Ndipe zita rako.', 'Ndipei zita renyu.'],
  ['Uri kupi?', 'Muri kupi?'],
  ['Kana usina chitupa, unorapwa zvakadaro.', 'Kana musina chitupa, munorapwa zvakadaro.'],
  ['Kana musina mushonga, unofanira kufona.', 'Kana musina mushonga, munofanira kufona.'],
  ['Usatya.', 'Musatya.'],
  ['Haufaniri kubhadhara.', 'Hamufaniri kubhadhara.'],
  ['Zvaunoda zviripo.', 'Zvamunoda zviripo.'],
  ['Taura zvawarwara nazvo.', 'Taurai zvamarwara nazvo.'],
  ['Tichataura newe mangwana.', 'Tichataura nemi mangwana.'],
  ['Ungada kuziva nezvei?', 'Mungada kuziva nezvei?'],
  ['Zvinobatsira iwe nemhuri yako.', 'Zvinobatsira imi nemhuri yenyu.'],
  ['Ukaona ropa, enda kuchipatara.', 'Mukaona ropa, endai kuchipatara.'],
  ['Zvakakodzera kuti uende kuchipatara.', 'Zvakakodzera kuti muende kuchipatara.'],
  ['Paunosvika, bvunza mukoti.', 'Pamunosvika, bvunzai mukoti.'],
];

test.each(TWINS)('"%s" speaks to one, "%s" to one who is respected', (singular, plural) => {
  expect(singularAddress(singular)).not.toEqual([]);
  expect(singularAddress(plural)).toEqual([]);
});

describe('what only looks like the singular', () => {
  it.each([
    ['the concord of class 3', 'Mushonga unodhura, asi muti uyu uri pedyo wakanaka.'],
    ['a relative clause about a person', 'Munhu wafona nezuro uye mukadzi wakadzoka.'],
    ['of somebody of class 3', 'Musi wamagetsi, mutengo wacho nemuriwo wavo.'],
    ['a name', 'VaMoyo wakati chipatara chakavharwa.'],
    ['nouns in u-', 'Uchapupu, upenyu, urombo, usiku, ukama, uswa neupfumi.'],
    ['and, this one, another', 'Uye uyu umwe uno.'],
    ['verbs that begin with ku', 'Tinokumbira ruregerero; mwana anokura, tichakunda, ndakurumidza kukurukura.'],
    ['a passive of class 9 in wan-', 'Mvura yawanikwa.'],
    ['what we breathe', 'Mweya watinofema.'],
    ['plural orders in u-', 'Unganidzai mapepa. Udzai mukoti. Uyai nechitupa.'],
    ['nouns in the middle of a clause', 'Pane tanga remvura.'],
    ['caves and buildings', 'Bako nechivako.'],
    ['another language', 'Hospital under united use.'],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(singularAddress(text)).toEqual([]);
  });

  it('is left alone when the pack allows it', () => {
    expect(singularAddress('Inzwa, unoda.')).toEqual(['Inzwa', 'unoda']);
    expect(singularAddress('Inzwa, unoda.', new Set(['inzwa', 'unoda']))).toEqual([]);
  });
});

it('finds nothing in what the example hotline says', () => {
  for (const text of fixedTexts(loadHotline('kiriniki'))) expect(singularAddress(text), text).toEqual([]);
});

it('takes a single word by its stricter reading', () => {
  for (const word of ['unoda', 'wafona', 'iwe', 'rako', 'tingakubatsira', 'chimbomira']) {
    expect(mayAddressOne(word), word).toBe(true);
  }
  for (const word of ['munoda', 'mafona', 'imi', 'renyu', 'tingakubatsirai', 'uye', 'wenyu', 'tinokumbira']) {
    expect(mayAddressOne(word), word).toBe(false);
  }
});
