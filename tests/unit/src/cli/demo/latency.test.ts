import { describe, expect, test } from 'vitest';
import { audibleSpans } from '#src/cli/demo/audible.ts';
import { turnLatencies } from '#src/cli/demo/latency.ts';
import { EVENTS, HEARD_SPANS, LINES, RATE_HZ, toneTrack, type ToneSpan, TOTAL_MS } from './sample-call.ts';

const traceOf = (spans: readonly ToneSpan[], startedAtMs = 0) => ({
  startedAtMs,
  heard: audibleSpans(toneTrack(TOTAL_MS, spans), RATE_HZ),
});

describe('turnLatencies', () => {
  test('counts every stage from the last voiced sample, and the audible end from the recording', () => {
    const [first] = turnLatencies(LINES, EVENTS, traceOf(HEARD_SPANS));
    expect(first).toMatchObject({
      turn: 1,
      transcriptMs: 260,
      endOfTurnMs: 420,
      answerTextMs: 431,
      synthesisedMs: 500,
      frameSentMs: 505,
      cardId: 'opening-hours',
      heardText: 'munovura nguvai',
      turnsTaken: 1,
      yield: undefined,
    });
    expect(first?.audibleMs).toBeCloseTo(550, 0);
  });

  test('an interruption is measured to the last audible sample of the old answer, the turn to the first of the new', () => {
    const third = turnLatencies(LINES, EVENTS, traceOf(HEARD_SPANS))[2];
    expect(third?.yield).toBe('yielded');
    expect(third?.bargeInMs).toBeCloseTo(310, 0);
    expect(third?.audibleMs).toBeCloseTo(520, 0);
    expect(third?.cardId).toBe('medicine-prices');
  });

  test('is the same wherever the clock stands', () => {
    const later = 5_000_000;
    const shifted = turnLatencies(
      LINES.map((line) => ({
        ...line,
        firstVoicedAtMs: line.firstVoicedAtMs + later,
        lastVoicedAtMs: line.lastVoicedAtMs + later,
      })),
      EVENTS.map((event) => ({ ...event, atMs: event.atMs + later })),
      traceOf(HEARD_SPANS, later),
    );
    expect(shifted[2]?.bargeInMs).toBeCloseTo(310, 0);
    expect(shifted[0]?.audibleMs).toBeCloseTo(550, 0);
  });

  test('an agent that talks on has neither yielded nor answered', () => {
    const third = turnLatencies(LINES, EVENTS, traceOf([{ startMs: 8900, endMs: 20_000 }]))[2];
    expect(third).toMatchObject({ yield: 'talked-on', bargeInMs: undefined, audibleMs: undefined });
  });

  test('an interruption that met a pause of the agent is not counted as a fast yield', () => {
    const third = turnLatencies(LINES, EVENTS, traceOf([{ startMs: 8900, endMs: 11_990 }]))[2];
    expect(third).toMatchObject({ yield: 'was-silent', bargeInMs: undefined });
  });

  test('an agent that begins before the caller has finished gives a negative latency', () => {
    const first = turnLatencies(LINES, EVENTS, traceOf([{ startMs: 3200, endMs: 5000 }]))[0];
    expect(first?.audibleMs).toBeCloseTo(-300, 0);
  });

  test('a line that was never answered has no audible time, even when the next one is', () => {
    const [, second, third] = turnLatencies(LINES, EVENTS, traceOf([{ startMs: 14_000, endMs: 15_000 }]));
    expect(second?.audibleMs).toBeUndefined();
    expect(third?.audibleMs).toBeCloseTo(500, 0);
  });

  test('a line taken for two turns says so and follows the last', () => {
    const early = EVENTS.filter((event) => event.kind === 'end-of-turn').map((event) => ({
      ...event,
      turn: 0,
      utteranceId: 'CA00#0',
      atMs: event.atMs - 900,
    }));
    const [first] = turnLatencies(
      LINES,
      [...early, ...EVENTS].sort((a, b) => a.atMs - b.atMs),
      traceOf(HEARD_SPANS),
    );
    expect(first).toMatchObject({ turnsTaken: 2, turn: 1, endOfTurnMs: 420 });
  });
});
