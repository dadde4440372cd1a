/** What must have become of somebody, by what their telephone experienced and the rules of the rehearsal. Written anew, not taken from the dialler. */
import type { Interview } from '#pipeline/interview/script.ts';
import type { CallNotes } from './call-notes.ts';
import type { RehearsalRules } from './held-campaign.ts';
import { minutesUntil } from './household.ts';
import type { Farewell } from './line-said.ts';

/** How one call ended, as the person of it would say. */
export type End =
  | 'completed'
  | 'partial'
  /** The closing was said, and something that had to be answered was left out. */
  | 'incomplete'
  | 'refused'
  | 'opted_out'
  | 'wrong_person'
  | 'language'
  | 'callback'
  | 'machine'
  | 'busy'
  | 'no_answer';

const BY_FAREWELL: Readonly<Record<Farewell, End>> = {
  closing: 'completed',
  refused: 'refused',
  'opt-out': 'opted_out',
  'wrong-person': 'wrong_person',
  'other-language': 'language',
  'later-agreed': 'callback',
  'later-sometime': 'callback',
  'broken-off': 'partial',
};

export function endOf({ became, farewell, isPlayedByMachine, hasHungUp }: CallNotes): End {
  if (became === 'busy') return 'busy';
  if (became !== 'answered') return 'no_answer';
  if (farewell !== undefined) return BY_FAREWELL[farewell];
  return isPlayedByMachine && !hasHungUp ? 'machine' : 'partial';
}

const FINAL: readonly End[] = ['completed', 'incomplete', 'refused', 'opted_out', 'wrong_person', 'language'];
/** A minute between two calls, less what clocks and rounding may differ. */
const SHORTEST_GAP_MS = 58_000;

export interface Expected {
  readonly state: 'done' | 'callback' | 'pending' | 'skipped';
  readonly disposition: string | null;
  /** Calls that should not have been, or are missing. */
  readonly problems: readonly string[];
}

export function expectedOutcome(
  calls: readonly CallNotes[],
  opts: { readonly rules: RehearsalRules; readonly interview: Interview; readonly hasAnswers: boolean },
): Expected {
  const { rules, interview, hasAnswers } = opts;
  const ends = calls.map((call) => (isWhole(call, interview) ? endOf(call) : 'incomplete'));
  const problems: string[] = [];
  for (const [n, end] of ends.entries()) {
    const isLast = n === ends.length - 1;
    const mayRingAgain = isAgain(ends.slice(0, n + 1), rules);
    if (!isLast && !mayRingAgain) problems.push(`was called again after ${end}`);
    if (isLast && mayRingAgain && end !== 'callback') problems.push(`was not called again after ${end}`);
    const [call, next] = [calls[n], calls[n + 1]];
    const gapMs = (next?.rangAt ?? Infinity) - (call?.endedAt ?? -Infinity);
    if (gapMs < SHORTEST_GAP_MS) problems.push(`was called again ${Math.round(gapMs / 1_000)} s after a call`);
    if (call !== undefined && next !== undefined && isBefore(next, call, interview.pack.timeZone)) {
      problems.push('was called before the time that was promised');
    }
  }
  const last = ends.at(-1);
  if (last === undefined) return { state: 'done', disposition: null, problems: ['was never called'] };
  // Promised, and not come yet: the rehearsal does not wait for a far appointment.
  if (last === 'callback') return { state: 'callback', disposition: null, problems };
  return { state: 'done', disposition: dispositionOf(last, hasAnswers), problems };
}

const MINUTE_MS = 60_000;

/** The promise names a minute. */
function isBefore(next: CallNotes, { promisedFor, endedAt }: CallNotes, timeZone: string): boolean {
  if (promisedFor === undefined || next.rangAt === undefined || endedAt === undefined) return false;
  const minutes = minutesUntil(promisedFor, endedAt, timeZone);
  if (!Number.isFinite(minutes)) return false;
  return Math.floor(next.rangAt / MINUTE_MS) < Math.floor(endedAt / MINUTE_MS) + minutes;
}

/** The closing is also said where a question that had to be answered was left out: that is no whole interview. */
function isWhole({ farewell, leftOut }: CallNotes, { questions }: Interview): boolean {
  return farewell !== 'closing' || questions.every(({ id, isOptional }) => isOptional || !leftOut.has(id));
}

function isAgain(ends: readonly End[], rules: RehearsalRules): boolean {
  const end = ends.at(-1);
  if (end === undefined || FINAL.includes(end)) return false;
  if (end === 'callback') return true;
  const alike = ends.filter((each) => each === end).length;
  const most = { busy: rules.busy, no_answer: rules.noAnswer, machine: rules.machine, partial: rules.partial };
  const limit = (most as Partial<Record<End, number>>)[end] ?? 1;
  if (alike >= limit) return false;
  return end === 'partial' ? alike < rules.maxReached : ends.length < rules.maxTries;
}

function dispositionOf(end: End, hasAnswers: boolean): string {
  const isPart = end === 'partial' || end === 'incomplete';
  if (FINAL.includes(end) && !isPart) return end;
  if (hasAnswers) return 'partial';
  return isPart ? 'hung_up' : end;
}
