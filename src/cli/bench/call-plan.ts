/** What the caller of the call bench says, and in which order: seeded, so that two runs ask the same. Test data, no timing. */
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { seededRandom } from './statistics.ts';

export type PlannedTurn =
  /** A way of asking that a card lists, said while the agent is silent. */
  | { readonly kind: 'card'; readonly text: string; readonly cardId: string }
  /** A sentence that no card answers. */
  | { readonly kind: 'outside'; readonly text: string }
  /** A card's question said into the answer to the turn before. */
  | { readonly kind: 'interruption'; readonly text: string; readonly cardId: string; readonly afterMs: number };

/**
 * Everyday Shona that has nothing to do with a clinic: football, weather, cooking, travel, names. No word of a card's
 * questions is in them but the grammatical ones.
 */
export const OUTSIDE_SENTENCES: readonly string[] = [
  'Bhora ratambwa sei nezuro?',
  'Munofunga kuti kuchanaya here manheru?',
  'Ndiani mutungamiri wenyika ino?',
  'Sadza rinobikwa sei?',
  'Ndiudzeiwo nyaya inosetsa.',
  'Rwizi rwedu rwazara here?',
  'Mbudzi dzangu dzarasika musango.',
  'Ndinofarira kuimba nekutamba.',
  'Kunze kuri kutonhora zvikuru.',
  'Ndaneta nekufamba mumakomo.',
  'Magetsi aenda kumba kwedu.',
  'Chibage chenyu chakura here gore rino?',
  'Guta guru reZambia rinonzi chii?',
];

/** Of every ten turns five are card questions, two interruptions, three from outside. */
const PATTERN = [
  'card',
  'interruption',
  'card',
  'outside',
  'card',
  'interruption',
  'card',
  'outside',
  'outside',
  'card',
] as const;

/** An interruption comes between half a second and two and a half into the answer. */
const INTERRUPT_FROM_MS = 500;
const INTERRUPT_SPREAD_MS = 2000;
/** Shorter answers may be over before they are interrupted. */
const LEAST_INTERRUPTIBLE_LETTERS = 90;

/**
 * `turns` turns; every card's ways of asking are used in a shuffled round before one comes twice. Cards that end the
 * conversation with a person (emergencies) are left out. An interruption always follows an answer long enough to interrupt.
 */
export function planCall(hotline: Hotline, turns: number, seed = 1): readonly PlannedTurn[] {
  const random = seededRandom(seed);
  const cards = hotline.cards.filter(({ isEmergency }) => !isEmergency);
  const questions = cards.flatMap((card) =>
    card.questions.map((text) => ({
      text,
      cardId: card.id,
      isLong: card.answer.length >= LEAST_INTERRUPTIBLE_LETTERS,
    })),
  );
  const any = rounds(questions, random);
  const long = rounds(
    questions.filter(({ isLong }) => isLong),
    random,
  );
  const outside = rounds(OUTSIDE_SENTENCES, random);
  return Array.from({ length: turns }, (_, index): PlannedTurn => {
    const kind = PATTERN[index % PATTERN.length] ?? 'card';
    if (kind === 'outside') return { kind, text: outside() };
    const isBeforeInterruption = PATTERN[(index + 1) % PATTERN.length] === 'interruption';
    const { text, cardId } = isBeforeInterruption ? long() : any();
    if (kind === 'card') return { kind, text, cardId };
    return { kind, text, cardId, afterMs: Math.round(INTERRUPT_FROM_MS + random() * INTERRUPT_SPREAD_MS) };
  });
}

/** Draws from the items without repetition, and starts a new shuffled round when all are used. */
function rounds<T>(items: readonly T[], random: () => number): () => T {
  let left: T[] = [];
  return () => {
    if (left.length === 0) left = [...items];
    const [drawn] = left.splice(Math.floor(random() * left.length), 1);
    if (drawn === undefined) throw new RangeError('nothing to draw from');
    return drawn;
  };
}
