/** What callers answer to closed questions, with what it means, and what they say there that is no answer. */
import type { ClosedQuestion } from '#pipeline/dialogue/closed-question.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { seededRandom } from '../statistics.ts';

export interface ClosedSaying {
  readonly kind: 'yes-no' | 'choice' | 'number' | 'digits';
  readonly question: ClosedQuestion;
  readonly text: string;
  /** As `ClosedMeaning`; undefined where nothing is answered. */
  readonly expected: string | undefined;
}

const YES = ['Hongu.', 'Hongu ndapota.', 'Ehe.', 'Ehee.', 'Eya.', 'Hongu ndizvo.', 'Ndizvozvo.', 'Ndinobvuma.', 'Yes.'];
const MORE_YES = ['Okay.', 'Zvakanaka.', 'Hungu.', 'Ndizvo chaizvo.'];
const NO = ['Kwete.', 'Aiwa.', 'Aiwa ndatenda.', 'Kwete ndatenda.', 'Handidi.', 'Bodo.', 'Aiwa bodo.', 'Hazvisi izvo.'];
const NO_ANSWER = [
  'Nguva dzechikoro dziri sei?',
  'Mvura yanaya nezuro.',
  'Handizivi.',
  'Zvichida mangwana.',
  'Mwana wangu arwara.',
  'Mhm.',
  'Chii?',
  'Ndanga ndichida kubvunza.',
];
const FIVE: readonly { readonly id: string; readonly phrases: readonly string[] }[] = [
  { id: 'clinic', phrases: ['kiriniki', 'zvekiriniki'] },
  { id: 'school', phrases: ['chikoro', 'zvechikoro'] },
  { id: 'farming', phrases: ['zvekurima', 'kurima'] },
  { id: 'water', phrases: ['mvura', 'zvemvura'] },
  { id: 'papers', phrases: ['zvitupa', 'zvezvitupa'] },
];
const SPOKEN_DIGITS = [
  ['nhamba imwe', 'one', 'poshi', 'motsi'],
  ['nhamba mbiri', 'two', 'piri'],
  ['nhamba nhatu', 'three', 'tatu'],
  ['nhamba ina', 'four', 'china'],
  ['nhamba shanu', 'five'],
];
const NUMBERS = 25;
const FOUR_DIGITS = 8;
const TELEPHONES = 8;

/** The same for the same seed. */
export function closedSayings({ pack }: Hotline, seed: number): readonly ClosedSaying[] {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const yesNo: ClosedQuestion = { kind: 'yes-no' };
  const menu: ClosedQuestion = {
    kind: 'choice',
    choices: FIVE.map((choice, at) => ({ ...choice, digit: String(at + 1) })),
  };
  const number: ClosedQuestion = { kind: 'number', expects: 'number', range: { from: 0, to: 100 } };
  const digits: ClosedQuestion = { kind: 'number', expects: 'digits' };
  const words = (value: number): string => pack.language.speakable(String(value));
  const oneByOne = (text: string): string => Array.from(text, (digit) => words(Number(digit))).join(' ');
  const numbers = Array.from({ length: NUMBERS }, (_, at) => (at < 11 ? at : below(101)));
  const fours = Array.from({ length: FOUR_DIGITS }, () => String(1000 + below(9000)));
  const telephones = Array.from({ length: TELEPHONES }, () => `077${String(1_000_000 + below(9_000_000))}`);
  return [
    ...[...YES, ...MORE_YES].map((text) => ({ kind: 'yes-no' as const, question: yesNo, text, expected: 'yes' })),
    ...NO.map((text) => ({ kind: 'yes-no' as const, question: yesNo, text, expected: 'no' })),
    ...NO_ANSWER.map((text) => ({ kind: 'yes-no' as const, question: yesNo, text, expected: undefined })),
    ...FIVE.flatMap(({ id, phrases }, at) =>
      [...phrases, ...(SPOKEN_DIGITS[at] ?? [])].map((text) => ({
        kind: 'choice' as const,
        question: menu,
        text: `${text}.`,
        expected: id,
      })),
    ),
    ...NO_ANSWER.slice(0, 4).map((text) => ({ kind: 'choice' as const, question: menu, text, expected: undefined })),
    ...numbers.map((value) => ({
      kind: 'number' as const,
      question: number,
      text: `${words(value)}.`,
      expected: String(value),
    })),
    ...[...fours, ...telephones].map((value) => ({
      kind: 'digits' as const,
      question: digits,
      text: `${oneByOne(value)}.`,
      expected: value,
    })),
  ];
}
