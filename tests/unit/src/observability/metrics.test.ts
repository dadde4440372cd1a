import { describe, expect, it } from 'vitest';
import type { CallEvent, CallEventBody } from '#pipeline/events.ts';
import { createLogger } from '#src/observability/logger.ts';
import { createMetrics } from '#src/observability/metrics.ts';

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
      'inzwa_turn_latency_seconds_count{stage="heard",source="card"} 1',
      'inzwa_turn_stage_seconds_bucket{le="0.1",stage="gate",source="card"} 1',
      'inzwa_turn_stage_seconds_bucket{le="0.05",stage="gate",source="card"} 0',
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
