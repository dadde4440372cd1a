/** Smart Turn with its real weights says what its reference says; they are in no profile, so the test pulls them itself. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocalModels } from '#models/catalogue.ts';
import { SmartTurnEngine } from '#pipeline/listening/smart-turn.ts';
import { goldenClips } from '../support/smart-turn-clips.ts';

const golden = JSON.parse(readFileSync('tests/fixtures/smart-turn/golden.json', 'utf8')) as Record<
  'short' | 'long' | 'quiet',
  { readonly probability: number }
>;

describe('SmartTurnEngine', () => {
  let engine: SmartTurnEngine;
  beforeAll(async () => {
    const models = await openLocalModels();
    await models.pull(['smart-turn'], { signal: new AbortController().signal, report: () => undefined });
    const { files } = await models.open('smart-turn');
    engine = await SmartTurnEngine.create(files['model'] ?? '');
  });
  afterAll(() => engine.dispose());

  // Its int8 graph moves by up to 0.07 when ONNX Runtime only fuses other nodes; 8 kHz audio has other edges at 4 kHz too.
  it.each(['short', 'long', 'quiet'] as const)('is as sure as the reference (%s clip)', async (name) => {
    expect(Math.abs((await engine.probability(goldenClips()[name])) - golden[name].probability)).toBeLessThan(0.12);
  });

  it('gives probabilities, of silence too', async () => {
    for (const pcm of [new Int16Array(0), new Int16Array(4000), new Int16Array(70_000)]) {
      const probability = await engine.probability(pcm);
      expect(probability).toBeGreaterThanOrEqual(0);
      expect(probability).toBeLessThanOrEqual(1);
    }
  });
});
