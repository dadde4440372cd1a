/** `npm run bench:asterisk`: the figures of calls over SIP through a real Asterisk, measured from the RTP at the caller. */
import { mkdir } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import { readConfig } from '../../config.ts';
import { ensureAsterisk } from '../asterisk/unpack.ts';
import { openStage } from '../demo/stage.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { createTerminal } from '../terminal.ts';
import { asteriskFigures, type AsteriskMeasurements } from './asterisk/asterisk-figures.ts';
import { explain } from './asterisk/explain.ts';
import { measureAll } from './asterisk/measure-all.ts';
import { BENCH_HELP, parseBenchOptions, type BenchOptions } from './asterisk/options.ts';
import { figuresFile, renderFigures, writeFiguresFile } from './figures.ts';
import { describeMachine, summarizeMachine } from './machine.ts';

/** Average number of processes that wanted a core in the minute before. */
const BUSY_LOAD = 0.5;

/** Exit code 0 when everything that was asked for was measured, whatever it reached: the table says that. */
export async function run(args: readonly string[]): Promise<number> {
  const options = parseBenchOptions(args);
  if (options.isHelp) {
    process.stdout.write(BENCH_HELP);
    return 0;
  }
  using interrupt = listenForInterrupt();
  try {
    return await bench(options, interrupt.signal);
  } catch (error) {
    if (interrupt.exitCode !== undefined || isInzwaError(error, 'INZWA_CANCELLED')) return interrupt.exitCode ?? 130;
    throw error;
  }
}

async function bench(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const terminal = createTerminal();
  const clock = systemClock;
  const install = await ensureAsterisk({ clock, signal });
  const stage = await openStage(readConfig(process.env), signal);
  const described = describeMachine(stage.modelIds);
  const machine = { ...described, packages: { asterisk: install.version, ...described.packages } };
  terminal.line(summarizeMachine(machine));
  const loadBefore = loadavg()[0] ?? 0;

  const { measured, broken } = await measureAll({ ...options, install, stage, terminal, clock, signal });
  const figures = asteriskFigures(measured, options.parts);
  terminal.line();
  terminal.line(renderFigures(figures));
  terminal.line();
  for (const line of explain(measured)) terminal.line(line);
  terminal.line(`${summarizeMachine(machine)} · models ${stage.modelIds.join(', ')}`);
  terminal.line(`Seed ${options.seed}${options.isQuick ? '; quick: too few of everything for percentiles' : ''}.`);
  const isBusy = loadBefore > BUSY_LOAD;
  terminal.line(
    `Load of the machine before: ${loadBefore.toFixed(1)}${isBusy ? ': others were using it, and the figures are theirs as well' : ''}.`,
  );
  for (const why of broken) terminal.line(terminal.style('red', why.split('\n', 1).join('')));
  if (options.jsonPath !== undefined) {
    await mkdir(dirname(options.jsonPath), { recursive: true });
    const measuredAt = new Date(clock.wallMs()).toISOString();
    const details = { seed: options.seed, isQuick: options.isQuick, loadBefore, broken, ...withoutRaw(measured) };
    await writeFiguresFile(options.jsonPath, figuresFile('asterisk', figures, { machine, measuredAt, details }));
    terminal.line(`Written to ${options.jsonPath}`);
  }
  return broken.length === 0 ? 0 : 1;
}

/** Without the hundred thousand times between packets, of which the figures say enough. */
function withoutRaw({ crowds, ...measured }: AsteriskMeasurements): object {
  return { ...measured, ...(crowds && { crowds: crowds.map((crowd) => ({ ...crowd, interarrivalsMs: undefined })) }) };
}
