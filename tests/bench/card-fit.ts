/**
 * Fits THRESHOLDS of pipeline/dialogue/answerer.ts and says what they are worth:
 *   node tests/bench/card-fit.ts --reject sentences.tsv [--file observations.json] [--count 150] [--thorough] [--fit-only] [--json out.json]
 * Every way of asking is spoken over 8 kHz mu-law, recognised with the hotline's own prompt, and scored; the
 * table of other Shona sentences is what must be rejected. Fitted on one half of the sentences, reported on the other.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  Answerer,
  THRESHOLDS,
  type Decision,
  type DialogueState,
  type Thresholds,
} from '#pipeline/dialogue/answerer.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import type { Matches } from '#pipeline/dialogue/matching.ts';
import { loadHotline } from '#prompts/load.ts';
import { kept, observe, outOfDomain, sentencesOf, withoutQuestion, type Observation } from './card-observations.ts';

const { values: args } = parseArgs({
  options: {
    reject: { type: 'string' },
    file: { type: 'string', default: 'card-observations.json' },
    count: { type: 'string', default: '150' },
    hotline: { type: 'string', default: 'kiriniki' },
    'fit-only': { type: 'boolean', default: false },
    thorough: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

/** A wrong card is worse than none: at most this share of all utterances. */
const MOST_WRONG = 0.01;
const STATE: DialogueState = { expects: 'anything', failuresInRow: 0, isLlmReady: false };
const GRID: Readonly<Partial<Record<keyof Thresholds, readonly number[]>>> = {
  textScore: [0.5, 0.54, 0.58, 0.62, 0.66, 0.7],
  textMargin: [0.04, 0.08, 0.12, 0.16, 0.2],
  textConfidence: [0.3, 0.35, 0.4, 0.45, 0.5],
  doubtPenalty: [0, 0.04, 0.08, 0.12],
  bothScore: [0.3, 0.35, 0.4, 0.45, 0.5, 0.55],
  bothAudioMargin: [0, 0.1, 0.2, 0.3, 0.4, 0.6],
  bothAudioScore: [-3, -2.4, -2, -1.6, -1.2, -0.8],
  vetoMargin: [0.1, 0.3, 0.5, 0.8],
  certainScore: [0.74, 0.78, 0.82, 0.86],
  certainConfidence: [0.4, 0.5, 0.6],
  audioScore: [-2.4, -2, -1.8, -1.6, -1.4, -1.2, -1, -0.8, -0.6, -0.4],
  audioMargin: [0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1],
};

interface Case {
  readonly observation: Observation;
  readonly matches: Matches;
}

interface Tally {
  readonly n: number;
  readonly right: number;
  readonly wrong: number;
}

function choiceOf(decision: Decision, hotline: Hotline): string | undefined {
  if (decision.kind === 'card') return decision.cardId;
  if (decision.kind !== 'intent') return undefined;
  if (decision.intent === 'emergency') return hotline.cards.find(({ isEmergency }) => isEmergency)?.id;
  return `intent:${decision.intent}`;
}

/** Intents that change nothing for the caller but a friendly word are not a wrong answer. */
const isHarmless = (choice: string | undefined): boolean =>
  choice === undefined || ['intent:backchannel', 'intent:no', 'intent:yes', 'intent:greeting'].includes(choice);

function tally(cases: readonly Case[], hotline: Hotline, thresholds: Thresholds): Tally {
  const answerer = new Answerer(hotline, { baseline, thresholds });
  let [right, wrong] = [0, 0];
  for (const { observation, matches } of cases) {
    const { transcript, audioScores, expected } = observation;
    const needsAudio = answerer.needsAudio({ transcript, matches, state: STATE });
    const decision = answerer.decide({ transcript, matches, audioScores: needsAudio ? audioScores : [], state: STATE });
    const choice = choiceOf(decision, hotline);
    if (choice === expected && expected !== undefined) right += 1;
    else if (!isHarmless(choice)) wrong += 1;
  }
  return { n: cases.length, right, wrong };
}

/** Most right answers while the wrong ones stay below the limit; wrong ones beyond it cost ten right ones each. */
function worth(inDomain: Tally, rejected: Tally): number {
  const all = inDomain.n + rejected.n;
  const wrong = inDomain.wrong + rejected.wrong;
  return inDomain.right - wrong - 10 * Math.max(0, wrong - all * MOST_WRONG);
}

