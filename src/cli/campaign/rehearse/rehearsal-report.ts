/** What a rehearsal says while it goes on and at its end, in plain words. */
import type { Progress } from '#src/campaigns/dialler/progress.ts';
import { duration, type Terminal } from '../../terminal.ts';
import type { CallNotes } from './call-notes.ts';
import type { Comparison } from './compare.ts';
import { endOf } from './expected.ts';
import type { InventedPerson } from './people.ts';

/** `12:05:33   7 voice             completed, 6 answers, 1 min 40 s` */
export function callLine({ row, kind }: InventedPerson, notes: CallNotes, nowMs: number): string {
  const time = new Date(nowMs).toTimeString().slice(0, 8);
  return `${time} ${String(row).padStart(3)} ${kind.padEnd(18)} ${whatHappens(notes)}`;
}

function whatHappens(notes: CallNotes): string {
  const again = notes.no > 1 ? `, for the ${notes.no}. time` : '';
  if (notes.became === undefined) return `rings${again}`;
  const end = endOf(notes).replace('_', ' ');
  if (notes.became !== 'answered') return end;
  const answers = notes.taken.size > 0 ? `, ${notes.taken.size} answers` : '';
  return `${end}${answers}, ${duration(((notes.endedAt ?? 0) - (notes.answeredAt ?? 0)) / 1_000)}`;
}

export function statusLine({ byState, contacts, open }: Progress): string {
  const settled = byState.done + byState.skipped;
  return `${settled} of ${contacts} people settled, ${open} on the line, ${contacts - settled - open} waiting`;
}

export interface RehearsalFigures {
  readonly people: number;
  readonly calls: number;
  readonly answered: number;
  readonly completed: number;
  readonly answers: number;
  readonly byKeys: number;
  readonly bySpeech: number;
  /** Answers that were said; one that is asked again is said again. */
  readonly said: number;
  readonly askedAgain: number;
  readonly saidBackWrong: number;
  readonly talkedInto: number;
  readonly stopped: number;
  readonly misheard: number;
  readonly faults: number;
}

export function figuresOf(
  people: readonly InventedPerson[],
  callsTo: (number: string) => readonly CallNotes[],
  { faults, misheard }: Comparison,
): RehearsalFigures {
  const calls = people.flatMap(({ number }) => callsTo(number));
  const taken = calls.flatMap((call) => [...call.taken.values()]);
  const sum = (of: (call: CallNotes) => number): number => calls.reduce((total, call) => total + of(call), 0);
  return {
    people: people.length,
    calls: calls.length,
    answered: calls.filter(({ became }) => became === 'answered').length,
    completed: calls.filter(({ farewell }) => farewell === 'closing').length,
    answers: taken.length,
    byKeys: taken.filter(({ by }) => by === 'keys').length,
    bySpeech: taken.filter(({ by }) => by === 'speech').length,
    said: sum(({ byVoice }) => byVoice.given),
    askedAgain: sum(({ byVoice }) => byVoice.askedAgain),
    saidBackWrong: sum(({ byVoice }) => byVoice.saidBackWrong),
    talkedInto: sum(({ interrupted }) => interrupted.tried),
    // A machine talks into what is said to it as well.
    stopped: sum(({ interrupted }) => Math.min(interrupted.tried, interrupted.stopped)),
    misheard: misheard.length,
    faults: faults.length,
  };
}

export function report(
  terminal: Terminal,
  people: readonly InventedPerson[],
  figures: RehearsalFigures,
  { faults, misheard }: Comparison,
): void {
  const row = (label: string, value: string | number): void => terminal.line(`  ${label.padEnd(46)} ${value}`);
  terminal.line();
  row('people', figures.people);
  row('calls, answered, interviews to their end', `${figures.calls}, ${figures.answered}, ${figures.completed}`);
  row('answers taken: by keys, by speech', `${figures.answers}: ${figures.byKeys}, ${figures.bySpeech}`);
  row('answers said by voice, asked again', `${figures.said}, ${figures.askedAgain}`);
  row('said back otherwise than meant, and put right', figures.saidBackWrong);
  row('questions talked into, the line stopped', `${figures.talkedInto}, ${figures.stopped}`);
  row('misunderstood for good', figures.misheard);
  row('differences between export and telephones', figures.faults);
  const kindOf = (of: number): string => people.find(({ row: each }) => each === of)?.kind ?? 'nobody';
  if (misheard.length > 0) terminal.line('\nMisunderstood by the line, and written down as it was understood:');
  for (const { row: of, what } of misheard) terminal.line(`  ${String(of).padStart(3)} ${kindOf(of)}: ${what}`);
  if (faults.length > 0) terminal.line('\nWhat the export has and the telephones experienced differs:');
  for (const { row: of, what } of faults)
    terminal.line(`  ${terminal.style('red', '✗')} ${String(of).padStart(3)} ${kindOf(of)}: ${what}`);
  if (faults.length === 0)
    terminal.line(`\n${terminal.style('green', '✓')} The export is what every telephone experienced.`);
}
