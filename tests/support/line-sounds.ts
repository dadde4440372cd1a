/** What Asterisk says when the service cannot, as tones, so that a test hears which it was. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aLaw, muLaw } from '#telephony/codec/g711.ts';
import { tone } from './tone.ts';

export const APOLOGY_HZ = 700;
export const HOLD_HZ = 500;
const SOUND_MS = 600;

/** The files that the dialplan's SOUNDS names. */
export async function writeLineSounds(folder: string): Promise<void> {
  for (const [name, hz] of [
    ['apology', APOLOGY_HZ],
    ['hold', HOLD_HZ],
  ] as const) {
    const pcm = tone(hz, SOUND_MS);
    for (const [extension, law] of [
      ['alaw', aLaw],
      ['ulaw', muLaw],
    ] as const) {
      const bytes = new Uint8Array(pcm.length);
      law.encodeInto(bytes, pcm);
      await writeFile(join(folder, `${name}.${extension}`), bytes);
    }
  }
}
