/** What the people of a rehearsal say and press for what they mean, and how the line would say it back. */
import { sayDate } from '#pipeline/interview/moments.ts';
import {
  filled,
  interviewPhrase,
  type AnswerValue,
  type Interview,
  type Question,
} from '#pipeline/interview/script.ts';
import type { InventedPerson } from './people.ts';

/** "In two minutes", by the code of a language; who has no such words leaves the time to the line. */
const SOON: Readonly<Record<string, string>> = { sn: 'maminitsi maviri', sw: 'dakika mbili' };

/** Sentences of a machine's greeting: long enough that no person says as much before they are spoken to. */
const GREETING_SENTENCES = 6;

export interface Words {
  readonly yes: string;
  readonly no: string;
  readonly wrongPerson: string;
  readonly optOut: string;
  readonly later: string;
  readonly soon: string;
  /** A machine's, without the beep. */
  readonly greeting: string;
}

export function wordsOf({ pack, classes }: Interview): Words {
  const first = (forms: readonly string[]): string => forms[0] ?? '';
  const sentences = pack.baseModel.smallTalk.slice(0, GREETING_SENTENCES).map(({ caller }) => caller);
  return {
    yes: first(pack.classes.yes.forms),
    no: first(pack.classes.no.forms),
    wrongPerson: first(classes['wrong-person']),
    optOut: first(pack.classes['opt-out'].forms),
    later: first(classes.later),
    soon: SOON[pack.code] ?? first(classes.later),
    greeting: [...sentences, classes.machine.at(-1) ?? ''].join(' '),
  };
}

/** An answer as it is said. */
export function spoken(question: Question, value: AnswerValue, interview: Interview): string {
  const words = wordsOf(interview);
  switch (question.kind) {
    case 'yes-no':
      return value === true ? words.yes : words.no;
    case 'choice':
      return question.choices.find(({ id }) => id === value)?.says[0] ?? '';
    case 'number':
      return filled(question.says, { n: String(value) });
    case 'date': {
      const [, month = '1', day = '1'] = String(value).split('-');
      const { months, dayOfYear } = interview.moments;
      return filled(dayOfYear, { day: String(Number(day)), month: months[Number(month) - 1] ?? '' });
    }
    case 'open':
      return String(value);
  }
}

/** The same by keys; undefined where there are none for it. */
export function keyed(question: Question, value: AnswerValue): string | undefined {
  switch (question.kind) {
    case 'yes-no':
      return value === true ? '1' : '2';
    case 'choice':
      return question.choices.find(({ id }) => id === value)?.key;
    case 'number':
      return `${String(value)}#`;
    case 'date':
      return String(value).split('-').reverse().join('');
    case 'open':
      return undefined;
  }
}

/** An answer as the line says it back. */
export function saidBack(question: Question, value: AnswerValue, interview: Interview): string {
  switch (question.kind) {
    case 'yes-no':
      return interviewPhrase(interview, value === true ? 'yes' : 'no');
    case 'choice':
      return question.choices.find(({ id }) => id === value)?.name ?? '';
    case 'number':
      return filled(question.says, { n: String(value) });
    case 'date':
      return sayDate(String(value), interview.moments);
    case 'open':
      return String(value);
  }
}

/** Everything that they may say by voice: rendered before the first call. */
export function textsOf(people: readonly InventedPerson[], interview: Interview): readonly string[] {
  const answers = people.flatMap(({ means }) =>
    interview.questions.map((question) => spoken(question, means.get(question.id) ?? '', interview)),
  );
  const { yes, no, wrongPerson, optOut, later, soon, greeting } = wordsOf(interview);
  return [...new Set([yes, no, wrongPerson, optOut, later, soon, greeting, ...answers])];
}
