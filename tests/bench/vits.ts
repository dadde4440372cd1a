/** First audio and real-time factor of the default voice on one thread: node tests/bench/vits.ts [--json FILE] [--rounds 40] */
import { parseArgs } from 'node:util';
import { openLocalModels } from '#models/catalogue.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { figuresFile, renderFigures, writeFiguresFile, type Figure } from '#src/cli/bench/figures.ts';
import { describeMachine, summarizeMachine } from '#src/cli/bench/machine.ts';
import { distributionOf } from '#src/cli/bench/statistics.ts';

const { values: args } = parseArgs({
  options: { json: { type: 'string' }, rounds: { type: 'string', default: '40' } },
});

/** One clause of 59 characters without a comma: nothing but the split helps it. */
const CLAUSE = 'Kiriniki inovhura nguva dzesere mangwanani kusvika manheru.';
/** What an answer looks like: a short first clause. */
const ANSWER = 'Ehe, tinobaya vana vose. Huyai neMuvhuro nguva dzesere mangwanani, mouya nekadhi remwana.';

interface Run {
  readonly firstMs: number;
  /** Processor time until then. */
  readonly firstCpuMs: number;
  /** What was left to play when the next chunk came, at worst; below 0 the caller hears a gap. */
  readonly leastLeadMs: number;
  readonly rtf: number;
  /** Processor time of the process, which other work on the machine does not lengthen as much. */
  readonly cpuRtf: number;
}

const voice = await (await openLocalModels()).open('piper-joe');
const loadStartMs = performance.now();
await using engine = await VitsEngine.create({
  kind: 'piper',
  modelPath: voice.files['model'] ?? '',
  configPath: voice.files['config'] ?? '',
});
await engine.warmUp();
const loadMs = performance.now() - loadStartMs;

async function run(text: string): Promise<Run> {
  const cpuStart = process.cpuUsage();
  const startMs = performance.now();
  let firstMs = Number.NaN;
  let firstCpuMs = Number.NaN;
  let leastLeadMs = Number.POSITIVE_INFINITY;
  let samples = 0;
  for await (const chunk of engine.synthesize(text, { signal: new AbortController().signal })) {
    const elapsedMs = performance.now() - startMs;
    if (samples === 0) {
      firstMs = elapsedMs;
      firstCpuMs = milliseconds(process.cpuUsage(cpuStart));
    } else leastLeadMs = Math.min(leastLeadMs, firstMs + (samples / engine.sampleRateHz) * 1000 - elapsedMs);
    samples += chunk.length;
  }
  const audioMs = (samples / engine.sampleRateHz) * 1000;
  const cpu = process.cpuUsage(cpuStart);
  return {
    firstMs,
    firstCpuMs,
    leastLeadMs,
    rtf: (performance.now() - startMs) / audioMs,
    cpuRtf: milliseconds(cpu) / audioMs,
  };
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

async function runs(text: string): Promise<Run[]> {
  const all: Run[] = [];
  for (let round = 0; round < Number(args.rounds); round++) all.push(await run(text));
  return all;
}

const clause = await runs(CLAUSE);
const answer = await runs(ANSWER);
const figures: Figure[] = [
  {
    key: 'firstAudioClauseMs',
    label: `first audio, one clause of ${CLAUSE.length} characters`,
    unit: 'ms',
    decimals: 0,
    reach: [{ of: 'p50', atMost: 80 }],
    measured: distributionOf(clause.map(({ firstMs }) => firstMs)),
  },
  {
    key: 'firstAudioClauseCpuMs',
    label: '… of it the processor’s',
    unit: 'ms',
    decimals: 0,
    reach: [],
    measured: distributionOf(clause.map(({ firstCpuMs }) => firstCpuMs)),
  },
  {
    key: 'firstAudioAnswerMs',
    label: 'first audio, answer that begins with a short clause',
    unit: 'ms',
    decimals: 0,
    reach: [],
    measured: distributionOf(answer.map(({ firstMs }) => firstMs)),
  },
  {
    key: 'leastLeadMs',
    label: 'left to play when the next chunk came, at worst in each run',
    unit: 'ms',
    decimals: 0,
    reach: [],
    measured: distributionOf([...clause, ...answer].map(({ leastLeadMs }) => leastLeadMs)),
  },
  {
    key: 'vitsRtf',
    label: 'real-time factor, one thread',
    unit: '',
    decimals: 3,
    reach: [],
    measured: distributionOf(
      [...clause, ...answer].map(({ rtf }) => rtf),
      3,
    ),
  },
  {
    key: 'vitsCpuRtf',
    label: 'processor seconds per second of speech',
    unit: '',
    decimals: 3,
    reach: [],
    measured: distributionOf(
      [...clause, ...answer].map(({ cpuRtf }) => cpuRtf),
      3,
    ),
  },
  {
    key: 'vitsLoadMs',
    label: 'voice loaded, split and warm',
    unit: 'ms',
    decimals: 0,
    reach: [],
    measured: { value: Math.round(loadMs), n: 1 },
  },
];

const machine = describeMachine([voice.id]);
console.log(`${summarizeMachine(machine)}\n\n${renderFigures(figures)}`);
if (args.json !== undefined) {
  await writeFiguresFile(args.json, figuresFile('vits', figures, { machine, measuredAt: new Date().toISOString() }));
}
