/** `npm run bench:turns`: who has the floor, scored from the recordings of synthetic callers. */
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import { readConfig } from '../../config.ts';
import { openStage } from '../demo/stage.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { createTerminal, type Terminal } from '../terminal.ts';
import { writeFiguresFile } from './figures.ts';
import { describeMachine, summarizeMachine } from './machine.ts';
import type { Agent, Wire } from './turns/agent.ts';
import {
  parseTurnsOptions,
  QUICK_BEGIN_MS,
  QUICK_END_MS,
  TURNS_HELP,
  type TurnsOptions,
} from './turns/bench-options.ts';
import { callAll, type CallsMade } from './turns/call-all.ts';
import { CallerSounds } from './turns/caller-sounds.ts';
import { openLocalAgent } from './turns/local-agent.ts';
import { aboutLeftOut } from './turns/lines-left-out.ts';
import { planCalls } from './turns/plan-calls.ts';
import { openRemoteAgent } from './turns/remote-agent.ts';
import { renderHtml } from './turns/report-html.ts';
import { turnsFile, type RunContext } from './turns/report-json.ts';
import { renderByLine, renderCutOffs, renderTurnFigures } from './turns/report-table.ts';
import { runCalls } from './turns/run-calls.ts';
import { turnFigures } from './turns/score-figures.ts';

const WORST = 10;

/** What a reader must know to believe the table. */
const DEFINITIONS = [
  'Times are audible edges of the telephone’s recording (5 ms blocks from −50 dBFS), never what the agent says of itself. Intervals: calls drawn again.',
  'A silence of 400 ms is a stop. Windows as in tau-voice: 2.0 s to yield; 1.0 s to talk on; 2.0 s of silence after a sound that is not for the agent. Strictly: 200 ms are a stop, and 3.5 s of silence are wanted.',
  'A reply that ended by itself under a sound measures nothing. Rates of fewer than ten events are not shown.',
] as const;

/** Exit code 0 when the calls were made, whatever was reached: the table says that; 1 when one failed. */
export async function run(args: readonly string[]): Promise<number> {
  const options = parseTurnsOptions(args);
  if (options.isHelp) {
    process.stdout.write(TURNS_HELP);
    return 0;
  }
  using interrupt = listenForInterrupt();
  try {
    const isMade = await bench(options, interrupt.signal);
    return interrupt.exitCode ?? (isMade ? 0 : 1);
  } catch (error) {
    if (interrupt.exitCode !== undefined || isInzwaError(error, 'INZWA_CANCELLED')) return interrupt.exitCode ?? 130;
    throw error;
  }
}

/** Whether every call was made that there was time for. */
async function bench(options: TurnsOptions, signal: AbortSignal): Promise<boolean> {
  const startMs = systemClock.nowMs();
  const terminal = createTerminal();
  const loadBefore = loadavg()[0] ?? 0;
  const { hotline, modelIds } = await openStage(readConfig(process.env), signal);
  const machine = describeMachine(options.agentUrl === undefined ? modelIds : []);
  terminal.line(summarizeMachine(machine));
  await using sounds = await CallerSounds.open({ hotline, signal });
  const lines = options.lines.filter((line) => !sounds.leftOut.has(line));
  const leftOut = aboutLeftOut(sounds.leftOut, options.lines);
  if (lines.length === 0) {
    throw new InzwaError('INZWA_CONFIG_INVALID', `none of these lines can be made here. ${leftOut ?? ''}`);
  }
  if (leftOut !== undefined) terminal.line(leftOut);
  const { seed, events, classes } = options;
  const wires: readonly Wire[] = options.agentUrl === undefined ? ['twilio', 'asterisk'] : ['twilio'];
  const plan = planCalls({ hotline, seed, eventsPerClass: events, classes, lines, wires });
  terminal.line(`${plan.length} calls on the lines ${lines.join(', ')}, seed ${seed}.`);
  await using agent = await openAgent(options, signal);
  const made = await callAll({
    plan,
    callOne: async (call, opts) => {
      await sounds.prepare([call], { signal: opts.signal });
      return (await runCalls({ plan: [call], agent, sounds, ...opts })).failed;
    },
    time: options.isQuick ? { lastBeginsMs: startMs + QUICK_BEGIN_MS, endsMs: startMs + QUICK_END_MS } : undefined,
    worst: WORST,
    onCall: ({ line, wire }, index) => {
      const minutes = Math.round((systemClock.nowMs() - startMs) / 60_000);
      terminal.status(`call ${index + 1} of ${plan.length}, ${minutes} min, line ${line}, ${wire}`);
    },
    clock: systemClock,
    signal,
  });
  terminal.status();
  const context: RunContext = {
    machine,
    measuredAt: new Date(systemClock.wallMs()).toISOString(),
    agent: agent.name,
    seed,
    isQuick: options.isQuick,
    events,
    planned: plan.length,
    failed: made.failed,
    leftOut,
  };
  await report(made, context, options, { terminal, loadBefore });
  return made.scores.length > 0 && made.failed.length === 0;
}

