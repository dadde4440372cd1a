/**
 * The export against what each telephone experienced. A fault is what the campaign lost, invented or did against its own
 * rules; what the line's ear misunderstood, and said back or went on from, is no fault of the campaign's and is counted apart.
 */
import type { Interview } from '#pipeline/interview/script.ts';
import type { CallNotes } from './call-notes.ts';
import { compareAnswers } from './compare-answers.ts';
import { compareAttempts } from './compare-attempts.ts';
import { endOf, expectedOutcome } from './expected.ts';
import type { Exported, ExportedRow, RehearsalRules } from './held-campaign.ts';
import type { InventedPerson } from './people.ts';

export interface Fault {
  /** Row of the person; 0: of nobody. */
  readonly row: number;
  readonly what: string;
}

export interface Misheard {
  readonly row: number;
  readonly what: string;
}

export interface Comparison {
  readonly faults: readonly Fault[];
  readonly misheard: readonly Misheard[];
}

export interface Experienced {
  readonly people: readonly InventedPerson[];
  readonly interview: Interview;
  readonly rules: RehearsalRules;
  readonly callsTo: (number: string) => readonly CallNotes[];
  /** Everything that was rung. */
  readonly numbersRung: readonly string[];
  /** Twilio names its calls, and so does the export. */
  readonly hasCarrierIds: boolean;
}

export function compare(experienced: Experienced, exported: Exported): Comparison {
  const { people, interview, rules, callsTo, numbersRung } = experienced;
  const faults: Fault[] = [];
  const misheard: Misheard[] = [];
  const known = new Set<string>(people.map(({ number }) => number));
  const strangers = numbersRung.filter((number) => !known.has(number));
  if (strangers.length > 0)
    faults.push({ row: 0, what: `${strangers.length} numbers were called that are on no list` });
  for (const kind of ['contacts', 'attempts', 'answers'] as const) {
    const beyond = exported[kind].filter(({ phone }) => !known.has(String(phone)));
    if (beyond.length > 0) faults.push({ row: 0, what: `${kind}: ${beyond.length} rows are of nobody on the list` });
  }
  for (const person of people) {
    const { row, number } = person;
    const fault = (what: string): void => void faults.push({ row, what });
    const calls = callsTo(number);
    const rowsOf = (kind: keyof Exported): readonly ExportedRow[] =>
      exported[kind].filter(({ phone }) => phone === number);
    const [contact, ...doubles] = rowsOf('contacts');
    if (contact === undefined || doubles.length > 0) {
      fault(contact === undefined ? 'is missing in the contacts' : 'is in the contacts more than once');
      continue;
    }
    compareAttempts({ person, calls, rows: rowsOf('attempts'), hasCarrierIds: experienced.hasCarrierIds, fault });
    const answers = rowsOf('answers');
    compareAnswers({ person, interview, calls, rows: answers, contact, fault }, (what) => misheard.push({ row, what }));
    compareContact({ person, calls, contact, rules, interview, hasAnswers: answers.length > 0, fault });
    for (const wish of misheardWishes(person, calls)) misheard.push({ row, what: wish });
  }
  return { faults, misheard };
}

interface ContactSides {
  readonly person: InventedPerson;
  readonly calls: readonly CallNotes[];
  readonly contact: ExportedRow;
  readonly rules: RehearsalRules;
  readonly interview: Interview;
  readonly hasAnswers: boolean;
  readonly fault: (what: string) => void;
}

function compareContact({ person, calls, contact, rules, interview, hasAnswers, fault }: ContactSides): void {
  const must = (name: string, is: unknown, mustBe: unknown): void => {
    if (is !== mustBe) fault(`${name} is ${String(is)} and should be ${String(mustBe)}`);
  };
  must('row', contact['row'], person.row);
  must('vars', JSON.stringify(contact['vars']), JSON.stringify(person.vars));
  const { state, disposition, problems } = expectedOutcome(calls, { rules, interview, hasAnswers });
  for (const problem of problems) fault(problem);
  // Who waits for an appointment has no last word yet.
  must('state', contact['state'], state);
  must('disposition', contact['disposition'], disposition);
  must('tries', contact['tries'], calls.length);
  const saidNo = calls.some(({ farewell }) => farewell === 'opt-out');
  must('do_not_call', contact['do_not_call'], saidNo);
  const pressed = calls.findIndex(({ saidNoBy }) => saidNoBy === 'keys');
  if (pressed >= 0 && !saidNo) fault('pressed the key for never again, and the line did not take leave with it');
}

/** Wishes that the line took for something else, by how it took its leave. */
function misheardWishes({ kind }: InventedPerson, calls: readonly CallNotes[]): readonly string[] {
  const ends = calls.map((call) => endOf(call));
  const last = ends.at(-1);
  const meant = {
    refuses: 'refused',
    'wrong-person': 'wrong_person',
    'opts-out-by-word': 'opted_out',
    'opts-out-by-key': 'opted_out',
    machine: 'machine',
  } as const satisfies Partial<Record<InventedPerson['kind'], string>>;
  const wanted = (meant as Partial<Record<InventedPerson['kind'], string>>)[kind];
  if (wanted !== undefined) return last === wanted ? [] : [`meant ${wanted}, and was taken for ${String(last)}`];
  if (kind === 'later') return ends[0] === 'callback' ? [] : [`meant callback, and was taken for ${String(ends[0])}`];
  const isWilling = !['silent', 'no-answer', 'busy'].includes(kind);
  const bad = ends.filter((end) => ['refused', 'opted_out', 'wrong_person', 'language', 'callback'].includes(end));
  return isWilling ? bad.map((end) => `wanted to answer, and was taken for ${end}`) : [];
}
