import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Recognizer, Transcript, TranscribeOptions, Utterance } from '#pipeline/ports.ts';

export interface RecognizerSubject {
  readonly recognizer: Recognizer;
  /** PCM16 at 8 kHz in which somebody says the first of `phrases`. */
  readonly pcm: Int16Array;
  /** Three phrases of different length, none of them empty. */
  readonly phrases: readonly [string, string, string];
  /** Lets the recogniser's time pass until the work settles. */
  readonly run: <T>(work: Promise<T>) => Promise<T>;
  readonly close?: () => Promise<void>;
}

/**
 * Eight-bit activations are scaled by the range of the whole batch, so that a phrase's score depends a little on its
 * company: 0.05 at -7.7 was seen.
 */
const BATCH_TOLERANCE = 0.2;

/** What every Recognizer must do; `open` is called once. `canScore`: as the recogniser must say of itself. */
export function recognizerContract(
  open: () => Promise<RecognizerSubject>,
  { canScore = true }: { readonly canScore?: boolean } = {},
): void {
  let subject: RecognizerSubject;
  let utterances = 0;
  const { signal } = new AbortController();
  beforeAll(async () => {
    subject = await open();
  });
  afterAll(() => subject.close?.());

  const nextUtterance = (): Utterance => ({ id: `call#${++utterances}`, pcm: subject.pcm, sampleRateHz: 8000 });
  const transcribe = (utterance: Utterance): Promise<Transcript> =>
    subject.run(subject.recognizer.transcribe(utterance, { signal }));
  const score = (id: string, phrases: readonly string[]): Promise<readonly number[]> =>
    subject.run(subject.recognizer.score(id, phrases, { signal }));

  it('gives the transcript its utterance’s id and length', async () => {
    const utterance = nextUtterance();
    const heard = await transcribe(utterance);
    expect(heard.utteranceId).toBe(utterance.id);
    expect(heard.audioMs).toBeCloseTo(subject.pcm.length / 8, 6);
    expect(heard.text).toBe(heard.text.trim());
    expect(heard.text).not.toBe('');
  });

  it('is as confident as its tokens are likely', async () => {
    const { avgLogProb, confidence, noSpeechProb } = await transcribe(nextUtterance());
    expect(avgLogProb).toBeLessThanOrEqual(0);
    expect(confidence).toBeCloseTo(Math.exp(avgLogProb), 9);
    for (const probability of [confidence, noSpeechProb]) {
      expect(probability).toBeGreaterThanOrEqual(0);
      expect(probability).toBeLessThanOrEqual(1);
    }
  });

  it('says what it is', () => {
    expect(subject.recognizer.name).toMatch(/^[a-z]/);
    expect(subject.recognizer.canScore).toBe(canScore);
  });

  it('takes every wish, and goes on without those that it cannot follow', async () => {
    const [first, second] = subject.phrases;
    const wishes: Omit<TranscribeOptions, 'signal'>[] = [
      { prompt: subject.phrases.join(' ') },
      { prompt: '' },
      { prompt: 'mangwanani '.repeat(400) },
      { lexicon: [first, second, 'x', ''] },
      { lexicon: [] },
      { prompt: second, lexicon: [first], alternatives: 2 },
      { closed: { kind: 'phrases', texts: subject.phrases } },
      { closed: { kind: 'phrases', texts: [] } },
      { closed: { kind: 'words', texts: first.split(' ') } },
      { closed: { kind: 'words', texts: [] }, alternatives: 0 },
    ];
    for (const wish of wishes) {
      const utterance = nextUtterance();
      const heard = await subject.run(subject.recognizer.transcribe(utterance, { signal, ...wish }));
      expect(heard.utteranceId).toBe(utterance.id);
      expect(heard.text).toBe(heard.text.trim());
      expect(heard.avgLogProb).toBeLessThanOrEqual(0);
      const others = (heard.alternatives ?? []).map(({ text }) => text);
      expect(others.length).toBeLessThanOrEqual(wish.alternatives ?? 0);
      expect(others).not.toContain(heard.text);
    }
  });

  it('does nothing for a turn that is over', async () => {
    const reason = new Error('over');
    const over = { signal: AbortSignal.abort(reason) };
    const utterance = nextUtterance();
    await expect(subject.run(subject.recognizer.transcribe(utterance, over))).rejects.toBe(reason);
    const { utteranceId } = await transcribe(nextUtterance());
    await expect(subject.run(subject.recognizer.score(utteranceId, subject.phrases, over))).rejects.toBe(reason);
    await expect(score(utterance.id, [subject.phrases[0]])).rejects.toMatchObject({
      code: canScore ? 'INZWA_UTTERANCE_FORGOTTEN' : 'INZWA_CANNOT_SCORE',
    });
  });

  it('gives up with the reason of an abort, and works again', async () => {
    const turn = new AbortController();
    const reason = new Error('barge-in');
    const work = subject.recognizer.transcribe(nextUtterance(), { signal: turn.signal });
    turn.abort(reason);
    await expect(subject.run(work)).rejects.toBe(reason);
    expect((await transcribe(nextUtterance())).text).not.toBe('');
  });

  if (canScore) scorerContract();
  else {
    it('refuses to score, by code, and not before it was asked', async () => {
      const { utteranceId } = await transcribe(nextUtterance());
      for (const phrases of [subject.phrases, []]) {
        await expect(score(utteranceId, phrases)).rejects.toMatchObject({ code: 'INZWA_CANNOT_SCORE' });
      }
    });
  }

  function scorerContract(): void {
    it('scores each phrase, in the order asked, with a finite log-likelihood', async () => {
      const { utteranceId } = await transcribe(nextUtterance());
      const [first, second, third] = subject.phrases;
      const scores = await score(utteranceId, [first, second, third]);
      expect(scores).toHaveLength(3);
      for (const value of scores) {
        expect(Number.isFinite(value)).toBe(true);
        expect(value).toBeLessThanOrEqual(0);
      }
      expect(new Set(scores).size).toBe(3);
      expect(scores.indexOf(Math.max(...scores))).toBe(0);
      const turned = await score(utteranceId, [third, first, first, second]);
      expect(turned).toHaveLength(4);
      [third, first, first, second].forEach((phrase, at) => {
        expect(nearest(scores, turned[at] ?? NaN)).toBe(subject.phrases.indexOf(phrase));
      });
      expect(Math.abs((turned[1] ?? NaN) - (scores[0] ?? NaN))).toBeLessThan(BATCH_TOLERANCE);
    });

    it('has no scores for no phrases', async () => {
      const { utteranceId } = await transcribe(nextUtterance());
      expect(await score(utteranceId, [])).toEqual([]);
    });

    it('still knows the utterance before the last one', async () => {
      const before = await transcribe(nextUtterance());
      await transcribe(nextUtterance());
      expect(await score(before.utteranceId, [subject.phrases[0]])).toHaveLength(1);
    });

    it('says by code that it does not know an utterance, asked with phrases or without', async () => {
      for (const phrases of [[subject.phrases[0]], []]) {
        await expect(score('call#never', phrases)).rejects.toMatchObject({ code: 'INZWA_UTTERANCE_FORGOTTEN' });
      }
    });

    it('gives scoring up with the reason of an abort, and works again', async () => {
      const { utteranceId } = await transcribe(nextUtterance());
      const turn = new AbortController();
      const reason = new Error('barge-in');
      const work = subject.recognizer.score(utteranceId, subject.phrases, { signal: turn.signal });
      turn.abort(reason);
      await expect(subject.run(work)).rejects.toBe(reason);
      expect(await score(utteranceId, subject.phrases)).toHaveLength(3);
    });
  }
}

/** Index of the value that comes nearest. */
function nearest(values: readonly number[], to: number): number {
  const distances = values.map((value) => Math.abs(value - to));
  return distances.indexOf(Math.min(...distances));
}
