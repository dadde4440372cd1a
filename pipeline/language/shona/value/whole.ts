/**
 * Whole numbers, Shona, English and mixed. Shona names the magnitude first and its count behind it; the parts fall in
 * size and are joined with ne-. Where the count of thousands could go on or end ("zviuru zana nemakumi maviri"), it goes
 * on: 120,000, as the news means it. It ends at a comma, at chete, and at zvine. Except: what agrees with the thousands
 * themselves behind round hundreds ("zviuru zana zvine makumi masere nemasere", 188,000) is their count in all three
 * attested cases.
 */
import { prefixKind } from './lexicon.ts';
import { type Atoms, countGoesOnAt, goesOnAt, isJoined, isNext, partsAt, type Whole } from './parts.ts';

interface Group {
  readonly value: number;
  readonly scale: number;
  readonly end: number;
  readonly last: Whole;
}

/** "nehafu" behind a count of thousands or millions: half of one of them. */
function halfAt(atoms: Atoms, at: number): number {
  const atom = atoms[at];
  return atom !== undefined && isJoined(atom) && atom.pause !== 'stop' ? (atom.lexeme.part ?? 0) : 0;
}

/** "poindi nomwe" behind a count of millions: tenths of one; '' for none. */
function tenthsAt(atoms: Atoms, at: number): string {
  let digits = '';
  if (atoms[at]?.lexeme.role !== 'point') return '';
  while (digits.length < 6 && isNext(atoms[at + 1 + digits.length])) {
    const unit = atoms[at + 1 + digits.length]?.lexeme.unit;
    if (unit === undefined) break;
    digits += String(unit);
  }
  return digits;
}

function scaled(atoms: Atoms, count: number, scale: number, last: Whole): Group | undefined {
  const half = halfAt(atoms, last.end);
  const tenths = half === 0 && scale >= 1e6 ? tenthsAt(atoms, last.end) : '';
  const value = Math.round((count + half + Number(`0.${tenths || '0'}`)) * scale);
  if (!Number.isSafeInteger(value)) return undefined;
  const end = last.end + (half > 0 ? 1 : tenths === '' ? 0 : tenths.length + 1);
  return { value, scale, end, last: { ...last, isSingle: false } };
}

/** zviuru …, mamiriyoni …, chiuru, miriyoni imwe: the scale and the count behind it. */
function scaleFirst(atoms: Atoms, at: number, bound: number): Group | undefined {
  const { head, single, isWeak = false } = atoms[at]?.lexeme ?? {};
  const scale = head ?? single ?? 0;
  if (scale < 1000 || scale >= bound) return undefined;
  const isStutter = isNext(atoms[at + 1]) && atoms[at + 1]?.lexeme.head === head && head !== undefined;
  const from = isStutter ? at + 2 : at + 1;
  const next = atoms[from];
  const one: Whole = { value: 1, end: from, isWeak, series: 'counting', isSingle: false };
  if (!isNext(next)) return single === undefined ? undefined : scaled(atoms, 1, scale, one);
  if (next.figure !== undefined && next.figure.fraction !== '' && !next.isCode) {
    return scaled(atoms, Number(`${next.figure.whole}.${next.figure.fraction}`), scale, { ...one, end: from + 1 });
  }
  // "chiuru mazana maviri" is 1,200 with ne- unheard; "miriyoni mbiri" is a learner's two million.
  const isCounted = single === undefined || next.lexeme.unit === 1 || (scale >= 1e6 && next.lexeme.unit !== undefined);
  const count = isCounted
    ? partsAt(atoms, from, (end, value) => countGoesOnAt(atoms, end, value, scale === 1000))
    : undefined;
  if (count === undefined) return single === undefined ? undefined : scaled(atoms, 1, scale, one);
  return scaled(atoms, count.value, scale, { ...count, isWeak });
}

