import { describe, expect, it } from 'vitest';
import { decodeWav } from '#pipeline/audio/wav.ts';
import { describeMachine } from '#src/cli/bench/machine.ts';
import { renderHtml } from '#src/cli/bench/turns/report-html.ts';
import { turnsFile } from '#src/cli/bench/turns/report-json.ts';
import { renderByLine, renderCutOffs, renderTurnFigures } from '#src/cli/bench/turns/report-table.ts';
import { scoreCall } from '#src/cli/bench/turns/score-call.ts';
import { turnFigures } from '#src/cli/bench/turns/score-figures.ts';
import { WorstEvents } from '#src/cli/bench/turns/worst-events.ts';
import { act, madeTrace, type MadeTrace } from '../../../../../support/made-trace.ts';

const trace = (id: string, changes: Partial<MadeTrace> = {}) =>
  madeTrace({
    id,
    acts: [
      { ...act('interruption', [2_000, 3_500]), text: '<b>Mira</b> & "iwe"' },
      act('turn-with-pauses', [9_000, 12_000], [[10_000, 10_800]]),
    ],
    agent: [
      [500, 2_300],
      [4_000, 8_000],
      [12_500, 15_000],
    ],
    ...changes,
  });

const traces = Array.from({ length: 12 }, (_, index) =>
  trace(
    `call-${index}`,
    index === 3
      ? {
          line: 'noisy',
          agent: [
            [500, 8_000],
            [10_500, 11_000],
          ],
        }
      : {},
  ),
);
const calls = traces.map(scoreCall);
const figures = turnFigures(calls, 1);

describe('the tables', () => {
  it('give each figure its reach, its value, its interval, its n and what others publish', () => {
    const rows = renderTurnFigures(figures).split('\n');
    expect(rows.find((row) => row.startsWith('R_Y'))).toMatch(
      /^R_Y: interruptions yielded\s+≥ 0\.99\s+0\.917\s+0\.750–1\.000\s+12\s+✗\s+0\.998 \(gpt-realtime-1\.0/u,
    );
    expect(rows.find((row) => row.startsWith('L_Y'))).toMatch(/, ms\s+≤ 400\s+300\s+300–300\s+11\s+✓\s+410/u);
    expect(rows.find((row) => row.startsWith('S_BC'))).toMatch(/not measured\s+–\s+\(n 0 < 10\)$/u);
  });

  it('bracket what rests on fewer than ten events of a line', () => {
    const rows = renderByLine(calls).split('\n');
    expect(rows.find((row) => row.startsWith('clean'))).toMatch(/^clean\s+11\s+500\s+1\.000\s+300\s+1\.000\s/u);
    expect(rows.find((row) => row.startsWith('noisy'))).toMatch(/^noisy\s+1\s+–\s+\(0\.000\)/u);
  });

  it('put cut-offs by length beside what silence alone would cut', () => {
    const [byLength = '', against = ''] = renderCutOffs(calls);
    expect(byLength).toBe('Cut off by length of the pause: 700–900 ms 1 of 12.');
    expect(against).toContain('waiting 500 ms (this agent’s median delay) cuts 100.0 % of them, this agent 8.3 %');
    expect(renderCutOffs([])).toEqual([]);
  });
});

describe('the worst events', () => {
  const worst = new WorstEvents(3);
  for (const one of traces) worst.add(one, scoreCall(one).events);
  const clips = worst.worst();

  it('are those that went wrong, kinds in turn, before those that were slow', () => {
    expect(clips.map(({ event }) => [event.kind, event.callId])).toEqual([
      ['response', 'call-3'],
      ['pause', 'call-3'],
      ['incursion', 'call-3'],
    ]);
  });

  it('keep the sound around them and nothing more', () => {
    const [clip] = clips;
    expect(clip?.window).toEqual({ fromMs: 7_500, toMs: 16_500 });
    expect(clip?.caller).toHaveLength(9_000 * 8);
    expect(clip?.acts.map(({ id }) => id)).toEqual(['turn-with-pauses@9000']);
  });

  it('are the slow ones where nothing went wrong', () => {
    const slow = new WorstEvents(2);
    const good = traces.slice(0, 2);
    for (const one of good) slow.add(one, scoreCall(one).events);
    expect(slow.worst().map(({ event }) => [event.kind, event.ms, event.isRight])).toEqual([
      ['response', 500, true],
      ['yield', 300, true],
    ]);
  });
});

describe('the page', () => {
  const worst = new WorstEvents(10);
  for (const one of traces) worst.add(one, scoreCall(one).events);
  const page = renderHtml({
    title: 'Turn <taking>',
    context: ['a & b'],
    figures,
    notes: ['1 < 2'],
    clips: worst.worst(),
  });

  it('loads nothing from anywhere', () => {
    const links = [...page.matchAll(/(?:src|href)="([^"]{0,30})/gu)].map(([, link]) => link ?? '');
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !link.startsWith('data:audio/wav;base64,'))).toEqual([]);
    expect(page).not.toMatch(/https?:|@import|url\(/u);
  });

  it('escapes whatever was said', () => {
    expect(page).toContain('Turn &lt;taking&gt;');
    expect(page).toContain('&lt;b&gt;Mira&lt;/b&gt; &amp; &quot;iwe&quot;');
    expect(page).not.toContain('<b>Mira');
  });

  it('holds the sound of each event, the caller left and the agent right', () => {
    const [, encoded = ''] = /data:audio\/wav;base64,([^"]+)/u.exec(page) ?? [];
    const { sampleRateHz, channels } = decodeWav(Buffer.from(encoded, 'base64'));
    expect(sampleRateHz).toBe(8_000);
    expect(channels.map((channel) => channel.length)).toEqual([9_000 * 8, 9_000 * 8]);
    expect(channels[0]).toEqual(worst.worst()[0]?.caller);
  });

  it('can be read in light and in dark: its pictures have no colours of their own', () => {
    expect(page).toContain('prefers-color-scheme: dark');
    const pictures = [...page.matchAll(/<svg.*?<\/svg>/gsu)].map(([picture]) => picture);
    expect(pictures).toHaveLength(10);
    for (const picture of pictures) expect(picture).not.toMatch(/#[0-9a-f]{3,6}"|NaN|undefined/u);
  });
});

describe('the file', () => {
  it('keeps figures, intervals, reasons and every event, and no sound', () => {
    const file = turnsFile(figures, calls, {
      machine: describeMachine([]),
      measuredAt: '2026-01-01T00:00:00.000Z',
      agent: 'this service',
      seed: 1,
      isQuick: true,
      events: 12,
      planned: 12,
      failed: [],
    });
    const read = JSON.parse(JSON.stringify(file)) as typeof file;
    expect(read.bench).toBe('turns');
    expect(read.figures['yieldMs']).toEqual({ value: 300, n: 11 });
    expect(read.judgements['selectivityBackchannel']).toBe('unmeasured');
    expect(read.details).toMatchObject({
      seed: 1,
      intervals: { yieldMs: [300, 300] },
      notMeasured: { selectivityBackchannel: 'n 0 < 10' },
      cutOffsByLength: [{ fromMs: 700, untilMs: 900, cut: 1, n: 12 }],
    });
    expect(JSON.stringify(file).length).toBeLessThan(100_000);
  });
});
