import { describe, expect, test } from 'vitest';
import { type Figure, figuresFile, judge, renderFigures } from '#src/cli/bench/figures.ts';
import { describeMachine, summarizeMachine } from '#src/cli/bench/machine.ts';

const ttfw: Figure = {
  key: 'ttfwCardMs',
  label: 'answer from a card',
  unit: 'ms',
  decimals: 0,
  reach: [
    { of: 'p50', atMost: 600 },
    { of: 'p95', atMost: 900 },
  ],
  measured: { p50: 550, p90: 700, p95: 880, n: 30 },
};
const punctuality: Figure = {
  key: 'punctualPercent',
  label: 'frames on time',
  unit: '%',
  decimals: 2,
  reach: [{ of: 'value', atLeast: 99.5 }],
  measured: { value: 99.8, n: 12_000 },
};

describe('judge', () => {
  test('every bound must hold', () => {
    expect(judge(ttfw)).toBe('reached');
    expect(judge({ ...ttfw, measured: { p50: 550, p90: 700, p95: 901, n: 30 } })).toBe('missed');
    expect(judge({ ...punctuality, measured: { value: 99.49, n: 10 } })).toBe('missed');
  });

  test('nothing measured is never reached', () => {
    expect(judge({ ...ttfw, measured: undefined })).toBe('unmeasured');
    expect(judge({ ...ttfw, measured: { p50: 0, p90: 0, p95: 0, n: 0 } })).toBe('unmeasured');
  });

  test('a bound on a member that the measurement has not is missed', () => {
    expect(judge({ ...punctuality, measured: { p50: 100, p90: 100, p95: 100, n: 3 } })).toBe('missed');
  });

  test('without a bound it is only reported', () => {
    expect(judge({ ...punctuality, reach: [] })).toBe('reported');
  });
});

test('the table shows the value, the reach and the mark of each figure', () => {
  const [, , first, second, third] = renderFigures([
    ttfw,
    punctuality,
    { ...ttfw, label: 'through the LLM', measured: undefined, why: 'no such turn' },
  ]).split('\n');
  expect(first).toMatch(/answer from a card\s+ms\s+550\s+700\s+880\s+30\s+p50 ≤ 600, p95 ≤ 900\s+✓$/u);
  expect(second).toMatch(/99\.80\s+12,000\s+≥ 99\.50\s+✓$/u);
  expect(third).toMatch(/–\s+–\s+–\s+0\s+.*✗ not measured \(no such turn\)$/u);
});

test('the file keys figures by name and leaves out what was not measured', () => {
  const file = figuresFile('call', [ttfw, { ...punctuality, measured: undefined }], {
    machine: describeMachine(['whisper-base@1']),
    measuredAt: '2026-01-01T00:00:00.000Z',
  });
  expect(file.figures).toEqual({ ttfwCardMs: { p50: 550, p90: 700, p95: 880, n: 30 } });
  expect(file.judgements).toEqual({ ttfwCardMs: 'reached', punctualPercent: 'unmeasured' });
  expect(file.machine.models).toEqual(['whisper-base@1']);
});

test('the machine names its processor, Node and the engine that is installed', () => {
  const machine = describeMachine();
  expect(machine.cores).toBeGreaterThan(0);
  expect(machine.node).toBe(process.versions.node);
  expect(machine.packages['onnxruntime-node']).toMatch(/^\d+\.\d+/u);
  expect(summarizeMachine(machine)).toContain(machine.cpu);
});

test('a column of worst values is there when a figure has one, and can be bounded', () => {
  const worst: Figure = {
    ...ttfw,
    reach: [{ of: 'max', atMost: 900 }],
    measured: { p50: 550, p90: 700, p95: 880, max: 901, n: 30 },
  };
  const [titles, , first, second] = renderFigures([worst, punctuality]).split('\n');
  expect(titles).toMatch(/p95\s+max\s+n/u);
  expect(first).toMatch(/880\s+901\s+30\s+max ≤ 900\s+✗$/u);
  expect(second).toMatch(/99\.80\s+12,000/u);
  expect(judge({ ...worst, measured: { p50: 550, p90: 700, p95: 880, max: 900, n: 30 } })).toBe('reached');
});
