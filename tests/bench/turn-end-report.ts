/** The policies that are compared, swept on one half of the turns and scored on the other, as tables. */
import { completenessOf } from '#pipeline/dialogue/turn-completeness.ts';
import { neededSilenceMs, TURN_END_POLICY } from '#pipeline/listening/turn-end.ts';
import { loadHotline } from '#prompts/load.ts';
import type { PauseObservation, TurnObservation } from './turn-end-observations.ts';
import { areaUnderCurve, fewestCuts, leastDelay, score, type EndPolicy, type Swept } from './turn-end-scores.ts';

const { language } = loadHotline('kiriniki').pack;
const LONGEST_MS = 1400;
const DELAY_BUDGETS_MS = [300, 400, 500, 600, 800];
const CUT_BUDGETS = [0.05, 0.1, 0.2];

interface Candidate {
  readonly name: string;
  readonly policy: EndPolicy;
}

interface Family {
  readonly name: string;
  /** Until words and decision are known; 0 where they do not count. */
  readonly evidenceMs: number;
  readonly candidates: readonly Candidate[];
}

export function report(turns: readonly TurnObservation[], evidenceMs: number): void {
  const [fitted, tested] = [turns.filter((turn) => half(turn) === 0), turns.filter((turn) => half(turn) === 1)];
  console.log(
    `${turns.length} turns: ${fitted.length} to fit on, ${tested.length} to score; words known ${evidenceMs} ms after the soft end`,
  );
  console.table(areas(turns));
  const rows = families(evidenceMs).flatMap((family) => {
    const swept = family.candidates.map((candidate) => ({
      parameters: candidate,
      score: score(fitted, candidate.policy, family.evidenceMs),
    }));
    return [
      ...DELAY_BUDGETS_MS.map((ms) => rowOf(family, `≤ ${ms} ms on average`, fewestCuts(swept, ms), tested)),
      ...CUT_BUDGETS.map((cut) => rowOf(family, `≤ ${cut * 100} % cut`, leastDelay(swept, cut), tested)),
    ];
  });
  console.table(rows);
  const shipped = { name: 'as shipped', policy: byWords(TURN_END_POLICY) };
  for (const kinds of [undefined, 'plain', 'word', 'clause', 'digits', 'other'] as const) {
    const some = turns.filter(({ kind }) => kinds === undefined || kind === kinds);
    console.log(shipped.name, kinds ?? 'all', some.length, JSON.stringify(score(some, shipped.policy, evidenceMs)));
  }
}

function rowOf(
  { name, evidenceMs }: Family,
  budget: string,
  picked: Swept<Candidate> | undefined,
  tested: readonly TurnObservation[],
): Record<string, unknown> {
  if (picked === undefined) return { by: name, budget, parameters: 'none' };
  const { cut, meanMs, p50Ms, p95Ms } = score(tested, picked.parameters.policy, evidenceMs);
  const share = `${(cut * 100).toFixed(1)} %`;
  return { by: name, budget, parameters: picked.parameters.name, cut: share, mean: meanMs, p50: p50Ms, p95: p95Ms };
}

/** How well ends and pauses are told apart, where 0.5 is a coin. */
function areas(turns: readonly TurnObservation[]): Record<string, unknown>[] {
  const measures = {
    'Smart Turn at the soft end': ({ smartTurn }: PauseObservation) => smartTurn,
    'Smart Turn 192 ms later': ({ smartTurnLater }: PauseObservation) => smartTurnLater,
    'what the hotline knows': wordsOf,
  };
  const groups = { 'all turns': undefined, 'without digits and others': ['plain', 'word', 'clause'] };
  return Object.entries(measures).map(([by, measure]) => {
    const row: Record<string, unknown> = { by };
    for (const [group, kinds] of Object.entries(groups)) {
      const some = turns.filter(({ kind }) => kinds?.includes(kind) ?? true);
      const of = (isEnd: boolean): number[] =>
        some.flatMap((turn) =>
          turn.pauses.filter((pause) => (pause.resumesMs == null) === isEnd).map((pause) => measure(pause, turn)),
        );
      row[group] =
        `${areaUnderCurve(of(true), of(false)).toFixed(3)} (${of(true).length} ends, ${of(false).length} pauses)`;
    }
    return row;
  });
}

function families(evidenceMs: number): readonly Family[] {
  const silences = range(100, LONGEST_MS, 20);
  return [
    { name: 'silence', evidenceMs: 0, candidates: silences.map((ms) => fixed(`${ms}`, () => ms)) },
    {
      name: 'Smart Turn',
      evidenceMs: 0,
      candidates: [0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98].flatMap((threshold) =>
        range(100, 800, 100).flatMap((soonMs) =>
          range(soonMs, LONGEST_MS, 100).map((lateMs) =>
            fixed(`P ≥ ${threshold}: ${soonMs}, else ${lateMs}`, ({ smartTurn }) =>
              smartTurn >= threshold ? soonMs : lateMs,
            ),
          ),
        ),
      ),
    },
    { name: 'hotline', evidenceMs, candidates: bothWays([0]) },
    { name: 'hotline and Smart Turn', evidenceMs, candidates: bothWays([0.1, 0.25, 0.5]) },
  ];
}

function bothWays(soundWeights: readonly number[]): readonly Candidate[] {
  return soundWeights.flatMap((soundWeight) =>
    range(200, 1200, 50).flatMap((evenMs) =>
      [50, 100, 150, 200, 250, 300].flatMap((perLogOddMs) =>
        [640, 960, 1200].map((longestMs) => {
          const name = `even ${evenMs}, ${perLogOddMs} each, at most ${longestMs}, sound ${soundWeight}`;
          return { name, policy: byWords({ ...TURN_END_POLICY, evenMs, perLogOddMs, longestMs, soundWeight }) };
        }),
      ),
    ),
  );
}

function byWords(policy: Parameters<typeof neededSilenceMs>[1] & object): EndPolicy {
  return {
    needed: (pause, turn) => ({
      before: policy.unknownMs,
      after: neededSilenceMs({ words: wordsOf(pause, turn), sound: pause.smartTurn }, policy),
    }),
  };
}

function fixed(name: string, needed: (pause: PauseObservation) => number): Candidate {
  return {
    name,
    policy: {
      needed: (pause) => {
        const ms = needed(pause);
        return { before: ms, after: ms };
      },
    },
  };
}

function wordsOf(pause: PauseObservation, { expectedDigits }: TurnObservation): number {
  return completenessOf(pause.understood, pause, { language, expectedDigits });
}

/** Two turns of every kind here, two there: the kinds themselves alternate. */
function half({ id }: TurnObservation): number {
  return (Number(id.split('-')[1]) >> 1) % 2;
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => from + at * step);
}
