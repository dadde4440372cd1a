import { describe, expect, it } from 'vitest';
import type { EndpointEvent } from '#pipeline/listening/endpointer.ts';
import { ENDPOINTING_POLICY } from '#pipeline/listening/endpointer.ts';
import { Listener, PRE_ROLL_MS } from '#pipeline/listening/listener.ts';
import type { SpeechScorer } from '#pipeline/ports.ts';

/** Hears speech wherever the window is loud: the audio itself is the script. */
const loudnessScorer: SpeechScorer = {
  sampleRateHz: 8000,
  windowSamples: 256,
  score: (window) => Promise.resolve(Math.max(...window) > 0.1 ? 0.9 : 0.05),
  reset: () => undefined,
};

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function listenerOn(
  scorer: SpeechScorer,
  soundWeight: number = ENDPOINTING_POLICY.turnEnd.soundWeight,
): { listener: Listener; events: EndpointEvent[]; troubles: string[] } {
  const events: EndpointEvent[] = [];
  const troubles: string[] = [];
  const listener = new Listener({
    scorer,
    endpointingPolicy: { ...ENDPOINTING_POLICY, turnEnd: { ...ENDPOINTING_POLICY.turnEnd, soundWeight } },
    onEvent: (event) => events.push(event),
    onTrouble: (trouble) => troubles.push(trouble),
  });
  return { listener, events, troubles };
}

/** 20 ms frames of a constant value. */
async function hear(listener: Listener, ms: number, value: number): Promise<void> {
  for (let left = ms; left > 0; left -= 20) {
    listener.hear(new Int16Array(8 * Math.min(20, left)).fill(value));
    await settle();
  }
}

const LOUD = 8000;

