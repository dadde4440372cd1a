/** A prompt for decoders that are reached by text alone: their limit is counted in tokens, which we cannot count there. */

/**
 * Whisper takes 224 tokens, and every decoder drops the front of what is longer. Shona has about 2.3 characters a token, so
 * nothing is lost here that would have counted.
 */
const MOST_CHARACTERS = 520;

/** The end of the text, from a whole word on; undefined for nothing. */
export function cutPrompt(text: string | undefined): string | undefined {
  const whole = text?.trim().replace(/\s+/gu, ' ') ?? '';
  if (whole === '') return undefined;
  if (whole.length <= MOST_CHARACTERS) return whole;
  return whole.slice(-MOST_CHARACTERS).replace(/^\S*\s/u, '');
}
