/** Greedy decoding: language forced, timestamps off, the restart cut applied while the text grows. */
import { isAboutToRestart, restartCut } from './restart-cut.ts';
import type { SpecialTokens } from './tokenizer.ts';

/** One text being decoded; `next` feeds tokens behind those fed before. */
export interface TokenStream {
  /** shape [vocabulary]: log-probabilities of what follows the last token fed; `isFirst` also suppresses the empty text. */
  next(tokens: readonly number[], isFirst: boolean): Promise<Float32Array>;
}

export interface GreedyOptions {
  readonly start: readonly number[];
  readonly endOfText: number;
  readonly decode: (tokens: readonly number[]) => string;
  /** Voiced time of the utterance: what the restart cut and the limit of tokens are measured against. */
  readonly speechMs: number;
  readonly maxTokens: number;
  /** Runs before every step but the first; throws to stop. */
  readonly betweenSteps: () => Promise<void>;
}

export interface GreedyResult {
  /** Without the end token and without what was cut. */
  readonly tokens: readonly number[];
  /** Mean log-probability of `tokens`, and of the end token where the decoder chose it. */
  readonly avgLogProb: number;
  readonly isCut: boolean;
  /** False when neither an end token nor a cut came before `maxTokens`. */
  readonly isComplete: boolean;
}

/** Always the most likely token, until the end token, a restart or the limit. */
export async function decodeGreedily(stream: TokenStream, options: GreedyOptions): Promise<GreedyResult> {
  const tokens: number[] = [];
  const logProbs: number[] = [];
  let fed = options.start;
  for (;;) {
    const scores = await stream.next(fed, tokens.length === 0);
    const isOver = isAboutToRestart(options.decode(tokens), scores, options);
    const token = isOver ? options.endOfText : indexOfMax(scores);
    logProbs.push(scores[token] ?? -Infinity);
    if (token === options.endOfText) return resultOf(tokens, logProbs, { isCut: false, isComplete: true });
    tokens.push(token);
    const kept = restartCut(tokens, options.decode, options.speechMs);
    if (kept !== undefined) {
      return resultOf(tokens.slice(0, kept), logProbs.slice(0, kept), { isCut: true, isComplete: true });
    }
    if (tokens.length >= options.maxTokens) return resultOf(tokens, logProbs, { isCut: false, isComplete: false });
    await options.betweenSteps();
    fed = [token];
  }
}

function resultOf(
  tokens: readonly number[],
  logProbs: readonly number[],
  flags: Pick<GreedyResult, 'isCut' | 'isComplete'>,
): GreedyResult {
  const sum = logProbs.reduce((total, each) => total + each, 0);
  return { tokens, avgLogProb: sum / Math.max(1, logProbs.length), ...flags };
}

function indexOfMax(values: Float32Array): number {
  let best = 0;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? -Infinity;
    if (value > max) {
      max = value;
      best = i;
    }
  }
  return best;
}

/** Tokens of previous text that Whisper was trained with at most: half of its 448 positions, the marker not counted. */
const MAX_PROMPT_TOKENS = 223;

/** `<|startofprev|> prompt <|startoftranscript|> language <|transcribe|> <|notimestamps|>`; the prompt's end counts most. */
export function startTokens(special: SpecialTokens, language: number, prompt: readonly number[]): readonly number[] {
  const previous = prompt.length === 0 ? [] : [special.startOfPrevious, ...prompt.slice(-MAX_PROMPT_TOKENS)];
  return [...previous, special.startOfTranscript, language, special.transcribe, special.noTimestamps];
}
