/** Cuts the answers out of the telephone's recording and has each of them recognised afresh. */
import type { Recognizer } from '#pipeline/ports.ts';
import type { PhoneRecording } from '#telephony/phone/phone-call.ts';
import { type AudibleSpan, audibleMsWithin, audibleSpans } from './audible.ts';
import type { SpokenLine, TurnLatency } from './latency.ts';
import {
  type AnswerVerdict,
  type HeardStretch,
  judgeStretch,
  type KnownAnswer,
  rankAnswers,
  type Sounds,
} from './verdict.ts';

/**
 * The first 12 s name an answer beyond doubt. They are recognised in pieces cut at the agent's pauses: plain Whisper loses
 * its way in unfamiliar speech, and then it loses one piece and not all (whole: 8 of 17 answers had no usable transcript or
 * a doubtful lead; in pieces of up to 4 s every card led by 10 points or more).
 */
const LONGEST_STRETCH_MS = 12_000;
/** Tried one after the other until the verdict is clear. */
const PIECE_MS = [4_000, 2_500] as const;
const PAUSE_MS = 100;
/** Speech needs a little air around it to be recognised. */
const MARGIN_MS = 100;

export interface HearingInput {
  readonly recording: PhoneRecording;
  readonly lines: readonly SpokenLine[];
  readonly turns: readonly TurnLatency[];
  readonly welcome: string;
  /** Per line of the script; lines that were never said have an entry too. */
  readonly expected: readonly (string | undefined)[];
  readonly answers: readonly KnownAnswer[];
  readonly recognizer: Pick<Recognizer, 'transcribe'>;
  readonly sounds: Sounds;
  readonly signal: AbortSignal;
}

interface Stretch {
  readonly line: number;
  readonly expected: string | undefined;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly isYielded: boolean | undefined;
  readonly startS: number;
}

/** One verdict for the welcome and one for each line of the script, in order. */
export async function judgeCall(input: HearingInput): Promise<readonly AnswerVerdict[]> {
  const heard = audibleSpans(input.recording.heard, input.recording.sampleRateHz);
  const verdicts: AnswerVerdict[] = [];
  for (const stretch of stretchesOf(input, heard)) {
    verdicts.push(await judge(input, stretch, audibleMsWithin(heard, stretch.fromMs, stretch.untilMs)));
  }
  return verdicts;
}

async function judge(input: HearingInput, stretch: Stretch, audibleMs: number): Promise<AnswerVerdict> {
  let recognised: readonly string[] = [];
  for (const pieceMs of audibleMs === 0 ? [] : PIECE_MS) {
    recognised = await recognise(input, stretch, pieceMs);
    const verdict = judgeStretch({ ...stretch, ...ranked(input, recognised), audibleMs }, describeAnswer);
    if (verdict.outcome !== 'unclear') return verdict;
  }
  return judgeStretch({ ...stretch, ...ranked(input, recognised), audibleMs }, describeAnswer);
}

function ranked(input: HearingInput, pieces: readonly string[]): Pick<HeardStretch, 'recognised' | 'ranking'> {
  return { recognised: pieces.join(' / '), ranking: rankAnswers(pieces, input.answers, input.sounds) };
}

/** 'card:x' -> 'card "x"': how verdicts name an answer. */
export function describeAnswer(id: string): string {
  const [kind = '', name = ''] = id.split(':', 2);
  return kind === 'card' ? `card "${name}"` : `the sentence "${name}"`;
}

function stretchesOf(input: HearingInput, heard: readonly AudibleSpan[]): readonly Stretch[] {
  const origin = input.recording.startedAtMs;
  const totalMs = (input.recording.heard.length * 1000) / input.recording.sampleRateHz;
  const startOf = (line: number): number => (input.lines[line]?.firstVoicedAtMs ?? origin + totalMs) - origin;
  const welcome = { line: -1, expected: input.welcome, fromMs: 0, untilMs: startOf(0), isYielded: undefined };
  const answers = input.expected.map((expected, line): Omit<Stretch, 'startS'> => {
    const spoken = input.lines[line];
    if (spoken === undefined) return { line, expected, fromMs: totalMs, untilMs: totalMs, isYielded: undefined };
    const audibleMs = input.turns[line]?.audibleMs ?? 0;
    const next = input.turns[line + 1];
    const nextLine = input.lines[line + 1];
    const isInterrupted = nextLine?.isInterruption ?? false;
    return {
      line,
      expected,
      fromMs: spoken.lastVoicedAtMs - origin + audibleMs,
      untilMs: startOf(line + 1) + (isInterrupted ? (next?.bargeInMs ?? 0) : 0),
      isYielded: isInterrupted ? next?.yield !== 'talked-on' : undefined,
    };
  });
  return [welcome, ...answers].map((stretch) => trim(stretch, heard));
}

/** From the first audible sample to the last, so that waiting times are not shown to the recogniser. */
function trim(stretch: Omit<Stretch, 'startS'>, heard: readonly AudibleSpan[]): Stretch {
  const within = heard.filter(({ startMs, endMs }) => endMs > stretch.fromMs && startMs < stretch.untilMs);
  const fromMs = Math.max(stretch.fromMs, within[0]?.startMs ?? stretch.fromMs);
  const untilMs = Math.min(stretch.untilMs, within.at(-1)?.endMs ?? stretch.untilMs);
  return { ...stretch, fromMs, untilMs, startS: fromMs / 1000 };
}

async function recognise(
  { recording, recognizer, signal }: HearingInput,
  stretch: Stretch,
  pieceMs: number,
): Promise<readonly string[]> {
  const sampleAt = (ms: number): number => Math.max(0, Math.round((ms * recording.sampleRateHz) / 1000));
  const untilMs = Math.min(stretch.untilMs, stretch.fromMs + LONGEST_STRETCH_MS);
  const whole = recording.heard.subarray(sampleAt(stretch.fromMs), sampleAt(untilMs));
  const texts: string[] = [];
  for (const { startMs, endMs } of cutAtPauses(
    audibleSpans(whole, recording.sampleRateHz, { joinMs: PAUSE_MS }),
    pieceMs,
  )) {
    const from = sampleAt(stretch.fromMs + startMs - MARGIN_MS);
    const pcm = recording.heard.slice(from, sampleAt(stretch.fromMs + endMs + MARGIN_MS));
    const id = `heard#${stretch.line}.${texts.length}`;
    texts.push((await recognizer.transcribe({ id, pcm, sampleRateHz: recording.sampleRateHz }, { signal })).text);
  }
  return texts;
}

/** Joins spans to pieces of at most `pieceMs` and cuts a span that is much longer into equal parts. */
export function cutAtPauses(spans: readonly AudibleSpan[], pieceMs: number): readonly AudibleSpan[] {
  const pieces: AudibleSpan[] = [];
  for (const span of spans) {
    const last = pieces.at(-1);
    if (last && span.endMs - last.startMs <= pieceMs) {
      pieces[pieces.length - 1] = { startMs: last.startMs, endMs: span.endMs };
      continue;
    }
    const lengthMs = span.endMs - span.startMs;
    const parts = Math.max(1, Math.ceil(lengthMs / (pieceMs * 1.4)));
    for (let part = 0; part < parts; part += 1) {
      const startMs = span.startMs + (lengthMs * part) / parts;
      pieces.push({ startMs, endMs: startMs + lengthMs / parts });
    }
  }
  return pieces;
}