describe('Listener', () => {
  it('finds onset, soft end and end of turn where they are', async () => {
    const { listener, events } = listenerOn(loudnessScorer);
    await hear(listener, 1000, 0);
    await hear(listener, 1200, LOUD);
    await hear(listener, 1000, 0);
    const start = events.find((event) => event.kind === 'speech-start');
    const soft = events.find((event) => event.kind === 'soft-end');
    const end = events.find((event) => event.kind === 'end-of-turn');
    expect(Math.abs((start?.onsetSample ?? 0) / 8 - 1000)).toBeLessThanOrEqual(32);
    expect(Math.abs((soft?.speechEndSample ?? 0) / 8 - 2200)).toBeLessThanOrEqual(32);
    expect(end?.silenceMs).toBeGreaterThanOrEqual(ENDPOINTING_POLICY.turnEnd.unknownMs);
    expect(end?.silenceMs).toBeLessThanOrEqual(ENDPOINTING_POLICY.turnEnd.unknownMs + 32);
  });

  it('keeps the first syllable: the utterance begins before the onset', async () => {
    const { listener, events } = listenerOn(loudnessScorer);
    await hear(listener, 1000, 0);
    await hear(listener, 600, LOUD);
    await hear(listener, 300, 0);
    const start = events.find((event) => event.kind === 'speech-start');
    const pcm = listener.utterance((start?.onsetSample ?? 0) / 8, 1600);
    expect(pcm.findIndex((sample) => sample === LOUD) / 8).toBeGreaterThanOrEqual(200);
    expect(pcm.filter((sample) => sample === LOUD)).toHaveLength(600 * 8);
  });

  it('does not take a click for speech', async () => {
    const { listener, events } = listenerOn(loudnessScorer);
    await hear(listener, 500, 0);
    await hear(listener, 40, LOUD);
    await hear(listener, 1000, 0);
    expect(events).toEqual([]);
  });

  it('says that speech went on after a pause, and ends only once', async () => {
    const { listener, events } = listenerOn(loudnessScorer);
    await hear(listener, 500, LOUD);
    await hear(listener, 250, 0);
    await hear(listener, 500, LOUD);
    await hear(listener, 1500, 0);
    const order = events.map((event) => event.kind).filter((kind) => kind !== 'voiced');
    expect(order).toEqual(['speech-start', 'soft-end', 'speech-resumed', 'soft-end', 'end-of-turn']);
  });

  it('ends a turn the sooner, the more complete its words are', async () => {
    const silences: number[] = [];
    for (const completeness of [0.97, 0.8, 0.5, 0.02]) {
      const { listener, events } = listenerOn(loudnessScorer);
      await hear(listener, 500, LOUD);
      await hear(listener, 100, 0);
      listener.expect({ completeness });
      await hear(listener, 1800, 0);
      const end = events.find((event) => event.kind === 'end-of-turn');
      silences.push(end?.silenceMs ?? 0);
    }
    expect(silences).toEqual([...silences].sort((a, b) => a - b));
    expect(new Set(silences).size).toBe(4);
    const { shortestMs, longestMs } = ENDPOINTING_POLICY.turnEnd;
    expect(silences[0]).toBeGreaterThanOrEqual(shortestMs);
    expect(silences[3]).toBeLessThanOrEqual(longestMs + 32);
  });

  it('ends a turn at once when its words turn out to be complete late', async () => {
    const { listener, events } = listenerOn(loudnessScorer);
    await hear(listener, 500, LOUD);
    await hear(listener, 400, 0);
    expect(events.map(({ kind }) => kind)).not.toContain('end-of-turn');
    listener.expect({ completeness: 0.97 });
    expect(events.at(-1)?.kind).toBe('end-of-turn');
  });

  it('does not end a turn in the window in which the caller may be going on', async () => {
    const { listener, events } = listenerOn(loudnessScorer);
    await hear(listener, 512, LOUD);
    await hear(listener, 384, 0);
    await hear(listener, 32, LOUD);
    listener.expect({ completeness: 0.97 });
    expect(events.at(-1)?.kind).toBe('soft-end');
    await hear(listener, 64, 0);
    expect(events.at(-1)?.kind).toBe('end-of-turn');
  });

  it('forgets what it was told of words to which the caller has added', async () => {
    const { listener, events } = listenerOn(loudnessScorer);
    await hear(listener, 500, LOUD);
    await hear(listener, 160, 0);
    listener.expect({ completeness: 0.01 });
    await hear(listener, 500, LOUD);
    listener.expect({ completeness: 0.99 });
    await hear(listener, 1500, 0);
    expect(events.find((event) => event.kind === 'end-of-turn')?.silenceMs).toBeGreaterThanOrEqual(
      ENDPOINTING_POLICY.turnEnd.unknownMs,
    );
  });

  it('asks the turn model about the sound up to now, and gives it up when the caller goes on', async () => {
    const asked: { readonly samples: number; readonly signal: AbortSignal }[] = [];
    const scorer: SpeechScorer = {
      ...loudnessScorer,
      turnCompletion: (pcm, { signal }) => {
        asked.push({ samples: pcm.length, signal });
        return new Promise(() => undefined);
      },
    };
    const { listener } = listenerOn(scorer, 0.5);
    await hear(listener, 1000, 0);
    await hear(listener, 600, LOUD);
    await hear(listener, 120, 0);
    expect(asked).toHaveLength(1);
    expect(Math.abs((asked[0]?.samples ?? 0) / 8 - (PRE_ROLL_MS + 600 + 50))).toBeLessThanOrEqual(64);
    expect(asked[0]?.signal.aborted).toBe(false);
    await hear(listener, 200, LOUD);
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  it('does not ask a turn model that does not count', async () => {
    let asked = 0;
    const turnCompletion = (): Promise<number> => Promise.resolve((asked += 1));
    const { listener } = listenerOn({ ...loudnessScorer, turnCompletion }, 0);
    await hear(listener, 600, LOUD);
    await hear(listener, 800, 0);
    expect(asked).toBe(0);
  });

  it('ends a turn the sooner when its sound is complete too, and without a model that fails', async () => {
    const silences: number[] = [];
    for (const answer of [0.95, 0.05, undefined]) {
      const turnCompletion = (): Promise<number> =>
        answer === undefined ? Promise.reject(new Error('no model')) : Promise.resolve(answer);
      const { listener, events } = listenerOn({ ...loudnessScorer, turnCompletion }, 0.5);
      await hear(listener, 600, LOUD);
      await hear(listener, 100, 0);
      listener.expect({ completeness: 0.8 });
      await hear(listener, 1800, 0);
      silences.push(events.find((event) => event.kind === 'end-of-turn')?.silenceMs ?? 0);
    }
    const [complete = 0, incomplete = 0, unknown = 0] = silences;
    expect(complete).toBeLessThan(unknown);
    expect(incomplete).toBeGreaterThan(unknown);
  });

  it('says that its call waits from the end of a turn until the caller speaks again', async () => {
    const waits: boolean[] = [];
    const { listener } = listenerOn({ ...loudnessScorer, wait: (isWaiting) => waits.push(isWaiting) });
    await hear(listener, 500, LOUD);
    await hear(listener, 1500, 0);
    expect(waits).toEqual([false, true]);
    await hear(listener, 300, LOUD);
    expect(waits).toEqual([false, true, false]);
  });

  it('ends a turn by force when the caller never stops', async () => {
    const { listener, events } = listenerOn(loudnessScorer);
    await hear(listener, ENDPOINTING_POLICY.maxUtteranceMs + 500, LOUD);
    expect(events.filter((event) => event.kind === 'end-of-turn')).toHaveLength(1);
  });

  it('hears a line that sends nothing as silence', async () => {
    const { listener, events } = listenerOn(loudnessScorer);
    await hear(listener, 600, LOUD);
    for (let at = 0; at < 1000; at += 20) {
      listener.hearSilence(160);
      await settle();
    }
    expect(events.at(-1)?.kind).toBe('end-of-turn');
    expect(listener.audioMs).toBe(1600);
  });

  it('skips windows of a scorer that is stuck, and loses no audio', async () => {
    const { listener, troubles } = listenerOn({ ...loudnessScorer, score: () => new Promise(() => undefined) });
    await hear(listener, 2000, LOUD);
    expect(troubles.filter((trouble) => trouble === 'skipped').length).toBeGreaterThan(40);
    expect(listener.utterance(0, 2000).every((sample) => sample === LOUD)).toBe(true);
  });

  it('counts a scorer that fails and goes on', async () => {
    const { listener, troubles, events } = listenerOn({
      ...loudnessScorer,
      score: () => Promise.reject(new Error('no model')),
    });
    await hear(listener, 200, LOUD);
    expect(troubles.every((trouble) => trouble === 'failed')).toBe(true);
    expect(troubles).toHaveLength(6);
    expect(events).toEqual([]);
  });
});
