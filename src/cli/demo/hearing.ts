/** Cuts the answers out of the telephone's recording and has each of them recognised afresh. */
import type { Recognizer } from '#pipeline/ports.ts';
import type { PhoneRecording } from '#telephony/phone/phone-call.ts';
import { type AudibleSpan, audibleMsWithin, audibleSpans } from './audible.ts';
import type { SpokenLine, TurnLatency } from './latency.ts';
import { type AnswerVerdict, judgeStretch, type KnownAnswer, rankAnswers, type Sounds } from './verdict.ts';

/**
 * The first 12 s of an answer name it beyond doubt, and a longer stretch only gives the recogniser time to lose its way:
 * its window ends at 30 s, and its transcript of unfamiliar speech drifts.
 */
const LONGEST_STRETCH_MS = 12_000;
/** Speech needs a little air around it to be recognised; there is silence on both sides of every answer. */
const MARGIN_MS = 150;

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
}

/** One verdict for the welcome and one for each line of the script, in order. */
export async function judgeCall(input: HearingInput): Promise<readonly AnswerVerdict[]> {
  const heard = audibleSpans(input.recording.heard, input.recording.sampleRateHz);
  const verdicts: AnswerVerdict[] = [];
  for (const stretch of stretchesOf(input, heard)) {
    const audibleMs = audibleMsWithin(heard, stretch.fromMs, stretch.untilMs);
    const recognised = audibleMs === 0 ? '' : await recognise(input, stretch);
    const found = {
      line: stretch.line,
      expected: stretch.expected,
      audibleMs,
      recognised,
      ranking: rankAnswers(recognised, input.answers, input.sounds),
      isYielded: stretch.isYielded,
      startS: stretch.fromMs / 1000,
    };
    verdicts.push(judgeStretch(found, describeAnswer));
  }
  return verdicts;
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
  const answers = input.expected.map(
    (expected, line): Omit<Stretch, 'isYielded'> & { isYielded: boolean | undefined } => {
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
    },
  );
  return [welcome, ...answers].map((stretch) => trim(stretch, heard));
}

/** From the first audible sample to the last, so that waiting times are not shown to the recogniser. */
function trim(stretch: Stretch, heard: readonly AudibleSpan[]): Stretch {
  const within = heard.filter(({ startMs, endMs }) => endMs > stretch.fromMs && startMs < stretch.untilMs);
  const fromMs = Math.max(stretch.fromMs, within[0]?.startMs ?? stretch.fromMs);
  const untilMs = Math.min(stretch.untilMs, within.at(-1)?.endMs ?? stretch.untilMs);
  return { ...stretch, fromMs, untilMs };
}

async function recognise({ recording, recognizer, signal }: HearingInput, stretch: Stretch): Promise<string> {
  const sampleAt = (ms: number): number => Math.max(0, Math.round((ms * recording.sampleRateHz) / 1000));
  const untilMs = Math.min(stretch.untilMs + MARGIN_MS, stretch.fromMs + LONGEST_STRETCH_MS);
  const { text } = await recognizer.transcribe(
    {
      id: `heard#${stretch.line}`,
      pcm: recording.heard.slice(sampleAt(stretch.fromMs - MARGIN_MS), sampleAt(untilMs)),
      sampleRateHz: recording.sampleRateHz,
    },
    { signal },
  );
  return text;
}
