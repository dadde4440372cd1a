import { describe, expect, test } from 'vitest';
import { audibleSpans } from '#src/cli/demo/audible.ts';
import { turnLatencies } from '#src/cli/demo/latency.ts';
import { waveform, wrapText } from '#src/cli/demo/svg.ts';
import { renderTimeline } from '#src/cli/demo/timeline.ts';
import { CALLER_SPANS, EVENTS, HEARD_SPANS, LINES, RATE_HZ, toneTrack, TOTAL_MS } from './sample-call.ts';

const heard = toneTrack(TOTAL_MS, HEARD_SPANS);
const svg = renderTimeline({
  title: 'Call CA00',
  subtitle: 'a test',
  sampleRateHz: RATE_HZ,
  caller: toneTrack(TOTAL_MS, CALLER_SPANS),
  heard,
  lines: LINES,
  turns: turnLatencies(LINES, EVENTS, { startedAtMs: 0, heard: audibleSpans(heard, RATE_HZ) }),
  events: EVENTS,
});

describe('renderTimeline', () => {
  test('labels every latency and the interruption with its milliseconds', () => {
    for (const label of ['550 ms', '700 ms', '520 ms', '310 ms']) expect(svg).toContain(`>${label}</text>`);
  });

  test('draws two rows of 15 s for 22 s, with both waveforms in each', () => {
    expect(svg.match(/<path d="M[\d.,]+L/gu)).toHaveLength(4);
    expect(svg).toContain('>20 s</text>');
  });

  test('shows what was said, cut where it was interrupted, with markup escaped', () => {
    expect(svg).toContain('Munovhura nguvai?');
    expect(svg).toContain('Uyai nekadhi ✂');
    expect(svg).not.toContain('<chenyu>');
  });

  test('is balanced and stands alone', () => {
    expect(svg).not.toMatch(/href|url\(|<script|<style/u);
    const opened = svg.match(/<(?:svg|g|text|title)[ >]/gu)?.length ?? 0;
    expect(svg.match(/<\/(?:svg|g|text|title)>/gu)).toHaveLength(opened);
    expect(svg).not.toContain('NaN');
    expect(svg).not.toContain('undefined');
  });
});

test('a waveform never leaves its box', () => {
  const loud = new Int16Array(800).map((_, index) => (index % 2 === 0 ? 32_767 : -32_768));
  const path = waveform(loud, { start: 0, end: 800 }, { x: 10, width: 40, middle: 50, halfHeight: 20 }, 32_768, '#000');
  const heights = [...path.matchAll(/[\d.]+,([\d.]+)/gu)].map(([, y]) => Number(y));
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(30);
  expect(Math.max(...heights)).toBeLessThanOrEqual(70);
});

test('long words stand alone and the last line ends in an ellipsis', () => {
  expect(wrapText('one two', 500, 10, 2)).toEqual(['one two']);
  const lines = wrapText('mumwe nemumwe anofanira kuuya nekadhi rake rekuchipatara', 110, 10, 2);
  expect(lines).toHaveLength(2);
  expect(lines[1]?.endsWith('…')).toBe(true);
});
