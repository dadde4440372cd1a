/** What a synthetic caller is going to do: data only, so that a plan can be printed, cut and repeated. */
import type { CallerClass } from './trace.ts';
import type { Wire } from './agent.ts';
import type { Echo, LineKind } from './lines.ts';

/** What is heard of an act; the same sound is the same samples in every run. */
export type Sound =
  | {
      readonly kind: 'speech';
      readonly text: string;
      /** Pauses inside: after which share of the text, at the nearest word, and how long. */
      readonly pauses?: readonly { readonly afterShare: number; readonly ms: number }[];
      /** First words that are said, broken off, and said again with all the rest. */
      readonly falseStart?: { readonly words: number; readonly stopMs: number };
      /** Against the caller's own level. */
      readonly gainDb?: number;
    }
  /** Groups of digits after some words; the gaps lie before each group. */
  | {
      readonly kind: 'dictation';
      readonly lead: string;
      readonly groups: readonly string[];
      readonly gapsMs: readonly number[];
    }
  /** One sentence behind the other, over and over, until so many seconds are full. */
  | { readonly kind: 'endless'; readonly texts: readonly string[]; readonly seconds: number }
  /** "Mm" or, doubled, "mhm". */
  | { readonly kind: 'hum'; readonly isDouble: boolean; readonly seed: number }
  | { readonly kind: 'cough' | 'knock' | 'burst' | 'breath'; readonly seed: number }
  /** Somebody else's words, or the caller's away from the telephone. */
  | { readonly kind: 'aside'; readonly text: string; readonly gainDb: number }
  | { readonly kind: 'television'; readonly seed: number; readonly seconds: number; readonly gainDb: number };

export interface PlannedAct {
  readonly class: CallerClass;
  readonly sound: Sound;
  readonly wantsAnswer: boolean;
  /**
   * Where the caller does it under the agent's speech: this long after the agent began, or after the act before. Elsewhere:
   * this long after the agent has finished.
   */
  readonly afterMs: number;
}

/** One stretch of a call: who waits for whom is the same in each of a kind. */
export type Round =
  /** Said while nobody speaks, then the answer; the acts under the answer are done in it, in order. */
  | {
      readonly kind: 'ask';
      readonly act: PlannedAct;
      readonly under: readonly PlannedAct[];
      readonly spare: PlannedAct;
    }
  /** The first round of a call, under the greeting. */
  | { readonly kind: 'over-greeting'; readonly act: PlannedAct }
  /** A sound while nobody speaks, that nobody should answer. */
  | { readonly kind: 'quiet'; readonly act: PlannedAct }
  | { readonly kind: 'silence'; readonly ms: number };

/** How one caller speaks. */
export interface CallerManner {
  readonly name: string;
  readonly speakingRate: number;
  readonly pitch: number;
}

export interface PlannedCall {
  readonly id: string;
  readonly number: number;
  readonly seed: number;
  readonly line: LineKind;
  readonly wire: Wire;
  readonly echo: Echo | undefined;
  readonly manner: CallerManner;
  /** Of the caller's speech. */
  readonly levelDbfs: number;
  readonly rounds: readonly Round[];
}

/** The acts of a call that are sounds, in the order in which they are planned. */
export function soundsOf({ rounds }: PlannedCall): readonly Sound[] {
  return rounds.flatMap((round): readonly Sound[] => {
    switch (round.kind) {
      case 'ask':
        return [
          round.act.sound,
          ...round.under.map(({ sound }) => sound),
          ...(round.under.length > 0 ? [round.spare.sound] : []),
        ];
      case 'over-greeting':
      case 'quiet':
        return [round.act.sound];
      case 'silence':
        return [];
    }
  });
}

/** How many acts of each class a plan holds; what callers say a second time when an answer was too short is not in it. */
export function countClasses(plan: readonly PlannedCall[]): ReadonlyMap<CallerClass, number> {
  const counts = new Map<CallerClass, number>();
  const count = (name: CallerClass): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const round of plan.flatMap(({ rounds }) => rounds)) {
    if (round.kind === 'silence') count('silence');
    else count(round.act.class);
    if (round.kind === 'ask') for (const act of round.under) count(act.class);
  }
  return counts;
}
