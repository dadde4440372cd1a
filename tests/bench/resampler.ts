/** Cost of one 20 ms frame through the resampler, and what it holds back: node tests/bench/resampler.ts [--json FILE] */
import { parseArgs } from 'node:util';
import { rmsDb } from '#pipeline/audio/level.ts';
import { resample, Resampler } from '#pipeline/audio/resampler.ts';
import { figuresFile, renderFigures, writeFiguresFile, type Figure } from '#src/cli/bench/figures.ts';
import { describeMachine, summarizeMachine } from '#src/cli/bench/machine.ts';
import { distributionOf } from '#src/cli/bench/statistics.ts';

const { values: args } = parseArgs({ options: { json: { type: 'string' } } });

const RATIOS = [
  [22_050, 8_000],
  [16_000, 8_000],
  [24_000, 8_000],
  [8_000, 16_000],
] as const;
const BATCHES = 60;
const FRAMES_PER_BATCH = 50;

const figures = RATIOS.flatMap(([fromHz, toHz]): Figure[] => {
  const name = `${fromHz}To${toHz}`;
  return [
    {
      key: `resample${name}Us`,
      label: `resampling 20 ms, ${fromHz} → ${toHz} Hz`,
      unit: 'µs',
      decimals: 1,
      reach: [{ of: 'p50', atMost: 160 }],
      measured: distributionOf(frameCostsUs(fromHz, toHz)),
    },
    ...(fromHz > toHz
      ? [
          {
            key: `stopband${name}Db`,
            label: `least held back above ${toHz / 2} Hz`,
            unit: 'dB',
            decimals: 1,
            reach: [{ of: 'value' as const, atLeast: 70 }],
            measured: leastAttenuationDb(fromHz, toHz),
          },
        ]
      : []),
  ];
});

function frameCostsUs(fromHz: number, toHz: number): number[] {
  const resampler = new Resampler({ fromHz, toHz });
  const frame = Float32Array.from({ length: fromHz / 50 }, (_, i) => Math.sin(i / 7));
  const costs: number[] = [];
  for (let batch = -10; batch < BATCHES; batch++) {
    const startMs = performance.now();
    for (let n = 0; n < FRAMES_PER_BATCH; n++) resampler.push(frame);
    if (batch >= 0) costs.push(((performance.now() - startMs) * 1000) / FRAMES_PER_BATCH);
  }
  return costs;
}

function leastAttenuationDb(fromHz: number, toHz: number): { value: number; n: number } {
  let least = Infinity;
  let n = 0;
  for (let hz = toHz / 2 + 10; hz < fromHz / 2; hz += 97, n++) {
    const out = resample(
      Float32Array.from({ length: fromHz }, (_, i) => Math.sin((2 * Math.PI * hz * i) / fromHz)),
      { fromHz, toHz },
    );
    least = Math.min(least, -3 - rmsDb(out, out.length >> 2, (out.length * 3) >> 2));
  }
  return { value: Math.round(least * 10) / 10, n };
}

const machine = describeMachine();
console.log(`${summarizeMachine(machine)}\n\n${renderFigures(figures)}`);
if (args.json !== undefined) {
  await writeFiguresFile(
    args.json,
    figuresFile('resampler', figures, { machine, measuredAt: new Date().toISOString() }),
  );
}
