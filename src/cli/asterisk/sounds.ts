/** The sentences that Asterisk says when Inzwa cannot: rendered by Inzwa's own voice, in the formats of a trunk. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { phrase, type Hotline } from '#pipeline/dialogue/hotline.ts';
import { aLaw, muLaw } from '#telephony/codec/g711.ts';

/** File names of extensions.conf and musiconhold.conf, the phrases they are, and the silence behind them. */
const SOUNDS = {
  apology: { id: 'error', silenceMs: 0 },
  hold: { id: 'hold', silenceMs: 0 },
  /** Played in a loop. */
  waiting: { id: 'hold', silenceMs: 8_000 },
} as const;
const SAMPLES_PER_MS = 8;

/**
 * Writes `<name>.alaw` and `<name>.ulaw` for each of them; Asterisk takes the one of the call. `render` gives PCM16 at
 * 8000 Hz. Resolves with the names of the files.
 */
export async function writeSounds(
  folder: string,
  hotline: Hotline,
  render: (text: string) => Promise<Int16Array>,
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const written: string[] = [];
  for (const [name, { id, silenceMs }] of Object.entries(SOUNDS)) {
    const spoken = await render(phrase(hotline, id));
    const pcm = new Int16Array(spoken.length + silenceMs * SAMPLES_PER_MS);
    pcm.set(spoken);
    for (const [extension, law] of [
      ['alaw', aLaw],
      ['ulaw', muLaw],
    ] as const) {
      const bytes = new Uint8Array(pcm.length);
      law.encodeInto(bytes, pcm);
      await writeFile(join(folder, `${name}.${extension}`), bytes);
      written.push(`${name}.${extension}`);
    }
  }
  return written;
}
