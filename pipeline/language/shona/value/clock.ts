/**
 * Times of the day: nguva dzesere mangwanani, na6:30, sere nehafu, half past two, eiti koroko. Hours are said by twelve;
 * mangwanani, masikati, manheru and husiku say which half. Without them the hour stays as it was said.
 */
import type { DayPart } from './lexeme.ts';
import { prefixKind } from './lexicon.ts';
import { type Atoms, isNext, type Whole } from './parts.ts';
import type { Grammar } from './reading.ts';
import { wholeAt } from './whole.ts';

interface Moment {
  readonly hour: number;
  readonly minute: number;
  readonly end: number;
  /** The minutes were said in a way that only a clock has. */
  readonly isTold: boolean;
  /** Like "imwe" or "mbiri nehafu", which need more than a part of the day to be a time. */
  readonly isWeak: boolean;
}

/** The hour by twenty-four; masikati begins before noon (11 masikati), husiku goes on to the morning. */
function by24(hour: number, part: DayPart | undefined): number {
  if (hour > 12 || hour === 0) return hour % 24;
  const noon = hour === 12;
  switch (part) {
    case 'morning':
    case 'am':
      return noon ? 0 : hour;
    case 'pm':
      return noon ? 12 : hour + 12;
    case 'afternoon':
      return hour >= 10 ? hour : hour + 12;
    case 'evening':
      return noon ? 0 : hour + 12;
    case 'night':
      return noon ? 0 : hour < 6 ? hour : hour + 12;
    case undefined:
      return hour;
  }
}

/** A number that may be an hour: no form that agrees with a noun, unless it is only the tail of ten or more. */
function hourAt(atoms: Atoms, at: number): Whole | undefined {
  const whole = wholeAt(atoms, at);
  if (whole === undefined || whole.value > 24) return undefined;
  return whole.series === 'agreeing' && whole.value < 10 ? undefined : whole;
}

/** nemaminitsi gumi, nemineti imwe, "and ten minutes". */
function minutesAt(atoms: Atoms, at: number): { readonly minute: number; readonly end: number } | undefined {
  const atom = atoms[at];
  if (atom === undefined || prefixKind(atom.prefix) !== 'and' || atom.pause === 'stop') return undefined;
  const isNamed = atom.lexeme.timeUnit === 'minutes';
  const count = isNamed ? (isNext(atoms[at + 1]) ? wholeAt(atoms, at + 1) : undefined) : wholeAt(atoms, at);
  if (count === undefined || count.value > 59) return undefined;
  if (isNamed) return { minute: count.value, end: count.end };
  const noun = atoms[count.end];
  return isNext(noun) && noun.lexeme.timeUnit === 'minutes' ? { minute: count.value, end: count.end + 1 } : undefined;
}

/** "thirty", "oh five", "ziro shanu" right behind an hour. */
function bareMinutesAt(atoms: Atoms, at: number): { readonly minute: number; readonly end: number } | undefined {
  const atom = atoms[at];
  if (!isNext(atom)) return undefined;
  if (atom.lexeme.unit === 0) {
    const unit = isNext(atoms[at + 1]) ? atoms[at + 1]?.lexeme.unit : undefined;
    return unit === undefined ? undefined : { minute: unit, end: at + 2 };
  }
  const count = wholeAt(atoms, at);
  return count !== undefined && count.value >= 10 && count.value < 60
    ? { minute: count.value, end: count.end }
    : undefined;
}

/** half past two, quarter to three, ten past five, gumi to eiti. */
function relativeAt(atoms: Atoms, at: number): Moment | undefined {
  const part = atoms[at]?.lexeme.part;
  const count = part === undefined ? wholeAt(atoms, at) : undefined;
  const minutes = part === undefined ? count?.value : part * 60;
  let link = part === undefined ? count?.end : at + 1;
  if (link !== undefined && atoms[link]?.lexeme.timeUnit === 'minutes') link += 1;
  const role = link === undefined ? undefined : atoms[link]?.lexeme.role;
  if (link === undefined || minutes === undefined || minutes > 59 || (role !== 'past' && role !== 'to'))
    return undefined;
  const hour = isNext(atoms[link + 1]) ? hourAt(atoms, link + 1) : undefined;
  if (hour === undefined || hour.value > 12 || hour.value === 0) return undefined;
  if (role === 'past') return { hour: hour.value, minute: minutes, end: hour.end, isTold: true, isWeak: false };
  const before = hour.value === 1 ? 12 : hour.value - 1;
  return { hour: before, minute: 60 - minutes, end: hour.end, isTold: true, isWeak: false };
}

