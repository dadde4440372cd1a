import { describe, expect, it } from 'vitest';
import type { CallEvent, CallEventBody } from '#pipeline/events.ts';
import { createLogger } from '#src/observability/logger.ts';
import { createMetrics } from '#src/observability/metrics.ts';
import { TurnLatencies } from '#src/observability/turn-latency.ts';

const at = (atMs: number, body: CallEventBody, callId = 'CA1'): CallEvent => ({ ...body, callId, atMs, audioMs: atMs });

const TRANSCRIPT = {
  kind: 'transcript',
  turn: 1,
  utteranceId: 'CA1#1',
  text: 'mhoro',
  confidence: 0.9,
  window: 'short',
  timings: { melMs: 5, encoderMs: 150, decoderMs: 60 },
} as const;

/** Speech ends at 1000; the soft end finds it at 1100, the end of turn at 1350. */
const TURN: readonly CallEvent[] = [
  at(1_100, { kind: 'soft-end', turn: 1, utteranceId: 'CA1#1' }),
  at(1_320, TRANSCRIPT),
  at(1_350, { kind: 'end-of-turn', turn: 1, utteranceId: 'CA1#1', speechEndMs: 1_000, silenceMs: 350 }),
  at(1_360, { kind: 'decision', turn: 1, source: 'card', cardId: 'hours' }),
  at(1_361, { kind: 'answer-text', turn: 1, source: 'card', text: 'Tinovhura' }),
  at(1_370, { kind: 'answer-text', turn: 1, source: 'card', text: 'nguva' }),
  at(1_400, { kind: 'first-audio', turn: 1, cached: true }),
  at(1_402, { kind: 'first-frame-sent', turn: 1 }),
];

describe('TurnLatencies', () => {
  it('measures every stage from the end of speech', () => {
    const turns = new TurnLatencies();
    const found = TURN.map((event) => turns.observe(event)).filter((each) => each !== undefined);
    expect(found).toEqual([
      {
        source: 'card',
        stages: { 'end-of-turn': 350, transcript: 320, 'answer-text': 361, 'first-audio': 400, 'first-frame': 402 },
      },
    ]);
  });

  it('forgets work that was thrown away, turns nobody asked for, and calls that are over', () => {
    const turns = new TurnLatencies();
    turns.observe(at(900, { kind: 'answer-text', turn: 1, source: 'llm', text: 'x' }));
    turns.observe(at(950, { kind: 'speculation-discarded', turn: 1, utteranceId: 'CA1#0' }));
    const last = TURN.map((event) => turns.observe(event)).at(-1);
    expect(last?.stages['answer-text']).toBe(361);
    expect(turns.observe(at(10, { kind: 'first-frame-sent', turn: 0 }))).toBeUndefined();
    for (const event of TURN.slice(0, 5)) turns.observe(event);
    turns.observe(at(2_000, { kind: 'call-ended', cause: { result: 'caller', reason: 'hung-up' }, durationMs: 1 }));
    expect(turns.observe(at(2_100, { kind: 'first-frame-sent', turn: 1 }))).toBeUndefined();
  });

  it('keeps calls apart and never goes below zero', () => {
    const turns = new TurnLatencies();
    for (const event of TURN.slice(0, -1)) {
      turns.observe(event);
      turns.observe({ ...event, callId: 'CA2', atMs: event.atMs + 100 });
    }
    turns.observe(at(490, { kind: 'decision', turn: 1, source: 'card', cardId: 'hours' }, 'CA3'));
    turns.observe(at(500, { kind: 'answer-text', turn: 1, source: 'card', text: 'early' }, 'CA3'));
    turns.observe(at(510, { kind: 'first-audio', turn: 1, cached: true }, 'CA3'));
    turns.observe(at(1_350, TURN[2]!, 'CA3'));
    expect(turns.observe(at(1_402, { kind: 'first-frame-sent', turn: 1 }, 'CA2'))?.stages['first-frame']).toBe(302);
    expect(turns.observe(at(1_402, { kind: 'first-frame-sent', turn: 1 }))?.stages['first-frame']).toBe(402);
    expect(turns.observe(at(1_402, { kind: 'first-frame-sent', turn: 1 }, 'CA3'))?.stages['answer-text']).toBe(0);
  });
});

