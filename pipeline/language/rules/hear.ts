/**
 * Words to numbers by the same rules that say them: every rule is read backwards, as a phrase whose value is the quotient
 * times the divisor plus what is left, and a value only counts where its own rule would have said it so. Punctuation and
 * spaces do not count, because a recogniser writes them as it likes.
 */
import { plainName, type NumberRule, type RulePart, type RuleSet, type RuleSets } from './rbnf.ts';
import { ruleFor } from './spell.ts';

/** Where a number may end, and what it then is. */
type Ends = Map<number, Set<number>>;

interface Heard {
  readonly value: number;
  /** Index behind the last character. */
  readonly end: number;
}

/** More is no number that anybody says. */
const LONGEST = 400;
/** Values kept per place; the rules of a language seldom leave two. */
const MOST_VALUES = 8;

export class Hearer {
  readonly #largest: number;
  readonly #sets: ReadonlyMap<string, HeardSet>;

  constructor(sets: RuleSets, largest: number) {
    this.#largest = largest;
    this.#sets = new Map(Array.from(sets, ([name, set]) => [name, heardSet(set)]));
  }

  /** The longest number at the very beginning of normalised text, ended by a word's end; the first set wins a tie. */
  longest(text: string, setNames: readonly string[]): Heard | undefined {
    const chart: Chart = {
      text: text.slice(0, LONGEST),
      places: new Map(),
      pass: 0,
      isCyclic: false,
      isChanged: false,
    };
    let best: Heard | undefined;
    for (const name of setNames) {
      for (const [end, values] of this.#settled(chart, plainName(name))) {
        const isEnd = end === chart.text.length || chart.text.charAt(end) === ' ' || chart.text.charAt(end - 1) === ' ';
        if (end === 0 || !isEnd || values.size === 0 || end <= (best?.end ?? 0)) continue;
        best = { value: Math.min(...values), end };
      }
    }
    return best;
  }

  /** One pass is all where every rule begins with a word; a set that begins with itself ("two hundred") needs more. */
  #settled(chart: Chart, setName: string): Ends {
    const ends = this.#pass(chart, setName);
    return chart.isCyclic && chart.isChanged ? this.#settled(chart, setName) : ends;
  }

  #pass(chart: Chart, setName: string): Ends {
    chart.pass += 1;
    chart.isCyclic = false;
    chart.isChanged = false;
    return this.#ends(chart, setName, 0);
  }

  #ends(chart: Chart, setName: string, at: number): Ends {
    const set = this.#sets.get(setName);
    const key = `${setName}@${at}`;
    const place = chart.places.get(key) ?? { ends: new Map<number, Set<number>>(), pass: 0, isOpen: false };
    chart.places.set(key, place);
    if (place.isOpen) chart.isCyclic = true;
    if (place.isOpen || place.pass === chart.pass || set === undefined) return place.ends;
    [place.pass, place.isOpen] = [chart.pass, true];
    const first = chart.text.charAt(at) === ' ' ? chart.text.charAt(at + 1) : chart.text.charAt(at);
    for (const phrase of set.byLetter.get(first) ?? []) this.#apply(chart, set, phrase, at, place.ends);
    for (const phrase of set.open) this.#apply(chart, set, phrase, at, place.ends);
    place.isOpen = false;
    return place.ends;
  }

  #apply(chart: Chart, set: HeardSet, phrase: Phrase, at: number, ends: Ends): void {
    for (const state of this.#read(chart, set, phrase, at)) {
      const value = state.same ?? valueOf(phrase, state);
      if (value === undefined || value > this.#largest || ruleFor(set, value) !== phrase.rule) continue;
      const values = ends.get(state.at) ?? new Set<number>();
      if (values.has(value) || values.size >= MOST_VALUES) continue;
      ends.set(state.at, values.add(value));
      chart.isChanged = true;
    }
  }

  /** Every way in which the parts of a rule can be found at a place, by what the chart knows so far. */
  #read(chart: Chart, set: HeardSet, { parts }: Phrase, at: number): readonly State[] {
    let states: readonly State[] = [{ at }];
    for (const part of parts) {
      if (states.length === 0) return states;
      if (part.kind === 'text') {
        states = states.flatMap((state) => {
          const end = endOfText(chart.text, state.at, part.text);
          return end === undefined ? [] : [{ ...state, at: end }];
        });
        continue;
      }
      if (part.kind === 'digits' || part.kind === 'optional') return [];
      const name = part.set ?? set.name;
      states = states.flatMap((state) =>
        Array.from(this.#ends(chart, name, state.at)).flatMap(([end, values]) =>
          Array.from(values, (value) => ({ ...state, at: end, [part.kind]: value })),
        ),
      );
    }
    return states;
  }
}

