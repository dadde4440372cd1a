/** Recordings that are longer than any utterance of a call, cut where they are quietest. */

/** Whisper hears 30 s and wants silence behind the speech; a call's own buffer ends there as well. */
const LONGEST_MS = 28_000;
const WINDOW_MS = 300;
const HOP_MS = 20;

/** The whole recording in order, in pieces of at most 28 s; one piece when it is no longer. Views, not copies. */
export function piecesOf(pcm: Int16Array, sampleRateHz: number): readonly Int16Array[] {
  const longest = (LONGEST_MS * sampleRateHz) / 1000;
  const pieces: Int16Array[] = [];
  let rest = pcm;
  while (rest.length > longest) {
    // Not before half of it, so that no piece is a splinter; the last two share what is left.
    const from = Math.floor(Math.min(longest, rest.length / 2) / 2);
    const cut = quietest(rest, { from, to: longest, sampleRateHz });
    pieces.push(rest.subarray(0, cut));
    rest = rest.subarray(cut);
  }
  pieces.push(rest);
  return pieces;
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly sampleRateHz: number;
}

/** The middle of the quietest 300 ms of a span. */
function quietest(pcm: Int16Array, { from, to, sampleRateHz }: Span): number {
  const window = Math.round((WINDOW_MS * sampleRateHz) / 1000);
  const hop = Math.round((HOP_MS * sampleRateHz) / 1000);
  let best = { energy: Infinity, middle: to };
  for (let at = from; at + window <= to; at += hop) {
    let energy = 0;
    for (let i = at; i < at + window; i++) energy += (pcm[i] as number) ** 2;
    // Of equals the last: fewer pieces.
    if (energy <= best.energy) best = { energy, middle: at + (window >> 1) };
  }
  return best.middle;
}
