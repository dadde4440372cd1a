/** What a reader of the table must know to believe it, as lines of text. */
import type { AsteriskMeasurements } from './asterisk-figures.ts';

const DEFINITION = [
  'Sound is what is louder than −50 dBFS in the RTP that arrives at the telephone, heard from the arrival of its packet on.',
  'Grid: each call has a point every 20 ms, its phase fixed once (the median of all arrivals), from its first packet to its',
  'last; a point is met when a packet of its own comes within 5 ms of it. Late, lost, doubled and unsent packets all count.',
];

export function explain({ crowds, interruptions, heard }: AsteriskMeasurements): readonly string[] {
  const crowd = crowds?.at(-1);
  const paused = interruptions?.filter(({ verdict }) => verdict === 'paused').length ?? 0;
  return [
    ...DEFINITION,
    ...(paused === 0
      ? []
      : [`${paused} further interruptions met a pause of the agent at the decision: nothing to silence, not counted.`]),
    ...(heard === undefined
      ? []
      : [`Heard less RTP, in ms (turns): ${histogram(heard.map((turn) => turn.heardMs - turn.arrivedMs))}.`]),
    ...(crowd === undefined
      ? []
      : [
          `${crowd.calls} calls: ${crowd.utterances} interruptions answered; the telephones, in a process of their own, were more than` +
            ` 5 ms late in ${crowd.phoneLateTicks} of ${crowd.phoneTicks} ticks (worst ${Math.round(crowd.phoneWorstMs)} ms).`,
          ...(crowd.loopDelayP99Ms === undefined
            ? []
            : [
                `The service's event loop in that time: delayed by ${crowd.loopDelayP99Ms.toFixed(1)} ms (p99), at most ${(crowd.loopDelayMaxMs ?? 0).toFixed(1)} ms.`,
              ]),
          ...crowd.failures.map((why) => `Failed call: ${why}`),
        ]),
    ...(crowds === undefined
      ? []
      : [
          `Memory of the service: ${crowds
            .map(
              ({ calls, residentMb }) => `${residentMb === undefined ? '?' : residentMb.toFixed(1)} MB with ${calls}`,
            )
            .join(', ')}.`,
        ]),
  ];
}

/** `−20: 1 · 0: 97 · +20: 2`, values rounded to a millisecond. */
export function histogram(values: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(Math.round(value), (counts.get(Math.round(value)) ?? 0) + 1);
  return [...counts]
    .sort(([one], [other]) => one - other)
    .map(([value, count]) => `${value > 0 ? '+' : ''}${value}: ${count}`)
    .join(' · ')
    .replaceAll('-', '−');
}
