import { describe, expect, it } from 'vitest';
import { FaultDice } from '#telephony/phone/carrier/faults.ts';

const shares = { isOverloaded: 0.02, resetsAfter: 0.03, failsAfter: 0.02 };

function countsOf(dice: FaultDice, orders: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < orders; i++) {
    const fault = dice.order() ?? 'none';
    counts[fault] = (counts[fault] ?? 0) + 1;
  }
  return counts;
}

describe('the faults of a carrier', () => {
  it('come as often as they should', () => {
    const counts = countsOf(new FaultDice({ seed: 7, ...shares }), 20_000);
    expect(counts['is-overloaded']! / 20_000).toBeCloseTo(0.02, 2);
    expect(counts['resets-after']! / 20_000).toBeCloseTo(0.03, 2);
    expect(counts['fails-after']! / 20_000).toBeCloseTo(0.02, 2);
    expect(Object.keys(counts).sort()).toEqual(['fails-after', 'is-overloaded', 'none', 'resets-after']);
  });

  it('are the same for the same seed, and others for another', () => {
    const draw = (seed: number): unknown => {
      const dice = new FaultDice({ seed, ...shares, webhooks: { loses: 0.5, doubles: 0.5 } });
      return Array.from({ length: 50 }, () => [dice.order(), dice.webhook()]);
    };
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });

  it('are none when none are asked for', () => {
    const dice = new FaultDice({ seed: 1 });
    expect(dice.order()).toBeUndefined();
    expect(dice.webhook()).toEqual({ isLost: false, afterMs: [0], isForgedBesides: false });
  });

  it('double, delay and replay a webhook', () => {
    const webhooks = { doubles: 1, delays: { share: 1, upToMs: 500 }, replays: { share: 1, afterMs: 86_400_000 } };
    const { afterMs } = new FaultDice({ seed: 5, webhooks }).webhook();
    expect(afterMs).toHaveLength(3);
    expect(afterMs[0]).toBeGreaterThan(0);
    expect(afterMs[0]).toBeLessThan(500);
    expect(afterMs[1]).toBe(afterMs[0]);
    expect(afterMs[2]).toBe(afterMs[0]! + 86_400_000);
  });
});
