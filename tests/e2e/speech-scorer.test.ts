/** Silero with its real weights keeps the contract of every SpeechScorer: `npm test` pulls them first. */
import { describe, expect, it } from 'vitest';
import { openLocalModels } from '#models/catalogue.ts';
import { SILERO_FORMAT } from '#pipeline/listening/silero-format.ts';
import { SileroEngine } from '#pipeline/listening/silero.ts';
import { WindowBatcher } from '#pipeline/listening/window-batcher.ts';
import type { SpeechScorer } from '#pipeline/ports.ts';
import { renderWhole } from '#pipeline/speech/telephone-rendering.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { scoresOf, speechScorerContract } from '../contract/speech-scorer-contract.ts';

const { signal } = new AbortController();

/** One call's stream in the engine that all calls share, without the worker between them. */
function scorerOf(engine: SileroEngine, callId: string): SpeechScorer {
  return {
    ...SILERO_FORMAT,
    score: (window) => engine.score(callId, window),
    reset: () => engine.reset(callId),
  };
}

async function openSilero(): Promise<SileroEngine> {
  const { files } = await (await openLocalModels()).open('silero-vad');
  return SileroEngine.create(files['model'] ?? '');
}

async function speech(): Promise<Int16Array> {
  const { files } = await (await openLocalModels()).open('piper-joe');
  const voice = await VitsEngine.create({
    kind: 'piper',
    modelPath: files['model'] ?? '',
    configPath: files['config'] ?? '',
  });
  const pcm = await renderWhole(voice, 'Kiriniki inovhura nguva dzesere mangwanani kusvika manheru.', { signal });
  await voice.dispose();
  return pcm;
}

describe('SileroEngine', () => {
  speechScorerContract(async () => {
    const engine = await openSilero();
    return { scorer: scorerOf(engine, 'call'), speech: await speech(), close: () => engine.dispose() };
  });

  it('keeps the streams of two calls apart', async () => {
    const engine = await openSilero();
    const pcm = await speech();
    const alone = await scoresOf(scorerOf(engine, 'alone'), pcm);
    const [beside, silent] = await Promise.all([
      scoresOf(scorerOf(engine, 'beside'), pcm),
      scoresOf(scorerOf(engine, 'silent'), new Int16Array(pcm.length)),
    ]);
    expect(beside).toEqual(alone);
    expect(Math.max(...silent)).toBeLessThan(0.5);
    await engine.dispose();
  });

  it('scores the windows of many calls in one run as it scores them alone', async () => {
    const engine = await openSilero();
    const pcm = await speech();
    const calls = Array.from({ length: 7 }, (_, call) => pcm.subarray(call * 500));
    const alone: number[][] = [];
    for (const [call, heard] of calls.entries()) alone.push(await scoresOf(scorerOf(engine, `alone${call}`), heard));
    const batcher = new WindowBatcher((batch) => engine.scoreBatch(batch));
    const together = await Promise.all(
      calls.map((heard, call) =>
        scoresOf({ ...scorerOf(engine, ''), score: (window) => batcher.score(`beside${call}`, window.slice()) }, heard),
      ),
    );
    for (const [call, scores] of together.entries()) {
      expect(scores).toHaveLength(alone[call]?.length ?? 0);
      for (const [at, score] of scores.entries()) expect(Math.abs(score - (alone[call]?.[at] ?? 2))).toBeLessThan(1e-6);
    }
    await engine.dispose();
  });
});
