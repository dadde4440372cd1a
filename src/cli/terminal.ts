/** Writing for a person: colours where they are wanted, a bar that redraws itself on a terminal, plain lines in a log file. */
import { styleText } from 'node:util';
import { systemClock, type Clock } from '#kernel/clock.ts';

/** The part of a stream that is needed here, so that a test can be one. */
export interface TextSink {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export interface Amounts {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** A bar of one piece of work; a terminal shows one at a time. */
export interface ProgressBar {
  update(amounts: Amounts, suffix?: string): void;
  /** Takes the bar away; the caller writes what came of it. */
  end(): void;
}

export interface Terminal {
  readonly isInteractive: boolean;
  readonly columns: number;
  style(style: Style, text: string): string;
  /** One line; a bar that is on the screen is redrawn below it. */
  line(text?: string): void;
  /** Quick work is only mentioned in a log when it takes longer than expected. */
  progress(label: string, options?: { readonly isQuick?: boolean }): ProgressBar;
  /** What is being done, in place on a screen, now and then in a log; without a text it is taken away. */
  status(text?: string): void;
}

export interface TerminalOptions {
  readonly sink?: TextSink;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
}

/** Ten redraws a second look smooth; more only cost a slow connection. */
const REDRAW_MS = 100;
/** Without a terminal a line is written at the start, then at most this often. */
const PLAIN_LINE_MS = 10_000;
/** The speed shown is that of the last seconds, so that the time left follows the connection. */
const SPEED_WINDOW_MS = 5_000;
/** Room for `  123.4 MB/s  59 min 59 s left`. */
const RATE_COLUMNS = 30;
const ERASE_LINE = '\r\u001b[K';

export function createTerminal({
  sink = process.stdout,
  env = process.env,
  clock = systemClock,
}: TerminalOptions = {}): Terminal {
  const isInteractive = sink.isTTY === true && env['TERM'] !== 'dumb' && (env['CI'] ?? '') === '';
  // no-color.org: any non-empty value switches colours off; FORCE_COLOR as Node understands it.
  const hasColour = (env['NO_COLOR'] ?? '') === '' && (isInteractive || !['', '0'].includes(env['FORCE_COLOR'] ?? ''));
  let drawn: string | undefined;
  let lastStatusMs = -Infinity;

  const draw = (text: string): void => {
    drawn = text;
    sink.write(`${ERASE_LINE}${text}`);
  };
  const terminal: Terminal = {
    isInteractive,
    get columns() {
      return sink.columns ?? 80;
    },
    style: (style, text) => (hasColour ? styleText(style, text, { validateStream: false }) : text),
    line(text = '') {
      sink.write(drawn === undefined ? `${text}\n` : `${ERASE_LINE}${text}\n${drawn}`);
    },
    status(text) {
      if (text === undefined) {
        if (drawn !== undefined) sink.write(ERASE_LINE);
        drawn = undefined;
        return;
      }
      const nowMs = clock.nowMs();
      if (nowMs - lastStatusMs < (isInteractive ? REDRAW_MS : PLAIN_LINE_MS)) return;
      lastStatusMs = nowMs;
      if (isInteractive) draw(text.slice(0, terminal.columns - 1));
      else sink.write(`${text}\n`);
    },
    progress(label, { isQuick = false } = {}) {
      const speed = new Speed(clock);
      let lastMs = isQuick && !isInteractive ? clock.nowMs() : -Infinity;
      return {
        update(amounts, suffix = '') {
          const nowMs = clock.nowMs();
          speed.add(nowMs, amounts.doneBytes);
          const isFinished = amounts.doneBytes >= amounts.totalBytes;
          if (nowMs - lastMs < (isInteractive ? REDRAW_MS : PLAIN_LINE_MS) && !(isFinished && isInteractive)) return;
          lastMs = nowMs;
          const rate = isFinished ? undefined : speed.bytesPerS();
          if (isInteractive) draw(barLine(label, amounts, rate, suffix, terminal.columns, terminal));
          else sink.write(`${label}  ${amountText(amounts)}${rateText(amounts, rate)}${suffix}\n`);
        },
        end() {
          if (drawn !== undefined) sink.write(ERASE_LINE);
          drawn = undefined;
        },
      };
    },
  };
  return terminal;
}

class Speed {
  readonly #samples: { readonly atMs: number; readonly bytes: number }[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(atMs: number, bytes: number): void {
    const last = this.#samples.at(-1);
    // A source that failed takes its bytes back; the past then says nothing about the present.
    if (last !== undefined && bytes < last.bytes) this.#samples.length = 0;
    this.#samples.push({ atMs, bytes });
    while ((this.#samples[1]?.atMs ?? Infinity) < atMs - SPEED_WINDOW_MS) this.#samples.shift();
  }

  bytesPerS(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const elapsedMs = this.#clock.nowMs() - first.atMs;
    return elapsedMs < 200 ? undefined : ((last.bytes - first.bytes) / elapsedMs) * 1_000;
  }
}

function barLine(
  label: string,
  amounts: Amounts,
  bytesPerS: number | undefined,
  suffix: string,
  columns: number,
  terminal: Pick<Terminal, 'style'>,
): string {
  const share = amounts.totalBytes > 0 ? Math.min(1, amounts.doneBytes / amounts.totalBytes) : 0;
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  // Padded, so that the bar does not change its length with every figure beside it.
  const tail = `${percent} %  ${amountText(amounts)}${rateText(amounts, bytesPerS).padEnd(RATE_COLUMNS)}${suffix}`;
  const width = Math.min(28, columns - label.length - tail.length - 7);
  if (width < 6) return `${label}  ${tail}`.slice(0, columns - 1);
  const full = Math.round(share * width);
  const bar = terminal.style('cyan', '█'.repeat(full)) + terminal.style('dim', '░'.repeat(width - full));
  return `${label}  ${bar}  ${tail}`;
}

function amountText({ doneBytes, totalBytes }: Amounts): string {
  const unit = totalBytes >= 10e9 ? { name: 'GB', bytes: 1e9 } : { name: 'MB', bytes: 1e6 };
  const total = (totalBytes / unit.bytes).toFixed(1);
  return `${(Math.min(doneBytes, totalBytes) / unit.bytes).toFixed(1).padStart(total.length)} / ${total} ${unit.name}`;
}

function rateText({ doneBytes, totalBytes }: Amounts, bytesPerS: number | undefined): string {
  if (bytesPerS === undefined || doneBytes === 0) return '';
  if (bytesPerS < 1) return '  stalled';
  return `  ${(bytesPerS / 1e6).toFixed(1)} MB/s  ${duration((totalBytes - doneBytes) / bytesPerS)} left`;
}

/** `7 s`, `3 min 20 s`, `2 h 5 min`: rounded up, since nobody is glad of "0 s left". */
export function duration(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

/** `145.2 MB`, `2.5 GB`, `4.8 kB`. */
export function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e3).toFixed(1)} kB`;
}
