/** Runs the parts one after the other, each against a service and an Asterisk that are started for it. */
import { messageOf } from '#kernel/errors.ts';
import type { AsteriskInstall } from '../../asterisk/install.ts';
import { AsteriskRig, type RigOptions } from '../../asterisk/rig.ts';
import { speakTexts } from '../../demo/caller-voice.ts';
import { freePort } from '../../demo/child-service.ts';
import type { Stage } from '../../demo/stage.ts';
import type { Terminal } from '../../terminal.ts';
import { seededRandom } from '../statistics.ts';
import type { AsteriskMeasurements } from './asterisk-figures.ts';
import { measureCrowd, type Crowd } from './crowd.ts';
import { measureGreetings } from './greeting.ts';
import { measureHeardTruth, type HeardTurn } from './heard-truth.ts';
import { longQuestions, measureInterruptions } from './interruption.ts';
import { removeJitterBuffer } from './jitter-buffer.ts';
import type { BenchOptions, Part } from './options.ts';
import { rigMemory } from './rig-memory.ts';
import { measureRecoveries } from './recovery.ts';
import { BenchTelephone, type Tools } from './telephone.ts';

/** How much of everything. */
interface Plan {
  readonly greetings: number;
  readonly interruptions: number;
  /** Calls at the same time, and interruptions in each. */
  readonly heard: readonly [calls: number, perCall: number];
  /** For information, each: without a jitter buffer, and over AudioSocket. */
  readonly further: readonly [calls: number, perCall: number];
  /** Calls with two servers, both of which are killed, and with one. */
  readonly kills: number;
  readonly restarts: number;
  /** Conversations at the same time, and how long they last together. */
  readonly crowds: readonly (readonly [calls: number, talkMs: number])[];
}

const FULL: Plan = {
  greetings: 40,
  interruptions: 40,
  heard: [5, 20],
  further: [4, 5],
  kills: 10,
  restarts: 10,
  crowds: [
    [1, 12_000],
    [10, 12_000],
    [20, 32_000],
  ],
};

const QUICK: Plan = {
  greetings: 10,
  interruptions: 8,
  heard: [5, 4],
  further: [4, 2],
  kills: 2,
  restarts: 1,
  crowds: [
    [1, 5_000],
    [10, 5_000],
    [20, 10_000],
  ],
};

/** Twenty, and room for those of the stage before that are still closing. */
const MAX_CALLS = '24';
/** By then the compiler and the heap of the service have settled. */
const WARM_UP_MS = { full: 10_000, quick: 3_000 } as const;
/** Questions that the caller of the real service takes turns with: each costs a second to synthesise. */
const QUESTIONS = { full: 12, quick: 4 } as const;

export interface MeasureAllOptions extends Tools, Pick<BenchOptions, 'isQuick' | 'seed' | 'parts'> {
  readonly install: AsteriskInstall;
  readonly stage: Stage;
  readonly terminal: Terminal;
}

type Draft = { -readonly [Key in keyof AsteriskMeasurements]: AsteriskMeasurements[Key] };

export interface MeasuredAll {
  readonly measured: AsteriskMeasurements;
  /** What could not be measured, and why; the rest stands without it. */
  readonly broken: readonly string[];
}

/** Rejects with the signal's reason only. */
export async function measureAll(options: MeasureAllOptions): Promise<MeasuredAll> {
  const { parts, terminal, signal } = options;
  const measured: Draft = {};
  const broken: string[] = [];
  const steps: readonly (readonly [readonly Part[], (options: MeasureAllOptions, into: Draft) => Promise<void>])[] = [
    [['greeting', 'interruption', 'memory'], withRealEngines],
    [['heard'], heardTruth],
    [['recovery'], recoveries],
    [['crowd'], crowds],
  ];
  for (const [names, measure] of steps) {
    if (!names.some((name) => parts.has(name))) continue;
    try {
      await measure(options, measured);
    } catch (error) {
      signal.throwIfAborted();
      const why = `Not all of ${names.join(', ')} was measured: ${messageOf(error)}`;
      broken.push(why);
      terminal.line(why);
    }
  }
  return { measured, broken };
}