describe('a turn so slow that something is said before its answer', () => {
  /** The filler's frame is sent at 2 400, the answer's at 4 002. */
  const slow = (fillerTurn: number): CallEvent[] => [
    ...TURN.slice(0, 3),
    at(2_300, { kind: 'answer-text', turn: fillerTurn, source: 'pack', text: 'Ndapota mirai zvishoma.' }),
    at(2_301, { kind: 'first-audio', turn: fillerTurn, cached: true }),
    at(2_400, { kind: 'first-frame-sent', turn: 1 }),
    at(3_600, {
      kind: 'agent-said',
      turn: 1,
      source: 'pack',
      text: 'x',
      heardText: 'x',
      heardMs: 1_000,
      isComplete: true,
    }),
    at(3_900, { kind: 'decision', turn: 1, source: 'llm' }),
    at(3_901, { kind: 'answer-text', turn: 1, source: 'llm', text: 'Tinovhura' }),
    at(4_000, { kind: 'first-audio', turn: 1, cached: false }),
    at(4_002, { kind: 'first-frame-sent', turn: 1 }),
  ];

  it.each([0, 1])('is measured to its answer, whichever turn the filler says it belongs to (%i)', (fillerTurn) => {
    const turns = new TurnLatencies();
    const found = slow(fillerTurn)
      .map((event) => turns.observe(event))
      .filter((each) => each !== undefined);
    expect(found).toEqual([
      {
        source: 'llm',
        stages: {
          'end-of-turn': 350,
          transcript: 320,
          'answer-text': 2_901,
          'first-audio': 3_000,
          'first-frame': 3_002,
        },
      },
    ]);
  });

  it('is measured to the apology when a stage failed', () => {
    const turns = new TurnLatencies();
    const events = slow(0).map((event) =>
      event.kind === 'decision'
        ? at(event.atMs, { kind: 'stage-failed', turn: 1, stage: 'recognition', code: 'INZWA_ENGINE_DIED' })
        : event,
    );
    expect(events.map((event) => turns.observe(event)).at(-1)?.stages['first-frame']).toBe(3_002);
  });
});

describe('metrics', () => {
  it('turn events into counters and histograms in seconds', async () => {
    using metrics = createMetrics({ version: 'test' });
    for (const event of TURN) metrics.observeCallEvent(event);
    const more: CallEventBody[] = [
      { ...TRANSCRIPT, doubt: 'low-confidence' },
      { kind: 'barge-in', turn: 2, overlapMs: 300 },
      { kind: 'backchannel', turn: 2, overlapMs: 200 },
      { kind: 'speculation-discarded', turn: 2, utteranceId: 'CA1#2' },
      { kind: 'stage-failed', turn: 2, stage: 'dialogue', code: 'INZWA_ENGINE_FAILED' },
      { kind: 'dtmf', digit: '1' },
      { kind: 'gap', samples: 1_600 },
      { kind: 'call-started', hotline: 'kiriniki', language: 'sn' },
    ];
    for (const body of more) metrics.observeCallEvent(at(3_000, body));
    metrics.wireProblem('flood');
    metrics.refused('INZWA_TOKEN_REFUSED');
    const lines = (await metrics.registry.metrics()).split('\n');
    for (const line of [
      'inzwa_turn_latency_seconds_bucket{le="0.5",stage="first-frame",source="card"} 1',
      'inzwa_turn_latency_seconds_bucket{le="0.3",stage="first-frame",source="card"} 0',
      'inzwa_recognition_seconds_count{step="encoder"} 2',
      'inzwa_answers_total{source="card"} 1',
      'inzwa_transcript_doubts_total{reason="low-confidence",outcome="overtaken"} 1',
      'inzwa_barge_ins_total 1',
      'inzwa_backchannels_total 1',
      'inzwa_speculations_discarded_total 1',
      'inzwa_stage_failures_total{stage="dialogue",code="INZWA_ENGINE_FAILED"} 1',
      'inzwa_dtmf_total 1',
      'inzwa_gap_seconds_total 0.2',
      'inzwa_wire_problems_total{problem="flood"} 1',
      'inzwa_refused_total{code="INZWA_TOKEN_REFUSED"} 1',
    ]) {
      expect(lines).toContain(line);
    }
  });

  it('name no call and no word', async () => {
    using metrics = createMetrics({ version: 'test' });
    for (const event of TURN) metrics.observeCallEvent(event);
    expect(await metrics.registry.metrics()).not.toMatch(/CA1|mhoro|Tinovhura/);
  });
});

describe('the logger', () => {
  it('censors a caller’s words and number even when somebody passes them', () => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line: string) => void lines.push(line) });
    logger.info({ event: TURN[1], form: { From: '+263771234567' }, pii: { name: 'Tendai' }, digit: '7' }, 'x');
    expect(lines[0]).toContain('[redacted]');
    expect(lines[0]).not.toMatch(/mhoro|26377|Tendai|"7"/);
    createLogger('silent').info('nothing');
  });
});
