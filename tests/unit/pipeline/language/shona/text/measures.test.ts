import { describe, expect, test } from 'vitest';
import { speakable } from '#pipeline/language/shona/text.ts';

const says = (written: string, said: string): void => {
  expect(speakable(written)).toBe(said);
};

describe('money', () => {
  test.each([
    ['$1', 'dhora rimwe'],
    ['$1.10', 'dhora nemasendi gumi'],
    ['$2.30', 'madhora maviri nemasendi makumi matatu'],
    ['$2,30', 'madhora maviri nemasendi makumi matatu'],
    ['$100', 'madhora zana'],
    ['ye$150', 'yemadhora zana nemakumi mashanu'],
    ['US$5', 'madhora mashanu ekuAmerica'],
    ['yeUS$5', 'yemadhora mashanu ekuAmerica'],
    ['5 USD', 'madhora mashanu ekuAmerica'],
    ['USD 2.30', 'madhora maviri ekuAmerica nemasendi makumi matatu'],
    ['ZiG 250', 'zigi mazana maviri nemakumi mashanu'],
    ['neZiG250', 'nezigi mazana maviri nemakumi mashanu'],
    ['250 ZiG', 'zigi mazana maviri nemakumi mashanu'],
    ['ZiG13.50', 'zigi gumi nenhatu nemasendi makumi mashanu'],
    ['R50', 'marandi makumi mashanu'],
    ['ZAR 15', 'marandi gumi nemashanu'],
    ['15 rand', 'marandi gumi nemashanu'],
    ['Z$20', 'madhora makumi maviri eZimbabwe'],
    ['€20', 'mayuro makumi maviri'],
    ['50c', 'masendi makumi mashanu'],
    ['25 cents', 'masendi makumi maviri nemashanu'],
    ['$0.25', 'masendi makumi maviri nemashanu'],
    ['$.05', 'masendi mashanu'],
    ['$0', 'madhora ziro'],
    ['$1.505', 'dhora rimwe poindi shanu ziro shanu'],
    ['madhora $500', 'madhora mazana mashanu'],
  ])('%s', says);

  test.each([
    ['$3,000', 'zviuru zvitatu zvemadhora'],
    ['$43 000', 'zviuru makumi mana nezvitatu zvemadhora'],
    ['US$6 375', 'madhora zviuru zvitanhatu nemazana matatu nemakumi manomwe nemashanu ekuAmerica'],
    ['$2 million', 'mamiriyoni maviri emadhora'],
    ['$25 million', 'mamiriyoni makumi maviri nemashanu emadhora'],
    ['$1 million', 'miriyoni imwe yemadhora'],
    ['$2m', 'mamiriyoni maviri emadhora'],
    ['US$1,5 billion', 'bhiriyoni imwe nemamiriyoni mazana mashanu emadhora ekuAmerica'],
    ['R4.7 billion', 'mabhiriyoni mana nemamiriyoni mazana manomwe emarandi'],
    ['$5k', 'zviuru zvishanu zvemadhora'],
  ])('in thousands and more is counted first: %s', says);

  test.each([
    ['$10-$15', 'madhora gumi kusvika madhora gumi nemashanu'],
    ['$10-15', 'madhora gumi kusvika madhora gumi nemashanu'],
    ['$3-5 million', 'mamiriyoni matatu emadhora kusvika mamiriyoni mashanu emadhora'],
    ['$5/kg', 'madhora mashanu pakirogiramu'],
    ['$5/pamwedzi', 'madhora mashanu pamwedzi'],
    ['$5/munhu', 'madhora mashanu pamunhu'],
  ])('in ranges and rates: %s', says);
});

describe('parts of a hundred', () => {
  test.each([
    ['30%', 'zvikamu makumi matatu kubva muzana'],
    ['ne30%', 'nezvikamu makumi matatu kubva muzana'],
    ['1%', 'chikamu chimwe kubva muzana'],
    ['1.5%', 'chikamu chimwe nechidimbu kubva muzana'],
    ['12.5%', 'zvikamu gumi nezviviri nechidimbu kubva muzana'],
    ['0.5%', 'zvikamu ziro poindi shanu kubva muzana'],
    ['35, 53%', 'zvikamu makumi matatu nezvishanu poindi shanu nhatu kubva muzana'],
    ['372 per cent', 'zvikamu mazana matatu nemakumi manomwe nezviviri kubva muzana'],
    ['71 pazana', 'zvikamu makumi manomwe nechimwe kubva muzana'],
    ['pazvikamu 30%', 'pazvikamu makumi matatu kubva muzana'],
    ['zvikamu 30 kubva muzana', 'zvikamu makumi matatu kubva muzana'],
    ['10-15%', 'zvikamu gumi kusvika gumi nezvishanu kubva muzana'],
  ])('%s', says);
});

describe('units', () => {
  test.each([
    ['10km', 'makiromita gumi'],
    ['1 km', 'kiromita rimwe'],
    ['5 kg', 'makirogiramu mashanu'],
    ['2 l', 'marita maviri'],
    ['500 mg', 'mamirigiramu mazana mashanu'],
    ['5 ml', 'mamiririta mashanu'],
    ['30 cm', 'masendimita makumi matatu'],
    ['1.5 m', 'mita rimwe poindi shanu'],
    ['mu100 metres', 'mumamita zana'],
    ['990 000 metric tonnes', 'matani zviuru mazana mapfumbamwe nemakumi mapfumbamwe'],
    ['5-10 km', 'makiromita mashanu kusvika gumi'],
    ['60 km/h', 'makiromita makumi matanhatu paawa'],
    ['5 mg/kg', 'mamirigiramu mashanu pakirogiramu'],
    ['5 km²', 'masikweya kiromita mashanu'],
    ['makirogiramu 5kg', 'makirogiramu mashanu'],
    ['38°C', 'madhigirii makumi matatu nemasere'],
    ['38.5 °C', 'madhigirii makumi matatu nemasere poindi shanu'],
    ['38ºC', 'madhigirii makumi matatu nemasere'],
    ['-5°C', 'madhigirii mashanu pasi peziro'],
  ])('the noun is in front: %s', says);

  test.each([
    ['2 hours', 'maawa maviri'],
    ['24 hrs', 'maawa makumi maviri nemana'],
    ['30 min', 'maminitsi makumi matatu'],
    ['2h30min', 'maawa maviri nemaminitsi makumi matatu'],
    ['1 hr 15 min', 'awa rimwe nemaminitsi gumi nemashanu'],
    ['2½ hours', 'maawa maviri nehafu'],
    ['PT2H30M', 'maawa maviri nemaminitsi makumi matatu'],
    ['P3D', 'mazuva matatu'],
    ['3 months', 'mwedzi mitatu'],
    ['1 month', 'mwedzi mumwe'],
    ['5 years', 'makore mashanu'],
  ])('time that passes: %s', says);
});
