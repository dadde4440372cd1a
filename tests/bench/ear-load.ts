/**
 * How long voice activity and utterances take while several calls are recognised:
 *   node tests/bench/ear-load.ts [--calls 6] [--seconds 30] [--between 5]
 * Every call sends a window each 32 ms, and an utterance of 2 s every few, of which the audio is asked about 24 phrases.
 * Prints the round trip of windows and utterances, and how late the process itself was: other work on the machine shows there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '#kernel/clock.ts';
import { openLocalModels } from '#models/catalogue.ts';
import { EngineWorker } from '#pipeline/inference/engine-worker.ts';
import { WorkerRecognizer, WorkerScorer } from '#pipeline/inference/proxies.ts';
import type { EngineSpec } from '#pipeline/inference/protocol.ts';
import { loadHotline } from '#prompts/load.ts';
import { distributionOf, round } from '#src/cli/bench/statistics.ts';
import { sentencesOf } from './card-observations.ts';
import { voiceLike } from '../support/voice-like.ts';

const { values: args } = parseArgs({
  options: {
    calls: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '30' },
    between: { type: 'string', default: '5' },
  },
});

const WINDOW_MS = 32;
const models = await openLocalModels();
const [vad, asr] = await Promise.all([models.open('silero-vad'), models.open('whisper-base')]);
const recognizer = {
  kind: 'whisper',
  name: 'whisper',
  encoderPath: asr.files['encoder']!,
  decoderPath: asr.files['decoder']!,
  scorerPath: asr.files['scorer']!,
  tokenizerPath: asr.files['tokenizer']!,
  language: 'sn',
} as const;
const phrases = sentencesOf(loadHotline('kiriniki')).map(({ said }) => said);
const speech = Int16Array.from(voiceLike({ seconds: 2, seed: 1, pitchHz: 150 }));
const { signal } = new AbortController();

function start(spec: EngineSpec): EngineWorker {
  return new EngineWorker(spec, { clock: systemClock, onDeath: console.error, onDegraded: console.error });
}

await using ear = start({ role: 'ear', vad: { modelPath: vad.files['model']! } });
await using hearing = start({ role: 'recognizer', recognizer });
await Promise.all([ear.ready, hearing.ready]);
const engine = new WorkerRecognizer(hearing, { name: 'whisper', canScore: true });
const windows: number[] = [];
const utterances: number[] = [];
const lateness: number[] = [];
const untilMs = performance.now() + Number(args.seconds) * 1000;
const timed = async (into: number[], work: () => Promise<unknown>): Promise<void> => {
  const fromMs = performance.now();
  await work();
  into.push(performance.now() - fromMs);
};
const call = async (index: number): Promise<void> => {
  const scorer = new WorkerScorer({ ear, all: [ear, hearing] }, `call${index}`);
  const window = new Float32Array(256);
  let dueMs = performance.now() + (index * WINDOW_MS) / Number(args.calls);
  let askMs = dueMs + (index * Number(args.between) * 1000) / Number(args.calls);
  const running: Promise<void>[] = [];
  for (let nth = 0; dueMs < untilMs; nth += 1, dueMs += WINDOW_MS) {
    await sleep(Math.max(0, dueMs - performance.now()));
    lateness.push(Math.max(0, performance.now() - dueMs));
    running.push(timed(windows, () => scorer.score(window)));
    if (dueMs < askMs) continue;
    askMs += Number(args.between) * 1000;
    const utterance = { id: `call${index}#${nth}`, pcm: speech, sampleRateHz: 8000 };
    running.push(
      timed(utterances, async () => {
        await engine.transcribe(utterance, { signal });
        await engine.score(utterance.id, phrases.slice(0, 24), { signal });
      }),
    );
  }
  await Promise.all(running);
};
await Promise.all(Array.from({ length: Number(args.calls) }, (_, index) => call(index)));
const row = (values: number[]): Record<string, number> => {
  const { p50, p95 } = distributionOf(values);
  return { n: values.length, p50: round(p50, 1), p95: round(p95, 1), max: round(Math.max(...values), 1) };
};
console.table({ window: row(windows), utterance: row(utterances), lateness: row(lateness) });
console.log(`windows later than the next one: ${windows.filter((ms) => ms > WINDOW_MS).length} of ${windows.length}`);
