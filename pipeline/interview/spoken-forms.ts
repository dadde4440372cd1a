/** What may be said to a question of an interview, as phrases to hold against the audio, with what each would mean. Pure. */
import { intentChoices, intentOf } from '../dialogue/intents.ts';
import type { Pack } from '../dialogue/hotline.ts';
import type { Wish } from './flow-state.ts';
import { filled, type AnswerValue, type Interview, type Question } from './script.ts';
import { WISH_CLASSES, WISH_OF } from './wishes.ts';

/** `other`: neither an answer nor a wish, but it competes: when it is likeliest, nothing was answered. */
export type Meaning =
  | { readonly kind: 'answer'; readonly value: AnswerValue }
  | { readonly kind: 'wish'; readonly wish: Wish }
  | { readonly kind: 'other' };

export interface SpokenForm {
  readonly phrase: string;
  readonly means: Meaning;
  /** A cough is like "ya" and "ehe": so short a form counts only where the transcript looks like it as well. */
  readonly isShort: boolean;
}

/** Folded sounds from which on a form is believed by the audio alone. */
const MIN_SOUNDS = 4;
const OPT_OUT_SOUNDS = 9;
/** More numbers than this are too many phrases to be held against one utterance in time; their words are decoded instead. */
export const MOST_NUMBERS = 60;

/** Undefined where no few answers are possible: a date, an open question, a great range. */
export function answerForms(question: Question | 'yes-no', interview: Interview): readonly SpokenForm[] | undefined {
  const { pack } = interview;
  if (question === 'yes-no' || question.kind === 'yes-no') return yesNoForms(interview);
  switch (question.kind) {
    case 'choice':
      return question.choices.flatMap(({ id, says, key }) => {
        const digits = numberPhrases(Number(key), '{n}', interview);
        return [...says, ...digits].map((phrase) => formOf(phrase, id, pack));
      });
    case 'number': {
      const { from, to } = question.range;
      if (to - from >= MOST_NUMBERS) return undefined;
      return Array.from({ length: to - from + 1 }, (_, at) => from + at).flatMap((value) =>
        numberPhrases(value, question.says, interview).map((phrase) => formOf(phrase, value, pack)),
      );
    }
    case 'date':
    case 'open':
      return undefined;
  }
}

/** Wishes that can be told by their sound: long enough, and spelt like the language. */
export function wishForms({ pack, classes }: Pick<Interview, 'pack' | 'classes'>): readonly SpokenForm[] {
  const isOwn = (form: string): boolean => pack.language.fold(form).length >= 2 * MIN_SOUNDS && isNative(form, pack);
  // "Remove me" is spelt like Shona, and short enough to be found in anything.
  const isLong = (form: string): boolean => pack.language.fold(form).length >= OPT_OUT_SOUNDS;
  const ofPack = intentChoices(pack).flatMap(({ id, questions }) => {
    const intent = intentOf(id);
    const wish = intent === undefined ? undefined : WISH_OF[intent];
    const means: Meaning = wish === undefined ? { kind: 'other' } : { kind: 'wish', wish };
    const kept = intent === 'opt-out' ? questions.filter(isLong) : questions;
    return kept.map((phrase) => ({ phrase, means, isShort: false }));
  });
  const own = WISH_CLASSES.flatMap((wish) =>
    classes[wish].filter(isOwn).map((phrase) => ({ phrase, means: { kind: 'wish', wish } as const, isShort: false })),
  );
  return [...own, ...ofPack];
}

function yesNoForms({ pack, heard }: Interview): readonly SpokenForm[] {
  const { classes } = pack;
  const of = (name: 'yes' | 'no'): readonly SpokenForm[] => {
    // English "right" and "sharp" are likelier under a short "kwete" than "kwete" is.
    const own = classes[name].forms
      .map((form) => form.replaceAll(/^-|!/gu, ''))
      .filter((form) => !heard.never.includes(form))
      .filter((form) => isNative(form, pack) || pack.language.fold(form).length < MIN_SOUNDS);
    return [...new Set([...own, ...heard[name]])].map((phrase) => formOf(phrase, name === 'yes', pack));
  };
  return [...of('yes'), ...of('no')];
}

/** As it is counted with the noun, without the noun, and by itself; and other words for it. */
function numberPhrases(value: number, says: string, { pack, heard }: Interview): readonly string[] {
  const { language } = pack;
  const [noun = ''] = says.split('{n}');
  const lead = language.speakable(noun.trim());
  const counted = language.speakable(filled(says, { n: String(value) }));
  const bare = counted.startsWith(`${lead} `) ? counted.slice(lead.length + 1) : counted;
  return [...new Set([counted, bare, language.speakable(String(value)), ...(heard.numbers.get(value) ?? [])])];
}

function formOf(phrase: string, value: AnswerValue, { language }: Pack): SpokenForm {
  return { phrase, means: { kind: 'answer', value }, isShort: language.fold(phrase).length < MIN_SOUNDS };
}

function isNative(form: string, { language }: Pack): boolean {
  return form.split(/\s+/u).every((word) => language.isNativeWord(word));
}
