/** Says why a transcript must not be acted upon. Pure: numbers and texts in, a doubt or nothing out. */
import { deflateSync } from 'node:zlib';
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
  /** Less voiced time than this is a click or a breath. */
  readonly minSpeechMs: number;
}

export const DEFAULT_GUARD_LIMITS: GuardLimits = {
  minAvgLogProb: -1.5,
  maxNoSpeechProb: 0.6,
  sureAvgLogProb: -1,
  maxCompressionRatio: 2.4,
  maxCharsPerSecond: 26,
  minSpeechMs: 100,
};

/** A prompt is echoed when this many folded characters of it come back from next to no speech. */
const MIN_ECHO_CHARS = 8;
/** Above this rate a text that stands in the prompt is rather its echo: half way between speech (10 to 16) and the limit. */
const ECHO_CHARS_PER_SECOND = 20;

/** The first doubt that applies, the gravest first; undefined when the transcript may be used. */
export function doubtOf(
  heard: GuardedTranscript,
  limits: GuardLimits = DEFAULT_GUARD_LIMITS,
): TranscriptDoubt | undefined {
  const folded = foldForRepeats(heard.text);
  const charsPerSecond = (folded.length * 1000) / Math.max(heard.speechMs, 1);
  const isSilent = heard.noSpeechProb > limits.maxNoSpeechProb && heard.avgLogProb < limits.sureAvgLogProb;
  if (heard.speechMs < limits.minSpeechMs || isSilent) return 'no-speech';
  if (folded === '') return 'empty';
  if (isForeignScript(heard.text)) return 'wrong-script';
  if (!heard.isComplete || compressionRatio(heard.text) > limits.maxCompressionRatio) return 'repetitive';
  if (isEcho(folded, heard, charsPerSecond)) return 'prompt-echo';
  if (charsPerSecond > limits.maxCharsPerSecond) return 'too-fast';
  if (heard.avgLogProb < limits.minAvgLogProb) return 'low-confidence';
  return undefined;
}

/** UTF-8 bytes over deflated bytes: above 2.4 the text says one thing again and again. */
export function compressionRatio(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  return bytes.length / deflateSync(bytes).length;
}

/** Shona and English are written in Latin letters; a fifth of others is an hallucination. */
function isForeignScript(text: string): boolean {
  const letters = text.match(/\p{L}/gu) ?? [];
  const foreign = letters.filter((letter) => !/\p{Script=Latin}/u.test(letter)).length;
  return foreign * 5 > letters.length;
}

/** A caller may well say a sentence of the prompt; what gives an echo away is that there was no time to say it. */
function isEcho(folded: string, heard: GuardedTranscript, charsPerSecond: number): boolean {
  if (heard.prompt === undefined || folded.length < MIN_ECHO_CHARS) return false;
  return foldForRepeats(heard.prompt).includes(folded) && charsPerSecond > ECHO_CHARS_PER_SECOND;
}
