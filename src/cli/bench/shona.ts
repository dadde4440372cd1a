/** `npm run bench:shona`: how well Shona is read, understood and answered; every figure in one table. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { createTerminal, type Terminal } from '../terminal.ts';
import { figuresFile, judge, renderFigures, writeFiguresFile, type Figure } from './figures.ts';
import { describeMachine, summarizeMachine } from './machine.ts';
import { heardFigures } from './shona/heard.ts';
import { pronouncedFigures } from './shona/pronounced.ts';
import { spokenFigures } from './shona/spoken.ts';
import { speedFigures } from './shona/speed.ts';
import { ShonaTables } from './shona/tables.ts';
import { writtenFigures } from './shona/written.ts';

const HELP = `Usage: npm run bench:shona [-- options]

Measures the Shona text front end against tables, and recognition and answers with a synthetic caller over a telephone line.

  --data DIR     folder of tables to measure against (default: ../shared/shona beside the project); without one only what
                 needs none is measured
  --only PART    text or speech
  --quick        a fiftieth of the random values, one manner of speaking, five minutes of what is no speech
  --failures     also print what failed, up to twenty of a kind
  --hotline NAME whose questions are asked (default kiriniki)
  --every N      says every N-th sentence in each manner (default 1: some thousand, half an hour)
  --cache DIR    keeps what was spoken and heard there, for a quicker second run
  --seed N       of everything random (default 6)
  --json FILE    writes the figures to FILE
`;

const PARTS = ['text', 'speech'] as const;
const RANDOM_VALUES = 1_000_000;
const QUICK_SHARE = 50;
const DATA_FOLDER = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'shona');

interface Options {
  readonly data: string;
  readonly parts: readonly (typeof PARTS)[number][];
  readonly isQuick: boolean;
  readonly showsFailures: boolean;
  readonly hotline: string;
  readonly every: number;
  readonly cacheDir: string | undefined;
  readonly seed: number;
  readonly jsonPath: string | undefined;
}

/** Exit code 0 when everything was measured, whatever it reached: the table says that. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  const options = parse(args);
  using interrupt = listenForInterrupt();
  try {
    return await bench(options, interrupt.signal);
  } catch (error) {
    if (interrupt.exitCode !== undefined || isInzwaError(error, 'INZWA_CANCELLED')) return interrupt.exitCode ?? 130;
    throw error;
  }
}

async function bench(options: Options, signal: AbortSignal): Promise<number> {
  const terminal = createTerminal();
  const machine = describeMachine();
  terminal.line(summarizeMachine(machine));
  const figures: Figure[] = [];
  if (options.parts.includes('text')) figures.push(...(await textFigures(options, terminal, signal)));
  if (options.parts.includes('speech')) figures.push(...(await speechFigures(options, terminal, signal)));
  terminal.line();
  terminal.line(renderFigures(figures));
  terminal.line();
  terminal.line(`Seed ${options.seed}${options.isQuick ? '; quick: a fiftieth of the random values' : ''}.`);
  if (options.jsonPath !== undefined) {
    await mkdir(dirname(options.jsonPath), { recursive: true });
    const measuredAt = new Date(systemClock.wallMs()).toISOString();
    const details = { seed: options.seed, isQuick: options.isQuick };
    await writeFiguresFile(options.jsonPath, figuresFile('shona', figures, { machine, measuredAt, details }));
    terminal.line(`Written to ${options.jsonPath}`);
  }
  return figures.some((figure) => judge(figure) === 'unmeasured') ? 1 : 0;
}

async function speechFigures(options: Options, terminal: Terminal, signal: AbortSignal): Promise<readonly Figure[]> {
  const { hotline, seed, isQuick, cacheDir, every, showsFailures } = options;
  const onProgress = progressOn(terminal);
  const tables = new ShonaTables(options.data);
  const found = await spokenFigures(tables, { hotline, seed, isQuick, cacheDir, every, signal, onProgress });
  terminal.status();
  if (showsFailures) for (const line of found.failures) terminal.line(line);
  return found.figures;
}

function progressOn(terminal: Terminal): (what: string, done: number, of: number) => void {
  return (what, done, of) => terminal.status(`${what}: ${done.toLocaleString('en')} of ${of.toLocaleString('en')}`);
}

async function textFigures(options: Options, terminal: Terminal, signal: AbortSignal): Promise<readonly Figure[]> {
  const tables = new ShonaTables(options.data);
  const count = options.isQuick ? RANDOM_VALUES / QUICK_SHARE : RANDOM_VALUES;
  const onProgress = progressOn(terminal);
  const found = [
    writtenFigures(tables),
    await heardFigures(tables, { count, seed: options.seed, signal, onProgress }),
    pronouncedFigures(tables),
  ];
  terminal.status();
  if (options.showsFailures) for (const line of found.flatMap(({ failures }) => failures)) terminal.line(line);
  return [...found.flatMap(({ figures }) => figures), ...speedFigures(tables, systemClock)];
}

function parse(args: readonly string[]): Options {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        data: { type: 'string', default: DATA_FOLDER },
        only: { type: 'string' },
        quick: { type: 'boolean', default: false },
        failures: { type: 'boolean', default: false },
        seed: { type: 'string', default: '6' },
        hotline: { type: 'string', default: 'kiriniki' },
        cache: { type: 'string' },
        every: { type: 'string', default: '1' },
        json: { type: 'string' },
      },
    }));
  } catch (error) {
    throw new InzwaError('INZWA_CONFIG_INVALID', `${messageOf(error)}. See: npm run bench:shona -- --help`);
  }
  const { data, only, quick, failures, seed, json, hotline, cache: cacheDir, every } = values;
  const parts = PARTS.filter((part) => only === undefined || part === only);
  if (parts.length === 0)
    throw new InzwaError('INZWA_CONFIG_INVALID', `--only is ${PARTS.join(' or ')}, not "${only ?? ''}"`);
  if (!/^[1-9]\d{0,8}$/u.test(seed))
    throw new InzwaError('INZWA_CONFIG_INVALID', `--seed "${seed}" is not a whole number above 0`);
  if (!/^[1-9]\d?$/u.test(every)) {
    throw new InzwaError('INZWA_CONFIG_INVALID', `--every "${every}" is not a whole number from 1 to 99`);
  }
  return {
    data,
    hotline,
    every: Number(every),
    cacheDir,
    parts,
    isQuick: quick,
    showsFailures: failures,
    seed: Number(seed),
    jsonPath: json,
  };
}