function momentAt(atoms: Atoms, at: number, isCued: boolean): Moment | undefined {
  const atom = atoms[at];
  if (atom?.clock !== undefined) return { ...atom.clock, end: at + 1, isTold: true, isWeak: false };
  const relative = relativeAt(atoms, at);
  if (relative !== undefined) return relative;
  const { figure } = atom ?? {};
  // "6.30" and "1830", once something says that it is a time.
  const behind = atoms[at + 1]?.pause === 'none' ? atoms[at + 1]?.lexeme : undefined;
  const isToldBehind = behind?.dayPart !== undefined;
  const areHours = behind?.timeUnit === 'hours';
  if ((isCued || isToldBehind) && figure !== undefined && figure.whole <= 24 && /^[0-5]\d$/u.test(figure.fraction)) {
    return { hour: figure.whole, minute: Number(figure.fraction), end: at + 1, isTold: false, isWeak: false };
  }
  if ((isCued || areHours) && figure?.digits.length === 4 && figure.whole < 2400 && figure.whole % 100 < 60) {
    const [hour, minute] = [Math.floor(figure.whole / 100), figure.whole % 100];
    return { hour, minute, end: areHours ? at + 2 : at + 1, isTold: areHours, isWeak: false };
  }
  const hour = hourAt(atoms, at);
  if (hour === undefined) return undefined;
  const { value, end, isWeak } = hour;
  const next = atoms[end];
  const part = next !== undefined && prefixKind(next.prefix) === 'and' ? (next.lexeme.part ?? 0) : 0;
  if (part > 0) return { hour: value, minute: part * 60, end: end + 1, isTold: false, isWeak };
  const named = minutesAt(atoms, end);
  if (named !== undefined) return { hour: value, ...named, isTold: true, isWeak };
  const bare = value > 0 ? bareMinutesAt(atoms, end) : undefined;
  const isSaidWhole = bare !== undefined && (isCued || atoms[bare.end]?.lexeme.dayPart !== undefined);
  if (bare !== undefined && isSaidWhole) return { hour: value, ...bare, isTold: false, isWeak };
  return { hour: value, minute: 0, end, isTold: false, isWeak };
}

/** See the file's head. A number is a time when nguva, o'clock, minutes or a part of the day stands with it. */
export const readTime: Grammar = (atoms, at, expects) => {
  let next = at;
  const before = atoms[next]?.lexeme.dayPart;
  if (before !== undefined) next += 1;
  const isNamed = atoms[next]?.lexeme.role === 'clock' && atoms[next + 1]?.pause === 'none';
  if (isNamed) next += 1;
  if (next > at && atoms[next]?.pause !== 'none') return undefined;
  const isCued = isNamed || expects === 'time';
  const moment = momentAt(atoms, next, isCued);
  if (moment === undefined || moment.hour > 24) return undefined;
  let { end } = moment;
  const isOclock = atoms[end]?.lexeme.role === 'oclock';
  if (isOclock) end += 1;
  const behind = atoms[end];
  const after = behind?.pause === 'none' && prefixKind(behind.prefix) !== 'and' ? behind.lexeme.dayPart : undefined;
  if (after !== undefined) end += 1;
  const part = after ?? before;
  if (!isCued && !isOclock && !moment.isTold && part === undefined) return undefined;
  const hour = by24(moment.hour, part);
  const isHalfOfDayKnown = part !== undefined || moment.hour > 12 || moment.hour === 0;
  return {
    meaning: { kind: 'time', hour, minute: moment.minute, isHalfOfDayKnown },
    end,
    isWeak: moment.isWeak && !isNamed && !isOclock,
  };
};
