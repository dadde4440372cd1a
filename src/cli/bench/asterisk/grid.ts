/**
 * Is the agent's audio punctual where it arrives? A call has a grid with a point every 20 ms, whose phase is fixed once for
 * the whole call: the median of all arrivals. From the first packet of the call to its last, every point must be met by a
 * packet of its own within 5 ms. A packet that is late, that is missing, that was never sent because the agent had run dry,
 * or that shares its point with another, each leaves a point unmet; nothing is left out and nothing starts anew.
 */

const PTIME_MS = 20;
const WITHIN_MS = 5;

export interface GridCount {
  readonly points: number;
  /** Points with a packet within 5 ms. */
  readonly met: number;
  /** Points with no packet at all within half a grid step. */
  readonly empty: number;
  /** Largest distance of a packet from its nearest point, at most 10 ms. */
  readonly worstMs: number;
}

/** Arrival times of one call in their order; fewer than two have no grid. */
export function gridOf(arrivalsMs: readonly number[]): GridCount {
  const [first, last] = [arrivalsMs[0], arrivalsMs.at(-1)];
  if (first === undefined || last === undefined || arrivalsMs.length < 2) {
    return { points: 0, met: 0, empty: 0, worstMs: 0 };
  }
  const phaseMs = phaseOf(arrivalsMs);
  const pointOf = (atMs: number): number => Math.round((atMs - phaseMs) / PTIME_MS);
  const points = pointOf(last) - pointOf(first) + 1;
  const met = new Set<number>();
  const near = new Set<number>();
  let worstMs = 0;
  for (const atMs of arrivalsMs) {
    const point = pointOf(atMs);
    const distanceMs = Math.abs(atMs - phaseMs - point * PTIME_MS);
    near.add(point);
    if (distanceMs <= WITHIN_MS) met.add(point);
    worstMs = Math.max(worstMs, distanceMs);
  }
  return { points, met: met.size, empty: points - near.size, worstMs };
}

/** Median on the circle of 20 ms: the median distance from the circular mean. */
function phaseOf(arrivalsMs: readonly number[]): number {
  let [sine, cosine] = [0, 0];
  for (const atMs of arrivalsMs) {
    const angle = (2 * Math.PI * atMs) / PTIME_MS;
    sine += Math.sin(angle);
    cosine += Math.cos(angle);
  }
  const meanMs = (Math.atan2(sine, cosine) * PTIME_MS) / (2 * Math.PI);
  const distances = arrivalsMs.map((atMs) => {
    const distanceMs = (atMs - meanMs) % PTIME_MS;
    return distanceMs - PTIME_MS * Math.round(distanceMs / PTIME_MS);
  });
  distances.sort((one, other) => one - other);
  return meanMs + (distances[Math.floor(distances.length / 2)] ?? 0);
}

export function sumOfGrids(counts: readonly GridCount[]): GridCount {
  const sum = (of: (count: GridCount) => number): number => counts.reduce((total, count) => total + of(count), 0);
  return {
    points: sum(({ points }) => points),
    met: sum(({ met }) => met),
    empty: sum(({ empty }) => empty),
    worstMs: Math.max(0, ...counts.map(({ worstMs }) => worstMs)),
  };
}
