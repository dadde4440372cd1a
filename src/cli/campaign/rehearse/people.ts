/** The people of a rehearsal, all invented: who they are, what they mean, and how they behave on the telephone. */
import type { AnswerValue, Interview, Question } from '#pipeline/interview/script.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';

/** In the order in which a small rehearsal has them. */
export const KINDS = [
  /** Answers everything by voice, and by key what is asked again. */
  'voice',
  'keys',
  'refuses',
  'busy',
  'machine',
  'opts-out-by-key',
  /** Asks to be called later, and answers then. */
  'later',
  /** Answers before the question has been said to its end. */
  'interrupts',
  /** Now by voice, now by key. */
  'mixed',
  'opts-out-by-word',
  'no-answer',
  /** Hangs up in the middle, and answers the rest when called again. */
  'hangs-up',
  'wrong-person',
  'silent',
] as const;
export type Kind = (typeof KINDS)[number];

/** Most people answer; this is who comes when every kind is there once. */
const FURTHER: readonly Kind[] = [
  ...(['voice', 'mixed', 'interrupts', 'keys', 'voice', 'mixed', 'refuses', 'voice'] as const),
  ...(['interrupts', 'machine', 'voice', 'keys', 'opts-out-by-word', 'mixed', 'interrupts', 'voice'] as const),
];

/** 077 000 01xx: of a range in which nobody has a number; the project's other telephones in software are of it too. */
const FIRST_NUMBER = 263_770_000_101;
export const MOST_PEOPLE = 800;

const NAMES = [
  ...['Tendai', 'Rudo', 'Farai', 'Chipo', 'Nyasha', 'Tawanda', 'Ruvimbo', 'Kudzai', 'Tatenda', 'Tariro', 'Simba'],
  ...['Shamiso', 'Rufaro', 'Tapiwa', 'Vimbai', 'Tonderai', 'Chenai', 'Munashe', 'Rutendo', 'Tichaona'],
];

export interface InventedPerson {
  /** From 1 on, in the order of the list. */
  readonly row: number;
  readonly number: PhoneNumber;
  readonly kind: Kind;
  /** Values of the script's variables. */
  readonly vars: Readonly<Record<string, string>>;
  /** What they would answer to each question. */
  readonly means: ReadonlyMap<string, AnswerValue>;
  /** How long it rings before they do something. */
  readonly ringMs: number;
  /** Draws what they do by chance: for who is of two minds. */
  readonly chance: () => number;
}

export interface InventOptions {
  readonly interview: Interview;
  /** Only these, in turn. @defaultValue every kind, if there are people enough */
  readonly kinds?: readonly Kind[] | undefined;
  readonly count: number;
  /** [0, 1) */
  readonly random: () => number;
  /** Epoch ms. */
  readonly nowMs: number;
}

export function inventPeople({ interview, kinds, count, random, nowMs }: InventOptions): readonly InventedPerson[] {
  const dealt = Array.from({ length: count }, (_, n): Kind => {
    if (kinds !== undefined) return kinds[n % kinds.length] ?? 'voice';
    return KINDS[n] ?? FURTHER[(n - KINDS.length) % FURTHER.length] ?? 'voice';
  });
  return shuffled(dealt, random).map((kind, n) => ({
    row: n + 1,
    number: `+${FIRST_NUMBER + n}` as PhoneNumber,
    kind,
    vars: Object.fromEntries(interview.variables.map((name) => [name, NAMES[n % NAMES.length] ?? ''])),
    means: new Map(interview.questions.map((question) => [question.id, meantBy(question, interview, random, nowMs)])),
    ringMs: 500 + Math.round(random() * 1_500),
    chance: random,
  }));
}

/** As `campaign import` reads it; numbers as people write them here. */
export function contactsCsv(people: readonly InventedPerson[], { variables }: Interview): string {
  const rows = people.map(({ number, vars }) => [
    `0${number.slice('+263'.length)}`,
    ...variables.map((name) => vars[name] ?? ''),
  ]);
  return [['phone', ...variables], ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}

const DAY_MS = 86_400_000;
const HIGHEST = 9;
const FURTHEST_DAYS = 300;

function meantBy(question: Question, { pack }: Interview, random: () => number, nowMs: number): AnswerValue {
  const upTo = (count: number): number => Math.floor(random() * count);
  switch (question.kind) {
    case 'yes-no':
      return random() < 0.6;
    case 'choice':
      return question.choices[upTo(question.choices.length)]?.id ?? '';
    case 'number': {
      const { from, to } = question.range;
      return from + upTo(Math.min(to - from, HIGHEST) + 1);
    }
    case 'date': {
      // Days away from today: one that is said without a year is still of the right one.
      const days = (2 + upTo(FURTHEST_DAYS)) * (question.lies === 'future' ? 1 : -1);
      return new Date(nowMs + days * DAY_MS).toISOString().slice(0, 10);
    }
    case 'open': {
      const { smallTalk } = pack.baseModel;
      return smallTalk[upTo(smallTalk.length)]?.caller ?? '';
    }
  }
}

function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
