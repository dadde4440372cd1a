/** What a hotline and its language pack are once they have been read and checked: types and look-ups, no files. */
import type { Language } from '../language/language.ts';

/** A: attested · B: formed by a regular rule · C: a native speaker must look at it. */
export type Confidence = 'A' | 'B' | 'C';

/** What the pack's word classes are for; the rules are in intents.ts. */
export type WordClassName =
  | 'greeting'
  | 'yes'
  | 'no'
  | 'thanks'
  | 'goodbye'
  | 'repeat'
  | 'slower'
  | 'human'
  | 'opt-out'
  | 'emergency'
  /** What no model may answer: violence, loss, illness that is hard to speak of. */
  | 'sensitive'
  | 'backchannel'
  | 'hesitation'
  /** Words of courtesy that may stand beside a key word: "ndapota". */
  | 'politeness'
  /** What denies the word behind it: "handina", "hapana". */
  | 'negation'
  | 'ambiguous-grunt'
  | 'interrupt';

/**
 * Words of one class. A form with a leading hyphen is a stem: its first word may carry any prefix ("-zviuraya" is in
 * "ndinoda kuzviuraya"). A form of several words is found anywhere; a single word only as a word of its own. A word with
 * an exclamation mark must be heard as it is written: folded, "afa" (has died) is also "ava" (has become).
 */
export interface WordClass {
  readonly confidence: Confidence;
  readonly forms: readonly string[];
}

/** Sentences every hotline must have, in its own file or in the pack. */
export const REQUIRED_PHRASES = [
  'welcome',
  'greeting-reply',
  /** To a caller who greets again: the exchange is over, the call's business begins. */
  'greeting-again',
  'help',
  'anything-else',
  'not-understood',
  /** Before the question that is about to be answered, where a word of it may not have been said. */
  'asked-about',
  'transfer-failed',
  'goodbye',
  'thanks-reply',
  'hold',
  'still-there',
  'slower',
  'repeat-nothing',
  'opt-out',
  'emergency',
  /** Before a person is named: to words about violence, death, illness that is hard to speak of. */
  'sensitive',
  'error',
  /** To a caller for whom there is no room: the only sentence they hear. */
  'busy',
  'yes-what',
  'no-what',
  /** The call went dead for a moment and is here again. */
  'resumed',
  'ask-again',
] as const;
/** Sentences that a hotline needs when it has a person to talk to; without one they are left out. */
export const HUMAN_PHRASES = ['offer-human', 'offer-transfer', 'human-number', 'transferring'] as const;
export type PhraseId = (typeof REQUIRED_PHRASES)[number] | (typeof HUMAN_PHRASES)[number];

/**
 * Phrases that the language model may say in its own name. All others do something, promise something or state a fact:
 * from a model's mouth they would be untrue.
 */
const QUOTABLE: ReadonlySet<string> = new Set<PhraseId>([
  'greeting-reply',
  'help',
  'anything-else',
  'thanks-reply',
  'yes-what',
  'not-understood',
]);

export interface Phrase {
  readonly id: string;
  readonly text: string;
  readonly confidence: Confidence;
  /** True when a native speaker has approved it: its own mark, or that of its file. */
  readonly isReviewed: boolean;
}

/** How a greeting is answered; forms as in a `WordClass`, none of them: every greeting that has no other reply. */
export interface GreetingReply {
  readonly id: string;
  readonly confidence: Confidence;
  readonly heard: readonly string[];
  /** May hold {greeting}. */
  readonly text: string;
}

/** A greeting and the hour of the day (local, 1–24) before which it is used. */
export interface GreetingHour {
  readonly untilHour: number;
  readonly text: string;
}

export interface Pack {
  readonly code: string;
  readonly name: string;
  /** IANA name; greetings go by its wall clock. */
  readonly timeZone: string;
  readonly language: Language;
  /** Ascending by `untilHour`; the last one is 24. */
  readonly greetings: readonly GreetingHour[];
  /** The first one that fits answers; may be empty. */
  readonly greetingReplies: readonly GreetingReply[];
  readonly classes: Readonly<Record<WordClassName, WordClass>>;
  /** For a language model that only continues text: it follows the examples and nothing else. */
  readonly baseModel: ModelPrompt;
}

/** What a language model is given before the conversation. */
export interface ModelPrompt {
  readonly systemPrompt: string;
  readonly smallTalk: readonly SmallTalk[];
}

export interface Card {
  readonly id: string;
  /** Ways of asking, as a caller would say them; the first is the plainest one. */
  readonly questions: readonly string[];
  /** As written, with figures; `Language.speakable` turns it into words. */
  readonly answer: string;
  readonly isReviewed: boolean;
  /** True when the answer is the emergency sentence and a person follows. */
  readonly isEmergency: boolean;
}

