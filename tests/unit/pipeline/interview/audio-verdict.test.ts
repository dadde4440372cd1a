import { describe, expect, it } from 'vitest';
import { verdictOf } from '#pipeline/interview/audio-verdict.ts';
import type { Wish } from '#pipeline/interview/flow-state.ts';
import type { AnswerValue } from '#pipeline/interview/script.ts';
import type { Transcript } from '#pipeline/ports.ts';

const heard = (text: string, doubt?: Transcript['doubt']): Transcript => ({
  utteranceId: 'call#1',
  text,
  avgLogProb: -1,
  confidence: 0.37,
  noSpeechProb: 0.01,
  ...(doubt && { doubt }),
  window: 'short',
  audioMs: 1_100,
  timings: { melMs: 1, encoderMs: 1, decoderMs: 1 },
});

const said = (value: AnswerValue, worth: number, lead: number, { isShort = false, timesLonger = 1.2 } = {}) => ({
  form: { phrase: 'hongu', means: { kind: 'answer', value }, isShort } as const,
  worth,
  lead,
  timesLonger,
});
const wished = (wish: Wish, worth: number, lead: number) => ({
  form: { phrase: 'fonai gare gare', means: { kind: 'wish', wish }, isShort: false } as const,
  worth,
  lead,
  timesLonger: 1,
});

describe('an answer that the audio is likest to', () => {
  it('is sure when it is likely and far ahead, read back when it is less so, and none below', () => {
    expect(verdictOf(said(true, 1, 2), heard('On Dune.'))).toBe('sure');
    expect(verdictOf(said(true, -0.9, 0.8), heard('On Dune.'))).toBe('read-back');
    expect(verdictOf(said(true, -2, 0.8), heard('On Dune.'))).toBeUndefined();
    expect(verdictOf(said(true, 0, 0.2), heard('On Dune.'))).toBeUndefined();
  });

  it('takes more for a number than for a yes', () => {
    expect(verdictOf(said(true, 0, 0.8), heard('Nathin'))).toBe('sure');
    expect(verdictOf(said(6, 0, 0.8), heard('Nathin'))).toBe('read-back');
    expect(verdictOf(said(6, 1.5, 1.2), heard('Nathin'))).toBe('sure');
  });

  // Each is what a cough, a hum or a song was written down as.
  it.each(['1, 2, 1', 'm m m m m', 'Heng', 'hmmm', 'hihihihihi', 'H-h-h-h', '...', ''])(
    'is nothing where nobody spoke: "%s"',
    (text) => {
      expect(verdictOf(said(true, -0.1, 1.1), heard(text))).toBeUndefined();
      expect(verdictOf(said(4, -0.6, 1.8), heard(text))).toBeUndefined();
    },
  );

  it('must be plainer where the recogniser found no speech', () => {
    expect(verdictOf(said(true, -0.4, 0.8), heard('Bokanaka'))).toBe('sure');
    expect(verdictOf(said(true, -0.4, 0.8), heard('Bokanaka', 'no-speech'))).toBeUndefined();
    expect(verdictOf(said(true, 0.3, 0.9), heard('Bokanaka', 'no-speech'))).toBe('sure');
  });

  it('is not sure in front of a sentence', () => {
    expect(verdictOf(said(false, 0, 1, { timesLonger: 2 }), heard('Aewa hanbinan'))).toBe('sure');
    expect(verdictOf(said(false, 0, 1, { timesLonger: 4.5 }), heard('Aewa hanbinan'))).toBe('read-back');
  });

  it('is nothing that takes far longer to say than anybody spoke', () => {
    expect(verdictOf(said(true, 0.1, 1.4, { timesLonger: 0.29 }), heard('Pongo.'))).toBeUndefined();
  });

  it('is never read back for a short word: it is plain or nothing', () => {
    expect(verdictOf(said(true, 0.1, 0.8, { isShort: true }), heard('Hey!'))).toBe('sure');
    expect(verdictOf(said(true, -0.3, 0.5, { isShort: true }), heard('Hey!'))).toBeUndefined();
  });
});

describe('a wish that the audio is likest to', () => {
  it.each(['opt-out', 'later', 'repeat', 'slower', 'unknown', 'human'] as const)('is taken up: %s', (wish) => {
    expect(verdictOf(wished(wish, 0.5, 1), heard('Nippi'))).toBe('read-back');
    expect(verdictOf(wished(wish, -2, 0.3), heard('Nippi'))).toBeUndefined();
  });

  it.each(['goodbye', 'wrong-person', 'other-language'] as const)('ends no call: %s', (wish) => {
    expect(verdictOf(wished(wish, 2, 3), heard('Nippi'))).toBeUndefined();
  });
});
