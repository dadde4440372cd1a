/** Numbers to words by number rules (rbnf.ts). Deliberately not here: which figures of a text are numbers (figures.ts). */
import { plainName, type NumberRule, type RulePart, type RuleSet, type RuleSets } from './rbnf.ts';

/** Deeper than any number below 2^53 nests; a set that asks for itself without end stops here. */
const DEEPEST = 64;

export class Speller {
  readonly #sets: RuleSets;
  /** Says the digits that a rule leaves as figures. */
  readonly #digits: RuleSet | undefined;

  /** `cardinal`: the set that says single digits. */
  constructor(sets: RuleSets, cardinal: string) {
    this.#sets = sets;
    this.#digits = sets.get(plainName(cardinal));
  }

  /** A whole number by one of the sets; '' when the set is not there. Throws RangeError for what is no safe integer. */
  whole(n: number, setName: string): string {
    const set = this.#sets.get(plainName(setName));
    if (!Number.isSafeInteger(n)) throw new RangeError('only whole numbers below 2^53 have words');
    return set === undefined ? '' : tidy(this.#whole(n, set, 0));
  }

  /** A decimal: the whole part, then each digit behind the point. */
  decimal(whole: number, digits: string, setName: string): string {
    const set = this.#sets.get(plainName(setName));
    if (set === undefined) return '';
    const { point } = set;
    if (point === undefined) return tidy(`${this.#whole(whole, set, 0)} ${this.digitByDigit(digits)}`);
    const said = point.map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'quotient') return this.#whole(whole, this.#set(part.set, set), 1);
      return part.kind === 'remainder' ? this.digitByDigit(digits) : '';
    });
    return tidy(said.join(''));
  }

  /** Each of the digits 0–9 as a word. */
  digitByDigit(digits: string): string {
    return this.#singly(digits, 0);
  }

  #singly(digits: string, depth: number): string {
    const set = this.#digits;
    return set === undefined ? '' : Array.from(digits, (digit) => this.#whole(Number(digit), set, depth)).join(' ');
  }

  #whole(n: number, set: RuleSet, depth: number): string {
    if (depth > DEEPEST) return '';
    if (n < 0) {
      const said = set.minus ?? [{ kind: 'remainder', set: undefined } as const];
      return said.map((part) => (part.kind === 'text' ? part.text : this.#other(part, -n, set, depth))).join('');
    }
    const rule = ruleFor(set, n);
    return rule === undefined ? '' : this.#parts(rule.parts, n, rule, set, depth);
  }

  #parts(parts: readonly RulePart[], n: number, rule: NumberRule, set: RuleSet, depth: number): string {
    return parts.map((part) => this.#part(part, n, rule, set, depth)).join('');
  }

  #part(part: RulePart, n: number, rule: NumberRule, set: RuleSet, depth: number): string {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'quotient':
        return this.#whole(Math.floor(n / rule.divisor), this.#set(part.set, set), depth + 1);
      case 'remainder':
        return this.#whole(n % rule.divisor, this.#set(part.set, set), depth + 1);
      case 'optional':
        return n % rule.divisor === 0 ? '' : this.#parts(part.parts, n, rule, set, depth);
      case 'same':
      case 'digits':
        return this.#other(part, n, set, depth);
    }
  }

  #other(part: RulePart, n: number, set: RuleSet, depth: number): string {
    if (part.kind === 'digits') return this.#singly(String(n), depth + 1);
    return this.#whole(n, this.#set('set' in part ? part.set : undefined, set), depth + 1);
  }

  #set(name: string | undefined, own: RuleSet): RuleSet {
    return name === undefined ? own : (this.#sets.get(name) ?? own);
  }
}

/**
 * The rule that says `n`: the one with the highest base value not above it; the one before it when that has a text for what
 * is left, its base does not divide evenly and `n` does (ICU's rollback rule).
 */
export function ruleFor({ rules }: RuleSet, n: number): NumberRule | undefined {
  let low = 0;
  let high = rules.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((rules[middle]?.base ?? 0) <= n) low = middle;
    else high = middle - 1;
  }
  const rule = rules[low];
  if (rule === undefined || low === 0) return rule;
  const isBoth = hasPart(rule.parts, 'quotient') && hasPart(rule.parts, 'remainder');
  const isRolledBack = isBoth && rule.base % rule.divisor !== 0 && n % rule.divisor === 0;
  return isRolledBack ? rules[low - 1] : rule;
}

function hasPart(parts: readonly RulePart[], kind: RulePart['kind']): boolean {
  return parts.some((part) => part.kind === kind || (part.kind === 'optional' && hasPart(part.parts, kind)));
}

const tidy = (words: string): string =>
  words
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/ ([,.])/gu, '$1')
    .trim();
