/** A hotline's keys as things that can be said: whoever hears "press 1" may also say "one". */
import { ClosedQuestionReader, digitSaid } from './closed-question.ts';
import type { Hotline, KeyAction } from './hotline.ts';
import type { Transcript } from '../ports.ts';
import { THRESHOLDS } from './answerer.ts';

/** A figure that stands alone: not of a price, a time, a telephone number. */
const LONE_FIGURE = /(?<![\d.,:$+-])\d(?!\d|[.,:-]\d|\s?[%°])/gu;

/** Keys of the hotline that a text tells of. */
export function keysNamedIn(text: string, { keys }: Hotline): ReadonlySet<string> {
  return new Set((text.match(LONE_FIGURE) ?? []).filter((digit) => keys.has(digit)));
}

/** What the caller may say to choose one of the keys; undefined when none may be said. */
export function menuOf(digits: ReadonlySet<string>, hotline: Hotline): ClosedQuestionReader | undefined {
  const choices = [...digits].filter((digit) => maySay(hotline.keys.get(digit), hotline));
  if (choices.length === 0) return undefined;
  return new ClosedQuestionReader(
    { kind: 'choice', choices: choices.map((digit) => ({ id: digit, phrases: [], digit })) },
    hotline.pack,
  );
}

/** The key whose number is all that was said: "nhamba imwe" at any time; bare numbers are for menus just told. */
export function keySaid({ text, confidence, doubt }: Transcript, hotline: Hotline): string | undefined {
  if (doubt !== undefined || confidence < THRESHOLDS.textConfidence) return undefined;
  const said = digitSaid(text, hotline.pack);
  return said?.isNumbered === true && maySay(hotline.keys.get(said.digit), hotline) ? said.digit : undefined;
}

/** A misheard digit must not end a call or strike anybody off, nor take an emergency for something else. */
function maySay(action: KeyAction | undefined, { cards }: Hotline): boolean {
  if (action === undefined) return false;
  if (action.kind === 'intent') return action.intent !== 'goodbye' && action.intent !== 'opt-out';
  return cards.some(({ id, isEmergency }) => id === action.cardId && !isEmergency);
}
