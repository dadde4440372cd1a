import { describe, expect, it } from 'vitest';
import { dateOf, keyedDate, momentOf, sayDate, sayMoment } from '#pipeline/interview/moments.ts';
import { loadInterview, readScript } from '#prompts/campaign.ts';

const example = readScript('hutano');
const { pack, moments } = loadInterview(example.id, example.text);
/** Monday 2026-11-23, 08:00 in Harare. */
const here = { nowMs: Date.UTC(2026, 10, 23, 6, 0), tz: 'Africa/Harare' };

describe('a day that was said', () => {
  const cases: readonly (readonly [string, string | undefined, 'past' | 'future'])[] = [
    ['nezuro', '2026-11-22', 'past'],
    ['nhasi', '2026-11-23', 'past'],
    ['mangwana', undefined, 'past'],
    ['mangwana', '2026-11-24', 'future'],
    ['musi wa27 Nyamavhuvhu 2019', '2019-08-27', 'past'],
    ['musi wa27 Nyamavhuvhu 2027', undefined, 'past'],
    ['musi wa27 Nyamavhuvhu', '2026-08-27', 'past'],
    ['musi wa27 Nyamavhuvhu', '2027-08-27', 'future'],
    ['musi wa1 Zvita', '2025-12-01', 'past'],
    ['neChishanu', '2026-11-20', 'past'],
    ['neChishanu', '2026-11-27', 'future'],
    ['neMuvhuro', '2026-11-30', 'future'],
    ['musi wa12', '2026-11-12', 'past'],
    ['musi wa12', '2026-12-12', 'future'],
    ['musi wa30', '2026-10-30', 'past'],
    ['muna Ndira 2015', undefined, 'past'],
  ];
  it.each(cases)('%s is %s, where it lies in the %s', (text, wanted, lies) => {
    const value = pack.language.valueOf(text, { expects: 'date' });
    const date = value?.kind === 'date' ? dateOf(value.date, lies, here) : undefined;
    expect(date).toBe(wanted);
  });

  it('takes 29 February for what it is only where there is one', () => {
    expect(dateOf({ month: 2, day: 29 }, 'past', here)).toBeUndefined();
    expect(dateOf({ year: 2024, month: 2, day: 29 }, 'past', here)).toBe('2024-02-29');
  });

  it('goes by the calendar of the zone', () => {
    const lateInLondon = { nowMs: Date.UTC(2026, 10, 23, 23, 30), tz: 'Africa/Harare' };
    expect(dateOf({ daysFromToday: 0 }, 'past', lateInLondon)).toBe('2026-11-24');
  });

  it('by keys is day, month and year', () => {
    expect(keyedDate('23082026', 'past', here)).toBe('2026-08-23');
    expect(keyedDate('31022026', 'past', here)).toBeUndefined();
    expect(keyedDate('24112026', 'past', here)).toBeUndefined();
    expect(keyedDate('2308', 'past', here)).toBeUndefined();
  });
});

describe('a moment to be called at', () => {
  const at = (day: number, hour: number, minute = 0): number => Date.UTC(2026, 10, day, hour - 2, minute);
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['mangwana na3 masikati', at(24, 15)],
    ['fonai mangwana na10 mangwanani', at(24, 10)],
    ['na6', at(23, 18)],
    ['na7 mangwanani', at(24, 7)],
    ['manheru', at(23, 18)],
    ['mangwana masikati', at(24, 14)],
    ['neMuvhuro na2 masikati', at(30, 14)],
    ['mushure memaawa maviri, maawa maviri', at(23, 10)],
    ['fonai mushure memaminitsi makumi matatu', at(23, 8) + 30 * 60_000],
    ['mushure meawa imwe', at(23, 9)],
    ['mushure memazuva maviri', at(25, 8)],
    ['musi wa12 Zvita na3 masikati', Date.UTC(2026, 11, 12, 13, 0)],
    ['gare gare', undefined],
    ['', undefined],
  ];
  it.each(cases)('%s', (text, wanted) => {
    expect(momentOf(text, pack.language, moments, here)).toBe(wanted);
  });

  it('keeps the wall time across a change of the clocks', () => {
    const berlin = { nowMs: Date.UTC(2026, 2, 28, 12, 0), tz: 'Europe/Berlin' };
    expect(momentOf('mangwana na3 masikati', pack.language, moments, berlin)).toBe(Date.UTC(2026, 2, 29, 13, 0));
  });
});

describe('said back', () => {
  it('is what the language reads out', () => {
    expect(sayDate('2026-08-03', moments)).toBe('musi wa3 Nyamavhuvhu 2026');
    expect(sayMoment(here.nowMs + 3_600_000, moments, here)).toBe('nhasi nguva dza9:00');
    expect(sayMoment(Date.UTC(2026, 10, 30, 12, 30), moments, here)).toBe('musi wa30 Mbudzi nguva dza14:30');
    expect(pack.language.speakable(sayMoment(Date.UTC(2026, 10, 24, 13, 0), moments, here))).not.toMatch(/\d/u);
  });
});
