/**
 * Number rules in the notation of Unicode's rule-based number format (UTS 35 part 3, "Rule-Based Number Formatting"; the
 * syntax is that of ICU's RuleBasedNumberFormat): rule sets of base values, whose texts hold what is said for the whole
 * tens, hundreds … (`<<`), for what is left (`>>`) and by another set (`=%other=`). Plural texts (`$(…)$`) are refused.
 */
import { InzwaError } from '#kernel/errors.ts';

/** A part of a rule's text. `set` undefined: the rule's own set. */
export type RulePart =
  | { readonly kind: 'text'; readonly text: string }
  /** The number divided by the rule's divisor, or the whole part. */
  | { readonly kind: 'quotient'; readonly set: string | undefined }
  /** What the division leaves, or the digits behind the point. */
  | { readonly kind: 'remainder'; readonly set: string | undefined }
  | { readonly kind: 'same'; readonly set: string }
  /** A decimal pattern (`=#,##0=`): the digits themselves, which only a reader digit by digit can say. */
  | { readonly kind: 'digits' }
  /** Left out when the division leaves nothing. */
  | { readonly kind: 'optional'; readonly parts: readonly RulePart[] };

export interface NumberRule {
  readonly base: number;
  readonly divisor: number;
  readonly parts: readonly RulePart[];
}

export interface RuleSet {
  readonly name: string;
  /** Ascending by base. */
  readonly rules: readonly NumberRule[];
  readonly minus: readonly RulePart[] | undefined;
  readonly point: readonly RulePart[] | undefined;
}

export type RuleSets = ReadonlyMap<string, RuleSet>;

interface Draft {
  readonly name: string;
  readonly rules: NumberRule[];
  minus: readonly RulePart[] | undefined;
  point: readonly RulePart[] | undefined;
}

const DESCRIPTOR = /^(?:(\d[\d,. ]*)(?:\/(\d+))?(>*)|(-x)|(x\.x)|(?:0\.x|x\.0|NaN|Inf))$/u;

/** Reads rule sets; throws INZWA_CONFIG_INVALID that names the rule which is none. */
export function parseRules(source: string): RuleSets {
  const sets = new Map<string, Draft>();
  let current: Draft | undefined;
  let nextBase = 0;
  for (const rule of statements(source)) {
    const head = /^(%%?[a-z0-9-]+):\s*(.*)$/su.exec(rule);
    let body = rule;
    if (head?.[1] !== undefined) {
      current = { name: plainName(head[1]), rules: [], minus: undefined, point: undefined };
      sets.set(current.name, current);
      nextBase = 0;
      body = head[2] ?? '';
      if (body === '') continue;
    }
    if (current === undefined) throw invalid(rule, 'stands before the first rule set (%name:)');
    nextBase = addRule(current, body, nextBase);
  }
  for (const set of sets.values()) set.rules.sort((a, b) => a.base - b.base);
  checkNames(sets);
  return sets;
}

/** Rules end with a semicolon; a rule set's name stands alone on its line or before its first rule. */
function statements(source: string): string[] {
  return source
    .split('\n')
    .map((line) => line.replace(/^\s*#.*$/u, '').trimStart())
    .join('\n')
    .replaceAll(/^(%%?[a-z0-9-]+:)\s*$/gmu, '$1;')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

function addRule(set: Draft, statement: string, nextBase: number): number {
  const colon = statement.indexOf(':');
  const descriptor = colon < 0 ? undefined : DESCRIPTOR.exec(statement.slice(0, colon).trim());
  if (colon >= 0 && descriptor === null) throw invalid(statement, 'begins with no base value');
  const written = colon < 0 ? statement : statement.slice(colon + 1).trimStart();
  const parts = partsOf(written.replace(/^'/u, ''), statement);
  if (descriptor?.[4] !== undefined) set.minus = parts;
  else if (descriptor?.[5] !== undefined) set.point = parts;
  else if (descriptor === undefined || descriptor?.[1] !== undefined) {
    const base = descriptor?.[1] === undefined ? nextBase : Number(descriptor[1].replaceAll(/[,. ]/gu, ''));
    if (!Number.isSafeInteger(base)) return nextBase;
    const radix = Number(descriptor?.[2] ?? 10);
    if (radix < 2) throw invalid(statement, 'has a radix below 2');
    set.rules.push({ base, divisor: divisorOf(base, radix, descriptor?.[3]?.length ?? 0), parts });
    return base + 1;
  }
  return nextBase;
}

/** The highest power of the radix that is not above the base value, lowered by one power for each `>`. */
function divisorOf(base: number, radix: number, lowered: number): number {
  let divisor = 1;
  while (divisor * radix <= base) divisor *= radix;
  for (let step = 0; step < lowered && divisor > 1; step += 1) divisor /= radix;
  return divisor;
}

const SUBSTITUTION =
  /(?<open>[<>=←→])(?<inner>%%?[a-z0-9-]+|[#0][#0,.]*|)(?<close>[<>=←→])(?<third>[>→]?)|\[(?<optional>[^\]]*)\]|\$\(/gu;

function partsOf(text: string, rule: string): RulePart[] {
  const parts: RulePart[] = [];
  let at = 0;
  for (const match of text.matchAll(SUBSTITUTION)) {
    if (match.index > at) parts.push({ kind: 'text', text: text.slice(at, match.index) });
    at = match.index + match[0].length;
    parts.push(partOf(match, rule));
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) });
  return parts;
}

function partOf(match: RegExpExecArray, rule: string): RulePart {
  const { open = '', close = '', inner = '', optional } = match.groups ?? {};
  if (optional !== undefined) return { kind: 'optional', parts: partsOf(optional, rule) };
  const kind = '<←'.includes(open) ? '<' : '>→'.includes(open) ? '>' : '=';
  const isPaired = open !== '' && (kind === '<' ? '<←' : kind === '>' ? '>→' : '=').includes(close);
  if (!isPaired) throw invalid(rule, `has "${match[0]}", which is no substitution`);
  const set = inner.startsWith('%') ? plainName(inner) : undefined;
  if (inner !== '' && set === undefined) return { kind: 'digits' };
  if (kind === '<') return { kind: 'quotient', set };
  if (kind === '>') return { kind: 'remainder', set };
  if (set === undefined) throw invalid(rule, 'has "==" without a rule set');
  return { kind: 'same', set };
}

/** `%%hidden` and `%shown` differ only in who may ask for them. */
export function plainName(name: string): string {
  return name.replace(/^%+/u, '');
}

function checkNames(sets: RuleSets): void {
  const named = (parts: readonly RulePart[]): string[] =>
    parts.flatMap((part) =>
      part.kind === 'optional' ? named(part.parts) : 'set' in part && part.set !== undefined ? [part.set] : [],
    );
  for (const { name, rules, minus, point } of sets.values()) {
    const parts = [...rules.flatMap((rule) => rule.parts), ...(minus ?? []), ...(point ?? [])];
    const missing = named(parts).find((other) => !sets.has(other));
    if (missing !== undefined) throw invalid(`%${name}`, `asks for %${missing}, which is not there`);
    if (rules[0]?.base !== 0) throw invalid(`%${name}`, 'has no rule for 0');
  }
}

function invalid(rule: string, what: string): InzwaError {
  return new InzwaError('INZWA_CONFIG_INVALID', `number rule "${rule.slice(0, 60)}" ${what}`);
}
