/** How fast texts are made speakable, and that a long text costs no more for each byte than a short one. */
import type { Clock } from '#kernel/clock.ts';
import { speakable } from '#pipeline/language/shona/text.ts';
import type { Figure } from '../figures.ts';
import { distributionOf, quantile, round } from '../statistics.ts';
import type { ShonaTables } from './tables.ts';

const PROSE =
  'Kiriniki inovhura nguva dza8:00 mangwanani, inovhara nguva dza4:30 masikati, kubva Muvhuro kusvika Chishanu. ' +
  'Mushonga wechikosoro unoita $3.25; mishonga yevana vari pasi pemakore 5 haibhadharwi. Fonerai 077 200 3456. ' +
  'Vatungamiri vemusha vakataura nevabereki pamusoro pekubayiwa kwevana, vachiti zvakakosha kuti mwana wese abayiwe. ';
/** Each could send a careless pattern back over and over. */
const HOSTILE = ['7', '1.', '1,', '100 ', '1-', '1/', '1:', 'a', 'B', 'A.', 'a@a.', '((', '*1', '<+='] as const;
const LONG_BYTES = 100_000;
const RUNS = 40;
/** Until what is hot has been compiled: in a service it has. */
const WARM_UP_MS = 1_500;

/** Megabytes of UTF-8 in a second, over whole runs through all texts. */
export function speedFigures(tables: ShonaTables, clock: Clock): readonly Figure[] {
  const news = tables.lines('news_sentences_digits.txt');
  return [
    speed('proseMBps', 'speed over prose with figures', [PROSE.repeat(40)], clock),
    ...(news ? [speed('newsMBps', 'speed over the news sentences', news, clock)] : []),
    growth(clock),
  ];
}

function speed(key: string, label: string, texts: readonly string[], clock: Clock): Figure {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const speeds: number[] = [];
  const beginMs = clock.nowMs();
  while (speeds.length < RUNS) {
    const startMs = clock.nowMs();
    for (const text of texts) speakable(text);
    const nowMs = clock.nowMs();
    if (startMs - beginMs >= WARM_UP_MS) speeds.push(bytes / 1e3 / (nowMs - startMs));
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

/** Ten where the cost is linear, a hundred where it is quadratic; the worst of the hostile texts. */
function growth(clock: Clock): Figure {
  const msOf = (text: string): number => {
    const times = Array.from({ length: 7 }, () => {
      const startMs = clock.nowMs();
      speakable(text);
      return clock.nowMs() - startMs;
    });
    return quantile(times, 0.5);
  };
  const factors = HOSTILE.map((piece) => {
    const text = (bytes: number): string => piece.repeat(Math.ceil(bytes / piece.length));
    msOf(text(LONG_BYTES));
    return msOf(text(LONG_BYTES)) / msOf(text(LONG_BYTES / 10));
  });
  return {
    key: 'hostileGrowth',
    label: `100 kB over 10 kB, the worst of ${HOSTILE.length} hostile texts`,
    unit: '×',
    decimals: 1,
    reach: [{ of: 'value', atMost: 40 }],
    measured: { value: round(Math.max(...factors), 1), n: HOSTILE.length },
  };
}