/** A webhook's signature is made with the same variables that a service checks it with. */
function openAgent({ agentUrl, isMachineShared }: TurnsOptions, signal: AbortSignal): Promise<Agent> {
  if (agentUrl === undefined) return openLocalAgent({ signal, isMachineShared });
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken } = process.env;
  return Promise.resolve(
    openRemoteAgent({ url: agentUrl, ...(accountSid && { accountSid }), ...(authToken && { authToken }) }),
  );
}

interface ReportTools {
  readonly terminal: Terminal;
  readonly loadBefore: number;
}

async function report(made: CallsMade, context: RunContext, options: TurnsOptions, tools: ReportTools): Promise<void> {
  const { terminal } = tools;
  const { scores: calls, failed } = made;
  for (const { id, why } of failed)
    terminal.line(terminal.style('red', `${id} failed: ${why.split('\n', 1).join('')}`));
  const about = aboutRun(made, context, { ...options, loadBefore: tools.loadBefore });
  if (calls.length === 0) {
    for (const sentence of about) terminal.line(sentence);
    return;
  }
  const figures = turnFigures(calls, context.seed);
  const cutOffs = renderCutOffs(calls);
  terminal.line();
  terminal.line(renderTurnFigures(figures));
  terminal.line();
  terminal.line(renderByLine(calls));
  terminal.line();
  for (const sentence of [...cutOffs, ...DEFINITIONS, ...about]) terminal.line(sentence);
  if (options.jsonPath !== undefined) {
    await mkdir(dirname(options.jsonPath), { recursive: true });
    await writeFiguresFile(options.jsonPath, turnsFile(figures, calls, context));
    terminal.line(`Written to ${options.jsonPath}`);
  }
  if (options.htmlPath !== undefined) {
    await mkdir(dirname(options.htmlPath), { recursive: true });
    const page = renderHtml({
      title: 'Turn taking',
      context: [`${context.measuredAt} · ${context.agent}`, summarizeMachine(context.machine), ...about],
      figures,
      notes: [...cutOffs, ...DEFINITIONS, ...failed.map(({ id, why }) => `${id} failed: ${why}`)],
      clips: made.worst,
    });
    await writeFile(options.htmlPath, page);
    terminal.line(`Written to ${options.htmlPath}`);
  }
}

function aboutRun(
  { scores: calls, minutes, endedEarly }: CallsMade,
  context: RunContext,
  { loadBefore, isMachineShared }: { readonly loadBefore: number; readonly isMachineShared: boolean },
): readonly string[] {
  const acts = calls.reduce((sum, call) => sum + call.acts, 0);
  const spokenMinutes = calls.reduce((sum, call) => sum + call.durationMs, 0) / 60_000;
  const { planned, seed, machine } = context;
  const isTheirs = loadBefore > BUSY_LOAD && !isMachineShared;
  return [
    `${calls.length} of ${planned} planned calls, ${acts} acts, ${spokenMinutes.toFixed(0)} minutes of telephone in ${minutes.toFixed(1)} minutes; seed ${seed}.`,
    ...(endedEarly === undefined ? [] : [`The run ended before its plan: ${endedEarly}.`]),
    ...(context.leftOut === undefined ? [] : [context.leftOut]),
    ...(machine.models.length === 0 ? [] : [`Models: ${machine.models.join(', ')}.`]),
    `Load of the machine before: ${loadBefore.toFixed(1)}${isTheirs ? ': others were using it, and the delays are theirs as well' : ''}.`,
    ...(isMachineShared
      ? ['What the working thread waited for a core that others had is not counted (--shared).']
      : []),
  ];
}

/** Average number of processes that wanted a core in the minute before. */
const BUSY_LOAD = 0.5;