function fit(asked: readonly Case[], other: readonly Case[], hotline: Hotline): Thresholds {
  let best: Thresholds = THRESHOLDS;
  let bestWorth = worth(tally(asked, hotline, best), tally(other, hotline, best));
  for (let round = 0; round < 3; round += 1) {
    for (const [name, steps] of Object.entries(GRID)) {
      for (const step of steps) {
        const tried = { ...best, [name]: step };
        const value = worth(tally(asked, hotline, tried), tally(other, hotline, tried));
        if (value > bestWorth) [best, bestWorth] = [tried, value];
      }
    }
  }
  return best;
}

const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;

function report(title: string, cases: readonly Case[], hotline: Hotline, thresholds: Thresholds): Tally {
  const result = tally(cases, hotline, thresholds);
  const right = `right ${percent(result.right, result.n)}`;
  console.log(
    `${title.padEnd(46)} n ${String(result.n).padStart(4)}  ${right}  wrong ${percent(result.wrong, result.n)}`,
  );
  return result;
}

const hotline = loadHotline(args.hotline);
const other = args.reject === undefined ? [] : outOfDomain(args.reject, Number(args.count));
// Mixed, so that what an interrupted run has kept is of both kinds.
const asked = sentencesOf(hotline);
const mixed = asked.flatMap((sentence, at) => {
  const share = other.length / asked.length;
  return [sentence, ...other.slice(Math.floor(at * share), Math.floor((at + 1) * share))];
});
const { baseline, seen: observations } = args['fit-only']
  ? kept(args.file)
  : await observe(hotline, mixed, { file: args.file, isThorough: args.thorough });
const paraphrasers = new Map<string, Answerer>();
const whole = new Answerer(hotline);
const cases = observations.map((observation): Case => {
  const { said, knowledge, transcript } = observation;
  if (knowledge === 'all') return { observation, matches: whole.match(transcript.text) };
  const answerer = paraphrasers.get(said) ?? new Answerer(withoutQuestion(hotline, said));
  paraphrasers.set(said, answerer);
  return { observation, matches: answerer.match(transcript.text) };
});
const order = [...new Set(observations.map(({ said }) => said))];
const isFitted = ({ observation }: Case): boolean => order.indexOf(observation.said) % 2 === 0;
const isAsked = ({ observation }: Case): boolean => observation.expected !== undefined;
const fitted = fit(
  cases.filter((one) => isFitted(one) && isAsked(one)),
  cases.filter((one) => isFitted(one) && !isAsked(one)),
  hotline,
);
console.log(`fitted thresholds: ${JSON.stringify(fitted)}`);
const figures: Record<string, Tally> = {};
for (const [label, thresholds] of [
  ['now in the code', THRESHOLDS],
  ['fitted', fitted],
] as const) {
  console.log(`\n${label}, on the half that was not fitted on:`);
  const held = cases.filter((one) => !isFitted(one));
  for (const manner of ['plain', 'low and slow', 'high, fast, noisy', '']) {
    for (const knowledge of ['all', 'paraphrase'] as const) {
      const chosen = held.filter(
        ({ observation: seen }) =>
          isAsked({ observation: seen } as Case) &&
          seen.knowledge === knowledge &&
          seen.expected?.startsWith('intent:') === false &&
          (manner === '' || seen.manner === manner),
      );
      const name = `${knowledge === 'all' ? 'as a card asks it' : 'worded otherwise'}, ${manner === '' ? 'all manners' : manner}`;
      figures[`${label}: ${name}`] = report(name, chosen, hotline, thresholds);
    }
  }
  const intents = held.filter(({ observation: seen }) => seen.expected?.startsWith('intent:'));
  figures[`${label}: intents`] = report('intents', intents, hotline, thresholds);
  figures[`${label}: other`] = report(
    'other Shona sentences',
    held.filter((one) => !isAsked(one)),
    hotline,
    thresholds,
  );
}
if (args.json !== undefined) writeFileSync(args.json, JSON.stringify({ fitted, figures }, undefined, 2));
