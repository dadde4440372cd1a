import { describe, expect, test } from 'vitest';
import type { CallEvent } from '#pipeline/events.ts';
import { audibleSpans } from '#src/cli/demo/audible.ts';
import { turnLatencies } from '#src/cli/demo/latency.ts';
import { describeEvent, LiveView } from '#src/cli/demo/live-view.ts';
import { relativeTo, stringifyRecord, type CallRecord } from '#src/cli/demo/record.ts';
import { isAllHeard, renderLatencies, renderVerdicts } from '#src/cli/demo/report.ts';
import type { AnswerVerdict } from '#src/cli/demo/verdict.ts';
import { EVENTS, HEARD_SPANS, LINES, RATE_HZ, toneTrack, TOTAL_MS } from './sample-call.ts';

const trace = { startedAtMs: 0, heard: audibleSpans(toneTrack(TOTAL_MS, HEARD_SPANS), RATE_HZ) };
const turns = turnLatencies(LINES, EVENTS, trace);

const heard: AnswerVerdict = {
  line: 0,
  expected: 'card:nguva',
  outcome: 'heard',
  heardAs: 'card:nguva',
  similarity: 0.82,
  margin: 0.31,
  recognised: 'inovura',
  audibleMs: 4000,
  message: 'card "nguva" was heard for 4.0 s',
};

describe('the latency table', () => {
  test('has a row per line with every stage, and a sentence per interruption', () => {
    const lines = renderLatencies(turns).split('\n');
    expect(lines[2]).toMatch(/^Munovhura nguvai\?\s+420\s+260\s+431\s+500\s+505\s+550\s+card opening-hours$/u);
    expect(lines).toHaveLength(6);
    expect(lines[5]).toBe('interruption “Mishonga inoita marii?”: silence 310 ms after its first voiced sample');
  });

  test('says when the agent talked on', () => {
    const talkedOn = turnLatencies(LINES, EVENTS, {
      startedAtMs: 0,
      heard: [{ startMs: 8900, endMs: 20_000 }],
    });
    expect(renderLatencies(talkedOn)).toContain('the agent talked on');
  });
});

describe('verdicts', () => {
  test('all must be heard, and no verdict at all is a failure', () => {
    expect(isAllHeard([heard])).toBe(true);
    expect(isAllHeard([heard, { ...heard, outcome: 'unclear' }])).toBe(false);
    expect(isAllHeard([])).toBe(false);
  });

  test('a failed one is marked and keeps its message', () => {
    const text = renderVerdicts([heard, { ...heard, outcome: 'silent', message: 'card "nhomba" was not heard' }]);
    expect(text.split('\n')[0]).toContain('✓ card "nguva" was heard for 4.0 s (recognised again');
    expect(text.split('\n')[0]).toContain('82 % alike, lead 31 points');
    expect(text.split('\n')[1]).toBe('✗ card "nhomba" was not heard');
  });
});

describe('the live view', () => {
  test('shows who said what and when, and why a card answered', () => {
    const written: string[] = [];
    const terminal = { line: (text = '') => void written.push(text), style: (_: string, text: string) => text };
    const view = new LiveView({ originMs: 0, terminal });
    view.show({ who: 'caller', text: 'Munovhura nguvai?' }, 2000);
    for (const event of EVENTS) view.event(event);
    expect(written[0]).toBe('   2.0 s  caller  Munovhura nguvai?');
    expect(written).toContain('   3.8 s  heard   “munovura nguvai”  (confidence 0.60)');
    expect(written).toContain('   3.9 s  answer  card opening-hours, score 0.91, lead 0.40 over vaccination, by both');
    expect(written).toContain('  12.3 s  agent   ✂ cut off; the caller had heard: “Uyai nekadhi”');
  });

  test('says nothing about what only measures', () => {
    expect(describeEvent(EVENTS.find(({ kind }) => kind === 'soft-end') as CallEvent)).toBeUndefined();
  });
});

test('the record counts from the recording’s first sample', () => {
  const shifted = relativeTo(1000, { lines: LINES, turns, events: EVENTS });
  expect(shifted.lines[0]).toMatchObject({ firstVoicedAtMs: 1000, lastVoicedAtMs: 2500 });
  expect(shifted.turns[0]?.endOfSpeechAtMs).toBe(2500);
  expect(shifted.turns[0]?.audibleMs).toBe(turns[0]?.audibleMs);
  expect(shifted.events[0]?.atMs).toBe(-990);
  const text = stringifyRecord({ ...shifted, durationMs: 22_000.123456 } as unknown as CallRecord);
  expect(JSON.parse(text)).toMatchObject({ durationMs: 22_000.1235 });
});
