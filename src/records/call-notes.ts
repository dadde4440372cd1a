/** One call's events as what is worth keeping: who said what until where, how soon, and how it ended. Pure; no database. */
import type { CallEvent } from '#pipeline/events.ts';
import type { EndCause } from '#pipeline/ports.ts';
import { TurnTraces } from '#src/observability/turn-trace.ts';
import type { TurnsTable } from './schema.ts';

/** A row of `turns` that has no number yet. */
export type TurnNote = Omit<TurnsTable, 'call_id' | 'seq'>;

interface Utterance {
  readonly text: string;
  readonly confidence: number;
}

/** Recognitions that were begun on a short silence and thrown away; more at once is no call. */
const MOST_UTTERANCES = 50;

export class CallNotes {
  start: { readonly at: number; readonly hotline: string; readonly language: string } | undefined;
  end: { readonly at: number; readonly cause: EndCause } | undefined;
  readonly #traces = new TurnTraces();
  /** Heard, and not yet certain that the caller had finished. */
  readonly #utterances = new Map<string, Utterance>();
  /** Turns that have ended before their words were known. */
  readonly #awaited = new Map<string, { readonly startedMs: number; readonly endedMs: number }>();
  readonly #latenciesMs = new Map<number, number>();
  readonly #counts = { callerTurns: 0, agentTurns: 0, bargeIns: 0, keys: 0, failures: 0, vadSkipped: 0 };
  #lostSamples = 0;
  #concealedSamples = 0;
  #onsetMs = 0;

  /** What the event completes; `wallMs` is epoch ms. */
  take(event: CallEvent, wallMs: number): TurnNote | undefined {
    const trace = this.#traces.observe(event);
    if (trace !== undefined) this.#latenciesMs.set(trace.turn, Math.round(trace.totalMs));
    switch (event.kind) {
      case 'call-started':
        this.start ??= { at: wallMs, hotline: event.hotline, language: event.language };
        return undefined;
      case 'speech-start':
        this.#onsetMs = event.onsetMs;
        return undefined;
      case 'transcript':
        return this.#heard(event.utteranceId, { text: event.text, confidence: event.confidence });
      case 'speculation-discarded':
        this.#utterances.delete(event.utteranceId);
        return undefined;
      case 'end-of-turn':
        return this.#ended(event.utteranceId, event.speechEndMs);
      case 'agent-said':
        return this.#said(event);
      case 'barge-in':
        this.#counts.bargeIns += 1;
        return undefined;
      case 'dtmf':
        this.#counts.keys += 1;
        return undefined;
      case 'stage-failed':
        this.#counts.failures += 1;
        return undefined;
      case 'vad-skipped':
        this.#counts.vadSkipped += 1;
        return undefined;
      case 'gap':
        this.#lostSamples += event.samples;
        return undefined;
      case 'concealed':
        this.#concealedSamples += event.samples;
        return undefined;
      case 'call-ended':
        this.end = { at: wallMs, cause: event.cause };
        return undefined;
      default:
        return undefined;
    }
  }

  /** For `calls.metrics_json`: counts and milliseconds, nothing that was said. */
  metrics(): Readonly<Record<string, number>> {
    const sorted = [...this.#latenciesMs.values()].sort((one, other) => one - other);
    return {
      ...this.#counts,
      lostSamples: this.#lostSamples,
      concealedSamples: this.#concealedSamples,
      ...(sorted.length > 0 && {
        medianLatencyMs: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
        worstLatencyMs: sorted.at(-1) ?? 0,
      }),
    };
  }

  #heard(utteranceId: string, utterance: Utterance): TurnNote | undefined {
    const awaited = this.#awaited.get(utteranceId);
    if (awaited === undefined) {
      this.#utterances.set(utteranceId, utterance);
      const [oldest] = this.#utterances.keys();
      if (this.#utterances.size > MOST_UTTERANCES && oldest !== undefined) this.#utterances.delete(oldest);
      return undefined;
    }
    this.#awaited.delete(utteranceId);
    return this.#callerTurn(utterance, awaited);
  }

  #ended(utteranceId: string, speechEndMs: number): TurnNote | undefined {
    const span = { startedMs: this.#onsetMs, endedMs: speechEndMs };
    const utterance = this.#utterances.get(utteranceId);
    if (utterance === undefined) {
      this.#awaited.set(utteranceId, span);
      return undefined;
    }
    this.#utterances.delete(utteranceId);
    return this.#callerTurn(utterance, span);
  }

  #callerTurn(
    { text, confidence }: Utterance,
    { startedMs, endedMs }: { readonly startedMs: number; readonly endedMs: number },
  ): TurnNote {
    this.#counts.callerTurns += 1;
    return {
      role: 'caller',
      text,
      confidence,
      started_ms: Math.round(startedMs),
      ended_ms: Math.round(endedMs),
      is_interrupted: 0,
      latency_ms: null,
      source: null,
    };
  }

  /** Nothing of it was heard: then it was not said. */
  #said(event: CallEvent & { readonly kind: 'agent-said' }): TurnNote | undefined {
    if (event.heardMs <= 0) return undefined;
    this.#counts.agentTurns += 1;
    const latencyMs = this.#latenciesMs.get(event.turn);
    return {
      role: 'agent',
      text: event.heardText,
      confidence: null,
      started_ms: Math.max(0, Math.round(event.audioMs - event.heardMs)),
      ended_ms: Math.round(event.audioMs),
      is_interrupted: event.isComplete ? 0 : 1,
      latency_ms: latencyMs ?? null,
      source: event.source,
    };
  }
}
