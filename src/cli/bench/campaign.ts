/** `npm run bench:campaign`: is nobody called twice, at night or against their will, whatever breaks; and how fast is it? */
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import { createLogger } from '#src/observability/logger.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { createTerminal, type Terminal } from '../terminal.ts';
import {
  claimFigures,
  cutFigures,
  dayFigures,
  importFigures,
  killFigures,
  loopFigures,
  type NamedKillRun,
} from './campaign/campaign-figures.ts';
import { measureClaims } from './campaign/claims.ts';
import { BenchDatabases, type DatabaseName } from './campaign/databases.ts';
import { liveThroughDay } from './campaign/day.ts';
import { measureImport } from './campaign/import.ts';
import { FAULTS, runKills } from './campaign/kill/killer.ts';
import { measureLoop } from './campaign/loop.ts';
import { cutPower } from './campaign/power-cut.ts';
import { figuresFile, renderFigures, writeFiguresFile, type Figure } from './figures.ts';
import { describeMachine, summarizeMachine } from './machine.ts';

const HELP = `Usage: npm run bench:campaign [-- options]

Kills a dialler 50 times while it calls 2,000 people by a carrier in software that loses answers, on SQLite and on
PostgreSQL, and compares what the carrier placed with what the records say; cuts the power under the records 20 times; and
measures claims, an import of 100,000 rows, a day with 50,000 people, and 30 calls beside the dialler. Takes about half an
hour. No real telephone rings.

  --quick        about five minutes: a tenth of the people, kills and rows
  --only PART    kill, power, claims, import, day or loop
  --on DATABASE  sqlite or postgres (default both)
  --seed N       faults, kills and people (default 1)
  --json FILE    writes {"figures": {"claimsSqlite": {"value", "n"}, …}} to FILE

Close other programs: on a busy machine the figures are those of the machine.
`;

const PARTS = ['kill', 'power', 'claims', 'import', 'day', 'loop'] as const;
type Part = (typeof PARTS)[number];
const DATABASES: readonly DatabaseName[] = ['sqlite', 'postgres'];

interface Options {
  readonly isQuick: boolean;
  readonly only: Part | undefined;
  readonly on: readonly DatabaseName[];
  readonly seed: number;
  readonly jsonPath: string | undefined;
}

interface Tools extends Options {
  readonly databases: BenchDatabases;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
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
    const { signal } = interrupt;
    const clock = systemClock;
    await using databases = new BenchDatabases({ clock, signal });
    return await bench({ ...options, databases, terminal: createTerminal(), clock, signal });
  } catch (error) {
    if (interrupt.exitCode !== undefined || isInzwaError(error, 'INZWA_CANCELLED')) return interrupt.exitCode ?? 130;
    throw error;
  }
}

async function bench(tools: Tools): Promise<number> {
  const { terminal, clock, seed, only, jsonPath } = tools;
  const machine = describeMachine([]);
  terminal.line(summarizeMachine(machine));
  const figures: Figure[] = [];
  for (const part of PARTS.filter((each) => only === undefined || each === only)) {
    figures.push(...(await MEASURES[part](tools)));
  }
  terminal.line('');
  terminal.line(renderFigures(figures));
  if (jsonPath !== undefined) {
    const measuredAt = new Date(clock.wallMs()).toISOString();
    await mkdir(dirname(jsonPath), { recursive: true });
    await writeFiguresFile(jsonPath, figuresFile('campaign', figures, { machine, measuredAt, details: { seed } }));
  }
  return 0;
}

