/** What callers want that answers no question, by the pack's word classes and those of interviews. Pure. */
import type { Answerer } from '../dialogue/answerer.ts';
import type { Understood } from '../dialogue/answerer-hearing.ts';
import type { Hotline } from '../dialogue/hotline.ts';
import { IntentDetector, intentOf, type Intent } from '../dialogue/intents.ts';
import { formOf, soundsOf, spansOf, wordsOf, type Form } from '../dialogue/word-forms.ts';
import type { Language } from '../language/language.ts';
import type { Transcript } from '../ports.ts';
import type { Wish } from './flow-state.ts';
import type { Interview, InterviewClassName } from './script.ts';

/** As THRESHOLDS.textConfidence: what ends a call, or asks for less than an answer, is not believed of a mumble. */
const CONFIDENCE = 0.4;
/** Forms of fewer folded sounds count only as all that was said: "makanganisa" is also "you have mixed up". */
const INSIDE_MIN_SOUNDS = 9;

/** Where everything that is said may be an answer, a wish must be all of it. */
export type Strictness = 'inside' | 'whole';

/** Intents of the pack that are wishes. */
export const WISH_OF: Readonly<Partial<Record<Intent, Wish>>> = {
  emergency: 'emergency',
  'opt-out': 'opt-out',
  human: 'human',
  repeat: 'repeat',
  slower: 'slower',
  goodbye: 'goodbye',
};
/** Classes that are wishes of the same name. */
export const WISH_CLASSES = [
  'wrong-person',
  'other-language',
  'later',
  'unknown',
] as const satisfies readonly (InterviewClassName & Wish)[];

export class WishDetector {
  readonly #language: Language;
  readonly #intents: IntentDetector;
  readonly #forms: Readonly<Record<InterviewClassName, readonly Form[]>>;

  constructor({ pack, classes }: Pick<Interview, 'pack' | 'classes'>) {
    this.#language = pack.language;
    this.#intents = new IntentDetector(pack);
    const formsOf = (name: InterviewClassName): readonly Form[] =>
      classes[name].map((form) => formOf(form, pack.language));
    this.#forms = {
      later: formsOf('later'),
      'wrong-person': formsOf('wrong-person'),
      'other-language': formsOf('other-language'),
      unknown: formsOf('unknown'),
      machine: formsOf('machine'),
    };
  }

  /** `isAnswer`: yes or no was asked for. */
  detect(transcript: Transcript, strictness: Strictness, isAnswer: boolean): Wish | undefined {
    const { text } = transcript;
    const intent = this.#intents.detect(text, isAnswer);
    // An emergency counts however badly it was heard; told wrongly, it costs a sentence.
    if (intent === 'emergency') return 'emergency';
    if (!isBelieved(transcript)) return undefined;
    if (intent === 'opt-out') return 'opt-out';
    const name = WISH_CLASSES.find((each) => this.#isSaid(each, text, strictness));
    if (name !== undefined) return name;
    return intent === undefined ? undefined : WISH_OF[intent];
  }

  /** The words of an answering machine, or of the network in a person's place. */
  isMachine(text: string): boolean {
    return this.#isSaid('machine', text, 'inside');
  }

  /** "Mm", "ehe", where neither yes nor no was asked for. */
  isListening(text: string): boolean {
    return this.#intents.detect(text, false) === 'backchannel';
  }

  /** "Mm", "mhm": never a yes, whatever it sounds like; a word that can be a yes is none. */
  isGrunt(text: string): boolean {
    return this.isListening(text) && this.#intents.detect(text, true) === undefined;
  }

  #isSaid(name: InterviewClassName, text: string, strictness: Strictness): boolean {
    const words = wordsOf(text, this.#language);
    return this.#forms[name].some((form) => {
      const spans = spansOf(form, words);
      if (spans.some(({ start, end }) => start === 0 && end === words.length)) return true;
      return strictness === 'inside' && spans.length > 0 && soundsOf(form) >= INSIDE_MIN_SOUNDS;
    });
  }
}

export function isBelieved({ doubt, confidence, isUnrated }: Transcript): boolean {
  return doubt === undefined && (isUnrated === true || confidence >= CONFIDENCE);
}

/** What may be taken up though it was not plain: nothing of it ends a call. A wish not to be called again is read back first. */
const MENDABLE: readonly (Wish | undefined)[] = ['opt-out', 'later', 'repeat', 'slower', 'unknown'];

/** Likeness of a text to the forms of a wish from which on it is acted upon, and from which on "never again" is asked about. */
const LIKELY = { wish: 0.62, margin: 0.1, optOut: 0.5 } as const;

/** The wishes of interviews as the cards of a hotline, so that they compete with the pack's on the same scale. */
export function wishesAsHotline({ id, name, pack, classes }: Interview): Hotline {
  const cards = WISH_CLASSES.map((wish) => ({
    id: wish,
    questions: classes[wish].filter((form) => form.split(/\s+/u).every((word) => pack.language.isNativeWord(word))),
    answer: '',
    isReviewed: false,
    isEmergency: false,
  }));
  const used = cards.filter(({ questions }) => questions.length > 0);
  return { id, name, pack, cards: used, phrases: new Map(), keys: new Map(), systemPrompt: '', smallTalk: [] };
}

/** A badly written wish, by its likeness alone. */
export function likelyWish(answerer: Answerer, { text, doubt }: Transcript): Wish | undefined {
  if (text === '' || doubt === 'no-speech' || doubt === 'echo') return undefined;
  const words = text.split(/\s+/u);
  // A decoder that finds no end says the same once more.
  const once = doubt === 'repetitive' ? words.slice(0, Math.ceil(words.length / 2)).join(' ') : text;
  const { ranked, margin } = answerer.match(once);
  const [best] = ranked;
  if (best === undefined) return undefined;
  const wish = wishOfChoice(best.choiceId);
  if (wish === 'opt-out') return best.score >= LIKELY.optOut ? wish : undefined;
  const isLikely = best.score >= LIKELY.wish && margin >= LIKELY.margin;
  return isLikely && MENDABLE.includes(wish) ? wish : undefined;
}

/** What a hotline's decision means to an interview. */
export function wishOfDecision(decided: Understood): Wish | undefined {
  const wish = decided.kind === 'card' ? wishOfChoice(decided.cardId) : undefined;
  const meant = decided.kind === 'intent' ? WISH_OF[decided.intent] : wish;
  return MENDABLE.includes(meant) ? meant : undefined;
}

function wishOfChoice(choiceId: string): Wish | undefined {
  const intent = intentOf(choiceId);
  return intent === undefined ? WISH_CLASSES.find((name) => name === choiceId) : WISH_OF[intent];
}
