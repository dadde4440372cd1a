import { describe, expect, it } from 'vitest';
import { callerFor, rule, type Candidate } from '#src/campaigns/dialler/eligible.ts';
import { checkSettings, type CampaignSettingsInput } from '#src/campaigns/dialler/settings.ts';
import { AllowList } from '#telephony/numbers.ts';

const NOON = Date.parse('2026-11-23T12:00:00+02:00');
const HOUR_MS = 3_600_000;

const SOMEBODY: Candidate = {
  id: 'c1',
  phoneHash: 'h1',
  e164: '+263771234567',
  tz: null,
  ordinal: 0,
  hasConsent: true,
  isOptedOut: false,
  isOnTheLine: false,
  lastOutcome: null,
  hasAnswers: false,
  lastAt: null,
  today: 0,
  lastNo: 0,
  lastCaller: null,
};

function ruled(
  contact: Partial<Candidate>,
  settings: CampaignSettingsInput = {},
  times: [number, ...number[]] = [NOON],
) {
  return rule(checkSettings(settings), new AllowList(), times, { ...SOMEBODY, ...contact });
}

describe('who may be called', () => {
  it('is who consented, is inside the window, and was not called lately', () => {
    expect(ruled({})).toEqual({ kind: 'call', to: '+263771234567', reserveMicros: 0 });
  });

  it.each([
    ['opted_out', { isOptedOut: true }],
    ['no_consent', { hasConsent: false }],
    ['invalid_number', { e164: '+27821234567' }],
    ['invalid_number', { e164: '+88123456789' }],
    ['cancelled', { e164: null }],
  ])('is never: %s', (disposition, contact) => {
    expect(ruled(contact)).toEqual({ kind: 'over', state: 'skipped', disposition });
  });

  it('may be without consent when somebody has signed for it', () => {
    const consent = { isRequired: false, signedBy: 'T. Moyo', why: 'an alarm for the whole district' } as const;
    expect(ruled({ hasConsent: false }, { consent }).kind).toBe('call');
  });

  it.each([
    ['within the gap', { lastAt: NOON - 20 * 60_000 }, NOON + 40 * 60_000],
    ['often enough today', { today: 3 }, Date.parse('2026-11-24T08:00:00+02:00')],
    ['asleep', { tz: 'America/Los_Angeles' }, Date.parse('2026-11-23T08:00:00-08:00')],
    ['called in what the clock takes for the future', { lastAt: NOON + HOUR_MS }, NOON + 2 * HOUR_MS],
    ['on the line for another campaign', { isOnTheLine: true }, NOON + 60_000],
  ])('has to wait: %s', (_, contact, nextAt) => {
    expect(ruled(contact)).toEqual({ kind: 'later', nextAt });
  });

  it('waits when the clock was set back and it may be night', () => {
    expect(ruled({}, {}, [NOON, NOON + 9 * HOUR_MS])).toEqual({ kind: 'later', nextAt: NOON + 60_000 });
  });

  it('is over with when the window does not open again', () => {
    const settings = { endsAt: '2026-11-23T12:30:00+02:00' };
    const [never, busy] = [ruled({ today: 3 }, settings), ruled({ today: 3, lastOutcome: 'busy' }, settings)];
    expect([never, busy]).toMatchObject([{ disposition: 'expired' }, { disposition: 'busy' }]);
  });

  it('costs at most what the longest call does, at the price of the longest prefix', () => {
    const prices = [
      { prefix: '+263', perMinuteMicros: 100_000 },
      { prefix: '+26377', perMinuteMicros: 60_000, connectMicros: 5_000 },
    ];
    expect(ruled({}, { prices, maxCallSeconds: 600 })).toMatchObject({ reserveMicros: 5_000 + 11 * 60_000 });
    expect(ruled({ e164: '+263242123456' }, { prices: [prices[1]!] })).toMatchObject({
      kind: 'over',
      disposition: 'failed',
    });
  });
});

describe('the number that is shown', () => {
  const callers = ['+263771000001', '+263771000002', '+263771000003'];
  const settings = checkSettings({ callers, callerDayCap: 2 });

  it('goes round, and stays with a contact', () => {
    const shown = [0, 1, 2, 3].map((ordinal) => callerFor(settings, { lastCaller: null, ordinal }, new Map()));
    expect(shown).toEqual([callers[0], callers[1], callers[2], callers[0]]);
    expect(callerFor(settings, { lastCaller: callers[2]!, ordinal: 0 }, new Map())).toBe(callers[2]);
  });

  it('is another one when it has been shown often enough today, and none when all have', () => {
    const used = new Map([[callers[0]!, 2]]);
    expect(callerFor(settings, { lastCaller: callers[0]!, ordinal: 0 }, used)).toBe(callers[1]);
    for (const caller of callers) used.set(caller, 2);
    expect(callerFor(settings, { lastCaller: null, ordinal: 1 }, used)).toBeUndefined();
  });
});
