/** Says why a transcript must not be acted upon. Pure: numbers and texts in, a doubt or nothing out. */
import { deflateSync } from 'node:zlib';
import { isInvention } from './inventions.ts';
import { foldForRepeats } from './restart-cut.ts';
import type { TranscriptDoubt } from '#pipeline/ports.ts';

export interface GuardedTranscript {
  readonly text: string;
  /** Mean log-probability per token, end included. */
  readonly avgLogProb: number;
  readonly noSpeechProb: number;
  /** Voiced time of the utterance (speech-time.ts). */
  readonly speechMs: number;
  /** What the decoder was primed with. */
  readonly prompt?: string | undefined;
  /** False when decoding stopped at its limit of tokens instead of at an end. */
  readonly isComplete: boolean;
}

export interface GuardLimits {
  /** Below it the words are guesses. Plain Whisper on Shona lies between -0.4 and -1.3 when it hears something. */
  readonly minAvgLogProb: number;
  /** Whisper's own rule: no speech above this, unless the text is sure. */
  readonly maxNoSpeechProb: number;
  readonly sureAvgLogProb: number;
  /** Bytes of the text over bytes deflated; Whisper's own limit. */
  readonly maxCompressionRatio: number;
  /** Folded characters per second of speech; nobody speaks faster. */
  readonly maxCharsPerSecond: number;
  /** Below it, what sounded was mostly no speech. 201 spoken phrases: 1 % lie below 5.6, and those were heard wrongly. */
  readonly minCharsPerSecond: number;
  /** Less voiced time than this is a click or a breath. */
  readonly minSpeechMs: number;
}

export const DEFAULT_GUARD_LIMITS: GuardLimits = {
  minAvgLogProb: -1.5,
  maxNoSpeechProb: 0.6,
  sureAvgLogProb: -1,
  maxCompressionRatio: 2.4,
  maxCharsPerSecond: 26,
  minCharsPerSecond: 5,
  minSpeechMs: 100,
};

/** A prompt is echoed when this many folded characters of it come back from next to no speech. */
const MIN_ECHO_CHARS = 8;
/** Above this rate a text that stands in the prompt is rather its echo: half way between speech (10 to 16) and the limit. */
const ECHO_CHARS_PER_SECOND = 20;
/** Shorter pieces of the prompt are words of everybody's: "mwana". */
const MIN_CUT_CHARS = 10;
/** Shorter sounds can hold one drawn word ("ehee") and nothing else. */
const SPARSE_MIN_SPEECH_MS = 1500;
/**
 * So many letters said so often in a row are a loop. People in need say two words three times, a sentence twice, and "zero
 * zero zero zero" is part of a telephone number.
 */
const LOOPS = [
  { fromChars: 16, rounds: 3 },
  { fromChars: 8, rounds: 4 },
  { fromChars: 1, rounds: 5 },
] as const;
const MAX_LOOP_WORDS = 8;

/** The first doubt that applies, the gravest first; undefined when the transcript may be used. */
export function doubtOf(
  heard: GuardedTranscript,
  limits: GuardLimits = DEFAULT_GUARD_LIMITS,
): TranscriptDoubt | undefined {
  const folded = foldForRepeats(heard.text);
  const charsPerSecond = (folded.length * 1000) / Math.max(heard.speechMs, 1);
  const isSilent = heard.noSpeechProb > limits.maxNoSpeechProb && heard.avgLogProb < limits.sureAvgLogProb;
  if (heard.speechMs < limits.minSpeechMs || isSilent) return 'no-speech';
  if (isInvention(heard.text)) return 'invented';
  if (folded === '') return 'empty';
  if (isForeignScript(heard.text)) return 'wrong-script';
  if (!heard.isComplete || compressionRatio(heard.text) > limits.maxCompressionRatio) return 'repetitive';
  if (isLoop(heard.text)) return 'repetitive';
  if (isEcho(folded, heard, charsPerSecond)) return 'prompt-echo';
  if (charsPerSecond > limits.maxCharsPerSecond) return 'too-fast';
  if (heard.speechMs >= SPARSE_MIN_SPEECH_MS && charsPerSecond < limits.minCharsPerSecond) return 'sparse';
  if (heard.avgLogProb < limits.minAvgLogProb) return 'low-confidence';
  return undefined;
}

/** UTF-8 bytes over deflated bytes: above 2.4 the text says one thing again and again. */
export function compressionRatio(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  return bytes.length / deflateSync(bytes).length;
}

/** Too short for the compression ratio: "ndai, ndai, ndai, ndai, ndai"; three times the same sentence. */
function isLoop(text: string): boolean {
  const words = text
    .split(/\s+/u)
    .map(foldForRepeats)
    .filter((word) => word !== '');
  for (let length = 1; length <= MAX_LOOP_WORDS; length += 1) {
    let same = 0;
    for (let at = length; at < words.length; at += 1) {
      same = words[at] === words[at - length] ? same + 1 : 0;
      const chars = words.slice(at - length, at).join('').length;
      const rounds = LOOPS.find(({ fromChars }) => chars >= fromChars)?.rounds ?? Infinity;
      if (same >= length * (rounds - 1)) return true;
    }
  }
  return false;
}

/** Shona and English are written in Latin letters; a fifth of others is an hallucination. */
function isForeignScript(text: string): boolean {
  const letters = text.match(/\p{L}/gu) ?? [];
  const foreign = letters.filter((letter) => !/\p{Script=Latin}/u.test(letter)).length;
  return foreign * 5 > letters.length;
}

/**
 * A caller may well say a sentence of the prompt. What gives an echo away is that there was no time to say it, or that it
 * was cut out of its sentence: under music, noise and babble that opened the gate by force, 143 of 242 otherwise
 * undoubted texts were such pieces, of 201 spoken phrases one was, and that one was heard wrongly.
 */
function isEcho(folded: string, { prompt }: GuardedTranscript, charsPerSecond: number): boolean {
  if (prompt === undefined || folded.length < MIN_ECHO_CHARS) return false;
  if (!foldForRepeats(prompt).includes(folded)) return false;
  return charsPerSecond > ECHO_CHARS_PER_SECOND || (folded.length >= MIN_CUT_CHARS && !isWhole(folded, prompt));
}

/** True when the text is one sentence of the prompt, or some that follow each other. */
function isWhole(folded: string, prompt: string): boolean {
  const sentences = prompt.split(/(?<=[.!?…])\s+/u).map(foldForRepeats);
  return sentences.some((_, first) => {
    let run = '';
    for (let at = first; at < sentences.length && run.length < folded.length; at += 1) run += sentences[at] ?? '';
    return run === folded;
  });
}