const MEASURES: Readonly<Record<Part, (tools: Tools) => Promise<readonly Figure[]>>> = {
  async kill(tools) {
    const { isQuick, on, seed, databases, terminal, signal } = tools;
    const runs: NamedKillRun[] = [];
    const folder = await mkdtemp(join(tmpdir(), 'inzwa-kill-'));
    for (const name of on) {
      terminal.line(`A dialler is killed again and again, on ${name} …`);
      await using empty = await databases.open(name);
      const kills = await runKills({
        ...empty,
        ...(isQuick ? { people: 200, kills: 8, longOutages: 3 } : { people: 2_000, kills: 50, longOutages: 17 }),
        slots: isQuick ? { openMinutes: 4, closedMinutes: 1 } : { openMinutes: 20, closedMinutes: 4 },
        ...{ seed, speed: 10, faults: FAULTS, logFile: join(folder, `${name}.log`), timeoutMs: 1_200_000, signal },
        onProgress: everySome(20, (line) => terminal.line(`  ${line}`)),
      });
      runs.push({ name, ...kills });
    }
    return killFigures(runs);
  },

  async power({ isQuick, seed, terminal, signal }) {
    terminal.line('The power fails …');
    const onProgress = (line: string): void => terminal.line(`  ${line}`);
    return cutFigures(await cutPower({ cuts: isQuick ? 3 : 20, seed, onProgress, signal }));
  },

  async claims({ isQuick, on, databases, terminal, clock }) {
    const people = isQuick ? 1_000 : 5_000;
    const figures: Figure[] = [];
    for (const name of on) {
      terminal.line(`Calls are claimed, on ${name} …`);
      for (const atOnce of [25, 1]) {
        await using empty = await databases.open(name);
        figures.push(...claimFigures(name, atOnce, await measureClaims({ ...empty, clock, people, atOnce })));
      }
    }
    return figures;
  },

  async import({ isQuick, on, databases, terminal, clock, signal }) {
    const rows = isQuick ? 10_000 : 100_000;
    const figures: Figure[] = [];
    for (const name of on) {
      terminal.line(`${rows} rows are imported, on ${name} …`);
      await using empty = await databases.open(name);
      figures.push(...importFigures(name, rows, await measureImport({ ...empty, rows, clock, signal })));
    }
    return figures;
  },

  async day({ isQuick, on, seed, databases, terminal, clock, signal }) {
    const figures: Figure[] = [];
    for (const name of on) {
      terminal.line(`A day passes, on ${name} …`);
      await using empty = await databases.open(name);
      const logger = createLogger('error');
      const onProgress = everySome(6, (line) => terminal.line(`  ${line}`));
      const people = isQuick ? 5_000 : 50_000;
      const day = await liveThroughDay({ ...empty, clock, logger, people, seed, onProgress, signal });
      figures.push(...dayFigures(name, people, day));
    }
    return figures;
  },

  async loop({ isQuick, on, seed, databases, terminal, clock, signal }) {
    const figures: Figure[] = [];
    for (const name of on) {
      terminal.line(`Thirty calls talk beside the dialler, on ${name} …`);
      await using empty = await databases.open(name);
      const talkMs = isQuick ? 15_000 : 60_000;
      const loop = await measureLoop({ ...empty, calls: 30, talkMs, cps: 10, seed, clock, signal });
      figures.push(...loopFigures(name, loop));
    }
    return figures;
  },
};

/** The first of every `count` lines. */
function everySome(count: number, say: (line: string) => void): (line: string) => void {
  let said = 0;
  return (line) => {
    if (said++ % count === 0) say(line);
  };
}

function parse(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        on: { type: 'string' },
        seed: { type: 'string', default: '1' },
        json: { type: 'string' },
      },
    });
    const only = values.only === undefined ? undefined : PARTS.find((part) => part === values.only);
    const on = values.on === undefined ? DATABASES : DATABASES.filter((name) => name === values.on);
    if (values.only !== undefined && only === undefined) throw new Error(`--only must be one of ${PARTS.join(', ')}`);
    if (on.length === 0) throw new Error('--on must be sqlite or postgres');
    const seed = Number(values.seed);
    if (!Number.isSafeInteger(seed)) throw new Error('--seed must be a whole number');
    return { isQuick: values.quick, only, on, seed, jsonPath: values.json };
  } catch (error) {
    throw new InzwaError('INZWA_CONFIG_INVALID', `${messageOf(error)}. See npm run bench:campaign -- --help.`);
  }
}