async function withRealEngines(options: MeasureAllOptions, into: Draft): Promise<void> {
  const { parts, terminal, stage, isQuick, seed } = options;
  const plan = planOf(options);
  const random = seededRandom(seed);
  const questions = parts.has('interruption')
    ? await speakQuestions(options, random, isQuick ? QUESTIONS.quick : QUESTIONS.full)
    : [];
  terminal.line(`Starting Asterisk and the service with ${stage.modelIds.join(', ')} …`);
  await using rig = await startRig(options);
  await using telephone = await BenchTelephone.open(rig, options);
  if (parts.has('greeting')) {
    terminal.line(`Calling ${plan.greetings} times, to be greeted …`);
    into.greetings = await measureGreetings(telephone, { ...options, calls: plan.greetings, random });
  }
  if (parts.has('interruption')) {
    terminal.line(`Interrupting ${plan.interruptions} times, in Shona …`);
    into.interruptions = await measureInterruptions(telephone, {
      ...options,
      count: plan.interruptions,
      random,
      questions,
    });
  }
  if (parts.has('memory')) {
    terminal.line('Opening six calls …');
    const memory = await rigMemory(rig, telephone, options);
    if (memory) into.realMemory = memory;
  }
}

async function heardTruth(options: MeasureAllOptions, into: Draft): Promise<void> {
  const { terminal, seed } = options;
  const { heard, further } = planOf(options);
  const measure = async (rig: AsteriskRig, [calls, perCall]: Plan['heard']): Promise<readonly HeardTurn[]> => {
    await using telephone = await BenchTelephone.open(rig, options);
    return await measureHeardTruth(telephone, { ...options, calls, perCall, random: seededRandom(seed) });
  };
  {
    await using rig = await startRig(options, { isStub: true });
    terminal.line(`Stub engines: ${heard[0] * heard[1]} interruptions against RTP …`);
    into.heard = await measure(rig, heard);
    terminal.line('The same without a jitter buffer …');
    await removeJitterBuffer(rig.asterisk.instance);
    into.heardUnbuffered = await measure(rig, further);
  }
  terminal.line('The same over AudioSocket …');
  const port = String(await freePort());
  await using rig = await startRig(options, {
    isStub: true,
    env: { INZWA_AUDIOSOCKET_PORT: port },
    asterisk: { dialplan: { INBOUND: 'inzwa-audiosocket', AUDIOSOCKET_ADDRESS: `127.0.0.1:${port}` } },
  });
  into.heardOverAudioSocket = await measure(rig, further);
}

async function recoveries(options: MeasureAllOptions, into: Draft): Promise<void> {
  const { terminal, seed, stage } = options;
  const plan = planOf(options);
  for (const [servers, key, calls] of [
    [2, 'recoveries', plan.kills],
    [1, 'restarts', plan.restarts],
  ] as const) {
    await using rig = await startRig(options, { isStub: true, servers });
    await using telephone = await BenchTelephone.open(rig, options);
    terminal.line(`Killing the service in ${calls} calls, with ${servers === 2 ? 'two servers' : 'one server'} …`);
    into[key] = await measureRecoveries(rig, telephone, {
      ...options,
      calls,
      servers,
      random: seededRandom(seed),
      hotline: stage.hotline,
    });
  }
}

async function crowds(options: MeasureAllOptions, into: Draft): Promise<void> {
  const { terminal, seed, isQuick, clock, signal } = options;
  await using rig = await startRig(options, { isStub: true });
  const measure = (calls: number, talkMs: number): Promise<Crowd> =>
    measureCrowd(rig, { clock, signal, calls, talkMs, seed });
  await measure(1, isQuick ? WARM_UP_MS.quick : WARM_UP_MS.full);
  const measured: Crowd[] = [];
  for (const [calls, talkMs] of planOf(options).crowds) {
    terminal.line(`Stub engines: ${calls} call${calls === 1 ? '' : 's at once'}, ${talkMs / 1_000} s …`);
    measured.push(await measure(calls, talkMs));
  }
  into.crowds = measured;
}

function planOf({ isQuick }: MeasureAllOptions): Plan {
  return isQuick ? QUICK : FULL;
}

function startRig(
  { install, clock, signal }: MeasureAllOptions,
  { env, ...over }: Pick<RigOptions, 'isStub' | 'servers' | 'env' | 'asterisk'> = {},
): Promise<AsteriskRig> {
  return AsteriskRig.start({ install, clock, signal, env: { INZWA_MAX_CALLS: MAX_CALLS, ...env }, ...over });
}

async function speakQuestions(
  { stage, terminal, signal }: MeasureAllOptions,
  random: () => number,
  count: number,
): Promise<readonly Int16Array[]> {
  const left = [...longQuestions(stage.hotline)];
  const texts = Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(Math.floor(random() * left.length), 1),
  ).flat();
  terminal.line(`Making the caller's voice: ${texts.length} questions …`);
  return speakTexts(texts, {
    vits: stage.vits,
    speakable: (text) => stage.hotline.pack.language.speakable(text),
    signal,
  });
}
