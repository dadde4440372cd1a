import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SpeechScorer } from '#pipeline/ports.ts';

export interface ScorerSubject {
  readonly scorer: SpeechScorer;
  /** Somebody speaking, PCM16 at 8 kHz, at least a second. */
  readonly speech: Int16Array;
  readonly close?: () => Promise<void>;
}

/** The scores of PCM16 audio, window by window from its beginning; what is left over at its end is not scored. */
export async function scoresOf(scorer: SpeechScorer, pcm: Int16Array): Promise<number[]> {
  const scores: number[] = [];
  const window = new Float32Array(scorer.windowSamples);
  for (let at = 0; at + window.length <= pcm.length; at += window.length) {
    for (let i = 0; i < window.length; i++) window[i] = (pcm[at + i] ?? 0) / 32_768;
    const score = scorer.score(window);
    // The window belongs to whoever scores only until it returns: a caller fills it anew at once.
    window.fill(0);
    scores.push(await score);
  }
  return scores;
}

/** What every SpeechScorer of the media loop must do; `open` is called once. */
export function speechScorerContract(open: () => Promise<ScorerSubject>): void {
  let subject: ScorerSubject;
  beforeAll(async () => {
    subject = await open();
  });
  beforeEach(() => {
    subject.scorer.reset();
  });
  afterAll(() => subject.close?.());

  it('takes windows of 256 samples at 8 kHz', () => {
    expect(subject.scorer.sampleRateHz).toBe(8000);
    expect(subject.scorer.windowSamples).toBe(256);
  });

  it('does not take silence for speech', async () => {
    for (const score of await scoresOf(subject.scorer, new Int16Array(8000))) expect(score).toBeLessThan(0.5);
  });

  it('takes most of somebody speaking for speech', async () => {
    const scores = await scoresOf(subject.scorer, subject.speech);
    expect(scores.length).toBeGreaterThan(30);
    expect(scores.filter((score) => score > 0.5).length).toBeGreaterThan(0.5 * scores.length);
  });

  it('gives probabilities', async () => {
    for (const pcm of [subject.speech, new Int16Array(2560), new Int16Array(2560).fill(32_767)]) {
      for (const score of await scoresOf(subject.scorer, pcm)) {
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
      }
    }
  });

  it('says the same of the same audio after a reset', async () => {
    const first = await scoresOf(subject.scorer, subject.speech);
    subject.scorer.reset();
    expect(await scoresOf(subject.scorer, subject.speech)).toEqual(first);
  });
}
