import { describe, expect, it } from 'vitest';
import { CallTokens } from '#telephony/twilio/call-token.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

describe('CallTokens', () => {
  it('takes a token once, for its call', () => {
    const tokens = new CallTokens({ clock: new VirtualClock() });
    const token = tokens.mint('CA1');
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(tokens.redeem(token, 'CA1')).toBe('valid');
    expect(tokens.redeem(token, 'CA1')).toBe('used');
  });

  it('uses a token up when it comes for another call', () => {
    const tokens = new CallTokens({ clock: new VirtualClock() });
    const token = tokens.mint('CA1');
    expect(tokens.redeem(token, 'CA2')).toBe('wrong-call');
    expect(tokens.redeem(token, 'CA1')).toBe('used');
    expect(tokens.redeem('invented', 'CA1')).toBe('unknown');
    expect(tokens.redeem('', 'CA1')).toBe('unknown');
  });

  it('lets a token live for 60 s', async () => {
    const clock = new VirtualClock();
    const tokens = new CallTokens({ clock });
    const [inTime, late] = [tokens.mint('CA1'), tokens.mint('CA1')];
    await clock.advance(60_000);
    expect(tokens.redeem(inTime, 'CA1')).toBe('valid');
    await clock.advance(1);
    expect(tokens.redeem(late, 'CA1')).toBe('expired');
  });

  it('forgets what is long over, and never holds more than its capacity', async () => {
    const clock = new VirtualClock();
    const tokens = new CallTokens({ clock, capacity: 3, ttlMs: 1_000 });
    const first = tokens.mint('CA1');
    await clock.advance(2_001);
    tokens.mint('CA2');
    expect(tokens.redeem(first, 'CA1')).toBe('unknown');
    const kept = ['CA3', 'CA4', 'CA5'].map((sid) => [tokens.mint(sid), sid] as const);
    for (const [token, sid] of kept) expect(tokens.redeem(token, sid)).toBe('valid');
  });
});
