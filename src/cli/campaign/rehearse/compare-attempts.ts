/** Attempts of the export against the rings of one telephone. */
import type { CallNotes } from './call-notes.ts';
import type { ExportedRow } from './held-campaign.ts';
import type { InventedPerson } from './people.ts';

/** Webhooks tell whole seconds, and a busy machine is late. */
const TOLERANCE_MS = 3_000;
/** Share of the sound that the line claims which a telephone must have heard: voices have pauses (measured: 0.91 to 0.93). */
const AUDIBLE_SHARE = 0.7;
/** So much a farewell may lack that was cut off by the end of the call. */
const UNHEARD_MS = 2_000;

const OUTCOMES = { answered: 'answered', busy: 'busy', 'no-answer': 'no-answer' } as const;

export interface AttemptSides {
  readonly person: InventedPerson;
  readonly calls: readonly CallNotes[];
  readonly rows: readonly ExportedRow[];
  readonly hasCarrierIds: boolean;
  readonly fault: (what: string) => void;
}

export function compareAttempts({ person, calls, rows, hasCarrierIds, fault }: AttemptSides): void {
  // Meant, and never asked for: no telephone can know of it.
  const rang = rows.filter(({ state }) => state !== 'void').toSorted((a, b) => Number(a['no']) - Number(b['no']));
  if (rang.length !== calls.length) fault(`rang ${calls.length} times, and the export has ${rang.length} attempts`);
  for (const [n, call] of calls.entries()) {
    const attempt = rang[n];
    if (attempt === undefined) continue;
    const must = (name: string, mustBe: unknown): void => {
      const is = attempt[name];
      if (is !== mustBe) fault(`call ${n + 1}: ${name} is ${String(is)} and should be ${String(mustBe)}`);
    };
    must('state', 'done');
    must('outcome', call.became === undefined ? undefined : OUTCOMES[call.became]);
    if (hasCarrierIds) must('carrier_sid', call.carrierSid);
    if (call.became === 'answered') must('answered_by', answererOf(person, call));
    for (const [name, at] of timesOf(call)) compareTime(n, name, at, attempt[name], fault);
    const missingMs = call.claimedMs * AUDIBLE_SHARE - UNHEARD_MS - call.audibleMs;
    if (missingMs > 0) {
      const [claimed, heard] = [call.claimedMs, call.audibleMs].map((ms) => (ms / 1_000).toFixed(1));
      fault(`call ${n + 1}: the line claims ${claimed} s of sound, and the telephone heard ${heard} s`);
    }
  }
}

function timesOf(call: CallNotes): readonly (readonly [string, number | undefined])[] {
  return [
    ['ringing_at', call.rangAt],
    ['answered_at', call.answeredAt],
    ['ended_at', call.endedAt],
  ];
}

function compareTime(
  n: number,
  name: string,
  at: number | undefined,
  exported: unknown,
  fault: (what: string) => void,
): void {
  const told = typeof exported === 'string' ? Date.parse(exported) : undefined;
  if (at === undefined && told === undefined) return;
  // Not every carrier tells of the ringing of a telephone that is then busy.
  if (name === 'ringing_at' && told === undefined) return;
  if (at === undefined || told === undefined) {
    fault(`call ${n + 1}: ${name} is ${String(exported)} and ${at === undefined ? 'never happened' : 'did happen'}`);
    return;
  }
  const apartMs = told - at;
  if (Math.abs(apartMs) > TOLERANCE_MS) fault(`call ${n + 1}: ${name} is ${(apartMs / 1_000).toFixed(1)} s off`);
}

/** Somebody who says nothing is neither for certain. */
function answererOf({ kind }: InventedPerson, call: CallNotes): string {
  if (call.isPlayedByMachine) return 'machine';
  return kind === 'silent' ? 'unknown' : 'person';
}
