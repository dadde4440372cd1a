/** `npm run bench:capacity`: how many callers are served well, by all models on this machine and by engines elsewhere. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import { readConfig } from '../../config.ts';
import { speakTexts } from '../demo/caller-voice.ts';
import { openStage, type Stage } from '../demo/stage.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { createTerminal, type Terminal } from '../terminal.ts';
import { planCall } from './call-plan.ts';
import { crowdFigures, faultFigures, servingFigures } from './capacity/capacity-figures.ts';
import { measureCrowd } from './capacity/crowd.ts';
import { FAULTS, measureFaults } from './capacity/faults.ts';
import { measureServing } from './capacity/serving.ts';
import { figuresFile, renderFigures, writeFiguresFile, type Figure } from './figures.ts';
import { describeMachine, summarizeMachine } from './machine.ts';

const HELP = `Usage: npm run bench:capacity [-- options]

Calls the service with more and more telephones until it turns one away, all models real; then 200 calls at once with
engines that cost nothing; then calls with one engine at fault, each way in turn. The telephones of many calls run in a
process of their own. Takes about twelve minutes.

  --quick        about four minutes: less time at full load, 100 calls instead of 200, and of the faults only engines that hang
  --only PART    real, stub or faults
  --seed N       who says what and when (default 1)
  --json FILE    writes {"figures": {"callsServed": {"value", "n"}, …}} to FILE

Close other programs: on a busy machine the figures are those of the machine.
`;

/** Of every ten turns of a plan half are questions that a card answers. */
const PLANNED_TURNS = 60;

const PARTS: readonly string[] = ['real', 'stub', 'faults'];

interface Options {
  readonly isQuick: boolean;
  readonly only: string | undefined;
  readonly seed: number;
  readonly jsonPath: string | undefined;
}

interface Tools {
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
    return await bench(options, { terminal: createTerminal(), clock: systemClock, signal: interrupt.signal });
  } catch (error) {
    if (interrupt.exitCode !== undefined || isInzwaError(error, 'INZWA_CANCELLED')) return interrupt.exitCode ?? 130;
    throw error;
  }
}

async function bench({ isQuick, only, seed, jsonPath }: Options, tools: Tools): Promise<number> {
  const { terminal, clock, signal } = tools;
  const stage = await openStage(readConfig(process.env), signal);
  const machine = describeMachine(stage.modelIds);
  terminal.line(summarizeMachine(machine));
  const figures: Figure[] = [];
  const details: Record<string, unknown> = { seed };
  if (only === undefined || only === 'real') {
    const lines = await speakQuestions(stage, seed, tools);
    terminal.line('Callers come until one is turned away …');
    const pace = isQuick ? { everyMs: 6_000, holdMs: 45_000 } : { everyMs: 12_000, holdMs: 120_000 };
    const serving = await measureServing({ ...tools, ...pace, lines, seed });
    for (const why of serving.lost) terminal.line(`  lost: ${why}`);
    figures.push(...servingFigures(serving));
    details['serving'] = serving;
  }
  if (only === undefined || only === 'stub') {
    const size = isQuick ? { calls: 100, talkMs: 20_000 } : { calls: 200, talkMs: 60_000 };
    terminal.line(`${size.calls} calls with engines that cost nothing …`);
    const crowd = await measureCrowd({ ...tools, ...size, seed });
    figures.push(...crowdFigures(crowd));
    details['crowd'] = crowd;
  }
  if (only === undefined || only === 'faults') {
    terminal.line('One engine at fault …');
    const some = isQuick ? { faults: FAULTS.filter((fault) => fault.endsWith(':hangs')) } : {};
    const faults = await measureFaults({ ...tools, ...some });
    figures.push(...faultFigures(faults));
    details['faults'] = faults;
  }
  terminal.line();
  terminal.line(renderFigures(figures));
  terminal.line();
  terminal.line(`${summarizeMachine(machine)} · models ${stage.modelIds.join(', ')}`);
  if (jsonPath !== undefined) {
    await mkdir(dirname(jsonPath), { recursive: true });
    const measuredAt = new Date(clock.wallMs()).toISOString();
    await writeFiguresFile(jsonPath, figuresFile('capacity', figures, { machine, measuredAt, details }));
    terminal.line(`Written to ${jsonPath}`);
  }
  return figures.every(({ measured }) => measured !== undefined) ? 0 : 1;
}

/** Made before anything is measured. */
async function speakQuestions(stage: Stage, seed: number, { terminal, signal }: Tools): Promise<readonly Int16Array[]> {
  const plan = planCall(stage.hotline, PLANNED_TURNS, seed);
  const texts = [...new Set(plan.filter(({ kind }) => kind === 'card').map(({ text }) => text))];
  terminal.line(`Making the callers' voice: ${texts.length} sentences …`);
  const { vits, hotline } = stage;
  return speakTexts(texts, { vits, speakable: (text) => hotline.pack.language.speakable(text), signal });
}

function parse(args: readonly string[]): Options {
  const refuse = (why: string): never => {
    throw new InzwaError('INZWA_CONFIG_INVALID', `${why}\n\n${HELP}`);
  };
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string' },
        seed: { type: 'string', default: '1' },
        json: { type: 'string' },
      },
    });
    const { quick = false, only, seed, json } = values;
    if (only !== undefined && !PARTS.includes(only)) return refuse(`--only takes ${PARTS.join(', ')}`);
    if (!/^\d+$/u.test(seed)) return refuse(`--seed needs a whole number, not "${seed}"`);
    return { isQuick: quick, only, seed: Number(seed), jsonPath: json };
  } catch (error) {
    if (isInzwaError(error)) throw error;
    return refuse(messageOf(error));
  }
}
