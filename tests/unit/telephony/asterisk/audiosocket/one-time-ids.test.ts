import { describe, expect, it } from 'vitest';
import { OneTimeIds } from '#telephony/asterisk/audiosocket/one-time-ids.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const CALL = { channel: '1795415122.1' };

describe('OneTimeIds', () => {
  it('gives back what an id was minted for, once', () => {
    const ids = new OneTimeIds<typeof CALL>({ clock: new VirtualClock() });
    const [id, other] = [ids.mint(CALL), ids.mint({ channel: 'another' })];
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(ids.redeem(id)).toEqual(CALL);
    expect(ids.redeem(id)).toBe('used');
    expect(ids.redeem(other.toUpperCase())).toEqual({ channel: 'another' });
    expect(ids.redeem('7d9c3a52-6a0e-4f7b-9d43-0c2b8f1e5a60')).toBe('unknown');
  });

  it('lets an id live for 30 s and uses a late one up', async () => {
    const clock = new VirtualClock();
    const ids = new OneTimeIds<typeof CALL>({ clock });
    const [inTime, late] = [ids.mint(CALL), ids.mint(CALL)];
    await clock.advance(30_000);
    expect(ids.redeem(inTime)).toEqual(CALL);
    await clock.advance(1);
    expect(ids.redeem(late)).toBe('expired');
    expect(ids.redeem(late)).toBe('used');
  });

  it('never remembers more than its capacity: the oldest is refused', () => {
    const ids = new OneTimeIds<typeof CALL>({ clock: new VirtualClock(), capacity: 2 });
    const minted = [ids.mint(CALL), ids.mint(CALL), ids.mint(CALL)];
    expect(minted.map((id) => ids.redeem(id))).toEqual(['unknown', CALL, CALL]);
  });
});
