/**
 * Speed of the text front end, and that a long text costs no more for each byte than a short one:
 * node tests/bench/text.ts [--json FILE]
 */
import { parseArgs } from 'node:util';
import { speakable } from '#pipeline/language/shona/text.ts';
import { figuresFile, renderFigures, writeFiguresFile, type Figure } from '#src/cli/bench/figures.ts';
import { describeMachine, summarizeMachine } from '#src/cli/bench/machine.ts';
import { quantile, round } from '#src/cli/bench/statistics.ts';
import { speedFigure } from './text-speed.ts';

const { values: args } = parseArgs({ options: { json: { type: 'string' } } });

const PROSE =
  'Kiriniki inovhura nguva dza8:00 mangwanani, inovhara nguva dza4:30 masikati, kubva Muvhuro kusvika Chishanu. ' +
  'Mushonga wechikosoro unoita $3.25; mishonga yevana vari pasi pemakore 5 haibhadharwi. Fonerai 077 200 3456. ' +
  'Vatungamiri vemusha vakataura nevabereki pamusoro pekubayiwa kwevana, vachiti zvakakosha kuti mwana wese abayiwe. ';
const FIGURES = 'vanhu 1,858 ne3.5% $2.30 na9pm 27/08/2019 5-10 km 0772003456 2-1 4 x 100 ';
/** Each could send a careless pattern back over and over. */
const HOSTILE: Readonly<Record<string, string>> = {
  digits: '7',
  'digits and points': '1.',
  'digits and commas': '1,',
  'threes and spaces': '100 ',
  dashes: '1-',
  strokes: '1/',
  colons: '1:',
  letters: 'a',
  capitals: 'B',
  initials: 'A.',
  addresses: 'a@a.',
  brackets: '((',
  stars: '*1',
  signs: '<+=',
};
const LONG = 100_000;

function msOf(text: string): number {
  const times = Array.from({ length: 7 }, () => {
    const startMs = performance.now();
    speakable(text);
    return performance.now() - startMs;
  });
  return quantile(times, 0.5);
}

/** Time for 100 kB over time for 10 kB: ten where the cost is linear, a hundred where it is quadratic. */
function growth(name: string, piece: string): Figure {
  const text = (length: number): string => piece.repeat(Math.ceil(length / piece.length));
  const [short, long] = [text(LONG / 10), text(LONG)];
  msOf(long);
  return {
    key: `growth ${name}`,
    label: `100 kB of ${name} over 10 kB`,
    unit: '×',
    decimals: 1,
    reach: [{ of: 'value', atMost: 40 }],
    measured: { value: round(msOf(long) / msOf(short), 1), n: 7 },
  };
}

const figures = [
  speedFigure('proseMBps', 'prose with figures', [PROSE.repeat(40)], speakable),
  speedFigure('figuresMBps', 'figures only', [FIGURES.repeat(200)], speakable),
  ...Object.entries(HOSTILE).map(([name, piece]) => growth(name, piece)),
].map((figure): Figure => (figure.key === 'figuresMBps' ? { ...figure, reach: [] } : figure));
const machine = describeMachine();
console.log(`${summarizeMachine(machine)}\n\n${renderFigures(figures)}`);
if (args.json !== undefined) {
  await writeFiguresFile(args.json, figuresFile('text', figures, { machine, measuredAt: new Date().toISOString() }));
}
