import { describe, expect, it } from 'vitest';
import { parseRtp, RtpNumbering, sequenceDistance, serialiseRtp, timestampDistance } from '#telephony/phone/sip/rtp.ts';
import type { RtpRecord } from '#telephony/phone/sip/rtp.ts';
import { rtpStats } from '#telephony/phone/sip/rtp-stats.ts';

const PACKET = { payloadType: 8, marker: true, sequence: 65_535, timestamp: 4_294_967_295, ssrc: 3_000_000_000 };

describe('an RTP packet', () => {
  it('reads as it was written', () => {
    const payload = Uint8Array.of(1, 2, 3);
    const bytes = serialiseRtp({ ...PACKET, payload });
    expect(Buffer.from(bytes).toString('hex')).toBe('8088ffffffffffffb2d05e00010203');
    expect(parseRtp(bytes)).toEqual({ ...PACKET, payload });
    expect(parseRtp(serialiseRtp({ ...PACKET, marker: false, payload }))?.marker).toBe(false);
  });

  it('is read without its contributors, extension and padding', () => {
    const bytes = Buffer.from('b2880001000000020000000311111111222222220000000133333333aabb0003', 'hex');
    expect(Buffer.from(parseRtp(bytes)!.payload).toString('hex')).toBe('aa');
  });

  it.each([
    ['nothing', ''],
    ['half a header', '80080001000000'],
    ['another version', '400800010000000200000003aa'],
    ['RTCP', '80c80006000000020000000300000000'],
    ['contributors that are not there', '8f0800010000000200000003'],
    ['an extension that is not there', '90080001000000020000000300000001'],
    ['more padding than packet', 'a00800010000000200000003ff'],
    ['padding of nothing', 'a0080001000000020000000300'],
  ])('is not made of %s', (_, hex) => {
    expect(parseRtp(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
});

describe('RTP numbers', () => {
  it('count packets by one and time by samples, over both wraps', () => {
    const numbering = new RtpNumbering({ ssrc: 7, sequence: 65_534, timestamp: 4_294_967_295 });
    const next = (atSample: number): number[] => {
      const { sequence, timestamp } = numbering.next({ payloadType: 8, marker: false, atSample });
      return [sequence, timestamp];
    };
    expect([next(0), next(160), next(1_600)]).toEqual([
      [65_534, 4_294_967_295],
      [65_535, 159],
      [0, 1_599],
    ]);
  });

  it('begin somewhere else in every call', () => {
    const headers = Array.from({ length: 8 }, () =>
      new RtpNumbering().next({ payloadType: 8, marker: true, atSample: 0 }),
    );
    for (const part of ['ssrc', 'timestamp', 'sequence'] as const) {
      expect(new Set(headers.map((header) => header[part])).size).toBeGreaterThan(1);
    }
  });

  it('have a distance with a sign, over the wrap', () => {
    expect([sequenceDistance(65_535, 2), sequenceDistance(2, 65_535), sequenceDistance(5, 5)]).toEqual([3, -3, 0]);
    expect([timestampDistance(4_294_967_295, 159), timestampDistance(159, 4_294_967_295)]).toEqual([160, -160]);
  });
});

describe('RTP statistics', () => {
  const record = (sequence: number, atMs: number, over: Partial<RtpRecord> = {}): RtpRecord => ({
    ...{ payloadType: 8, marker: false, ssrc: 1, payloadBytes: 160 },
    ...{ sequence: sequence & 0xffff, timestamp: sequence * 160, atMs },
    ...over,
  });

  it('count what was lost, came twice or out of order, over the wrap of the numbers', () => {
    const records = [65_534, 65_535, 65_537, 65_536, 65_536, 65_540].map((sequence, n) => record(sequence, n * 20));
    expect(rtpStats(records)).toMatchObject({ packets: 6, lost: 2, duplicates: 1, reordered: 1, sources: 1 });
  });

  it('take intervals between neighbours of one talkspurt only', () => {
    const records = [
      record(1, 0),
      record(2, 19),
      record(3, 40),
      record(5, 80),
      record(6, 100, { timestamp: 99_999 }),
      record(7, 500, { timestamp: 100_159, marker: true }),
      record(8, 522, { timestamp: 100_319 }),
      record(9, 540, { timestamp: 100_479, payloadType: 0 }),
      record(9, 541, { ssrc: 2 }),
    ];
    expect(rtpStats(records)).toEqual({
      packets: 9,
      lost: 1,
      duplicates: 0,
      reordered: 0,
      sources: 2,
      interarrivalMs: { p50: 21, p95: 22, p99: 22, min: 19, max: 22, n: 3 },
    });
  });

  it('say nothing of no packets', () => {
    expect(rtpStats([])).toEqual({ packets: 0, lost: 0, duplicates: 0, reordered: 0, sources: 0 });
  });
});
