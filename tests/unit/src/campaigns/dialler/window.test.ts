import { describe, expect, it } from 'vitest';
import { checkSettings, type CampaignSettingsInput } from '#src/campaigns/dialler/settings.ts';
import { dayStart, mayBegin, nextDayStart, nextOpening, openMsBetween } from '#src/campaigns/dialler/window.ts';
import { zimbabweanHolidays } from '#src/campaigns/dialler/holidays.ts';

const HARARE = 'Africa/Harare';
const hours = (given: CampaignSettingsInput = {}) => checkSettings(given);
const at = (text: string): number => Date.parse(text);

describe('acceptance 3: the calling window', () => {
  const rules = hours({ guardSeconds: 60 });

  it.each([
    ['2026-11-23T07:59:59.999+02:00', false],
    ['2026-11-23T08:00:00+02:00', true],
    ['2026-11-23T19:59:00+02:00', true],
    ['2026-11-23T19:59:00.001+02:00', false],
    ['2026-11-23T20:00:00+02:00', false],
    ['2026-11-24T00:00:00+02:00', false],
    ['2026-11-28T12:00:00+02:00', true],
    ['2026-11-29T12:00:00+02:00', false],
    ['2026-12-22T12:00:00+02:00', false],
    ['2026-12-23T12:00:00+02:00', true],
  ])('at %s in Harare a call may begin: %s', (text, expected) => {
    expect(mayBegin(rules, HARARE, at(text))).toBe(expected);
  });

  it('goes by the clock of who is called, through a change of summer time', () => {
    // In London summer time begins on 2027-03-28 and ends on 2027-10-31.
    const london = 'Europe/London';
    expect(mayBegin(rules, london, at('2027-03-27T07:30:00Z'))).toBe(false);
    expect(mayBegin(rules, london, at('2027-03-31T07:30:00Z'))).toBe(true);
    expect(mayBegin(rules, london, at('2027-10-30T18:59:30Z'))).toBe(false);
    expect(mayBegin(rules, london, at('2027-11-01T18:59:30Z'))).toBe(true);
  });

  it('never spans the hour that a clock repeats or leaves out', () => {
    const night = hours({ guardSeconds: 600, window: { days: { sun: ['01:00-02:00'] }, holidays: 'none' } });
    // 01:55 the first time: ten minutes later it is 01:05 again, which is inside; a minute between is not outside either.
    expect(mayBegin(night, 'Europe/London', at('2027-03-28T00:55:00Z'))).toBe(false);
    expect(mayBegin(night, 'Europe/London', at('2027-03-28T01:05:00Z'))).toBe(false);
    expect(mayBegin(night, 'Europe/London', at('2027-10-31T01:55:00Z'))).toBe(false);
  });

  it('keeps away from the end of the campaign as from the end of a slot', () => {
    const until = hours({ endsAt: '2026-11-23T12:00:00+02:00', startsAt: '2026-11-23T10:00:00+02:00' });
    expect(mayBegin(until, HARARE, at('2026-11-23T09:59:59+02:00'))).toBe(false);
    expect(mayBegin(until, HARARE, at('2026-11-23T11:59:00+02:00'))).toBe(true);
    expect(mayBegin(until, HARARE, at('2026-11-23T11:59:01+02:00'))).toBe(false);
  });

  it('does not run from one slot into the next', () => {
    const rules = hours({ guardSeconds: 60, window: { days: { mon: ['08:00-10:00', '10:00-12:00'] } } });
    expect(mayBegin(rules, HARARE, at('2026-11-23T09:59:30+02:00'))).toBe(false);
    expect(mayBegin(rules, HARARE, at('2026-11-23T10:00:00+02:00'))).toBe(true);
  });

  it.each([
    ['now', '2026-11-23T10:00:00+02:00', '2026-11-23T10:00:00+02:00'],
    ['tomorrow morning', '2026-11-23T19:59:30+02:00', '2026-11-24T08:00:00+02:00'],
    ['after Sunday', '2026-11-28T20:00:00+02:00', '2026-11-30T08:00:00+02:00'],
    ['after Christmas and the Sunday behind it', '2026-12-24T20:00:00+02:00', '2026-12-28T08:00:00+02:00'],
    ['after Easter', '2027-03-25T21:00:00+02:00', '2027-03-30T08:00:00+02:00'],
  ])('opens next: %s', (_, from, expected) => {
    expect(new Date(nextOpening(rules, HARARE, at(from)) ?? 0).toISOString()).toBe(
      new Date(at(expected)).toISOString(),
    );
  });

  it('says so when it never opens again', () => {
    expect(
      nextOpening(hours({ endsAt: '2026-11-23T12:00:00+02:00' }), HARARE, at('2026-11-23T13:00:00+02:00')),
    ).toBeUndefined();
  });

  it('opens at the first moment only, at any minute of a year and in any zone (seed 7)', () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let round = 0; round < 60; round++) {
      const tz =
        ['Africa/Harare', 'Europe/London', 'America/New_York', 'Asia/Kolkata'][Math.floor(random() * 4)] ?? HARARE;
      const from = at('2027-01-01T00:00:00Z') + Math.floor(random() * 365 * 86_400) * 1000;
      const opening = nextOpening(rules, tz, from);
      expect(opening, `${tz} ${from}`).toBeDefined();
      expect(mayBegin(rules, tz, opening ?? 0), `${tz} ${from}`).toBe(true);
      expect(opening === from || !mayBegin(rules, tz, (opening ?? 0) - 1), `${tz} ${from}`).toBe(true);
      for (let between = from; between < (opening ?? 0); between += 3_600_000) {
        expect(mayBegin(rules, tz, between), `${tz} ${from} ${between}`).toBe(false);
      }
    }
  });

  it('counts open hours, and days from the midnight of who is called', () => {
    const monday = at('2026-11-23T00:00:00+02:00');
    expect(openMsBetween(rules, HARARE, monday, monday + 86_400_000)).toBe(12 * 3_600_000);
    expect(dayStart(HARARE, monday + 5)).toBe(monday);
    expect(nextDayStart(HARARE, monday)).toBe(monday + 86_400_000);
    expect(nextDayStart('Europe/London', at('2027-03-28T00:00:00Z'))).toBe(at('2027-03-28T23:00:00Z'));
  });
});

describe("Zimbabwe's public holidays", () => {
  it('are those of 2026', () => {
    expect([...zimbabweanHolidays(2026)].sort()).toEqual([
      '2026-01-01',
      '2026-02-21',
      '2026-04-03',
      '2026-04-04',
      '2026-04-05',
      '2026-04-06',
      '2026-04-18',
      '2026-05-01',
      '2026-05-25',
      '2026-08-10',
      '2026-08-11',
      '2026-12-22',
      '2026-12-25',
      '2026-12-26',
    ]);
  });

  it('are kept on the next free day when they fall on a Sunday', () => {
    expect(zimbabweanHolidays(2022).has('2022-12-27')).toBe(true);
    expect(zimbabweanHolidays(2027).has('2027-02-22')).toBe(true);
  });
});
