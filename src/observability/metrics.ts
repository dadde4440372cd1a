/** Every metric the service has, by name, in one place. Base units, few label values, nothing about a single call. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CallEvent } from '#pipeline/events.ts';
import type { EndCause } from '#pipeline/ports.ts';
import type { ErrorCode } from '#kernel/errors.ts';
import type { WireProblem } from '#telephony/wire/media-socket.ts';
import { DoubtedTranscripts } from './doubted-transcripts.ts';
import { TurnTraces, type TurnTrace } from './turn-trace.ts';

/** Where callers begin to notice (0.3), to wonder (0.8) and to say hello? (2). */
const LATENCY_EDGES_S = [0.2, 0.3, 0.5, 0.8, 1, 1.2, 1.5, 2, 3, 5];
const DURATION_EDGES_S = [5, 15, 30, 60, 120, 300, 600, 1_800, 3_600];

/** Below the 20 ms of a frame, so that a stall of one frame is seen. */
const LOOP_DELAY_RESOLUTION_MS = 10;

export interface Metrics extends Disposable {
  /** The text that GET /metrics answers with, and its content type. */
  readonly registry: Registry;
  callOpened(): void;
  callEnded(cause: EndCause, durationMs: number): void;
  /** A call or socket that was not taken, by the code it was told. */
  refused(code: ErrorCode): void;
  wireProblem(problem: WireProblem): void;
  /** A call went on without an engine, or without all of what it can do. */
  degraded(stage: string, step: string): void;
  /** False: what is said in calls is not written down, and no campaign calls anybody. */
  recordsKept(isKept: boolean): void;
  /** Rows of calls that will never be written: refused by the database, or too many while it was away. */
  recordsLost(rows: number): void;
  /** Feeds the turn metrics; a CallEventSink. */
  observeCallEvent(event: CallEvent): void;
}

export interface MetricsOptions {
  readonly version: string;
  /** Told of each turn whose answer has begun to be heard. */
  readonly onTurn?: (trace: TurnTrace) => void;
  /** How busy each engine has been lately, in [0, 1]; read at each scrape. */
  readonly busyShares?: () => Readonly<Record<string, number>>;
}

