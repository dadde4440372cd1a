/** The shape of the files under prompts/: what a person may write in them. */
import { z } from 'zod';

const text = z.string().trim().min(1, 'must not be empty');
const confidence = z.enum(['A', 'B', 'C']);
const yesNo = z.enum(['yes', 'no']).transform((word) => word === 'yes');
const id = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/u, 'an id is lower case with hyphens, like "nguva-dzekuvhura"');

const telephoneNumber = z
  .string('a telephone number in quotation marks')
  .trim()
  .regex(/^\+?(?:\d ?){2,14}\d$/u, 'a telephone number of 3 to 15 digits with single spaces, like "077 200 3456"');

const wordClass = z.strictObject({ confidence, forms: z.array(text).min(1) });
/** Without a mark of its own, a phrase is as reviewed as its file. */
const phrases = z.array(z.strictObject({ id, confidence, text, reviewed: yesNo.optional() }));
const smallTalk = z.array(z.strictObject({ caller: text, agent: text }));

export const packSchema = z.strictObject({
  code: z.string().regex(/^[a-z]{2,3}$/u, 'an ISO 639 code'),
  name: text,
  timeZone: text.refine((zone) => Intl.supportedValuesOf('timeZone').includes(zone), 'not an IANA time zone'),
  reviewed: yesNo,
  greetings: z.array(z.strictObject({ untilHour: z.number().int().min(1).max(24), text })).min(1),
  greetingReplies: z.array(z.strictObject({ id, confidence, heard: z.array(text), text })).default([]),
  /** What the text front end decides where no source settles it: for the list that a native speaker checks. */
  choices: z.array(z.strictObject({ id, question: text, where: text, examples: z.array(text).min(1) })).default([]),
  classes: z.strictObject({
    greeting: wordClass,
    yes: wordClass,
    no: wordClass,
    thanks: wordClass,
    goodbye: wordClass,
    repeat: wordClass,
    slower: wordClass,
    human: wordClass,
    'opt-out': wordClass,
    emergency: wordClass,
    sensitive: wordClass,
    backchannel: wordClass,
    hesitation: wordClass,
    politeness: wordClass,
    negation: wordClass,
    'ambiguous-grunt': wordClass,
    interrupt: wordClass,
  }),
  phrases,
  baseModel: z.strictObject({ systemPrompt: text, smallTalk }),
  singularForms: z.array(text),
  foreignWords: z.array(text),
});

export const hotlineSchema = z.strictObject({
  id,
  name: text,
  language: z.string(),
  reviewed: yesNo,
  human: z.strictObject({ number: telephoneNumber }).optional(),
  phrases,
  keys: z.record(z.string().regex(/^[0-9*#]$/u, 'a telephone key'), text),
  systemPrompt: text,
  smallTalk,
});

export const cardsSchema = z.strictObject({
  cards: z
    .array(
      z.strictObject({
        id,
        reviewed: yesNo,
        questions: z.array(text).min(1),
        answer: text.optional(),
        emergency: yesNo.optional(),
      }),
    )
    .min(1),
});

export type PackFile = z.infer<typeof packSchema>;
export type HotlineFile = z.infer<typeof hotlineSchema>;
export type CardsFile = z.infer<typeof cardsSchema>;
