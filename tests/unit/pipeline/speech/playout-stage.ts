/** A playout on a leg without a wire, and what it told. */
import type { Clock } from '#kernel/clock.ts';
import { Playout, type PlayoutEvent, type PlayoutOptions } from '#pipeline/speech/playout.ts';
import { FakeLeg } from '../../../support/fake-leg.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

export interface Stage {
  readonly clock: VirtualClock;
  readonly leg: FakeLeg;
  readonly playout: Playout;
  readonly events: PlayoutEvent[];
}

export function stage(
  options: Partial<PlayoutOptions> & { wrap?: (clock: VirtualClock) => Clock; hasMarks?: boolean } = {},
): Stage {
  const clock = new VirtualClock();
  const leg = new FakeLeg(clock);
  const events: PlayoutEvent[] = [];
  const { wrap, hasMarks = true, ...rest } = options;
  const playout = new Playout({
    leg,
    clock: wrap?.(clock) ?? clock,
    turnId: 't1',
    onEvent: (event) => events.push(event),
    ...rest,
  });
  leg.attach((event) => {
    if (event.kind === 'mark' && hasMarks) playout.onMark(event.name);
  });
  return { clock, leg, playout, events };
}

/** Samples that name their position, so that order and completeness can be read off the wire. */
export function ramp(samples: number, from = 1): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) => from + i);
}

export const kinds = (events: readonly PlayoutEvent[]): string[] => events.map((event) => event.kind);
