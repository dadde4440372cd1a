/** Shows a pull on the terminal: one bar per model, a line when it is done, a line for everything unusual. */
import { systemClock, type Clock } from '#kernel/clock.ts';
import type { PullEvent, PullPhase } from '#models/pull-context.ts';
import { duration, size, type ProgressBar, type Terminal } from './terminal.ts';

const PHASES: Readonly<Record<PullPhase, string>> = {
  check: 'checking',
  download: 'pulling',
  build: 'building',
};

export interface PullReport extends Disposable {
  readonly report: (event: PullEvent) => void;
}

/** Disposing takes an unfinished bar off the screen. */
export function pullReport(terminal: Terminal, clock: Clock = systemClock): PullReport {
  let bar: { readonly key: string; readonly bar: ProgressBar } | undefined;
  let started: { readonly id: string; readonly atMs: number } | undefined;
  let downloadedBytes = 0;
  const endBar = (): void => {
    bar?.bar.end();
    bar = undefined;
  };
  return {
    report(event) {
      switch (event.kind) {
        case 'waiting':
          terminal.line(`Another pull is running (process ${event.holderPid}); waiting for it to finish.`);
          return;
        case 'notice':
          terminal.line(`${terminal.style('yellow', '!')} ${event.id}  ${event.text}`);
          return;
        case 'progress': {
          const key = `${event.id} ${event.phase}`;
          if (started?.id !== event.id) {
            started = { id: event.id, atMs: clock.nowMs() };
            downloadedBytes = 0;
          }
          if (bar?.key !== key) {
            endBar();
            bar = {
              key,
              bar: terminal.progress(`  ${event.id.padEnd(14)} ${PHASES[event.phase].padEnd(8)}`, {
                isQuick: event.phase === 'check',
              }),
            };
          }
          if (event.phase === 'download') downloadedBytes = event.doneBytes;
          bar.bar.update(event);
          return;
        }
        case 'done': {
          endBar();
          const took = started?.id === event.id ? `in ${duration((clock.nowMs() - started.atMs) / 1_000)}` : '';
          const what = downloadedBytes > 0 ? `${size(downloadedBytes)} pulled and verified ${took}` : 'verified';
          terminal.line(`${terminal.style('green', '✓')} ${event.id.padEnd(14)} ${what}`);
          downloadedBytes = 0;
          return;
        }
      }
    },
    [Symbol.dispose]: endBar,
  };
}
