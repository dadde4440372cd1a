import { describe, expect, test } from 'vitest';
import { type Meaning, writeValue } from '#pipeline/language/spoken-value.ts';

describe('writeValue', () => {
  test.each<[Meaning, string]>([
    [{ kind: 'number', value: 224 }, '224'],
    [{ kind: 'number', value: 999_999_999_999 }, '999999999999'],
    [{ kind: 'decimal', whole: 3, digits: '5' }, '3.5'],
    [{ kind: 'decimal', whole: 0, digits: '050' }, '0.050'],
    [{ kind: 'decimal', whole: -0, digits: '5' }, '-0.5'],
    [{ kind: 'fraction', numerator: 2, denominator: 3 }, '2/3'],
    [{ kind: 'percent', whole: 60, digits: '' }, '60%'],
    [{ kind: 'percent', whole: 12, digits: '5' }, '12.5%'],
    [{ kind: 'ordinal', value: 3 }, '3.'],
    [{ kind: 'money', currency: 'USD', minorUnits: 230 }, 'USD 2.30'],
    [{ kind: 'money', currency: 'ZAR', minorUnits: 1500 }, 'ZAR 15'],
    [{ kind: 'money', currency: 'USD', minorUnits: 5 }, 'USD 0.05'],
    [{ kind: 'money', currency: 'ZiG', minorUnits: 99_999_999_999_999 }, 'ZiG 999999999999.99'],
    [{ kind: 'time', hour: 8, minute: 5, isHalfOfDayKnown: true }, '08:05'],
    [{ kind: 'date', date: { year: 2019, month: 8, day: 27 } }, '2019-08-27'],
    [{ kind: 'date', date: { month: 8, day: 7, weekday: 2 } }, '--08-07'],
    [{ kind: 'date', date: { year: 2019, month: 8 } }, '2019-08'],
    [{ kind: 'date', date: { year: 2019 } }, '2019'],
    [{ kind: 'date', date: { month: 12 } }, '--12'],
    [{ kind: 'date', date: { day: 7 } }, '---07'],
    [{ kind: 'date', date: { weekday: 1 } }, '-W-1'],
    [{ kind: 'date', date: { daysFromToday: 0 } }, 'today'],
    [{ kind: 'date', date: { daysFromToday: 2 } }, 'today+2'],
    [{ kind: 'date', date: { daysFromToday: -1 } }, 'today-1'],
    [{ kind: 'duration', duration: { hours: 2, minutes: 30 } }, 'PT2H30M'],
    [{ kind: 'duration', duration: { days: 3 } }, 'P3D'],
    [{ kind: 'duration', duration: { years: 1, months: 6 } }, 'P1Y6M'],
    [{ kind: 'duration', duration: { weeks: 2, days: 1, seconds: 5 } }, 'P2W1DT5S'],
    [{ kind: 'digits', digits: '0771234567' }, '0771234567'],
    [{ kind: 'digits', digits: '+263771234567' }, '+263771234567'],
  ])('%j', (value, line) => {
    expect(writeValue(value)).toBe(line);
  });
});
