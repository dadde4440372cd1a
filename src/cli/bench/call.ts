/** `npm run bench:call`: the figures of one call, measured at the caller's end of the wire against the real service. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import { readConfig } from '../../config.ts';
import type { WhisperFigures } from './whisper/whisper-bench.ts';
import { speakTexts } from '../demo/caller-voice.ts';
import { ChildService } from '../demo/child-service.ts';
import { fillersOf, openStage, type Stage } from '../demo/stage.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { createTerminal, type Terminal } from '../terminal.ts';
import { callFigures, type CallMeasurements } from './call-figures.ts';
import { memoryPerCall, residentMb } from './call-memory.ts';
import { planCall, type PlannedTurn } from './call-plan.ts';
import { measureCalls } from './call-run.ts';
import { figuresFile, renderFigures, writeFiguresFile } from './figures.ts';
import { describeMachine, summarizeMachine } from './machine.ts';

const HELP = `Usage: npm run bench:call [-- options]

Starts the service, telephones it, and measures from the caller's recording. Takes about ten minutes.

  --turns N       turns to measure, at least 40 (default 50: 25 questions, 10 interruptions, 15 sentences from outside)
  --seed N        which questions, in which order (default 1)
  --json FILE     writes {"figures": {"ttfwCardMs": {"p50", "p90", "p95", "n"}, …}} to FILE
  --skip-whisper  leaves out the comparison with faster-whisper, which needs Python 3 and PyPI once

Close other programs: on a busy machine the figures are those of the machine.
`;

const LEAST_TURNS = 40;
const DEFAULT_TURNS = 50;
/** Said before anything counts; the second goes all the way through recognition, card and synthesis. */
const WARM_UP = ['Makadii zvenyu?', 'Kiriniki iri kupi?'];
/** One start can meet a cold disk. */
const STARTS = 3;
/** The six calls that are open at the end, and room for one that is still closing. */
const ENV = { INZWA_MAX_CALLS: '8' };

interface Options {
  readonly turns: number;
  readonly seed: number;
  readonly jsonPath: string | undefined;
  readonly withWhisper: boolean;
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
  const clock = systemClock;
  const stage = await openStage(readConfig(process.env), signal);
  const plan = planCall(stage.hotline, options.turns, options.seed);
  const audio = await speakPlan(plan, stage, terminal, signal);
  const machine = describeMachine(stage.modelIds);
  terminal.line(summarizeMachine(machine));

  const service = await measureService(plan, audio, stage, { terminal, clock, signal });
  const whisper = options.withWhisper ? await measureWhisper(stage, terminal, signal) : undefined;
  const figures = callFigures({ ...service, whisper });
  terminal.line();
  terminal.line(renderFigures(figures));
  terminal.line();
  terminal.line(`${summarizeMachine(machine)} · models ${stage.modelIds.join(', ')}`);
  const { calls } = service;
  terminal.line(
    `${calls.turns.length} turns in ${calls.calls} call${calls.calls === 1 ? '' : 's'}; the telephone itself was more than 5 ms late in ${calls.phoneLateTicks} of ${calls.phoneTicks} ticks.`,
  );
  if (options.jsonPath !== undefined) {
    await mkdir(dirname(options.jsonPath), { recursive: true });
    const measuredAt = new Date(clock.wallMs()).toISOString();
    const details = { seed: options.seed, ...service };
    await writeFiguresFile(options.jsonPath, figuresFile('call', figures, { machine, measuredAt, details }));
    terminal.line(`Written to ${options.jsonPath}`);
  }
  return figures.every(({ measured }) => measured !== undefined) || !options.withWhisper ? 0 : 1;
}