/** Each process, and each test, has a registry of its own. Disposing stops the watch on the event loop. */
export function createMetrics({ version, onTurn, busyShares }: MetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const loopDelay = watchLoopDelay(registry);
  const registers = [registry];
  new Gauge({
    name: 'inzwa_build_info',
    help: 'Always 1; what runs is in the labels.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version, node: process.version }, 1);

  const callsActive = new Gauge({ name: 'inzwa_calls_active', help: 'Calls in conversation now.', registers });
  const callsEnded = new Counter({
    name: 'inzwa_calls_total',
    help: 'Calls that ended, by whose doing it was and why.',
    labelNames: ['result', 'reason'],
    registers,
  });
  const callDuration = new Histogram({
    name: 'inzwa_call_duration_seconds',
    help: 'From the start of the media to its end.',
    buckets: DURATION_EDGES_S,
    registers,
  });
  const refused = new Counter({
    name: 'inzwa_refused_total',
    help: 'Webhooks, upgrades and starts that were not taken, by error code.',
    labelNames: ['code'],
    registers,
  });
  const wireProblems = new Counter({
    name: 'inzwa_wire_problems_total',
    help: 'Messages on media sockets that were dropped or refused, by problem.',
    labelNames: ['problem'],
    registers,
  });
  if (busyShares) {
    new Gauge({
      name: 'inzwa_engine_busy_share',
      help: 'Share of the last seconds in which an engine had work of a call; calls are refused before it would reach 0.6.',
      labelNames: ['engine'],
      registers,
      collect() {
        for (const [engine, busy] of Object.entries(busyShares())) this.set({ engine }, busy);
      },
    });
  }
  const degraded = new Counter({
    name: 'inzwa_degraded_total',
    help: 'Steps down that calls took because an engine was late, failed or had no time, by stage and step.',
    labelNames: ['stage', 'step'],
    registers,
  });
  const observeTurn = turnMetrics(registers, onTurn);
  // Registered when it is first known: a process that keeps no records says nothing of them.
  let recordsKept: Gauge | undefined;
  let recordsLost: Counter | undefined;

  return {
    registry,
    callOpened: () => callsActive.inc(),
    callEnded({ result, reason }, durationMs) {
      callsActive.dec();
      callsEnded.inc({ result, reason });
      callDuration.observe(durationMs / 1_000);
    },
    refused: (code) => refused.inc({ code }),
    wireProblem: (problem) => wireProblems.inc({ problem }),
    degraded: (stage, step) => degraded.inc({ stage, step }),
    recordsKept(isKept) {
      recordsKept ??= new Gauge({
        name: 'inzwa_records_kept',
        help: '1 while records can be written; 0: no campaign calls anybody, and calls leave no record.',
        registers,
      });
      recordsKept.set(isKept ? 1 : 0);
    },
    recordsLost(rows) {
      recordsLost ??= new Counter({
        name: 'inzwa_records_lost_total',
        help: 'Rows of calls that were never written: refused by the database, or too many while it was away.',
        registers,
      });
      recordsLost.inc(rows);
    },
    observeCallEvent: observeTurn,
    [Symbol.dispose]() {
      loopDelay[Symbol.dispose]();
      registry.clear();
    },
  };
}

function turnMetrics(registers: Registry[], onTurn?: (trace: TurnTrace) => void): (event: CallEvent) => void {
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const latency = new Histogram({
    name: 'inzwa_turn_latency_seconds',
    help: 'From the last of the caller’s speech to each moment of the answer; heard is the first sound as it leaves us.',
    labelNames: ['stage', 'source'],
    buckets: LATENCY_EDGES_S,
    registers,
  });
  const shares = new Histogram({
    name: 'inzwa_turn_stage_seconds',
    help: 'What the time until the answer is heard went by with: the stages of a turn add up to its latency at heard.',
    labelNames: ['stage', 'source'],
    buckets: [0.02, 0.05, 0.1, ...LATENCY_EDGES_S],
    registers,
  });
  const recognition = new Histogram({
    name: 'inzwa_recognition_seconds',
    help: 'Time inside the recogniser, by step.',
    labelNames: ['step'],
    buckets: [0.01, 0.02, 0.05, 0.1, ...LATENCY_EDGES_S],
    registers,
  });
  const decisions = counter('inzwa_answers_total', 'Answers by where they came from.', 'source');
  const doubts = counter(
    'inzwa_transcript_doubts_total',
    'Transcripts that were doubted, by reason and by what was done about them.',
    'reason',
    'outcome',
  );
  const bargeIns = counter('inzwa_barge_ins_total', 'Times a caller took the floor from the agent.');
  const backchannels = counter('inzwa_backchannels_total', 'Sounds under the agent’s speech that did not stop it.');
  const resumed = counter(
    'inzwa_overlaps_resumed_total',
    'Times the agent waited and went on, by what it heard.',
    'why',
  );
  const discarded = counter('inzwa_speculations_discarded_total', 'Answers thrown away because the caller went on.');
  const failures = counter('inzwa_stage_failures_total', 'Failures of a stage, by code.', 'stage', 'code');
  const digits = counter('inzwa_dtmf_total', 'Keys pressed by callers.');
  const gaps = counter('inzwa_gap_seconds_total', 'Caller audio lost on the wire.');
  const concealed = counter('inzwa_concealed_seconds_total', 'Caller audio lost on the wire and made up.');
  const clauses = counter(
    'inzwa_clauses_refused_total',
    'Clauses of the language model not spoken, by reason.',
    'reason',
  );
  const skipped = counter('inzwa_vad_windows_skipped_total', 'Windows of 32 ms that were not scored in time.');
  const turns = new TurnTraces();
  const doubted = new DoubtedTranscripts();

  return (event) => {
    const turn = turns.observe(event);
    const doubt = doubted.observe(event);
    if (doubt) doubts.inc({ ...doubt });
    if (turn) {
      const { source } = turn;
      for (const [stage, ms] of Object.entries(turn.moments)) latency.observe({ stage, source }, ms / 1_000);
      for (const { stage, ms } of turn.stages) shares.observe({ stage, source }, ms / 1_000);
      onTurn?.(turn);
    }
    switch (event.kind) {
      case 'transcript':
        recognition.observe({ step: 'mel' }, event.timings.melMs / 1_000);
        recognition.observe({ step: 'encoder' }, event.timings.encoderMs / 1_000);
        recognition.observe({ step: 'decoder' }, event.timings.decoderMs / 1_000);
        break;
      case 'decision':
        decisions.inc({ source: event.source });
        break;
      case 'barge-in':
        bargeIns.inc();
        break;
      case 'backchannel':
        backchannels.inc();
        break;
      case 'overlap-resumed':
        resumed.inc({ why: event.why });
        break;
      case 'speculation-discarded':
        discarded.inc();
        break;
      case 'stage-failed':
        failures.inc({ stage: event.stage, code: event.code });
        break;
      case 'dtmf':
        digits.inc();
        break;
      case 'clause-refused':
        clauses.inc({ reason: event.reason });
        break;
      case 'vad-skipped':
        skipped.inc();
        break;
      case 'concealed':
        concealed.inc(event.samples / 8_000);
        break;
      case 'gap':
        gaps.inc(event.samples / 8_000);
        break;
      default:
        break;
    }
  };
}

function watchLoopDelay(registry: Registry): Disposable {
  const histogram = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });
  histogram.enable();
  new Gauge({
    name: 'inzwa_event_loop_delay_seconds',
    help: 'Delay of the event loop beyond its sampling interval, since the last scrape.',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      // The histogram counts the whole interval between samples, in nanoseconds.
      const excess = (ns: number): number => Math.max(0, ns / 1e9 - LOOP_DELAY_RESOLUTION_MS / 1_000);
      for (const quantile of [50, 99]) this.set({ quantile: quantile / 100 }, excess(histogram.percentile(quantile)));
      this.set({ quantile: 1 }, excess(histogram.max));
      histogram.reset();
    },
  });
  return { [Symbol.dispose]: () => void histogram.disable() };
}
