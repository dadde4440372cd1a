/** Measures as they are written behind a figure, and the nouns that are said in front of it. */
import { cardinal, type NounClass } from './numbers.ts';

/** The noun for one and for several; `nounClass` is that of the plural. */
export interface Unit {
  readonly one: string;
  readonly many: string;
  readonly nounClass: NounClass;
}

const unit = (one: string, many = `ma${one}`, nounClass: NounClass = 6): Unit => ({ one, many, nounClass });

const NAMED: readonly (readonly [Unit, string])[] = [
  [unit('kiromita'), 'km kms Km KM kilometre kilometres kilometer kilometers'],
  [unit('mita'), 'm metre metres meter meters'],
  [unit('sendimita'), 'cm cms centimetre centimetres'],
  [unit('mirimita'), 'mm millimetre millimetres'],
  [unit('maira'), 'mile miles'],
  [unit('fiti'), 'ft feet'],
  [unit('sikweya mita', 'masikweya mita'), 'm^2 sqm'],
  [unit('sikweya kiromita', 'masikweya kiromita'), 'km^2'],
  [unit('kyubhiki mita', 'makyubhiki mita'), 'm^3'],
  [unit('hekita'), 'ha hectare hectares'],
  [unit('eka'), 'acre acres'],
  [unit('tani'), 't ton tons tonne tonnes'],
  [unit('kirogiramu'), 'kg kgs Kg KG kilo kilos kilogram kilograms'],
  [unit('giramu'), 'g gm gms gram grams'],
  [unit('mirigiramu'), 'mg MG milligram milligrams'],
  [unit('maikurogiramu'), 'mcg ug'],
  [unit('rita'), 'l L ltr ltrs litre litres liter liters'],
  [unit('miririta'), 'ml mL ML millilitre millilitres'],
  [unit('sendirita'), 'cl'],
  [unit('dhigirii'), '° °C degrees'],
  [unit('dhigirii reFarenihaiti', 'madhigirii eFarenihaiti'), '°F'],
  [unit('awa'), 'h hr hrs hour hours'],
  [unit('mineti', 'maminitsi'), 'min mins minute minutes'],
  [unit('sekondi'), 'sec secs second seconds'],
  [unit('zuva'), 'day days'],
  [unit('vhiki'), 'wk wks week weeks'],
  [unit('mwedzi', 'mwedzi', 4), 'month months mth mths'],
  [unit('gore', 'makore'), 'yr yrs year years'],
];

const UNITS: ReadonlyMap<string, Unit> = new Map(
  NAMED.flatMap(([noun, forms]) => forms.split(' ').map((form) => [form, noun] as const)),
);

/** The unit that is written this way (no spaces: "°C"), if any. Capitals matter: 5 M is no length. */
export function unitNamed(written: string): Unit | undefined {
  return UNITS.get(written);
}

/** Noun first, number behind: "makiromita gumi", "kiromita rimwe". `tail` is what follows the number: a half, decimals. */
export function measure(count: number, named: Unit, tail = ''): string {
  return `${count === 1 ? named.one : named.many} ${cardinal(count, named.nounClass)}${tail}`;
}
