import { describe, expect, it } from 'vitest';
import { causeOf, outcomeOf, sipStatusOf } from '#telephony/q850.ts';

describe('an attempt that was not answered', () => {
  it.each([
    [1, 'invalid-number'],
    [3, 'failed'],
    [16, 'failed'],
    [17, 'busy'],
    [18, 'no-answer'],
    [19, 'no-answer'],
    [20, 'no-answer'],
    [21, 'rejected'],
    [22, 'invalid-number'],
    [27, 'congestion'],
    [28, 'invalid-number'],
    [31, 'failed'],
    [34, 'congestion'],
    [38, 'congestion'],
    [41, 'congestion'],
    [42, 'congestion'],
    [44, 'congestion'],
    [47, 'congestion'],
    [58, 'failed'],
    [127, 'failed'],
    [0, 'failed'],
    [-1, 'failed'],
    [undefined, 'failed'],
  ])('with Q.850 cause %s is %s', (cause, outcome) => {
    expect(outcomeOf({ cause, wasAnswered: false })).toBe(outcome);
  });

  it.each([
    [401, 'failed'],
    [403, 'rejected'],
    [404, 'invalid-number'],
    [407, 'failed'],
    [408, 'no-answer'],
    [410, 'invalid-number'],
    [480, 'no-answer'],
    [484, 'invalid-number'],
    [485, 'invalid-number'],
    [486, 'busy'],
    [487, 'cancelled'],
    [488, 'failed'],
    [500, 'congestion'],
    [502, 'congestion'],
    [503, 'congestion'],
    [504, 'congestion'],
    [600, 'busy'],
    [603, 'rejected'],
    [604, 'invalid-number'],
    [607, 'rejected'],
    [608, 'rejected'],
    [699, 'failed'],
  ])('with SIP status %i is %s', (sipStatus, outcome) => {
    expect(outcomeOf({ sipStatus, wasAnswered: false })).toBe(outcome);
  });

  it('is told by the SIP status where both are known', () => {
    // Asterisk makes 21 (rejected) of a 401, which is the carrier refusing us, not the callee.
    expect(outcomeOf({ cause: 21, sipStatus: 401, wasAnswered: false })).toBe('failed');
    expect(outcomeOf({ cause: 19, sipStatus: 183, wasAnswered: false })).toBe('no-answer');
  });
});

it('is answered when it was answered, however it ended', () => {
  for (const cause of [16, 17, 44, undefined]) expect(outcomeOf({ cause, wasAnswered: true })).toBe('answered');
  expect(outcomeOf({ cause: 16, sipStatus: 503, wasAnswered: true })).toBe('answered');
});

describe('a call ended by us', () => {
  it.each([
    ['normal', 16, 603],
    ['busy', 17, 486],
    ['rejected', 21, 403],
    ['congestion', 34, 503],
  ] as const)('as %s has cause %i and is SIP %i before the answer', (reason, cause, status) => {
    expect(causeOf(reason)).toBe(cause);
    expect(sipStatusOf(cause)).toBe(status);
  });

  it.each([
    [3, 404],
    [18, 408],
    [20, 480],
    [27, 502],
    [28, 484],
    [38, 500],
    [41, 603],
    [42, 503],
    [127, 500],
    [99, 603],
  ])('with cause %i is SIP %i', (cause, status) => {
    expect(sipStatusOf(cause)).toBe(status);
  });
});
