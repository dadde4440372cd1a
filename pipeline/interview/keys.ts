/**
 * Telephone keys in an interview. Everywhere: 0 a person, 8 later, 9 never again, * the question once more; where figures are
 * entered these are figures, and * comes before them (*0, *8, *9). # ends an entry, and anywhere else leaves a question out.
 * Pure; whoever waits for the next key keeps the entry.
 */
import { keyedDate, type Here } from './moments.ts';
import type { Evidence, FlowState, Said, Wish } from './flow-state.ts';

/** What was pressed and is not complete. */
export type Entry = string;

export type Keyed =
  | { readonly kind: 'said'; readonly said: Said }
  /** Another key may follow within `ms`; then `endOfEntry` says what it was. */
  | { readonly kind: 'more'; readonly entry: Entry; readonly ms: number };

/** People look for the next key on a small telephone; behind a whole answer they wait for us. */
const NEXT_KEY_MS = 3_000;
const AFTER_STAR_MS = 1_500;
const DATE_DIGITS = 8;
const MOST_HOURS = 72;
const HOUR_MS = 3_600_000;

const WISHES: Readonly<Record<string, Wish>> = { '0': 'human', '8': 'later', '9': 'opt-out', '*': 'repeat' };

/** `entry`: what the keys before this one left. */
export function keyPressed(state: FlowState, entry: Entry, key: string, here: Here): Keyed {
  if (entry.startsWith('*')) return said(starred(key));
  if (key === '*') return { kind: 'more', entry: '*', ms: AFTER_STAR_MS };
  const most = mostDigits(state);
  if (most === 0) return said(plainKey(state, key));
  if (key === '#') return said(entry === '' ? wish('unknown', key) : whole(state, entry, here));
  const digits = entry + key;
  return isFull(state, digits, most)
    ? said(whole(state, digits, here))
    : { kind: 'more', entry: digits, ms: NEXT_KEY_MS };
}

/** Nothing followed. */
export function endOfEntry(state: FlowState, entry: Entry, here: Here): Said {
  return entry === '*' ? wish('repeat', entry) : whole(state, entry, here);
}

const said = (what: Said): Keyed => ({ kind: 'said', said: what });

function wish(what: Wish, keys: string): Said {
  return { kind: 'wish', wish: what, evidence: byKeys(keys) };
}

function byKeys(keys: string): Evidence {
  return { rawText: keys, confidence: 1, method: 'keys', needsReadBack: false };
}

function starred(key: string): Said {
  const wanted = WISHES[key];
  return wanted === undefined ? { kind: 'wrong-key' } : wish(wanted, `*${key}`);
}

function plainKey({ stage, question }: FlowState, key: string): Said {
  const wanted = WISHES[key];
  if (wanted !== undefined) return wish(wanted, key);
  if (key === '#') return stage === 'question' ? wish('unknown', key) : { kind: 'wrong-key' };
  if (stage !== 'question' || question?.kind === 'yes-no') {
    return key === '1' || key === '2'
      ? { kind: 'answer', value: key === '1', evidence: byKeys(key) }
      : { kind: 'wrong-key' };
  }
  const choice = question?.kind === 'choice' ? question.choices.find((each) => each.key === key) : undefined;
  return choice === undefined ? { kind: 'wrong-key' } : { kind: 'answer', value: choice.id, evidence: byKeys(key) };
}

/** Of the figures that are entered here; 0: none are. */
function mostDigits({ stage, question }: FlowState): number {
  if (stage === 'when') return String(MOST_HOURS).length;
  if (stage !== 'question') return 0;
  if (question?.kind === 'number') return String(question.range.to).length;
  return question?.kind === 'date' ? DATE_DIGITS : 0;
}

/** No figure that could follow would be in the range. */
function isFull({ stage, question }: FlowState, digits: string, most: number): boolean {
  if (digits.length >= most) return true;
  const isNumber = stage === 'question' && question?.kind === 'number';
  return isNumber && !digits.startsWith('0') && Number(digits) * 10 > question.range.to;
}

function whole({ stage, question }: FlowState, digits: string, here: Here): Said {
  const evidence = byKeys(digits);
  if (stage === 'when') {
    const hours = Number(digits);
    const isSoon = hours >= 1 && hours <= MOST_HOURS;
    return isSoon ? { kind: 'when', atMs: here.nowMs + hours * HOUR_MS } : { kind: 'unclear' };
  }
  if (question?.kind === 'date') {
    const value = keyedDate(digits, question.lies, here);
    return value === undefined ? { kind: 'unclear' } : { kind: 'answer', value, evidence };
  }
  if (question?.kind !== 'number') return { kind: 'unclear' };
  const value = Number(digits);
  const { from, to } = question.range;
  return value >= from && value <= to ? { kind: 'answer', value, evidence } : { kind: 'out-of-range' };
}
