import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadHotline } from '#prompts/load.ts';
import { stubEngines } from '../../../../../../src/cli/bench/stub/stub-engines.ts';
import type { RenderedSound } from '../../../../../../src/cli/bench/turns/caller-sounds.ts';
import { openLocalAgent } from '../../../../../../src/cli/bench/turns/local-agent.ts';
import { planCalls } from '../../../../../../src/cli/bench/turns/plan-calls.ts';
import { soundsOf, type PlannedCall, type Sound } from '../../../../../../src/cli/bench/turns/planned-call.ts';
import { runCalls } from '../../../../../../src/cli/bench/turns/run-calls.ts';
import type { CallTrace } from '../../../../../../src/cli/bench/turns/trace.ts';

const signal = new AbortController().signal;
let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'models-'))));
afterEach(() => rm(folder, { recursive: true }));

/** 1.2 s of noise for speech, 100 ms for anything else. */
function sound({ kind }: Sound): RenderedSound {
  const isSpeech = kind === 'speech' || kind === 'dictation';
  const pcm = Int16Array.from({ length: isSpeech ? 9_600 : 800 }, (_, n) => ((n * 7_919) % 12_000) - 6_000);
  return { pcm, pauses: [], text: isSpeech ? 'x' : '' };
}
const of = async (call: PlannedCall): Promise<ReadonlyMap<Sound, RenderedSound>> =>
  new Map(soundsOf(call).map((one) => [one, sound(one)]));

describe('openLocalAgent', () => {
  it.each(['twilio', 'asterisk'] as const)(
    'holds whole calls with our own service over %s',
    async (wire) => {
      await using agent = await openLocalAgent({
        signal,
        env: { INZWA_MODELS_DIR: folder },
        startEngines: ({ hotline }) => Promise.resolve(stubEngines(hotline)),
      });
      const plan = planCalls({
        hotline: loadHotline('kiriniki'),
        seed: 1,
        eventsPerClass: 1,
        classes: ['turn'],
        wires: [wire],
        echoShare: 0,
      })
        .slice(0, 1)
        .map((call) => ({ ...call, rounds: call.rounds.slice(0, 1) }));
      const traces: CallTrace[] = [];
      const run = await runCalls({ plan, agent, sounds: { of }, signal, onTrace: (trace) => void traces.push(trace) });
      expect(run.failed).toEqual([]);
      const [trace] = traces;
      const turn = trace!.acts.find((act) => act.class === 'turn')!;
      const answer = trace!.agent.find(({ fromMs }) => fromMs > turn.toMs)!;
      // Engines that cost nothing leave the silence that ends a turn.
      expect(answer.fromMs - turn.toMs).toBeGreaterThan(100);
      expect(answer.fromMs - turn.toMs).toBeLessThan(900);
      const ended = trace!.events?.find((event) => event.kind === 'end-of-turn');
      // The service's own times are those of the recording.
      expect(ended!.atMs).toBeGreaterThan(turn.toMs);
      expect(ended!.atMs).toBeLessThan(answer.fromMs + 40);
      expect(trace!.events?.at(-1)?.kind).toBe('call-ended');
    },
    20_000,
  );
});