/** The count first: "five thousand", "3.7 million", "zana rezviuru"; or the last part, without a scale. */
function countFirst(atoms: Atoms, at: number, bound: number, total: number): Group | undefined {
  const figure = atoms[at]?.isCode ? undefined : atoms[at]?.figure;
  const following = atoms[at + 1];
  if (figure !== undefined && figure.fraction !== '') {
    const scale = isNext(following) ? (following.lexeme.scale ?? 0) : 0;
    if (scale < 1000 || scale >= bound) return undefined;
    const last: Whole = { value: 0, end: at + 2, isWeak: false, series: 'english', isSingle: false };
    return scaled(atoms, Number(`${figure.whole}.${figure.fraction}`), scale, last);
  }
  const count = partsAt(atoms, at, (end, value) => goesOnAt(atoms, end, total + value));
  if (count === undefined) return undefined;
  const next = atoms[count.end];
  const { scale = 0, head, single } = next?.lexeme ?? {};
  const isEnglish = count.series === 'english' || count.series === 'figure';
  if (isNext(next) && isEnglish && scale >= 1000 && scale < bound) {
    return scaled(atoms, count.value, scale, { ...count, end: count.end + 1, isWeak: false });
  }
  const owned = head ?? single ?? 0;
  if (next?.pause === 'none' && prefixKind(next.prefix) === 'of' && owned >= 1000 && owned < bound) {
    // "zana rezviuru nemakumi maviri nemana": the count goes on behind the thousands, 124,000.
    const goesOn = (end: number): number | undefined => countGoesOnAt(atoms, end, 1, false);
    const here = count.level > 0 ? goesOn(count.end + 1) : undefined;
    const rest = here === undefined ? undefined : partsAt(atoms, here, goesOn);
    if (rest === undefined || rest.top >= count.level) {
      return scaled(atoms, count.value, owned, { ...count, end: count.end + 1, isWeak: false });
    }
    return scaled(atoms, count.value + rest.value, owned, { ...rest, isWeak: false });
  }
  return count.value < bound ? { value: count.value, scale: 1, end: count.end, last: count } : undefined;
}

/** Every grammar asks for the same numbers: what was read from a row of atoms is kept with it. */
const READ = new WeakMap<Atoms, (Whole | null | undefined)[]>();

/** The longest whole number that begins at atom `at`, whatever proclitic that atom has; at most 2^53 − 1. */
export function wholeAt(atoms: Atoms, at: number): Whole | undefined {
  let read = READ.get(atoms);
  if (read === undefined) READ.set(atoms, (read = []));
  const known = read[at];
  if (known !== undefined) return known ?? undefined;
  const whole = readWhole(atoms, at);
  read[at] = whole ?? null;
  return whole;
}

function readWhole(atoms: Atoms, at: number): Whole | undefined {
  const zero = atoms[at]?.lexeme;
  if (zero?.unit === 0) {
    return { value: 0, end: at + 1, isWeak: zero.isWeak ?? false, series: zero.series ?? 'counting', isSingle: true };
  }
  let sum: Group | undefined;
  for (;;) {
    const here = sum === undefined ? at : goesOnAt(atoms, sum.end, sum.value);
    if (here === undefined) break;
    const bound = sum?.scale ?? Infinity;
    const group = scaleFirst(atoms, here, bound) ?? countFirst(atoms, here, bound, sum?.value ?? 0);
    if (group === undefined || !Number.isSafeInteger(group.value + (sum?.value ?? 0))) break;
    const isWeak = sum === undefined && group.last.isWeak;
    const isSingle = sum === undefined && group.last.isSingle;
    sum = { ...group, value: group.value + (sum?.value ?? 0), last: { ...group.last, isWeak, isSingle } };
    if (group.scale === 1) break;
  }
  if (sum === undefined) return undefined;
  const { value, end, last } = sum;
  // "imwe chete", "chiuru chimwe chete": chete makes a number of what could be another word.
  const isOnly = atoms[end]?.lexeme.role === 'only' && atoms[end].pause === 'none';
  return { ...last, value, end: isOnly ? end + 1 : end, isWeak: last.isWeak && !isOnly };
}
