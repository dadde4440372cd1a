/**
 * What happened between the caller's last voiced sample and the first sample that the caller could hear. Both ends are
 * taken from the telephone's recording; the stages between them from the service's events (one clock for both processes).
 */
import type { AnswerSource, CallEvent } from '#pipeline/events.ts';
import { type AudibleSpan, firstAudibleAfter, lastAudibleWithin } from './audible.ts';

/** One thing the caller said, on the monotonic clock (Clock.nowMs), as the telephone sent it. */
export interface SpokenLine {
  readonly text: string;
  readonly firstVoicedAtMs: number;
  readonly lastVoicedAtMs: number;
  /** True when the agent was being heard as the line began: the line is an interruption. */
  readonly isInterruption: boolean;
}

/** Every time is in milliseconds after the caller's last voiced sample; negative means before it. */
export interface TurnLatency {
  readonly line: number;
  readonly text: string;
  readonly endOfSpeechAtMs: number;
  readonly turn: number | undefined;
  readonly endOfTurnMs: number | undefined;
  readonly transcriptMs: number | undefined;
  readonly answerTextMs: number | undefined;
  readonly synthesisedMs: number | undefined;
  readonly frameSentMs: number | undefined;
  /** The answer itself; a "please wait" before it does not count. */
  readonly audibleMs: number | undefined;
  /** The "please wait" that had to fill the time before the answer; undefined when none was needed. */
  readonly fillerMs: number | undefined;
  /** Interruptions only: the interruption's first voiced sample to the agent's last audible one. */
  readonly bargeInMs: number | undefined;
  /** Undefined for a line that interrupted nobody. `was-silent`: the agent happened to pause as the line began. */
  readonly yield: 'yielded' | 'talked-on' | 'was-silent' | undefined;
  readonly source: AnswerSource | undefined;
  readonly cardId: string | undefined;
  readonly score: number | undefined;
  readonly margin: number | undefined;
  readonly runnerUp: string | undefined;
  readonly heardText: string | undefined;
  /** More than one: the service took the line for several turns. */
  readonly turnsTaken: number;
}

export interface HeardTrace {
  /** Clock time of the recording's first sample. */
  readonly startedAtMs: number;
  /** The agent's side of the recording, from its first sample. */
  readonly heard: readonly AudibleSpan[];
  /** What the agent says to fill the time, word for word. @defaultValue nothing */
  readonly fillers?: ReadonlySet<string>;
}

/**
 * An agent that goes silent within this time of the end of an interruption has yielded to it; one that can still be heard
 * after it has talked on. Below the shortest answer time, so that the next answer is never taken for the old one.
 */
const YIELD_GRACE_MS = 100;

/** One row per line. The events of a line are those from its first voiced sample to the next line's. */
export function turnLatencies(
  lines: readonly SpokenLine[],
  events: readonly CallEvent[],
  trace: HeardTrace,
): readonly TurnLatency[] {
  return lines.map((line, index) => {
    const untilMs = lines[index + 1]?.firstVoicedAtMs ?? Number.POSITIVE_INFINITY;
    const own = events.filter(({ atMs }) => atMs >= line.firstVoicedAtMs && atMs < untilMs);
    return latencyOf(line, index, own, untilMs, trace);
  });
}

function latencyOf(
  line: SpokenLine,
  index: number,
  events: readonly CallEvent[],
  untilMs: number,
  trace: HeardTrace,
): TurnLatency {
  const ends = events.filter((event) => event.kind === 'end-of-turn');
  const end = ends.at(-1);
  const turn = end?.turn;
  const after = (event: CallEvent | undefined): number | undefined =>
    event === undefined ? undefined : event.atMs - line.lastVoicedAtMs;
  const ofTurn = events.filter((event) => 'turn' in event && event.turn === turn);
  const transcript = ofTurn.findLast(
    (event) => event.kind === 'transcript' && (end === undefined || event.utteranceId === end.utteranceId),
  );
  const decision = ofTurn.findLast((event) => event.kind === 'decision');
  const isTranscript = transcript?.kind === 'transcript';
  const isDecision = decision?.kind === 'decision';
  const answered = decision === undefined ? ofTurn : ofTurn.filter((event) => event.atMs >= decision.atMs);
  const yielding = line.isInterruption ? yieldOf(line, trace) : undefined;
  const fillerEnd = events.findLast(
    (event) => event.kind === 'agent-said' && (trace.fillers?.has(event.text) ?? false) && event.heardText !== '',
  );
  const anythingMs = firstAudibleMs(line, untilMs, trace);
  const answerMs = fillerEnd === undefined ? anythingMs : audibleFrom(fillerEnd.atMs, line, untilMs, trace);
  return {
    line: index,
    text: line.text,
    endOfSpeechAtMs: line.lastVoicedAtMs,
    turn,
    endOfTurnMs: after(end),
    transcriptMs: after(transcript),
    answerTextMs: after(answered.find((event) => event.kind === 'answer-text')),
    synthesisedMs: after(answered.find((event) => event.kind === 'first-audio')),
    frameSentMs: after(answered.find((event) => event.kind === 'first-frame-sent')),
    audibleMs: answerMs,
    fillerMs: fillerEnd === undefined ? undefined : anythingMs,
    bargeInMs: yielding?.afterMs,
    yield: yielding?.kind,
    source: isDecision ? decision.source : undefined,
    cardId: isDecision ? decision.cardId : undefined,
    score: isDecision ? decision.score : undefined,
    margin: isDecision ? decision.margin : undefined,
    runnerUp: isDecision ? decision.runnerUp : undefined,
    heardText: isTranscript ? transcript.text : undefined,
    turnsTaken: ends.length,
  };
}

interface Yielding {
  readonly kind: NonNullable<TurnLatency['yield']>;
  readonly afterMs: number | undefined;
}

/** The agent's last audible sample within the interruption; looking no further keeps the next answer out of it. */
function yieldOf(line: SpokenLine, trace: HeardTrace): Yielding {
  const fromMs = line.firstVoicedAtMs - trace.startedAtMs;
  const untilMs = line.lastVoicedAtMs - trace.startedAtMs;
  const lastMs = lastAudibleWithin(trace.heard, fromMs, untilMs);
  if (lastMs === undefined) return { kind: 'was-silent', afterMs: undefined };
  if (lastMs > untilMs - YIELD_GRACE_MS) return { kind: 'talked-on', afterMs: undefined };
  return { kind: 'yielded', afterMs: lastMs - fromMs };
}

/**
 * Start of the first audible span that ends after the line. Negative when the agent began while the caller still spoke;
 * undefined when it never began, or had begun before the line and talked on.
 */
function firstAudibleMs(line: SpokenLine, untilMs: number, trace: HeardTrace): number | undefined {
  const span = trace.heard.find(({ endMs }) => endMs + trace.startedAtMs > line.lastVoicedAtMs);
  if (span === undefined) return undefined;
  const startAtMs = span.startMs + trace.startedAtMs;
  if (startAtMs >= untilMs || startAtMs <= line.firstVoicedAtMs) return undefined;
  return startAtMs - line.lastVoicedAtMs;
}

function audibleFrom(atMs: number, line: SpokenLine, untilMs: number, trace: HeardTrace): number | undefined {
  const firstMs = firstAudibleAfter(trace.heard, atMs - trace.startedAtMs);
  if (firstMs === undefined || firstMs + trace.startedAtMs >= untilMs) return undefined;
  return firstMs + trace.startedAtMs - line.lastVoicedAtMs;
}
