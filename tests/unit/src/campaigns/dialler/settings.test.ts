import { describe, expect, it } from 'vitest';
import { checkSettings, parseSettings } from '#src/campaigns/dialler/settings.ts';

function faultsOf(given: unknown): readonly string[] {
  try {
    checkSettings(given);
    return [];
  } catch (error) {
    return (error as { details: { faults: readonly string[] } }).details.faults;
  }
}

describe('campaign settings', () => {
  it('are Monday to Saturday, eight to eight in Harare, with consent, when nothing is said', () => {
    const settings = checkSettings({});
    expect(settings.tz).toBe('Africa/Harare');
    expect(settings.window.days.sat).toEqual([{ fromMinute: 480, toMinute: 1200 }]);
    expect(settings.window.days.sun).toEqual([]);
    expect(settings.window.holidays).toBe('zimbabwe');
    expect(settings.consent).toEqual({ isRequired: true });
    expect(settings.guardSeconds).toBeGreaterThan(settings.ringSeconds);
  });

  it('close every day that is not named', () => {
    const { days } = checkSettings({ window: { days: { tue: ['09:00-12:00', '14:00-24:00'] } } }).window;
    expect(days.tue).toEqual([
      { fromMinute: 540, toMinute: 720 },
      { fromMinute: 840, toMinute: 1440 },
    ]);
    expect(days.mon).toEqual([]);
  });

  it('read times with their offset', () => {
    expect(checkSettings({ startsAt: '2026-12-01T08:00:00+02:00' }).startsAt).toBe(Date.UTC(2026, 11, 1, 6));
    expect(faultsOf({ startsAt: '2026-12-01T08:00:00' })).toEqual([expect.stringContaining('startsAt')]);
  });

  it.each([
    ['a slot that ends before it begins', { window: { days: { mon: ['20:00-08:00'] } } }],
    ['a slot that is no time', { window: { days: { mon: ['8-20'] } } }],
    ['an hour that does not exist', { window: { days: { mon: ['08:00-25:00'] } } }],
    ['a day that does not exist', { window: { days: { monday: ['08:00-20:00'] } } }],
    ['a window that never opens', { window: { days: {} } }],
    ['a date that does not exist', { window: { daysOff: ['2026-02-30'] } }],
    ['a zone that does not exist', { tz: 'Africa/Bulawayo' }],
    ['an offset instead of a zone', { tz: '+02:00' }],
    ['an end before the start', { startsAt: '2026-12-02T08:00:00Z', endsAt: '2026-12-01T08:00:00Z' }],
    ['a guard shorter than the ringing', { ringSeconds: 60, guardSeconds: 60 }],
    ['a guard as long as every slot', { guardSeconds: 3600, window: { days: { mon: ['08:00-09:00'] } } }],
    ['a misspelt rule', { retires: {} }],
    ['consent waived by nobody', { consent: { isRequired: false } }],
    ['a day budget without prices', { dayBudgetMicros: 5 }],
    ['a number to show that is none', { callers: ['0771234567'] }],
    ['no object at all', 'always'],
  ])('refuse %s', (_, given) => {
    expect(faultsOf(given)).not.toEqual([]);
  });

  it('name every fault at once', () => {
    expect(faultsOf({ tz: 'Nowhere', maxCalls: 0 })).toHaveLength(2);
  });

  it('refuse what is not JSON with the same code', () => {
    expect(() => parseSettings('{')).toThrow(expect.objectContaining({ code: 'INZWA_CAMPAIGN_SETTINGS' }));
  });
});
