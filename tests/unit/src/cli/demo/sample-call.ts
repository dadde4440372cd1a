/** A call made up of tones, with events at known times: two answers, the second one interrupted. Times in ms from its start. */
import type { CallEvent, CallEventBody } from '#pipeline/events.ts';
import type { SpokenLine } from '#src/cli/demo/latency.ts';

export const RATE_HZ = 8000;

export interface ToneSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** 8 kHz silence with a 400 Hz tone of amplitude 8000 in each span. */
export function toneTrack(totalMs: number, spans: readonly ToneSpan[], amplitude = 8000): Int16Array {
  const pcm = new Int16Array((totalMs * RATE_HZ) / 1000);
  for (const { startMs, endMs } of spans) {
    for (let index = (startMs * RATE_HZ) / 1000; index < (endMs * RATE_HZ) / 1000; index += 1) {
      pcm[index] = Math.round(amplitude * Math.cos((2 * Math.PI * 400 * index) / RATE_HZ));
    }
  }
  return pcm;
}

export const TOTAL_MS = 22_000;
export const CALLER_SPANS: readonly ToneSpan[] = [
  { startMs: 2000, endMs: 3500 },
  { startMs: 7000, endMs: 8200 },
  { startMs: 12_000, endMs: 13_500 },
];
export const HEARD_SPANS: readonly ToneSpan[] = [
  { startMs: 400, endMs: 1500 },
  { startMs: 4050, endMs: 6000 },
  { startMs: 8900, endMs: 12_310 },
  { startMs: 14_020, endMs: 16_000 },
];

export const LINES: readonly SpokenLine[] = CALLER_SPANS.map(({ startMs, endMs }, index) => ({
  text: ['Munovhura nguvai?', 'Ndingawana sei chitupa chekuberekwa?', 'Mishonga inoita marii?'][index] ?? '',
  firstVoicedAtMs: startMs,
  lastVoicedAtMs: endMs,
  isInterruption: index === 2,
}));

function event(atMs: number, body: CallEventBody): CallEvent {
  return { ...body, callId: 'CA00', atMs, audioMs: atMs };
}

const TIMINGS = { melMs: 4, encoderMs: 50, decoderMs: 80 };

function turnEvents(turn: number, endOfSpeechMs: number, cardId: string, text: string): readonly CallEvent[] {
  const utteranceId = `CA00#${turn}`;
  return [
    event(endOfSpeechMs + 110, { kind: 'soft-end', turn, utteranceId }),
    event(endOfSpeechMs + 260, {
      kind: 'transcript',
      turn,
      utteranceId,
      text: 'munovura nguvai',
      confidence: 0.6,
      window: 'short',
      timings: TIMINGS,
    }),
    event(endOfSpeechMs + 420, {
      kind: 'end-of-turn',
      turn,
      utteranceId,
      speechEndMs: endOfSpeechMs,
      silenceMs: 400,
    }),
    event(endOfSpeechMs + 430, {
      kind: 'decision',
      turn,
      source: 'card',
      cardId,
      score: 0.91,
      margin: 0.4,
      runnerUp: 'vaccination',
      by: 'both',
    }),
    event(endOfSpeechMs + 431, { kind: 'answer-text', turn, source: 'card', text }),
    event(endOfSpeechMs + 500, { kind: 'first-audio', turn, cached: false }),
    event(endOfSpeechMs + 505, { kind: 'first-frame-sent', turn }),
  ];
}

export const EVENTS: readonly CallEvent[] = [
  event(10, { kind: 'call-started', hotline: 'kiriniki', language: 'sn' }),
  ...turnEvents(1, 3500, 'opening-hours', 'Tinovhura na8 mangwanani.'),
  event(6050, {
    kind: 'agent-said',
    turn: 1,
    source: 'card',
    text: 'Tinovhura na8 mangwanani.',
    heardText: 'Tinovhura na8 mangwanani.',
    heardMs: 1_000,
    isComplete: true,
    cardId: 'opening-hours',
  }),
  ...turnEvents(2, 8200, 'birth-record', 'Uyai nekadhi rekuchipatara.'),
  event(12_240, { kind: 'barge-in', turn: 2, overlapMs: 240 }),
  event(12_300, {
    kind: 'agent-said',
    turn: 2,
    source: 'card',
    text: 'Uyai nekadhi rekuchipatara & nechitupa <chenyu>.',
    heardText: 'Uyai nekadhi',
    heardMs: 1_000,
    isComplete: false,
    cardId: 'birth-record',
  }),
  ...turnEvents(3, 13_500, 'medicine-prices', 'Mishonga inoita madhora maviri.'),
  event(21_000, { kind: 'call-ended', cause: { result: 'success', reason: 'caller-hung-up' }, durationMs: 21_000 }),
];
