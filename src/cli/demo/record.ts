/** The JSON record that a call of the demo leaves behind: everything needed to argue about the call without hearing it. */
import type { CallEvent } from '#pipeline/events.ts';
import type { PhonePacing } from '#telephony/phone/phone-call.ts';
import type { Machine } from '../bench/machine.ts';
import type { AudibleSpan } from './audible.ts';
import type { SpokenLine, TurnLatency } from './latency.ts';
import type { AnswerVerdict } from './verdict.ts';

export interface CallRecord {
  readonly format: 'inzwa-call-record';
  readonly formatVersion: 1;
  /** ISO 8601, wall clock. */
  readonly startedAt: string;
  readonly callSid: string;
  readonly hotline: string;
  readonly profile: string;
  readonly machine: Machine;
  /** Clock.nowMs of the recording's first sample; every `atMs` below counts from here. */
  readonly clockOriginMs: number;
  readonly durationMs: number;
  readonly serviceReadyMs: number;
  /** How late the telephone itself was: a busy machine spoils a measurement, and this says so. */
  readonly phonePacing: PhonePacing;
  readonly lines: readonly SpokenLine[];
  readonly turns: readonly TurnLatency[];
  readonly verdicts: readonly AnswerVerdict[];
  /** Where each side of the recording is audible, in milliseconds from its first sample. */
  readonly audible: { readonly caller: readonly AudibleSpan[]; readonly heard: readonly AudibleSpan[] };
  readonly events: readonly CallEvent[];
  /** Paths relative to the record. */
  readonly files: { readonly wav: string; readonly timeline: string };
}

/** Shifts every clock time to the recording's first sample and rounds it to 0.1 ms. */
export function relativeTo(
  originMs: number,
  parts: Pick<CallRecord, 'lines' | 'turns' | 'events'>,
): Pick<CallRecord, 'lines' | 'turns' | 'events'> {
  const shift = (atMs: number): number => Math.round((atMs - originMs) * 10) / 10;
  return {
    lines: parts.lines.map((line) => ({
      ...line,
      firstVoicedAtMs: shift(line.firstVoicedAtMs),
      lastVoicedAtMs: shift(line.lastVoicedAtMs),
    })),
    turns: parts.turns.map((turn) => ({ ...turn, endOfSpeechAtMs: shift(turn.endOfSpeechAtMs) })),
    events: parts.events.map((event) => ({ ...event, atMs: shift(event.atMs) })),
  };
}

/** Two-space JSON with at most 0.1 ms of resolution, so that two records can be compared by eye. */
export function stringifyRecord(record: CallRecord): string {
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Math.round(value * 10_000) / 10_000 : value;
  return `${JSON.stringify(record, rounded, 2)}\n`;
}
