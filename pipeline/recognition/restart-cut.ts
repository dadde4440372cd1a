/**
 * Whisper's missing end: with less than 30 s in the window the decoder says the right text and then, instead of ending,
 * says it again from the start. Here that restart is found; what people really repeat ("ehe, ehe", a number said twice) is
 * told apart by how much text the measured time of speech has room for.
 */

/** Folded characters that must repeat before anything is called a restart. */
const MIN_REPEATED_CHARS = 12;
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
  const period = repeatedTail(tokens);
  if (period !== undefined && hasRoomFor(foldForRepeats(decode(tokens.slice(0, -period))))) {
    return tokens.length - period;
  }
  const folded = foldForRepeats(decode(tokens));
  for (let at = 1; at + MIN_REPEATED_CHARS <= folded.length; at++) {
    if (!folded.startsWith(folded.slice(at)) || !hasRoomFor(folded.slice(0, at))) continue;
    return tokensUpTo(tokens, decode, at);
  }
  return undefined;
}

/** Length of the shortest run of tokens, at least MIN_PERIOD_TOKENS, that the text ends with twice in a row. */
function repeatedTail(tokens: readonly number[]): number | undefined {
  const end = tokens.length;
  for (let period = MIN_PERIOD_TOKENS; 2 * period <= end; period++) {
    let i = 1;
    while (i <= period && tokens[end - i] === tokens[end - i - period]) i++;
    if (i > period) return period;
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
