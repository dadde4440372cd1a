/** First audio and real-time factor of the default voice on one thread: node tests/bench/vits.ts [--json FILE] [--rounds 20] */
import { parseArgs } from 'node:util';
import { openLocalModels } from '#models/catalogue.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { figuresFile, renderFigures, writeFiguresFile, type Figure } from '#src/cli/bench/figures.ts';
import { describeMachine, summarizeMachine } from '#src/cli/bench/machine.ts';
import { distributionOf } from '#src/cli/bench/statistics.ts';

const { values: args } = parseArgs({
  options: { json: { type: 'string' }, rounds: { type: 'string', default: '20' } },
});

/** One clause of 59 characters without a comma: nothing but the split helps it. */
const CLAUSE = 'Kiriniki inovhura nguva dzesere mangwanani kusvika manheru.';
/** What an answer looks like: a short first clause. */
const ANSWER = 'Ehe, tinobaya vana vose. Huyai neMuvhuro nguva dzesere mangwanani, mouya nekadhi remwana.';

interface Run {
  readonly firstMs: number;
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
  let samples = 0;
  for await (const chunk of engine.synthesize(text, { signal: new AbortController().signal })) {
    if (samples === 0) firstMs = performance.now() - startMs;
    samples += chunk.length;
  }
  const audioMs = (samples / engine.sampleRateHz) * 1000;
  const cpu = process.cpuUsage(cpuStart);
  return {
    firstMs,
    rtf: (performance.now() - startMs) / audioMs,
    cpuRtf: (cpu.user + cpu.system) / 1000 / audioMs,
  };
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
    key: 'firstAudioAnswerMs',
    label: 'first audio, answer that begins with a short clause',
    unit: 'ms',
    decimals: 0,
    reach: [],
    measured: distributionOf(answer.map(({ firstMs }) => firstMs)),
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
