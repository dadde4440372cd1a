/** What a caller hears while nobody speaks, on every wire alike. */
import { ComfortNoise } from '#telephony/signal/comfort-noise.ts';
import type { LineFiller } from '#telephony/wire/quiet-line.ts';
import type { Config } from './config.ts';

/** One for each call, because noise has a state; undefined: nothing is sent. */
export function lineFillerOf(noise: Config['lineNoise']): LineFiller | undefined {
  switch (noise) {
    case 'comfort': {
      const comfort = new ComfortNoise();
      return (out) => comfort.fill(out);
    }
    case 'silence':
      return (out) => out.fill(0);
    case 'off':
      return undefined;
  }
}
