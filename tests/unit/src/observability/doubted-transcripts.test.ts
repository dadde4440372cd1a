import { describe, expect, it } from 'vitest';
import type { CallEvent, CallEventBody } from '#pipeline/events.ts';
import type { TranscriptDoubt } from '#pipeline/ports.ts';
import { DoubtedTranscripts } from '#src/observability/doubted-transcripts.ts';

const transcript = (doubt?: TranscriptDoubt): CallEventBody => ({
  kind: 'transcript',
  turn: 1,
  utteranceId: 'CA1#1',
  text: 'x',
  confidence: 0.3,
  window: 'short',
  timings: { melMs: 1, encoderMs: 1, decoderMs: 1 },
  ...(doubt && { doubt }),
});
const END: CallEventBody = { kind: 'end-of-turn', turn: 1, utteranceId: 'CA1#1', speechEndMs: 900, silenceMs: 480 };
const START: CallEventBody = { kind: 'speech-start', turn: 2, onsetMs: 3_000 };
const OVER: CallEventBody = { kind: 'call-ended', cause: { result: 'caller', reason: 'hung-up' }, durationMs: 1 };
const ASKED: CallEventBody = { kind: 'decision', turn: 1, source: 'pack', intent: 'not-understood' };
const CARD: CallEventBody = { kind: 'decision', turn: 1, source: 'card', cardId: 'hours' };

function seen(bodies: readonly CallEventBody[], watch = new DoubtedTranscripts(), callId = 'CA1') {
  return bodies
    .map((body): CallEvent => ({ ...body, callId, atMs: 0, audioMs: 0 }))
    .flatMap((event) => watch.observe(event) ?? []);
}

describe('what becomes of a doubted transcript', () => {
  it.each([
    ['ignored', [transcript('echo'), END, START]],
    ['ignored', [transcript('echo'), END, OVER]],
    ['asked-again', [transcript('echo'), ASKED, END, START]],
    ['answered', [transcript('echo'), CARD, END, OVER]],
    ['overtaken', [transcript('echo'), { kind: 'speculation-discarded', turn: 1, utteranceId: 'CA1#1' }]],
    ['overtaken', [transcript('echo'), CARD, { kind: 'speculation-discarded', turn: 1, utteranceId: 'CA1#1' }]],
    ['overtaken', [transcript('echo'), OVER]],
  ] as const)('is counted once: %s', (outcome, events) => {
    expect(seen([...events, transcript(), END, OVER])).toEqual([{ reason: 'echo', outcome }]);
  });

  it('is nothing when there was no doubt', () => {
    expect(seen([transcript(), CARD, END, START, OVER])).toEqual([]);
  });

  it('is told apart by call, and every transcript counts', () => {
    const watch = new DoubtedTranscripts();
    expect(seen([transcript('sparse'), END], watch)).toEqual([]);
    expect(seen([transcript('invented'), ASKED, END, OVER], watch, 'CA2')).toHaveLength(1);
    expect(seen([transcript('echo'), OVER], watch)).toEqual([
      { reason: 'sparse', outcome: 'ignored' },
      { reason: 'echo', outcome: 'overtaken' },
    ]);
  });
});