/** What is known of each place of a text, by rule set. */
interface Chart {
  readonly text: string;
  readonly places: Map<string, { readonly ends: Ends; pass: number; isOpen: boolean }>;
  pass: number;
  isCyclic: boolean;
  isChanged: boolean;
}

/** A rule set with its rules by the letter that they begin with; those that begin with another set are open. */
interface HeardSet extends RuleSet {
  readonly byLetter: ReadonlyMap<string, readonly Phrase[]>;
  readonly open: readonly Phrase[];
}

function heardSet(set: RuleSet): HeardSet {
  const byLetter = new Map<string, Phrase[]>();
  const open: Phrase[] = [];
  for (const phrase of set.rules.flatMap((rule) => phrasesOf(rule))) {
    const [first] = phrase.parts;
    const letter = first?.kind === 'text' ? first.text.trimStart().charAt(0) : '';
    if (letter === '') open.push(phrase);
    else byLetter.set(letter, [...(byLetter.get(letter) ?? []), phrase]);
  }
  return { ...set, byLetter, open };
}

interface State {
  readonly at: number;
  readonly quotient?: number;
  readonly remainder?: number;
  readonly same?: number;
}

/** A rule with its optional text (something is left) or without (nothing is). */
interface Phrase {
  readonly rule: NumberRule;
  readonly parts: readonly RulePart[];
  readonly isExact: boolean | undefined;
}

function phrasesOf(rule: NumberRule): readonly Phrase[] {
  const { parts } = rule;
  const spoken = (kept: readonly RulePart[]): readonly RulePart[] =>
    kept.flatMap((part): readonly RulePart[] => {
      if (part.kind !== 'text') return [part];
      const text = spokenForm(part.text);
      return text === '' ? [] : [{ kind: 'text', text }];
    });
  if (!parts.some(({ kind }) => kind === 'optional')) return [{ rule, parts: spoken(parts), isExact: undefined }];
  const without = parts.filter(({ kind }) => kind !== 'optional');
  const full = parts.flatMap((part) => (part.kind === 'optional' ? part.parts : [part]));
  return [
    { rule, parts: spoken(without), isExact: true },
    { rule, parts: spoken(full), isExact: false },
  ];
}

function valueOf({ rule, parts, isExact }: Phrase, state: State): number | undefined {
  const { base, divisor } = rule;
  const hasParts = parts.some(({ kind }) => kind === 'quotient' || kind === 'remainder');
  if (!hasParts && isExact === undefined) return base;
  const quotient = state.quotient ?? Math.floor(base / divisor);
  const remainder = state.remainder ?? 0;
  if (remainder >= divisor || (isExact === false && remainder === 0)) return undefined;
  const value = quotient * divisor + remainder;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Lower case, one space for everything between words: what a rule says and what was heard compare so. */
export function spokenForm(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[’ʼ‘`´]/gu, "'")
    .replaceAll(/[^\p{L}\p{M}\p{N}']+/gu, ' ');
}

/** The end of a rule's text; a space in it may be missing where the text ends, and before a space there may be one already. */
function endOfText(text: string, at: number, wanted: string): number | undefined {
  // "mia moja " has used the space up that " na " begins with.
  const from = wanted.startsWith(' ') && at > 0 && text.charAt(at - 1) === ' ' ? at - 1 : at;
  return text.startsWith(wanted, from) ? from + wanted.length : undefined;
}
