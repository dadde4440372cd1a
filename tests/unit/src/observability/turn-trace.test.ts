import { describe, expect, it } from 'vitest';
import type { CallEvent, CallEventBody } from '#pipeline/events.ts';
import { TurnTraces, type TurnTrace } from '#src/observability/turn-trace.ts';

const at = (atMs: number, body: CallEventBody, callId = 'CA1'): CallEvent => ({ ...body, callId, atMs, audioMs: atMs });

/** Speech ends at 1000 for the gate and at 920 for the ear; the soft end finds it at 1100, the end of turn at 1350. */
const TURN: readonly CallEvent[] = [
  at(1_100, { kind: 'soft-end', turn: 1, utteranceId: 'CA1#1', voicedEndMs: 920 }),
  at(1_320, {
    kind: 'transcript',
    turn: 1,
    utteranceId: 'CA1#1',
    text: 'mhoro',
    confidence: 0.9,
    window: 'short',
    timings: { melMs: 5, encoderMs: 150, decoderMs: 60 },
  }),
  at(1_350, { kind: 'end-of-turn', turn: 1, utteranceId: 'CA1#1', speechEndMs: 1_000, silenceMs: 350 }),
  at(1_360, { kind: 'decision', turn: 1, source: 'card', cardId: 'hours' }),
  at(1_361, { kind: 'answer-text', turn: 1, source: 'card', text: 'Tinovhura' }),
  at(1_370, { kind: 'answer-text', turn: 1, source: 'card', text: 'nguva' }),
  at(1_400, { kind: 'first-audio', turn: 1, cached: true }),
  at(1_402, { kind: 'first-frame-sent', turn: 1, leadInMs: 20 }),
];

const tracesOf = (events: readonly CallEvent[], traces = new TurnTraces()): TurnTrace[] =>
  events.map((event) => traces.observe(event)).filter((trace) => trace !== undefined);

const sumOf = ({ stages }: TurnTrace): number => stages.reduce((sum, { ms }) => sum + ms, 0);

