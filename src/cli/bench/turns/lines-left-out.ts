/** Which lines a machine cannot make, because a mobile telephone's codec is missing, and what brings it. */
import { isInzwaError, messageOf } from '#kernel/errors.ts';
import { Ffmpeg, type MobileCodec } from '../../eval/ffmpeg.ts';
import { ALL_LINES, type LineKind } from './lines.ts';

export const CODECS: Readonly<Partial<Record<LineKind, MobileCodec>>> = {
  gsm: { kind: 'gsm' },
  amr: { kind: 'amr', kbits: 12.2 },
};

export interface Codecs {
  readonly ffmpeg: Ffmpeg | undefined;
  /** Of ALL_LINES, each with the reason and what to install. */
  readonly leftOut: ReadonlyMap<LineKind, string>;
}

/** A missing or broken ffmpeg leaves lines out and nothing else; rejects only when the signal aborts. */
export async function findCodecs(command: string, { signal }: { readonly signal: AbortSignal }): Promise<Codecs> {
  let why = 'there is no ffmpeg; on Debian and Ubuntu: apt install ffmpeg libavcodec-extra';
  const ffmpeg = await Ffmpeg.find(command, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    why = `ffmpeg does not run (${messageOf(error)})`;
    return undefined;
  });
  const leftOut = new Map<LineKind, string>();
  for (const line of ALL_LINES) {
    const codec = CODECS[line];
    if (!codec) continue;
    try {
      if (ffmpeg) ffmpeg.requireCodec(codec);
      else leftOut.set(line, why);
    } catch (error) {
      if (!isInzwaError(error, 'INZWA_FFMPEG_MISSING')) throw error;
      leftOut.set(line, error.message);
    }
  }
  return { ffmpeg, leftOut };
}

/** One sentence for all lines that were wanted and are left out; undefined when none is. */
export function aboutLeftOut(leftOut: Codecs['leftOut'], wanted: readonly LineKind[]): string | undefined {
  const byReason = Map.groupBy(
    [...leftOut].filter(([line]) => wanted.includes(line)),
    ([, why]) => why,
  );
  if (byReason.size === 0) return undefined;
  return Array.from(byReason, ([why, lines]) => `Without ${lines.map(([line]) => line).join(' and ')}: ${why}.`).join(
    ' ',
  );
}
