/** What the ear knows at each pause of a turn: voice activity, Smart Turn, and what the hotline makes of the words so far. */
import type { Hearing, Understood } from '#pipeline/dialogue/answerer-hearing.ts';
import type { Answerer, DialogueState } from '#pipeline/dialogue/answerer.ts';
import type { Matches } from '#pipeline/dialogue/matching.ts';
import type { Language } from '#pipeline/language/language.ts';
import { Endpointer } from '#pipeline/listening/endpointer.ts';
import type { SileroEngine } from '#pipeline/listening/silero.ts';
import type { SmartTurnEngine } from '#pipeline/listening/smart-turn.ts';
import { TURN_END_POLICY } from '#pipeline/listening/turn-end.ts';
import { SpeechGate } from '#pipeline/listening/speech-gate.ts';
import type { Recognizer, Transcript } from '#pipeline/ports.ts';
import { RATE_HZ, type CallerTurn } from './turn-end-callers.ts';

const WINDOW_SAMPLES = 256;
const WINDOW_MS = (WINDOW_SAMPLES * 1000) / RATE_HZ;
const PRE_ROLL_MS = 280;
const POST_ROLL_MS = 120;
/** Smart Turn is asked at the soft end, and once more with so much more silence. */
const LATER_MS = 192;
/** The gate's last voiced window may end before the last audible sample. */
const SLACK_MS = 150;

/** One silence that was long enough for a soft end. */
export interface PauseObservation {
  /** Milliseconds of the turn's audio: the gate's last voiced window, and the window at which the soft end was told. */
  readonly lastVoicedMs: number;
  readonly softMs: number;
  /** The last audible sample before it. */
  readonly speechEndMs: number;
  /** When the caller goes on; undefined at the end of the turn. */
  readonly resumesMs: number | undefined;
  readonly smartTurn: number;
  readonly smartTurnLater: number;
  readonly text: string;
  readonly confidence: number;
  readonly doubt: string | undefined;
  readonly understood: Understood;
  /** Nearest question or phrase by text. */
  readonly nearest: string;
  readonly nearestScore: number;
  readonly nearestMargin: number;
}

export interface TurnObservation {
  readonly id: string;
  readonly kind: CallerTurn['kind'];
  readonly said: string;
  readonly expectedDigits: number | undefined;
  readonly pieces: CallerTurn['pieces'];
  /** P(speech) of each window of 32 ms from the start of the audio. */
  readonly speech: readonly number[];
  readonly pauses: readonly PauseObservation[];
}

export interface ObservingEars {
  readonly silero: SileroEngine;
  readonly smartTurn: SmartTurnEngine;
  readonly hearing: Hearing;
  readonly answerer: Answerer;
  /** Asked directly where the agent has asked for digits: a closed question. */
  readonly recognizer: Recognizer;
  readonly language: Language;
  readonly signal: AbortSignal;
}

export async function observe(turn: CallerTurn, ears: ObservingEars): Promise<TurnObservation> {
  const { id, kind, text, expectedDigits, pieces, pcm } = turn;
  const gate = new SpeechGate(WINDOW_SAMPLES);
  const never = 60_000;
  const turnEnd = { ...TURN_END_POLICY, unknownMs: never };
  const endpointer = new Endpointer(RATE_HZ, { softEndMs: WINDOW_MS, turnEnd, maxUtteranceMs: never });
  const speech: number[] = [];
  const pauses: PauseObservation[] = [];
  for (let end = WINDOW_SAMPLES; end <= pcm.length; end += WINDOW_SAMPLES) {
    const window = Float32Array.from(pcm.subarray(end - WINDOW_SAMPLES, end), (sample) => sample / 32_768);
    const probability = await ears.silero.score(id, window);
    speech.push(Number(probability.toFixed(3)));
    const event = endpointer.push(gate.push(probability, end, endpointer.isExpecting), end);
    if (event?.kind !== 'soft-end') continue;
    const onsetMs = (endpointer.onsetSample * 1000) / RATE_HZ;
    const lastVoicedMs = (event.speechEndSample * 1000) / RATE_HZ;
    pauses.push(
      await atPause(turn, ears, { onsetMs, lastVoicedMs, softMs: (end * 1000) / RATE_HZ, nth: pauses.length }),
    );
  }
  ears.silero.reset(id);
  return { id, kind, said: text, expectedDigits, pieces, speech, pauses };
}

async function atPause(
  turn: CallerTurn,
  ears: ObservingEars,
  at: { readonly onsetMs: number; readonly lastVoicedMs: number; readonly softMs: number; readonly nth: number },
): Promise<PauseObservation> {
  const { onsetMs, lastVoicedMs, softMs, nth } = at;
  const { pieces } = turn;
  const next = pieces.find(({ startMs }) => startMs > lastVoicedMs);
  const before = pieces.findLast(({ startMs }) => startMs <= lastVoicedMs);
  // A stop consonant can be silent for a soft end too: the caller has not paused, and goes on at the next voiced window.
  const isInside = before !== undefined && before.endMs > lastVoicedMs + SLACK_MS;
  const from = onsetMs - PRE_ROLL_MS;
  const { transcript, understood, matches } = await hear(
    turn,
    ears,
    nth,
    from,
    Math.min(lastVoicedMs + POST_ROLL_MS, softMs),
  );
  return {
    lastVoicedMs,
    softMs,
    speechEndMs: isInside ? lastVoicedMs : (before?.endMs ?? lastVoicedMs),
    resumesMs: isInside ? softMs + WINDOW_MS : next?.startMs,
    smartTurn: await ears.smartTurn.probability(slice(turn.pcm, from, softMs)),
    smartTurnLater: await ears.smartTurn.probability(slice(turn.pcm, from, softMs + LATER_MS)),
    text: transcript.text,
    confidence: transcript.confidence,
    doubt: transcript.doubt,
    understood,
    nearest: matches.questions[0]?.question ?? '',
    nearestScore: matches.ranked[0]?.score ?? 0,
    nearestMargin: matches.margin,
  };
}

async function hear(
  turn: CallerTurn,
  { hearing, answerer, recognizer, language, signal }: ObservingEars,
  nth: number,
  from: number,
  to: number,
): Promise<{ readonly transcript: Transcript; readonly understood: Understood; readonly matches: Matches }> {
  const utterance = { id: `${turn.id}#${nth}`, pcm: slice(turn.pcm, from, to), sampleRateHz: RATE_HZ };
  if (turn.expectedDigits !== undefined) {
    const closed = { kind: 'words', texts: language.numberWords ?? [] } as const;
    const transcript = await recognizer.transcribe(utterance, { signal, closed });
    const understood = { kind: 'not-understood', offerHuman: false } as const;
    return { transcript, understood, matches: answerer.match(transcript.text) };
  }
  const state: DialogueState = { expects: 'anything', failuresInRow: 0, isLlmReady: true };
  const transcript = await hearing.transcribe(utterance, state, { signal });
  const understood = await hearing.decide({ transcript, utterance, state }, { signal });
  return { transcript, understood, matches: answerer.matchReadings(transcript) };
}

function slice(pcm: Int16Array, fromMs: number, toMs: number): Int16Array {
  return pcm.slice(Math.max(0, Math.floor((fromMs * RATE_HZ) / 1000)), Math.ceil((toMs * RATE_HZ) / 1000));
}
