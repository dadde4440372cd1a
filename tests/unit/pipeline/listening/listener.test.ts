import { describe, expect, it } from 'vitest';
import type { EndpointEvent } from '#pipeline/listening/endpointer.ts';
import { ENDPOINTING_POLICY } from '#pipeline/listening/endpointer.ts';
import { Listener } from '#pipeline/listening/listener.ts';
import type { SpeechScorer } from '#pipeline/ports.ts';

/** Hears speech wherever the window is loud: the audio itself is the script. */
const loudnessScorer: SpeechScorer = {
  sampleRateHz: 8000,
  windowSamples: 256,
  score: (window) => Promise.resolve(Math.max(...window) > 0.1 ? 0.9 : 0.05),
  reset: () => undefined,
};

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function listenerOn(scorer: SpeechScorer): { listener: Listener; events: EndpointEvent[]; troubles: string[] } {
  const events: EndpointEvent[] = [];
  const troubles: string[] = [];
  const listener = new Listener({
    scorer,
    onEvent: (event) => events.push(event),
    onTrouble: (trouble) => troubles.push(trouble),
  });
  return { listener, events, troubles };
}

/** 20 ms frames of a constant value. */
async function hear(listener: Listener, ms: number, value: number): Promise<void> {
  for (let at = 0; at < ms; at += 20) {
    listener.hear(new Int16Array(160).fill(value));
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
    expect(end?.silenceMs).toBeGreaterThanOrEqual(ENDPOINTING_POLICY.endOfTurnMs);
    expect(end?.silenceMs).toBeLessThanOrEqual(ENDPOINTING_POLICY.endOfTurnMs + 32);
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

  it('ends a turn sooner when the question is complete and later when digits are dictated', async () => {
    const silences: number[] = [];
    for (const expectation of ['complete', 'normal', 'patient'] as const) {
      const { listener, events } = listenerOn(loudnessScorer);
      await hear(listener, 500, LOUD);
      await hear(listener, 200, 0);
      listener.endpointer.expectation = expectation;
      await hear(listener, 1500, 0);
      const end = events.find((event) => event.kind === 'end-of-turn');
      silences.push(end?.silenceMs ?? 0);
    }
    expect(silences[0]).toBeLessThan(silences[1] ?? 0);
    expect(silences[1]).toBeLessThan(silences[2] ?? 0);
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
