/** What an interview is once its file has been read and checked: types and look-ups, no files. A campaign's script is one. */
import type { Human, Pack } from '../dialogue/hotline.ts';
import type { NumberRange } from '../dialogue/closed-question.ts';

/** What was answered: a boolean, a choice's id, a number, an ISO date (2019-08-27) or a text. */
export type AnswerValue = boolean | number | string;

interface Common {
  readonly id: string;
  /** As written, with figures and {{variables}}; said when the question is put, and again when it is repeated. */
  readonly text: string;
  /** Said behind "I did not understand" instead of the whole question; undefined: the question. */
  readonly hint: string | undefined;
  /** May be left out: after so many failures, or when the caller does not know, the next one is put. */
  readonly isOptional: boolean;
  readonly readBack: 'unsure' | 'always' | 'never';
  /** The question is put only when each of these was answered with one of its values. */
  readonly onlyIf: readonly { readonly question: string; readonly values: readonly AnswerValue[] }[];
}

export interface QuestionChoice {
  readonly id: string;
  /** 1 to 7. */
  readonly key: string;
  /** As callers name it. */
  readonly says: readonly string[];
  /** What is read back. */
  readonly name: string;
}

export type Question =
  | (Common & { readonly kind: 'yes-no' })
  | (Common & { readonly kind: 'choice'; readonly choices: readonly QuestionChoice[] })
  /** Whole numbers, both ends in the range. `says` holds {n}: how an answer is read back. */
  | (Common & { readonly kind: 'number'; readonly range: NumberRange; readonly says: string })
  | (Common & { readonly kind: 'date'; readonly lies: 'past' | 'future' | 'anywhere' })
  /** Anything, kept as it was understood. */
  | (Common & { readonly kind: 'open' });

/** Sentences that every interview must have, in its own file or in the language's. */
export const INTERVIEW_PHRASES = [
  /** Which keys answer a question of yes or no. */
  'yes-no-keys',
  'not-understood',
  'say-again',
  /** {answer} */
  'read-back',
  'yes',
  'no',
  /** A number beyond the range: {from} {to}. */
  'out-of-range',
  'unknown-key',
  'left-out',
  'thinking',
  'still-there',
  'slower',
  'error',
  /** To somebody who broke off in an earlier call. */
  'welcome-back',
  'refused',
  'opt-out',
  /** Where it was not heard plainly. */
  'opt-out-read-back',
  'wrong-person',
  'other-language',
  'later-when',
  /** {when} */
  'later-agreed',
  'later-sometime',
  /** {when} */
  'later-read-back',
  'emergency',
  'no-human',
  /** When nothing more is understood, and to a caller who has fallen silent or wants to go. */
  'broken-off',
] as const;
/** Only where the script names a person. `human-number` holds {number}. */
export const INTERVIEW_HUMAN_PHRASES = ['transferring', 'human-number'] as const;
export type InterviewPhraseId = (typeof INTERVIEW_PHRASES)[number] | (typeof INTERVIEW_HUMAN_PHRASES)[number];

/** What is said in interviews beyond the pack's word classes; forms as there. */
export const INTERVIEW_CLASSES = ['later', 'wrong-person', 'other-language', 'unknown', 'machine'] as const;
export type InterviewClassName = (typeof INTERVIEW_CLASSES)[number];

/** How days and times are written, for the language's own reading of figures, and parts of the day with the hour they mean. */
export interface MomentWords {
  /** January to December. */
  readonly months: readonly string[];
  /** {day} {month} {year} */
  readonly date: string;
  readonly today: string;
  readonly tomorrow: string;
  /** {day} {month} */
  readonly dayOfYear: string;
  /** {day} {time}; the time as 15:30. */
  readonly dayAndTime: string;
  readonly parts: readonly { readonly hour: number; readonly words: readonly string[] }[];
}

/** What is held against the audio beside the pack's words: longer ways of saying them, and how recognisers write them. */
export interface HeardWords {
  readonly yes: readonly string[];
  readonly no: readonly string[];
  /** Words of yes and no that are only heard in the transcript: noise is likest to them. */
  readonly never: readonly string[];
  /** Other words for a number, English ones among them. */
  readonly numbers: ReadonlyMap<number, readonly string[]>;
}

export interface Interview {
  readonly id: string;
  readonly name: string;
  readonly pack: Pack;
  /** Asks whether it is the right person, before a word of what the call is about; undefined: whoever answers is asked. */
  readonly identity: string | undefined;
  /** Who calls, that it is a machine, what for, what becomes of the answers. Holds {greeting}. */
  readonly opening: string;
  /** Asks for consent by yes or no. */
  readonly consent: string;
  readonly questions: readonly Question[];
  readonly closing: string;
  readonly human: Human | undefined;
  readonly machine: { readonly kind: 'hang-up' } | { readonly kind: 'message'; readonly text: string };
  readonly optOutScope: 'all' | 'campaign';
  readonly phrases: Readonly<Record<string, string>>;
  readonly classes: Readonly<Record<InterviewClassName, readonly string[]>>;
  readonly heard: HeardWords;
  readonly moments: MomentWords;
  /** Names that texts may hold as {{name}}; each contact brings a value. */
  readonly variables: readonly string[];
}

/** A sentence that the loader has made sure of, its gaps filled. */
export function interviewPhrase(
  { phrases }: Pick<Interview, 'phrases'>,
  id: InterviewPhraseId,
  gaps: Readonly<Record<string, string>> = {},
): string {
  return filled(phrases[id] ?? '', gaps);
}

/** Gaps of one brace: what the program knows. */
export function filled(text: string, gaps: Readonly<Record<string, string>>): string {
  return text.replaceAll(/(?<!\{)\{([a-z]+)\}(?!\})/gu, (gap, name: string) => gaps[name] ?? gap);
}

/** Longest value of a variable that is said. */
const LONGEST_VALUE = 80;

/** Gaps of two braces: what the contact brought. A value is data: braces, controls and what a voice cannot say are taken out. */
export function withVariables(text: string, vars: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{\s*([\p{L}\p{N}_-]+)\s*\}\}/gu, (_, name: string) => sayableValue(vars[name] ?? ''));
}

function sayableValue(value: string): string {
  return value
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{M}\p{N}\s.,'’/$%+-]/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .slice(0, LONGEST_VALUE);
}

/** The names in {{ }}, in order, each once. */
export function variablesIn(texts: Iterable<string>): readonly string[] {
  const names = new Set<string>();
  for (const text of texts) {
    for (const [, name] of text.matchAll(/\{\{\s*([^{}\s]+)\s*\}\}/gu)) if (name !== undefined) names.add(name);
  }
  return [...names];
}

/** Every text of the script's own that callers hear: where variables may stand. */
export function textsOf(interview: Omit<Interview, 'pack'>): readonly string[] {
  const { identity, opening, consent, questions, closing, machine } = interview;
  return [
    ...(identity === undefined ? [] : [identity]),
    opening,
    consent,
    ...questions.flatMap(({ text, hint }) => (hint === undefined ? [text] : [text, hint])),
    closing,
    ...(machine.kind === 'message' ? [machine.text] : []),
    ...Object.values(interview.phrases),
  ];
}
