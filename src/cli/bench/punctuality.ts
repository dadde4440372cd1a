/** How well the agent's frames keep the 20 ms grid on the wire, from the times at which they arrived at the caller. */

const PTIME_MS = 20;
/** A pause this long means that the agent had stopped sending; what follows stands on a grid of its own. */
const NEW_RUN_AFTER_MS = 200;
/** What fills a quiet line follows speech when the playout's lead has run out; it has a grid of its own, which nobody hears. */
const FILLER_AFTER_MS = 100;
/** Frames that may be sent at once at the start of a run: the playout lead of 200 ms. They are ahead of the grid on purpose. */
const LEAD_FRAMES = 11;
/** Too few frames have no grid to speak of. */
const LEAST_FRAMES = 10;
const PUNCTUAL_WITHIN_MS = 5;

export interface Punctuality {
  /** Frames judged: those of runs long enough, without each run's lead. */
  readonly frames: number;
  readonly punctual: number;
  /** Largest distance from the grid, earliness included. */
  readonly worstMs: number;
}

export interface Arrival {
  readonly atMs: number;
  /** Nothing in it can be heard. @defaultValue false */
  readonly isSilent?: boolean;
}

/**
 * Judges every run of speech by itself; its grid is the one its middle frame stands on, so that neither a fast start nor one
 * late frame moves it.
 */
export function punctualityOf(arrivals: readonly Arrival[]): Punctuality {
  let frames = 0;
  let punctual = 0;
  let worstMs = 0;
  for (const run of runsOf(arrivals)) {
    const steady = run.slice(LEAD_FRAMES);
    if (steady.length < LEAST_FRAMES) continue;
    const offsets = steady.map((atMs, index) => atMs - index * PTIME_MS);
    const grid = [...offsets].sort((a, b) => a - b)[Math.floor(offsets.length / 2)] ?? 0;
    for (const offset of offsets) {
      const distance = Math.abs(offset - grid);
      frames += 1;
      if (distance <= PUNCTUAL_WITHIN_MS) punctual += 1;
      worstMs = Math.max(worstMs, distance);
    }
  }
  return { frames, punctual, worstMs };
}

function runsOf(arrivals: readonly Arrival[]): readonly (readonly number[])[] {
  const runs: number[][] = [];
  let previousMs = Number.NEGATIVE_INFINITY;
  for (const { atMs, isSilent = false } of arrivals) {
    const gapMs = atMs - previousMs;
    previousMs = atMs;
    if (gapMs > (isSilent ? FILLER_AFTER_MS : NEW_RUN_AFTER_MS)) runs.push([]);
    const run = runs.at(-1);
    // A run begins with what can be heard of it: what comes before is a quiet line.
    if (run && (!isSilent || run.length > 0)) run.push(atMs);
  }
  return runs;
}
