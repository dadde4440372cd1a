/** Answers of the export against what one telephone gave, and what the line said back or went on from. */
import type { AnswerValue, Interview, Question } from '#pipeline/interview/script.ts';
import type { CallNotes, TakenAnswer } from './call-notes.ts';
import type { ExportedRow } from './held-campaign.ts';
import type { InventedPerson } from './people.ts';
import { keyed, saidBack } from './words.ts';

export interface AnswerSides {
  readonly person: InventedPerson;
  readonly interview: Interview;
  readonly calls: readonly CallNotes[];
  readonly rows: readonly ExportedRow[];
  readonly contact: ExportedRow;
  readonly fault: (what: string) => void;
}

export function compareAnswers(sides: AnswerSides, misheard: (what: string) => void): void {
  const { interview, rows, contact, fault } = sides;
  const columns = contact['answers'] as Readonly<Record<string, unknown>>;
  for (const question of interview.questions) {
    const [row, ...doubles] = rows.filter((each) => each['question'] === question.id);
    if (doubles.length > 0) fault(`${question.id}: is exported ${doubles.length + 1} times`);
    const value = row?.['value'] as AnswerValue | undefined;
    if (columns[question.id] !== value) fault(`${question.id}: the contact's column is not the answer`);
    compareOne(question, row, sides, misheard);
  }
  const ids = new Set(interview.questions.map(({ id }) => id));
  const others = [...rows.map((row) => String(row['question'])), ...Object.keys(columns)].filter((id) => !ids.has(id));
  if (others.length > 0) fault(`answers to questions that the script does not have: ${others.join(', ')}`);
}

function compareOne(
  question: Question,
  row: ExportedRow | undefined,
  { interview, calls, fault }: AnswerSides,
  misheard: (what: string) => void,
): void {
  const { id } = question;
  // The last word counts; a question that is answered is not put again in a later call.
  const call = calls.findLast(({ taken }) => taken.has(id));
  const taken = call?.taken.get(id);
  if (row === undefined) {
    if (taken !== undefined) fault(`${id}: the line went on from an answer that is not in the export`);
    return;
  }
  if (call === undefined || taken === undefined) {
    // Given in the last breath of a call: nothing was said that would tell.
    const isUntold = calls.some(({ untold }) => untold?.question === id);
    if (!isUntold) fault(`${id}: the export has an answer that the line never took`);
    return;
  }
  const value = row['value'] as AnswerValue;
  const must = (name: string, mustBe: unknown): void => {
    if (row[name] !== mustBe) fault(`${id}: ${name} is ${String(row[name])} and should be ${String(mustBe)}`);
  };
  must('method', taken.by);
  must('is_confirmed', taken.saidBack !== undefined);
  compareTimes(id, row, call, fault);
  if (taken.by === 'keys') {
    if (value !== taken.value) fault(`${id}: other than the keys that were pressed`);
    else if (row['raw_text'] !== keyed(question, value)?.replace('#', '')) fault(`${id}: raw_text is not the keys`);
    return;
  }
  compareSpoken(question, value, row, taken, { interview, call, fault });
  if (question.kind !== 'open' && value !== taken.value) {
    const how = taken.saidBack === undefined ? 'and not said back' : 'and said back so';
    misheard(`${id}: meant ${String(taken.value)}, taken for ${String(value)}, ${how}`);
  }
}

function compareSpoken(
  question: Question,
  value: AnswerValue,
  row: ExportedRow,
  taken: TakenAnswer,
  { interview, call, fault }: Pick<AnswerSides, 'interview' | 'fault'> & { readonly call: CallNotes },
): void {
  const { id } = question;
  const isSaidBack = taken.saidBack === undefined || saidBack(question, value, interview) === taken.saidBack;
  if (!isSaidBack) fault(`${id}: another answer than the one that was said back and agreed to`);
  const rawText = row['raw_text'];
  if (typeof rawText !== 'string' || !call.transcripts.includes(rawText)) {
    fault(`${id}: raw_text is nothing that the line heard in that call`);
  }
  if (question.kind === 'open' && value !== rawText) fault(`${id}: another text than what was heard`);
}

function compareTimes(id: string, row: ExportedRow, call: CallNotes, fault: (what: string) => void): void {
  const at = Date.parse(String(row['at']));
  const isWithin = at >= (call.answeredAt ?? Infinity) - SLACK_MS && at <= (call.endedAt ?? -Infinity) + SLACK_MS;
  if (!isWithin) fault(`${id}: was given at another time than that of its call`);
}

const SLACK_MS = 3_000;
