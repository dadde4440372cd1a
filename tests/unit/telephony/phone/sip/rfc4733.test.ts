import { describe, expect, it } from 'vitest';
import {
  KeyListener,
  KeyPresser,
  keysOf,
  parseTelephoneEvent,
  serialiseTelephoneEvent,
  type PressedKey,
} from '#telephony/phone/sip/rfc4733.ts';
import { DTMF_KEYS } from '#telephony/signal/dtmf-tones.ts';

interface Sent {
  readonly tick: number;
  readonly downTick: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
}

function press(
  digits: string,
  times: { onMs: number; offMs: number },
  ticks: number,
): { sent: Sent[]; done: boolean[] } {
  const presser = new KeyPresser();
  const done: boolean[] = [];
  void presser.press(keysOf(digits), times).then(() => done.push(true));
  const sent: Sent[] = [];
  for (let tick = 1; tick <= ticks; tick++) {
    const packet = presser.next(tick);
    if (packet) sent.push({ tick, ...packet });
  }
  return { sent, done };
}

function listen(sent: readonly Sent[]): PressedKey[] {
  const listener = new KeyListener();
  return sent.flatMap(({ payload, downTick, tick, marker }) => {
    const packet = { payloadType: 101, marker, sequence: tick, timestamp: downTick * 160, ssrc: 1, payload };
    return listener.hear(packet, tick * 20) ?? [];
  });
}

describe('a telephone event', () => {
  it('reads as it was written', () => {
    const event = { event: 11, isEnd: true, volume: 10, durationSamples: 1_440 };
    expect(Buffer.from(serialiseTelephoneEvent(event)).toString('hex')).toBe('0b8a05a0');
    expect(parseTelephoneEvent(serialiseTelephoneEvent(event))).toEqual(event);
    expect(parseTelephoneEvent(Uint8Array.of(1, 2, 3))).toBeUndefined();
  });

  it('is sent every 20 ms with one timestamp, grows, and says its end three times', () => {
    const { sent } = press('5', { onMs: 60, offMs: 60 }, 10);
    const events = sent.map(({ tick, downTick, marker, payload }) => ({
      ...{ tick, downTick, marker },
      ...parseTelephoneEvent(payload),
    }));
    expect(events.map(({ tick, marker, isEnd, durationSamples }) => [tick, marker, isEnd, durationSamples])).toEqual([
      [1, true, false, 160],
      [2, false, false, 320],
      [3, false, true, 480],
      [4, false, true, 480],
      [5, false, true, 480],
    ]);
    expect(new Set(events.map(({ event, downTick }) => `${event} ${downTick}`))).toEqual(new Set(['5 1']));
  });

  it('follows the one before after its pause, and the last one ends the wait', async () => {
    const { sent, done } = press('12', { onMs: 40, offMs: 60 }, 9);
    expect(sent.filter(({ marker }) => marker).map(({ tick }) => tick)).toEqual([1, 6]);
    await Promise.resolve();
    expect(done).toEqual([]);
    const whole = press('12', { onMs: 40, offMs: 60 }, 10);
    await Promise.resolve();
    expect(whole.done).toEqual([true]);
  });

  it('never gets longer than its 16 bits, nor shorter than its ends', () => {
    const long = press('1', { onMs: 60_000, offMs: 0 }, 3_000).sent;
    expect(Math.max(...long.map(({ payload }) => parseTelephoneEvent(payload)!.durationSamples))).toBe(64_000);
    expect(press('11', { onMs: 0, offMs: 0 }, 10).sent.map(({ downTick }) => downTick)).toEqual([1, 1, 1, 4, 4, 4]);
  });

  it('is let go of at the end of the call', async () => {
    const presser = new KeyPresser();
    const pressing = presser.press(keysOf('123'), { onMs: 100, offMs: 100 });
    presser.next(1);
    presser.close();
    await pressing;
    expect(presser.next(2)).toBeUndefined();
    await presser.press([], { onMs: 1, offMs: 1 });
  });
});

describe('a pressed key', () => {
  it('is heard once, whichever it is, with how long it was held', () => {
    const { sent } = press(DTMF_KEYS.join(''), { onMs: 80, offMs: 40 }, 200);
    expect(listen(sent).map(({ digit, durationMs }) => `${digit}${durationMs}`)).toEqual(
      DTMF_KEYS.map((key) => `${key}80`),
    );
  });

  it('is heard when only one of its packets came, and not again when an old one comes late', () => {
    const { sent } = press('47', { onMs: 80, offMs: 80 }, 200);
    expect(listen(sent.filter((_, n) => n === 5 || n === 6)).map(({ digit }) => digit)).toEqual(['4', '7']);
    expect(listen([...sent, sent[2]!]).map(({ digit }) => digit)).toEqual(['4', '7']);
  });

  it('is heard twice when it was pressed twice', () => {
    expect(listen(press('44', { onMs: 40, offMs: 40 }, 20).sent)).toHaveLength(2);
  });

  it('is no flash, no fax tone and no garbage', () => {
    const of = (payload: Uint8Array): Sent => ({ tick: 1, downTick: 1, marker: true, payload });
    expect(listen([of(Uint8Array.of(16, 0, 0, 160)), of(Uint8Array.of(36, 0, 0, 160)), of(Uint8Array.of(1))])).toEqual(
      [],
    );
  });
});

describe('digits', () => {
  it('are keys, in either case', () => {
    expect(keysOf('1a*#')).toEqual(['1', 'A', '*', '#']);
    expect(() => keysOf('1 2')).toThrow(RangeError);
  });
});
