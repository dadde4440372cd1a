/**
 * Where two times are one range ("saa 2:30 - 10:00"), both are told by the same clock: the language's own behind its word for
 * the hour, the written one of 24 hours without it, or where a figure says so.
 */
import type { RuleDefinition } from '../definition.ts';
import { escapedForRegExp, fill } from './template.ts';

/** `own`: hours counted as the language counts them; `written`: as a clock of 24 hours shows them. */
export type ClockKind = 'own' | 'written';

export class TimeRanges {
  /** The word before an hour, lower case; '' where none stands before it. */
  readonly lead: string;
  /** Between the two ends, as it is said; '' where the template says more than that. */
  readonly joint: string;
  readonly #joints: ReadonlySet<string>;
  readonly #partWords: ReadonlySet<string>;
  readonly #isOwnClockApart: boolean;
  readonly #ahead: RegExp;
  readonly #range: RegExp;

  constructor({ clock, reading }: RuleDefinition) {
    this.lead = fill(clock.hour, { hour: '' }).toLowerCase();
    this.joint = /^\{from\} ([^{}]+) \{to\}$/u.exec(reading.range)?.[1]?.trim() ?? '';
    const joints = [this.joint, ...reading.rangeWords].filter((word) => word !== '').map((word) => word.toLowerCase());
    this.#joints = new Set([...joints.flatMap((joint) => joint.split(' ')), reading.and.toLowerCase()]);
    const parts = clock.parts.flatMap(({ text, heard }) => [text, ...heard]);
    this.#partWords = new Set([...clock.fillers, ...parts].map((word) => word.toLowerCase()));
    this.#isOwnClockApart = clock.offsetHours !== 0 && this.lead !== '';
    const between = ['-', '–', '—', ...joints.map(escapedForRegExp)].join('|');
    const part = `(?: (?:${[...this.#partWords].map(escapedForRegExp).join('|')})){0,2}`;
    const lead = escapedForRegExp(this.lead);
    this.#ahead = new RegExp(`^${part} ?(?:${between}) ?(\\d{1,2}):[0-5]\\d(?!\\d)`, 'iu');
    this.#range = new RegExp(
      `(?<lead>(?<!\\p{L})${lead} )?(?<![\\d.,:/-])(?<from>\\d{1,2}):[0-5]\\d${part} ?(?:${between}) ?(?<again>${lead} )?(?<to>\\d{1,2}):[0-5]\\d(?!\\d)`,
      'giu',
    );
  }

  /** True for a word that may stand between two times of one clock: to, and, in the morning. */
  isBetween(word: string): boolean {
    return this.#joints.has(word.toLowerCase()) || this.#partWords.has(word.toLowerCase());
  }

  /** True for a time that only a clock of 24 hours shows. */
  isWritten(time: string): boolean {
    const hour = Number(/^(\d{1,2}):/u.exec(time)?.[1] ?? Number.NaN);
    return hour > 12 || hour === 0;
  }

  /** True when the other end of the range, which begins right here, is such a time. */
  isWrittenAhead(behind: string): boolean {
    const hour = this.#ahead.exec(behind)?.[1];
    return hour !== undefined && this.isWritten(`${hour}:`);
  }

  /** Ranges whose ends are told by different clocks, as they are written. */
  mixedIn(text: string): readonly string[] {
    if (!this.#isOwnClockApart) return [];
    return Array.from(text.matchAll(this.#range)).flatMap((match) => {
      const { lead, from = '', again, to = '' } = match.groups ?? {};
      const isOwn = lead !== undefined;
      const isMixed = isOwn ? this.isWritten(`${to}:`) !== this.isWritten(`${from}:`) : again !== undefined;
      return isMixed ? [match[0]] : [];
    });
  }
}