describe('the trace of a turn', () => {
  it('goes from the last sound of the caller to the first sound of the answer, in stages that add up', () => {
    const [trace] = tracesOf(TURN);
    expect(trace).toEqual({
      callId: 'CA1',
      turn: 1,
      source: 'card',
      totalMs: 502,
      discarded: 0,
      stages: [
        { stage: 'gate', ms: 180 },
        { stage: 'recognition', ms: 220 },
        { stage: 'decision', ms: 40 },
        { stage: 'wording', ms: 1 },
        { stage: 'synthesis', ms: 39 },
        { stage: 'sending', ms: 2 },
        { stage: 'lead-in', ms: 20 },
      ],
      moments: {
        'soft-end': 180,
        transcript: 400,
        decision: 440,
        'answer-text': 441,
        'first-audio': 480,
        'end-of-turn': 430,
        'first-frame': 482,
        heard: 502,
      },
    });
  });

  it('names the wait for the end of the turn when the answer was ready before it', () => {
    const early = TURN.map((event) =>
      event.kind === 'end-of-turn' ? { ...event, atMs: 1_401, audioMs: 1_401 } : event,
    );
    const trace = tracesOf([...early].sort((a, b) => a.atMs - b.atMs))[0]!;
    expect(trace.stages).toContainEqual({ stage: 'turn-end', ms: 1 });
    expect(sumOf(trace)).toBe(trace.totalMs);
  });

  it('places the end of speech by the audio clock, however late a busy machine tells of it', () => {
    const late = TURN.map((event) => ({ ...event, atMs: event.atMs + 500, audioMs: event.audioMs + 480 }));
    const [trace] = tracesOf(late);
    expect(trace?.totalMs).toBe(502 + 480);
    expect(trace?.moments['end-of-turn']).toBe(430 + 480);
  });

  it('goes by the gate for an utterance that was never prepared on its own', () => {
    const forced = TURN.map((event) => (event.kind === 'soft-end' ? { ...event, utteranceId: 'CA1#0' } : event));
    expect(tracesOf(forced)[0]?.totalMs).toBe(422);
  });

  it('forgets work that was thrown away and counts it', () => {
    const [trace] = tracesOf([
      at(700, { kind: 'decision', turn: 1, source: 'llm' }),
      at(800, { kind: 'answer-text', turn: 1, source: 'llm', text: 'x' }),
      at(850, { kind: 'speculation-discarded', turn: 1, utteranceId: 'CA1#0' }),
      ...TURN,
    ]);
    expect(trace?.moments['answer-text']).toBe(441);
    expect(trace?.discarded).toBe(1);
  });

  it('has none for turns nobody asked for and calls that are over', () => {
    const traces = new TurnTraces();
    expect(tracesOf([at(10, { kind: 'first-frame-sent', turn: 0 })], traces)).toEqual([]);
    const over = at(1_401, { kind: 'call-ended', cause: { result: 'caller', reason: 'hung-up' }, durationMs: 1 });
    expect(tracesOf([...TURN.slice(0, -1), over, ...TURN.slice(-1)], traces)).toEqual([]);
  });

  it('keeps calls apart', () => {
    const both = TURN.flatMap((event) => [event, { ...event, callId: 'CA2', atMs: event.atMs + 100 }]);
    expect(tracesOf(both).map(({ callId, totalMs }) => [callId, totalMs])).toEqual([
      ['CA1', 502],
      ['CA2', 502],
    ]);
  });

  it('never goes below zero for work that was done before the caller had finished', () => {
    const guessed = [
      at(490, { kind: 'decision', turn: 1, source: 'card', cardId: 'hours' }),
      at(500, { kind: 'answer-text', turn: 1, source: 'card', text: 'early' }),
      at(510, { kind: 'first-audio', turn: 1, cached: true }),
      TURN[2]!,
      at(1_352, { kind: 'first-frame-sent', turn: 1 }),
    ];
    const trace = tracesOf(guessed)[0]!;
    expect(trace.moments['answer-text']).toBe(0);
    expect(trace.stages.every(({ ms }) => ms >= 0)).toBe(true);
    expect(sumOf(trace)).toBe(352);
  });
});

describe('a turn so slow that something is said before its answer', () => {
  /** The filler's frame is sent at 2 400, the answer's at 4 002. */
  const slow = (fillerTurn: number): CallEvent[] => [
    ...TURN.slice(0, 3),
    at(2_300, { kind: 'answer-text', turn: fillerTurn, source: 'pack', text: 'Ndapota mirai zvishoma.' }),
    at(2_301, { kind: 'first-audio', turn: fillerTurn, cached: true }),
    at(2_400, { kind: 'first-frame-sent', turn: 1 }),
    at(3_900, { kind: 'decision', turn: 1, source: 'llm' }),
    at(3_901, { kind: 'answer-text', turn: 1, source: 'llm', text: 'Tinovhura' }),
    at(4_000, { kind: 'first-audio', turn: 1, cached: false }),
    at(4_002, { kind: 'first-frame-sent', turn: 1 }),
  ];

  it.each([0, 1])('is traced to its answer, whichever turn the filler says it belongs to (%i)', (fillerTurn) => {
    const traces = tracesOf(slow(fillerTurn));
    expect(traces.map(({ source, totalMs }) => [source, totalMs])).toEqual([['llm', 3_082]]);
  });

  it('is traced to the apology when a stage failed', () => {
    const events = slow(0).map((event) =>
      event.kind === 'decision'
        ? at(event.atMs, { kind: 'stage-failed', turn: 1, stage: 'recognition', code: 'INZWA_ENGINE_DIED' })
        : event,
    );
    const trace = tracesOf(events)[0]!;
    expect(trace.totalMs).toBe(3_082);
    expect(sumOf(trace)).toBe(3_082);
  });
});
