import { describe, expect, it } from 'vitest';
import { CallLine, overLine, type CallLineOptions } from '../../../../../../src/cli/bench/turns/lines.ts';
import { linkedSockets } from '../../../../../../src/cli/bench/turns/linked-sockets.ts';
import { levelDbfs } from '../../../../../../src/cli/demo/audible.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import { VirtualClock } from '../../../../../support/virtual-clock.ts';

const FRAME = 160;
/** Plays `heard` to the line frame by frame while the caller says nothing; what the far end gets, and how many it loses. */
function through(options: CallLineOptions, heard: Int16Array): { readonly sent: Int16Array; readonly lost: number } {
  const line = new CallLine(options);
  const sent = new Int16Array(heard.length);
  let lost = 0;
  for (let at = 0; at < heard.length; at += FRAME) {
    line.hear(heard.subarray(at, at + FRAME));
    const frame = new Int16Array(FRAME);
    if (!line.carry(frame)) lost += 1;
    sent.set(frame, at);
  }
  return { sent, lost };
}

const click = (at: number, length: number): Int16Array => {
  const pcm = new Int16Array(length);
  pcm[at] = 16_000;
  return pcm;
};

describe('CallLine', () => {
  it.each([
    [-12, 60],
    [-18, 133],
    [-24, 300],
  ])('returns what was heard at %d dB after %d ms', (db, delayMs) => {
    const { sent } = through({ kind: 'clean', echo: { db, delayMs }, seed: 1 }, click(37, 8_000));
    const at = sent.findIndex((sample) => sample !== 0);
    expect(at).toBe(37 + delayMs * 8);
    expect(20 * Math.log10((sent[at] ?? 0) / 16_000)).toBeCloseTo(db, 1);
    expect(sent.filter((sample) => sample !== 0)).toHaveLength(1);
  });

  it('adds nothing to a clean line', () => {
    const { sent, lost } = through({ kind: 'clean', seed: 1 }, click(5, 8_000));
    expect(sent.every((sample) => sample === 0)).toBe(true);
    expect(lost).toBe(0);
  });

  it('has a room or a street behind a noisy one, some 18 dB under a voice, the same for the same seed', () => {
    for (let seed = 1; seed <= 6; seed += 1) {
      const { sent } = through({ kind: 'noisy', seed }, new Int16Array(80_000));
      expect(levelDbfs(sent)).toBeGreaterThan(-43);
      expect(levelDbfs(sent)).toBeLessThan(-34);
      expect(through({ kind: 'noisy', seed }, new Int16Array(80_000)).sent).toEqual(sent);
    }
  });

  it('loses about 3 % of the frames in bursts', () => {
    const { lost } = through({ kind: 'loss', seed: 7 }, new Int16Array(FRAME * 20_000));
    expect(lost / 20_000).toBeGreaterThan(0.02);
    expect(lost / 20_000).toBeLessThan(0.045);
  });
});

describe('overLine', () => {
  it('changes and loses audio messages only', async () => {
    const clock = new VirtualClock();
    const [near, far] = linkedSockets(clock);
    const line = new CallLine({ kind: 'loss', echo: { db: -12, delayMs: 60 }, seed: 3 });
    const socket = overLine(near, line);
    const got: { event: string; sequenceNumber: string; media?: { payload: string } }[] = [];
    far.listen({
      text: (text) => void got.push(JSON.parse(text) as (typeof got)[number]),
      binary: () => undefined,
      tooLarge: () => undefined,
      closed: () => undefined,
    });
    const loud = new Int16Array(FRAME).fill(8_000);
    for (let n = 1; n <= 200; n += 1) {
      line.hear(loud);
      const payload = Buffer.alloc(FRAME, 0xff).toString('base64');
      socket.send(JSON.stringify({ event: 'media', sequenceNumber: String(n), media: { payload } }));
    }
    socket.send(JSON.stringify({ event: 'mark', sequenceNumber: '201' }));
    await clock.advance(1);
    expect(got.at(-1)?.event).toBe('mark');
    expect(got.length).toBeLessThan(201);
    expect(got.length).toBeGreaterThan(170);
    const last = got.at(-2)?.media?.payload ?? '';
    const pcm = new Int16Array(FRAME);
    muLaw.decodeInto(pcm, Buffer.from(last, 'base64'));
    expect(20 * Math.log10((pcm[80] ?? 0) / 8_000)).toBeCloseTo(-12, 0);
  });
});
