import { describe, expect, it } from 'vitest';
import {
  audibleBetween,
  firstAudibleMs,
  recoveryOf,
  stretchesOf,
  yieldOf,
  type TappedPacket,
} from '#src/cli/bench/asterisk/rtp-truth.ts';

/** One character is one packet: `#` sound, `.` comfort noise, `<` sound in its second half only, `_` no packet at all. */
function rtp(line: string, fromMs = 1_000): TappedPacket[] {
  const packets: TappedPacket[] = [];
  for (let sequence = 0; sequence < line.length; sequence += 1) {
    const kind = line.charAt(sequence);
    const audible = kind === '.' ? undefined : { fromMs: kind === '<' ? 10 : 0, toMs: 20 };
    if (kind !== '_') packets.push({ atMs: fromMs + sequence * 20, sequence, audible });
  }
  return packets;
}

describe('stretchesOf', () => {
  it('begins where the sound begins in its packet and ends where it ends', () => {
    expect(stretchesOf(rtp('..<###..'), { joinMs: 100 })).toEqual([{ fromMs: 1_050, toMs: 1_120, packets: 4 }]);
  });

  it('keeps a short pause inside and counts its packets, and divides at a long one', () => {
    expect(stretchesOf(rtp('##..##......#'), { joinMs: 60 })).toEqual([
      { fromMs: 1_000, toMs: 1_120, packets: 6 },
      { fromMs: 1_240, toMs: 1_260, packets: 1 },
    ]);
  });

  it('takes missing packets for silence', () => {
    expect(stretchesOf(rtp('##____##'), { joinMs: 60 })).toHaveLength(2);
  });
});

it('the first audible moment is the one asked for when there is sound then', () => {
  expect(firstAudibleMs(rtp('..<##'), 0)).toBe(1_050);
  expect(firstAudibleMs(rtp('..<##'), 1_075)).toBe(1_075);
  expect(firstAudibleMs(rtp('..<##'), 1_100)).toBeUndefined();
});

it('counts the packets with sound in a span, and says where the last one ended', () => {
  expect(audibleBetween(rtp('##.##'), 1_020, 1_080)).toEqual({ packets: 2, toMs: 1_080 });
  expect(audibleBetween(rtp('....'), 0, 9_999)).toEqual({ packets: 0, toMs: undefined });
});

describe('yieldOf', () => {
  const interruption = { fromMs: 1_100, toMs: 1_900, decidedAtMs: 1_350 };

  it('measures to the end of the last audible packet', () => {
    expect(yieldOf(rtp('#'.repeat(20) + '.'.repeat(60)), interruption)).toEqual({ kind: 'yielded', silentAtMs: 1_400 });
  });

  it('looks through a short pause: sound after it was not silenced yet', () => {
    const packets = rtp(`${'#'.repeat(18)}....${'#'.repeat(8)}${'.'.repeat(60)}`);
    expect(yieldOf(packets, interruption)).toEqual({ kind: 'yielded', silentAtMs: 1_600 });
  });

  it('measures nothing when the agent was silent at the decision', () => {
    expect(yieldOf(rtp('#'.repeat(8) + '.'.repeat(70)), interruption)).toEqual({ kind: 'paused' });
  });

  it('is no yield when the agent is heard again under the caller, or all the time, or nothing was decided', () => {
    expect(yieldOf(rtp(`${'#'.repeat(20)}${'.'.repeat(17)}${'#'.repeat(20)}`), interruption).kind).toBe('talked-on');
    expect(yieldOf(rtp('#'.repeat(80)), interruption).kind).toBe('talked-on');
    const undecided = { ...interruption, decidedAtMs: undefined };
    expect(yieldOf(rtp('#'.repeat(20) + '.'.repeat(60)), undecided).kind).toBe('talked-on');
  });

  it('does not take the answer to the interruption for talking on', () => {
    const packets = rtp(`${'#'.repeat(20)}${'.'.repeat(50)}${'#'.repeat(20)}`);
    expect(yieldOf(packets, interruption).kind).toBe('yielded');
  });
});

describe('recoveryOf', () => {
  it('tells what was queued from what was said anew', () => {
    expect(recoveryOf(rtp(`${'#'.repeat(10)}${'_'.repeat(20)}..<##`), 1_165)).toEqual({ queuedMs: 35, againMs: 485 });
  });

  it('waits as long as the agent is not heard again', () => {
    expect(recoveryOf(rtp(`${'#'.repeat(10)}${'_'.repeat(20)}....`), 1_165)).toBeUndefined();
    expect(recoveryOf(rtp('#'.repeat(10)), 1_100)).toBeUndefined();
  });

  it('knows no sound left in the queue when the line was cut at once', () => {
    expect(recoveryOf(rtp(`${'#'.repeat(10)}${'_'.repeat(20)}###`), 1_210)).toEqual({ queuedMs: 0, againMs: 390 });
  });
});
