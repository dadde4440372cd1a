import { describe, expect, it } from 'vitest';
import { writeValue } from '#pipeline/language/spoken-value.ts';
import { valueOf } from '#pipeline/language/shona/value/value-of.ts';
import { seededRandom } from '#src/cli/bench/statistics.ts';
import { draw, SAID_KINDS } from '#src/cli/bench/shona/spoken-samples.ts';

const SEED = 6;
const TIMES = { number: 20_000, other: 2000 };

describe('what the language says itself', () => {
  it.each(SAID_KINDS)('is heard as the value it was: %s', (kind) => {
    const random = seededRandom(SEED);
    for (let time = 0; time < (kind === 'number' ? TIMES.number : TIMES.other); time += 1) {
      const { words, line } = draw(kind, random);
      const heard = valueOf(words);
      expect(heard && writeValue(heard), `seed ${SEED}, ${kind} ${time}: ${words}`).toBe(line);
      expect(heard?.confidence).toBe('exact');
      expect(heard?.span).toEqual({ start: 0, end: words.length });
    }
  });
});