/** What a telephone key does. */
export type KeyAction =
  | { readonly kind: 'intent'; readonly intent: 'human' | 'repeat' | 'slower' | 'goodbye' | 'opt-out' }
  | { readonly kind: 'card'; readonly cardId: string };

/** One example of small talk for the language model. */
export interface SmallTalk {
  readonly caller: string;
  readonly agent: string;
}

/** A person who can be reached by telephone, on another line than this one. */
export interface Human {
  /** As it is to be said: digits, spaces, a leading plus; 3 to 15 digits. */
  readonly number: string;
}

export interface Hotline {
  readonly id: string;
  readonly name: string;
  readonly pack: Pack;
  readonly cards: readonly Card[];
  /** Whom callers may ring who want a person; undefined: nobody, and nobody is offered. */
  readonly human?: Human;
  /**
   * Every REQUIRED_PHRASES id is here, with a person the HUMAN_PHRASES too, and whatever else the files define. `welcome`
   * holds {greeting}; the person's number is filled in.
   */
  readonly phrases: ReadonlyMap<string, Phrase>;
  readonly keys: ReadonlyMap<string, KeyAction>;
  /** For an instruction-tuned language model. */
  readonly systemPrompt: string;
  readonly smallTalk: readonly SmallTalk[];
}

/** A sentence that the loader has made sure of. */
export function phrase(hotline: Hotline, id: PhraseId): string {
  return hotline.phrases.get(id)?.text ?? '';
}

/** By time zone; making one stalls the event loop for some 0.1 ms, and every call asks. */
const hourFormats = new Map<string, Intl.DateTimeFormat>();

function hourIn(timeZone: string, wallMs: number): number {
  const format =
    hourFormats.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { timeZone, hour: 'numeric', hourCycle: 'h23' });
  hourFormats.set(timeZone, format);
  return Number(format.format(wallMs));
}

/** The greeting for a moment, by the wall clock of the pack's time zone. `wallMs`: milliseconds since the Unix epoch. */
export function greetingAt(pack: Pack, wallMs: number): string {
  const hour = hourIn(pack.timeZone, wallMs);
  const greeting = pack.greetings.find(({ untilHour }) => hour < untilHour) ?? pack.greetings.at(-1);
  return greeting?.text ?? '';
}

/** The first sentence of a call, greeting filled in. */
export function welcomeAt(hotline: Hotline, wallMs: number): string {
  return inGreeting(phrase(hotline, 'welcome'), greetingAt(hotline.pack, wallMs));
}

function inGreeting(text: string, greeting: string): string {
  return text.replaceAll('{greeting}', greeting);
}

/** Every text that can answer a greeting, the offer of help behind it. */
function greetingTexts(hotline: Hotline): readonly string[] {
  const { greetings, greetingReplies } = hotline.pack;
  return greetingReplies
    .flatMap(({ text }) =>
      text.includes('{greeting}') ? greetings.map((hour) => inGreeting(text, hour.text)) : [text],
    )
    .map((text) => `${text} ${phrase(hotline, 'help')}`);
}

/** Every fixed text a hotline can say, welcome in each greeting included: what is rendered once and cached. */
export function fixedTexts(hotline: Hotline): readonly string[] {
  const texts = new Set<string>();
  for (const { text } of hotline.pack.greetings) texts.add(inGreeting(phrase(hotline, 'welcome'), text));
  for (const { id, text } of hotline.phrases.values()) if (id !== 'welcome') texts.add(text);
  for (const text of greetingTexts(hotline)) texts.add(text);
  for (const { answer } of hotline.cards) texts.add(answer);
  return [...texts];
}

/** The phrases that the language model may quote. */
export function quotableTexts(hotline: Hotline): readonly string[] {
  return [...hotline.phrases.values()].filter(({ id }) => QUOTABLE.has(id)).map(({ text }) => text);
}

export function cardById(hotline: Hotline, cardId: string): Card | undefined {
  return hotline.cards.find(({ id }) => id === cardId);
}

/**
 * Ids of what is said in an emergency or to somebody in distress and has not been approved by a native speaker: it is said
 * all the same, and whoever runs the hotline has to know.
 */
export function unreviewedUrgent({ phrases, cards }: Hotline): readonly string[] {
  const urgent: readonly PhraseId[] = ['emergency', 'sensitive'];
  return [
    ...urgent.filter((id) => phrases.get(id)?.isReviewed === false),
    ...cards.filter(({ isEmergency, isReviewed }) => isEmergency && !isReviewed).map(({ id }) => id),
  ];
}
