/**
 * Cost of one 20 ms frame through each piece of telephony/signal and the burst gate, and what concealment is worth:
 * node tests/bench/signal.ts [--json FILE]
 */
import { parseArgs } from 'node:util';
import { systemClock } from '#kernel/clock.ts';
import { figuresFile, renderFigures, writeFiguresFile, type Figure } from '#src/cli/bench/figures.ts';
import { describeMachine, summarizeMachine } from '#src/cli/bench/machine.ts';
import { distributionOf, round } from '#src/cli/bench/statistics.ts';
import { ComfortNoise } from '#telephony/signal/comfort-noise.ts';
import { Concealer } from '#telephony/signal/concealment.ts';
import { DtmfDetector } from '#telephony/signal/dtmf-detector.ts';
import { BurstGate } from '#telephony/wire/burst-gate.ts';
import {
  insertSilence,
  lossQuality,
  overLossyLine,
  repeatLastFrame,
  type LossQuality,
  type Stopgap,
} from '../support/signal-quality.ts';
import { framesOf } from '../support/tone.ts';
import { voiceLike } from '../support/voice-like.ts';

const { values: args } = parseArgs({ options: { json: { type: 'string' } } });

const BATCHES = 60;
const FRAMES_PER_BATCH = 50;
const VOICES_HZ = [95, 130, 210, 330];

const speech = framesOf(voiceLike({ seconds: 10, seed: 1, pitchHz: 150 }));
const out = new Int16Array(160);
const concealer = new Concealer();
const detector = new DtmfDetector();
const noise = new ComfortNoise();
/** A frame each 20 ms, as a live line brings them. */
let nowMs = 0;
const gate = new BurstGate({
  clock: { ...systemClock, nowMs: () => (nowMs += 20) },
  ptimeMs: 20,
  onFrame: () => undefined,
  onStale: () => undefined,
});

/** `between` prepares the frame and is not measured. */
function costsUs(each: (frame: Int16Array) => void, between?: (frame: Int16Array) => void): number[] {
  const costs: number[] = [];
  let at = 0;
  for (let batch = -10; batch < BATCHES; batch++) {
    let spentMs = 0;
    for (let n = 0; n < FRAMES_PER_BATCH; n++) {
      const frame = speech[at++ % speech.length] ?? out;
      between?.(frame);
      const startMs = performance.now();
      each(frame);
      spentMs += performance.now() - startMs;
    }
    if (batch >= 0) costs.push((spentMs * 1000) / FRAMES_PER_BATCH);
  }
  return costs;
}

function cost(key: string, label: string, atMost: number, costs: readonly number[]): Figure {
  return {
    key,
    label,
    unit: 'µs',
    decimals: 1,
    reach: [{ of: 'p50', atMost }],
    measured: distributionOf(costs),
  };
}

const costs = [
  cost(
    'concealGoodUs',
    'concealment, a good frame',
    5,
    costsUs((frame) => {
      concealer.hear(frame);
    }),
  ),
  cost(
    'concealLostUs',
    'concealment, the first lost frame',
    60,
    costsUs(
      () => concealer.conceal(out),
      (frame) => {
        concealer.hear(frame);
      },
    ),
  ),
  cost(
    'dtmfUs',
    'DTMF detection, a frame of speech',
    40,
    costsUs((frame) => detector.hear(frame)),
  ),
  cost(
    'comfortNoiseUs',
    'comfort noise',
    10,
    costsUs(() => {
      noise.fill(out);
    }),
  ),
  cost(
    'burstGateUs',
    'burst gate, a live frame',
    5,
    costsUs((frame) => {
      gate.push(frame);
    }),
  ),
];
gate[Symbol.dispose]();

/** The mean over the voices, and the worst joint of all. */
function qualityOf(rate: number, stopgap: () => Stopgap): LossQuality {
  const all = VOICES_HZ.map((pitchHz, n) => {
    const pcm = voiceLike({ seconds: 120, seed: n + 1, pitchHz, formantScale: pitchHz > 200 ? 1.2 : 1 });
    return lossQuality(pcm, overLossyLine(pcm, { loss: { rate, burstFrames: 1.5 }, seed: n + 1 }, stopgap()));
  });
  const mean = (of: (quality: LossQuality) => number): number =>
    all.reduce((sum, quality) => sum + of(quality), 0) / all.length;
  return {
    distanceDb: mean(({ distanceDb }) => distanceDb),
    lostSnrDb: mean(({ lostSnrDb }) => lostSnrDb),
    worstJump: Math.max(...all.map(({ worstJump }) => worstJump)),
  };
}

const STOPGAPS = [
  { name: 'Silence', of: 'silence', make: () => insertSilence },
  { name: 'Repeated', of: 'the last frame repeated', make: repeatLastFrame },
  { name: 'Concealed', of: 'concealment', make: () => new Concealer() },
] as const;

const quality = [0.03, 0.05].flatMap((rate) =>
  STOPGAPS.flatMap(({ name, of, make }): Figure[] => {
    const { distanceDb, lostSnrDb, worstJump } = qualityOf(rate, make);
    const percent = rate * 100;
    const isOurs = name === 'Concealed';
    const figure = (key: string, label: string, unit: string, value: number, reach: Figure['reach']): Figure => ({
      key: `${key}${name}${percent}`,
      label: `${label}, ${of}, ${percent} % lost`,
      unit,
      decimals: 2,
      reach: isOurs ? reach : [],
      measured: { value: round(value, 2), n: VOICES_HZ.length },
    });
    return [
      figure('distanceDb', 'log-spectral distance', 'dB', distanceDb, [{ of: 'value', atMost: 5 }]),
      figure('lostSnrDb', 'signal to error in lost frames', 'dB', lostSnrDb, [{ of: 'value', atLeast: 1.5 }]),
      figure('worstJump', 'worst joint over largest step beside it', '', worstJump, [{ of: 'value', atMost: 1.2 }]),
    ];
  }),
);

const figures = [...costs, ...quality];
const machine = describeMachine();
console.log(`${summarizeMachine(machine)}\n\n${renderFigures(figures)}`);
if (args.json !== undefined) {
  await writeFiguresFile(args.json, figuresFile('signal', figures, { machine, measuredAt: new Date().toISOString() }));
}