interface Tools {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function measureService(
  plan: readonly PlannedTurn[],
  audio: ReadonlyMap<string, Int16Array>,
  stage: Stage,
  { terminal, clock, signal }: Tools,
): Promise<Omit<CallMeasurements, 'whisper'>> {
  const readySeconds: number[] = [];
  for (let start = 1; start < STARTS; start += 1) {
    await using again = await ChildService.start({ clock, signal, env: ENV });
    readySeconds.push(again.readyAfterMs / 1000);
  }
  await using service = await ChildService.start({ clock, signal, env: ENV });
  readySeconds.push(service.readyAfterMs / 1000);
  terminal.line(`Ready after ${readySeconds.map((seconds) => seconds.toFixed(1)).join(', ')} s. Calling …`);
  const readings: number[] = [];
  const read = async (): Promise<void> => {
    const mb = await residentMb(service, clock, signal);
    if (mb !== undefined) readings.push(mb);
  };
  const calls = await measureCalls({
    service,
    plan,
    warmUp: WARM_UP.map((text) => ({ text, pcm: audio.get(text) ?? new Int16Array(0) })),
    audio,
    fillers: fillersOf(stage.hotline),
    terminal,
    clock,
    signal,
    onWarm: read,
  });
  const warmMb = readings[0];
  await read();
  terminal.line('Opening five more calls …');
  const perCall = await Promise.race([memoryPerCall(service, clock, signal), service.died]);
  if (perCall !== undefined) readings.push(perCall.oneCallMb, perCall.sixCallsMb);
  const peakMb = readings.length === 0 ? undefined : Math.max(...readings);
  return { calls, readySeconds, warmMb, peakMb, perCall };
}

/** Every text once, however often it is said. */
async function speakPlan(
  plan: readonly PlannedTurn[],
  stage: Stage,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Int16Array>> {
  const texts = [...new Set([...WARM_UP, ...plan.map(({ text }) => text)])];
  terminal.line(`Making the caller's voice: ${texts.length} sentences …`);
  const spoken = await speakTexts(texts, {
    vits: stage.vits,
    speakable: (text) => stage.hotline.pack.language.speakable(text),
    signal,
  });
  return new Map(texts.map((text, index) => [text, spoken[index] ?? new Int16Array(0)]));
}

/** Undefined, with a sentence on the terminal, when faster-whisper cannot be had: the other figures stand without it. */
async function measureWhisper(
  stage: Stage,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<WhisperFigures | undefined> {
  if (stage.whisperBench === undefined) {
    terminal.line('No comparison with faster-whisper: this profile’s models are not those that it can load.');
    return undefined;
  }
  terminal.line('Whisper beside faster-whisper …');
  const { benchWhisper } = await import('./whisper/whisper-bench.ts');
  try {
    const cacheDir = join(stage.modelsFolder, '..', 'bench');
    return (await benchWhisper({ ...stage.whisperBench, cacheDir, signal })).figures;
  } catch (error) {
    signal.throwIfAborted();
    terminal.line(`No comparison with faster-whisper: ${messageOf(error)}`);
    return undefined;
  }
}

function parse(args: readonly string[]): Options {
  const refuse = (why: string): never => {
    throw new InzwaError('INZWA_CONFIG_INVALID', `${why}\n\n${HELP}`);
  };
  const whole = (text: string | undefined, fallback: number, name: string): number => {
    if (text === undefined) return fallback;
    return /^\d+$/u.test(text) ? Number(text) : refuse(`--${name} needs a whole number, not "${text}"`);
  };
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        turns: { type: 'string' },
        seed: { type: 'string' },
        json: { type: 'string' },
        'skip-whisper': { type: 'boolean' },
      },
    });
    const turns = whole(values.turns, DEFAULT_TURNS, 'turns');
    if (turns < LEAST_TURNS) return refuse(`--turns must be at least ${LEAST_TURNS}, or the percentiles mean nothing`);
    return {
      turns,
      seed: whole(values.seed, 1, 'seed'),
      jsonPath: values.json,
      withWhisper: values['skip-whisper'] !== true,
    };
  } catch (error) {
    if (isInzwaError(error)) throw error;
    return refuse(messageOf(error));
  }
}
