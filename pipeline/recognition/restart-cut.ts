/**
 * Whisper's missing end: with less than 30 s in the window the decoder says the right text and then, instead of ending,
 * says it again from the start. Here that restart is found; what people really repeat ("ehe, ehe", a number said twice) is
 * told apart by how much text the measured time of speech has room for.
 */

/** Folded characters that must repeat before anything is called a restart. */
const MIN_REPEATED_CHARS = 12;
/** Shorter words are doubled for real too often to look twice. */
const MIN_REPEATED_WORD_CHARS = 4;
/** Shortest period in tokens that counts without reaching back to the start of the text. */
const MIN_PERIOD_TOKENS = 4;
/**
 * Folded characters per second of speech that a text must reach to be the whole of what was said. Shona and English come
 * at 10 to 16; a person who says a thing twice leaves at most half of that for the first time.
 */
const MIN_CHARS_PER_SECOND = 7.5;

/** Letters and digits only, lower case: what two sayings of one thing have in common. */
export function foldForRepeats(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');
}

/** So much less likely than the best going on (nats) the end may be, behind a sentence that long for the speech, and is still it. */
const END_WITHIN = [
  { charsPerSecond: 10, nats: 2.5 },
  { charsPerSecond: MIN_CHARS_PER_SECOND, nats: 1 },
] as const;

/**
 * True where a sentence has ended, the speech has hardly room for another, and the decoder would about as soon end as go on:
 * what it adds is the sentence once more. Behind the sentence that is all, the end was between 0.9 nats less and 3.8 more likely
 * than the best going on (34 sentences); behind the first of two 1.5 to 6.9 less in 24 of 25, and where that filled the speech
 * by itself 4.5 and 5.1 less (spoken Shona, whisper-base, primed).
 */
export function isAboutToRestart(
  text: string,
  next: Float32Array,
  { endOfText, speechMs }: { readonly endOfText: number; readonly speechMs: number },
): boolean {
  if (!/[.?!]\s*$/u.test(text)) return false;
  const pace = (foldForRepeats(text).length * 1000) / speechMs;
  const within = END_WITHIN.find(({ charsPerSecond }) => pace >= charsPerSecond)?.nats;
  if (within === undefined) return false;
  const atLeast = (next[endOfText] ?? -Infinity) + within;
  return next.every((logProb) => logProb <= atLeast);
}

/**
 * True when the last word stands there twice. Too short for `restartCut`, and Shona says words twice ("ega ega"), so this
 * only asks for a second look with more silence behind the utterance, where a word that was said once comes once.
 */
export function endsInRepeatedWord(text: string): boolean {
  const words = text.split(/\s+/).map(foldForRepeats).filter(Boolean);
  const last = words.at(-1);
  return last !== undefined && last.length >= MIN_REPEATED_WORD_CHARS && last === words.at(-2);
}

/**
 * Number of leading tokens to keep when the text has begun to repeat itself, else undefined. Call it after every token:
 * `decode` turns tokens into text, `speechMs` is the voiced time of the utterance.
 */
export function restartCut(
  tokens: readonly number[],
  decode: (tokens: readonly number[]) => string,
  speechMs: number,
): number | undefined {
  const hasRoomFor = (folded: string): boolean => folded.length >= (MIN_CHARS_PER_SECOND * speechMs) / 1000;
  const loop = repeatedTail(tokens);
  if (loop !== undefined) {
    for (let kept = loop.start + loop.period; kept + loop.period <= tokens.length; kept += loop.period) {
      if (hasRoomFor(foldForRepeats(decode(tokens.slice(0, kept))))) return kept;
    }
  }
  const folded = foldForRepeats(decode(tokens));
  for (let at = 1; at + MIN_REPEATED_CHARS <= folded.length; at++) {
    if (!folded.startsWith(folded.slice(at)) || !hasRoomFor(folded.slice(0, at))) continue;
    return tokensUpTo(tokens, decode, at);
  }
  return undefined;
}

/**
 * The shortest period, at least MIN_PERIOD_TOKENS, that the text ends with twice in a row, and where its first round began:
 * cuts fall on whole rounds, also when the second was still believed.
 */
function repeatedTail(tokens: readonly number[]): { readonly period: number; readonly start: number } | undefined {
  for (let period = MIN_PERIOD_TOKENS; 2 * period <= tokens.length; period++) {
    let start = tokens.length - period;
    while (start > 0 && tokens[start - 1] === tokens[start - 1 + period]) start -= 1;
    if (start <= tokens.length - 2 * period) return { period, start };
  }
  return undefined;
}

/** The most tokens whose folded text is no longer than `chars`: punctuation after the last word stays with it. */
function tokensUpTo(tokens: readonly number[], decode: (tokens: readonly number[]) => string, chars: number): number {
  let kept = 0;
  for (let count = 1; count <= tokens.length; count++) {
    if (foldForRepeats(decode(tokens.slice(0, count))).length <= chars) kept = count;
  }
  return kept;
}
