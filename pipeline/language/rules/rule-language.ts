/** A language that consists of its pack's tables and rules alone. */
import { InzwaError } from '#kernel/errors.ts';
import type { RuleDefinition } from '../definition.ts';
import type { Claims, Language } from '../language.ts';
import { writeValue } from '../spoken-value.ts';
import { Fold } from './fold.ts';
import { Numerals } from './numerals.ts';
import { Orthography } from './orthography.ts';
import { Pronunciation } from './phonemes.ts';
import { parseRules, plainName, type RuleSets } from './rbnf.ts';
import { Narrator } from './speak.ts';
import { Speller } from './spell.ts';
import { kindOf, tokensOf } from './tokens.ts';
import { ValueReader } from './value.ts';

/** Opens a definition; throws INZWA_CONFIG_INVALID for number rules that are none or do not belong together. */
export function openRuleLanguage(definition: RuleDefinition): Language {
  const sets = parseRules(definition.numbers.rules);
  checkSets(definition, sets);
  const orthography = new Orthography(definition.orthography);
  const fold = new Fold(definition.fold, definition.orthography.vowels);
  const speller = new Speller(sets, definition.numbers.cardinal);
  const narrator = new Narrator(definition, orthography, new Numerals(speller, definition.numbers));
  const pronunciation = new Pronunciation(definition.sounds, orthography);
  const digitWords = Array.from('0123456789', (digit) => speller.digitByDigit(digit));
  const values = new ValueReader(definition, sets, digitWords, (text) => fold.fold(text));
  return {
    code: definition.code,
    definition,
    speakable: (text, { nounClass } = {}) => narrator.speakable(text, nounClass),
    fold: (text) => fold.fold(text),
    foldAlphabet: fold.alphabet,
    confusion: (a, b) => fold.confusion(a, b),
    gap: (symbol) => fold.gap(symbol),
    letters: definition.orthography.letters,
    isNativeWord: (word) => orthography.isNativeWord(word),
    isForeignWord: (word) => kindOf(word, orthography, true) === 'foreign',
    tokens: (text) => tokensOf(text, orthography),
    phonemes: (text, form = 'voice') =>
      form === 'voice' ? pronunciation.forVoice(text) : pronunciation.separate(text),
    accents: definition.sounds.accents,
    joiningWords: definition.joiningWords,
    sample: definition.sample,
    abbreviations: definition.abbreviations,
    claims: claimsOf(definition, orthography, values),
    numberWords: values.numberWords,
    numberLeads: definition.numbers.leads,
    valueOf: (words, options) => values.valueOf(words, options),
    writeValue,
  };
}

function claimsOf({ claims }: RuleDefinition, orthography: Orthography, values: ValueReader): Claims {
  const among = (list: readonly string[]): ((word: string) => boolean) => {
    const whole = new Set(list);
    const stems = list.filter((word) => word.startsWith('-')).map((word) => word.slice(1));
    return (word) => whole.has(word) || stems.some((stem) => word.endsWith(stem));
  };
  const isNoNumber = among(claims.notNumbers);
  return {
    onsets: orthography.onsets,
    isNumber: (word) => values.isNumberWord(word) && !isNoNumber(word),
    isMoney: among(claims.money),
    isTime: among(claims.time),
    isDose: among(claims.dose),
    isImpolite: among(claims.impolite),
  };
}

function checkSets({ numbers }: RuleDefinition, sets: RuleSets): void {
  const asked = [
    numbers.cardinal,
    numbers.year,
    ...Object.values(numbers.classes),
    ...numbers.heard,
    ...numbers.ordinals,
  ];
  const missing = asked.find((name) => name !== undefined && !sets.has(plainName(name)));
  if (missing !== undefined) throw new InzwaError('INZWA_CONFIG_INVALID', `the number rules have no set ${missing}`);
  const { minus, point } = sets.get(plainName(numbers.cardinal)) ?? {};
  if (!minus || !point) {
    throw new InzwaError(
      'INZWA_CONFIG_INVALID',
      `number rules ${numbers.cardinal} need -x and x.x: below zero, and decimals`,
    );
  }
}
