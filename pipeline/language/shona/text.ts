/**
 * Written Shona -> words that a voice can say. Figures agree with the noun that they count and keep the proclitic that is
 * glued to them (na8, ra2018, ye$150). Deliberately not here: how words are pronounced (phonemes.ts).
 */
import type { SpeakableOptions } from '../language.ts';
import { DEFAULT_READING, type ShonaReading } from './reading.ts';
import { narrate } from './text/narration.ts';
import { plainText } from './text/plain-text.ts';

/** See `Language.speakable`; the result holds only A–Z, a–z, ' - . , ? ! and single spaces. Linear in the text's length. */
export function speakable(
  text: string,
  { nounClass }: SpeakableOptions = {},
  reading: ShonaReading = DEFAULT_READING,
): string {
  return narrate(plainText(text), nounClass, reading);
}
