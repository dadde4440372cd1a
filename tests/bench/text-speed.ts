/** How fast texts are made speakable. */
import type { Figure } from '#src/cli/bench/figures.ts';
import { distributionOf } from '#src/cli/bench/statistics.ts';

const RUNS = 40;
/** Until the engine has compiled what is hot: a service has. */
const WARM_UP_MS = 1500;

/** Megabytes of UTF-8 in a second, over whole runs through all texts. */
export function speedFigure(
  key: string,
  label: string,
  texts: readonly string[],
  say: (text: string) => string,
): Figure {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const speeds: number[] = [];
  const beginMs = performance.now();
  while (speeds.length < RUNS) {
    const startMs = performance.now();
    let said = 0;
    for (const text of texts) said += say(text).length;
    const seconds = (performance.now() - startMs) / 1000;
    if (said === 0) throw new Error('nothing was said');
    if (startMs - beginMs >= WARM_UP_MS) speeds.push(bytes / 1e6 / seconds);
  }
  return {
    key,
    label,
    unit: 'MB/s',
    decimals: 1,
    reach: [{ of: 'p50', atLeast: 5 }],
    measured: distributionOf(speeds, 2),
  };
}
