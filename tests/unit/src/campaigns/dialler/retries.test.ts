import { describe, expect, it } from 'vitest';
import { afterCall, type CallEnd, type Standing } from '#src/campaigns/dialler/retries.ts';
import { checkSettings, type CampaignSettingsInput } from '#src/campaigns/dialler/settings.ts';

const NOON = Date.parse('2026-11-23T12:00:00+02:00');
const MINUTE_MS = 60_000;

const FIRST: Standing = { tries: 1, reached: 0, calls: 1, same: 1, hasAnswers: false, isStopped: false };

function after(
  end: CallEnd,
  standing: Partial<Standing> = {},
  settings: CampaignSettingsInput = {},
  callbackAt?: number,
) {
  return afterCall(checkSettings(settings), 'Africa/Harare', NOON, end, { ...FIRST, ...standing }, callbackAt);
}

describe('what becomes of a contact', () => {
  it.each([
    ['completed', 'completed'],
    ['refused', 'refused'],
    ['opted_out', 'opted_out'],
    ['wrong_person', 'wrong_person'],
    ['language', 'language'],
    ['human', 'human'],
    ['invalid-number', 'invalid_number'],
    ['rejected', 'no_answer'],
    ['unknown', 'unknown'],
  ] as const)('after %s is final: %s', (end, disposition) => {
    expect(after(end)).toEqual({ state: 'done', disposition });
  });

  it.each([
    ['busy', 10],
    ['no-answer', 150],
    ['failed', 60],
    ['machine', 240],
    ['partial', 30],
    ['hung_up', 30],
    ['congestion', 10],
  ] as const)('after %s is another call %i minutes later', (end, minutes) => {
    expect(after(end)).toMatchObject({ state: 'pending', nextAt: NOON + minutes * MINUTE_MS });
  });

  it('is put off to the next opening when the window closes before', () => {
    const next = after('no-answer', {}, { window: { days: { mon: ['08:00-13:00'], wed: ['09:00-13:00'] } } });
    expect(next).toMatchObject({ nextAt: Date.parse('2026-11-25T09:00:00+02:00') });
  });

  it.each([
    ['no-answer', { tries: 3 }, 'no_answer'],
    ['busy', { tries: 2, same: 3 }, 'busy'],
    ['machine', { same: 2 }, 'machine'],
    ['failed', { same: 2 }, 'failed'],
    ['partial', { reached: 2, hasAnswers: true }, 'partial'],
    ['hung_up', { reached: 2 }, 'hung_up'],
    ['partial', { isAllAsked: true, hasAnswers: true }, 'partial'],
    ['no-answer', { calls: 8 }, 'no_answer'],
    ['busy', { isStopped: true }, 'busy'],
    ['callback', { isStopped: true }, 'hung_up'],
  ] as const)('after %s is over at %o: %s', (end, standing, disposition) => {
    expect(after(end, standing)).toEqual({ state: 'done', disposition });
  });

  it('is said to be partial when they answered a question once, however the last call ended', () => {
    expect(after('no-answer', { tries: 3, hasAnswers: true })).toEqual({ state: 'done', disposition: 'partial' });
  });

  it('does not count a full network as a try', () => {
    expect(after('congestion', { tries: 3 })).toMatchObject({ state: 'pending' });
    expect(after('congestion', { same: 6 })).toEqual({ state: 'done', disposition: 'failed' });
  });

  it('goes on with a broken interview before it begins a fresh one', () => {
    const [broken, fresh] = [after('partial'), after('busy')];
    expect(broken.state === 'pending' && fresh.state === 'pending' && broken.priority > fresh.priority).toBe(true);
  });

  it('keeps an appointment, before everybody else and inside the window', () => {
    const evening = Date.parse('2026-11-23T22:00:00+02:00');
    const next = after('callback', { tries: 3, reached: 2 }, {}, evening);
    expect(next).toMatchObject({ state: 'callback', nextAt: Date.parse('2026-11-24T08:00:00+02:00') });
    expect(after('callback', {}, {}, NOON - 5)).toMatchObject({ state: 'callback', nextAt: NOON });
  });

  it('is called on the next day after a call of which nobody knows, only where that is wished', () => {
    expect(after('unknown', {}, { onUnknown: 'retry_next_day' })).toEqual({
      state: 'pending',
      nextAt: Date.parse('2026-11-24T08:00:00+02:00'),
      priority: 0,
    });
  });
});
