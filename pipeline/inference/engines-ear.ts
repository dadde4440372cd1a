/** The ear's thread: voice activity for all calls, and where there is one, the turn model. */
import { SileroEngine } from '../listening/silero.ts';
import { SmartTurnEngine } from '../listening/smart-turn.ts';
import { WindowBatcher } from '../listening/window-batcher.ts';
import { handler, type LoadedEngines } from './engine-handlers.ts';
import type { EngineSpec } from './protocol.ts';

export async function loadEar({ vad, turn }: Extract<EngineSpec, { role: 'ear' }>): Promise<LoadedEngines> {
  const silero = await SileroEngine.create(vad.modelPath);
  const batcher = new WindowBatcher((batch) => silero.scoreBatch(batch));
  const smartTurn = turn && (await SmartTurnEngine.create(turn.modelPath));
  await smartTurn?.probability(new Int16Array(0));
  return {
    handlers: {
      'vad.score': handler<'vad.score'>(({ callId, window }) => batcher.score(callId, window)),
      'vad.reset': handler<'vad.reset'>(({ callId }) => {
        silero.reset(callId);
        return Promise.resolve(null);
      }),
      ...(smartTurn && { 'turn.complete': handler<'turn.complete'>(({ pcm }) => smartTurn.probability(pcm)) }),
    },
    facts: { hasTurnModel: smartTurn !== undefined },
    dispose: async () => {
      await Promise.all([silero.dispose(), smartTurn?.dispose()]);
    },
  };
}
