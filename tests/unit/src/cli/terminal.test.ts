import { describe, expect, it } from 'vitest';
import { createTerminal, duration, size, type TextSink } from '#src/cli/terminal.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

function sink(isTTY: boolean, columns = 100): TextSink & { readonly text: () => string } {
  let written = '';
  return {
    isTTY,
    columns,
    write: (text) => {
      written += text;
    },
    text: () => written,
  };
}

const megabytes = (done: number, total: number): { doneBytes: number; totalBytes: number } => ({
  doneBytes: done * 1e6,
  totalBytes: total * 1e6,
});

describe('a progress bar on a terminal', () => {
  it('shows share, amount, speed and time left in one line that it redraws', async () => {
    const clock = new VirtualClock();
    const screen = sink(true);
    const bar = createTerminal({ sink: screen, env: { NO_COLOR: '1' }, clock }).progress('whisper-base');
    bar.update(megabytes(0, 100));
    await clock.advance(1_000);
    bar.update(megabytes(20, 100));
    const last = screen.text().split('\r\u001b[K').at(-1)!;
    expect(last).toMatch(/^whisper-base {2}█+░+ {3}20 % {3}20\.0 \/ 100\.0 MB {2}20\.0 MB\/s {2}4 s left *$/);
    expect(last.length).toBeLessThan(100);
    expect(screen.text()).not.toContain('\n');
    bar.end();
    expect(screen.text().endsWith('\r\u001b[K')).toBe(true);
  });

  it('is redrawn below a line that is written meanwhile', () => {
    const screen = sink(true);
    const terminal = createTerminal({ sink: screen, env: { NO_COLOR: '1' }, clock: new VirtualClock() });
    const bar = terminal.progress('a');
    bar.update(megabytes(1, 2));
    const drawn = screen.text().slice('\r\u001b[K'.length);
    terminal.line('a notice');
    expect(screen.text().endsWith(`\r\u001b[Ka notice\n${drawn}`)).toBe(true);
  });

  it('fits into a narrow window without wrapping', () => {
    const screen = sink(true, 40);
    createTerminal({ sink: screen, env: { NO_COLOR: '1' }, clock: new VirtualClock() })
      .progress('a model with a rather long name')
      .update(megabytes(1, 2));
    expect(screen.text().replace('\r\u001b[K', '').length).toBeLessThan(40);
  });

  it('follows the speed of the last seconds and says when nothing moves', async () => {
    const clock = new VirtualClock();
    const screen = sink(true);
    const bar = createTerminal({ sink: screen, env: { NO_COLOR: '1' }, clock }).progress('a');
    bar.update(megabytes(50, 100));
    for (let second = 0; second < 12; second += 1) {
      await clock.advance(1_000);
      bar.update(megabytes(50, 100));
    }
    expect(screen.text().split('\r\u001b[K').at(-1)).toContain('stalled');
  });
});

describe('a progress bar in a log file', () => {
  it('writes a whole line at first and then every ten seconds, without escapes', async () => {
    const clock = new VirtualClock();
    const log = sink(false);
    const bar = createTerminal({ sink: log, env: {}, clock }).progress('a');
    for (let second = 0; second <= 25; second += 1) {
      bar.update(megabytes(second, 100));
      await clock.advance(1_000);
    }
    bar.end();
    const lines = log.text().split('\n').filter(Boolean);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe('a    0.0 / 100.0 MB');
    expect(lines[1]).toBe('a   10.0 / 100.0 MB  1.0 MB/s  1 min 30 s left');
    expect(log.text()).not.toContain('\u001b');
  });

  it('does not mention quick work that is quick', () => {
    const log = sink(false);
    const bar = createTerminal({ sink: log, env: {}, clock: new VirtualClock() }).progress('a', { isQuick: true });
    bar.update(megabytes(1, 1));
    bar.end();
    expect(log.text()).toBe('');
  });
});

describe('colours', () => {
  it.each([
    { isTTY: true, env: {}, hasColour: true },
    { isTTY: true, env: { NO_COLOR: '1' }, hasColour: false },
    { isTTY: true, env: { NO_COLOR: '' }, hasColour: true },
    { isTTY: true, env: { TERM: 'dumb' }, hasColour: false },
    { isTTY: false, env: {}, hasColour: false },
    { isTTY: false, env: { FORCE_COLOR: '1' }, hasColour: true },
    { isTTY: false, env: { FORCE_COLOR: '1', NO_COLOR: '1' }, hasColour: false },
  ])('TTY $isTTY with $env: $hasColour', ({ isTTY, env, hasColour }) => {
    const text = createTerminal({ sink: sink(isTTY), env }).style('red', 'x');
    expect(text).toBe(hasColour ? '\u001b[31mx\u001b[39m' : 'x');
  });
});

it('writes durations and sizes as people say them', () => {
  expect([0.2, 59.1, 61, 3_599, 7_260].map(duration)).toEqual([
    '1 s',
    '1 min 0 s',
    '1 min 1 s',
    '59 min 59 s',
    '2 h 1 min',
  ]);
  expect([4_794, 2_327_524, 2.49e9].map(size)).toEqual(['4.8 kB', '2.3 MB', '2.5 GB']);
});

describe('a status', () => {
  it('stands in one line of a terminal, below what is written, until it is taken away', async () => {
    const clock = new VirtualClock();
    const screen = sink(true, 20);
    const terminal = createTerminal({ sink: screen, env: { NO_COLOR: '1' }, clock });
    terminal.status('1 of 3');
    terminal.line('a line');
    expect(screen.text()).toBe('\r\u001b[K1 of 3\r\u001b[Ka line\n1 of 3');
    await clock.advance(200);
    terminal.status('2 of 3, with much to say of it');
    terminal.status();
    expect(screen.text().split('\r\u001b[K').slice(-2)).toEqual(['2 of 3, with much t', '']);
  });

  it('comes into a log once in a while', async () => {
    const clock = new VirtualClock();
    const log = sink(false);
    const terminal = createTerminal({ sink: log, env: {}, clock });
    for (let step = 0; step < 25; step += 1) {
      terminal.status(`${step} of 25`);
      await clock.advance(1_000);
    }
    terminal.status();
    expect(log.text()).toBe('0 of 25\n10 of 25\n20 of 25\n');
  });
});
