/** The shape of prompts/<language>/interview.yaml and of a campaign's script: what a person may write in them. */
import { z } from 'zod';
import { INTERVIEW_CLASSES } from '#pipeline/interview/script.ts';

const text = z.string().trim().min(1, 'must not be empty');
const confidence = z.enum(['A', 'B', 'C']);
const yesNo = z.enum(['yes', 'no']).transform((word) => word === 'yes');
const id = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/u, 'an id is lower case with hyphens, like "mvura-yekunwa"');
const phrases = z.array(z.strictObject({ id, confidence, text, reviewed: yesNo.optional() }));
const wordClass = z.strictObject({ confidence, forms: z.array(text).min(1) });

/** A text with gaps: what was heard is never left out of what is said. */
const withGaps = (...names: readonly string[]): z.ZodType<string> =>
  text.refine(
    (written) => names.every((name) => written.includes(`{${name}}`)),
    `must hold ${names.map((name) => `{${name}}`).join(' and ')}`,
  );

export const interviewSchema = z.strictObject({
  reviewed: yesNo,
  phrases,
  classes: z.strictObject(
    Object.fromEntries(INTERVIEW_CLASSES.map((name) => [name, wordClass])) as Record<
      (typeof INTERVIEW_CLASSES)[number],
      typeof wordClass
    >,
  ),
  /** Held against the audio beside the pack's words. */
  heard: z
    .strictObject({
      yes: z.array(text).default([]),
      no: z.array(text).default([]),
      never: z.array(text).default([]),
      numbers: z.record(z.string().regex(/^\d{1,3}$/u, 'a number as the key'), z.array(text)).default({}),
    })
    .default({ yes: [], no: [], never: [], numbers: {} }),
  moments: z.strictObject({
    months: z.array(text).length(12, 'twelve months, January first'),
    date: withGaps('day', 'month', 'year'),
    dayOfYear: withGaps('day', 'month'),
    dayAndTime: withGaps('day', 'time'),
    today: text,
    tomorrow: text,
    parts: z.array(z.strictObject({ hour: z.number().int().min(0).max(23), words: z.array(text).min(1) })),
  }),
});

const value = z.union([z.boolean(), z.number(), z.string()]);

const common = {
  id,
  text,
  hint: text.optional(),
  optional: yesNo.optional(),
  readBack: z.enum(['unsure', 'always', 'never']).optional(),
  onlyIf: z.record(z.string(), z.union([value, z.array(value).min(1)])).optional(),
};

const question = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('yes-no'), ...common }),
  z.strictObject({
    kind: z.literal('choice'),
    ...common,
    choices: z
      .array(
        z.strictObject({
          id,
          key: z
            .string()
            .regex(/^[1-7]$/u, 'a key from 1 to 7 in quotation marks: 8, 9 and 0 mean the same everywhere'),
          says: z.array(text).min(1),
          name: text.optional(),
        }),
      )
      .min(2, 'a choice has two answers at least'),
  }),
  z.strictObject({
    kind: z.literal('number'),
    ...common,
    from: z.number().int().min(0),
    to: z.number().int().max(999_999_999),
    says: withGaps('n').optional(),
  }),
  z.strictObject({ kind: z.literal('date'), ...common, lies: z.enum(['past', 'future', 'anywhere']).optional() }),
  z.strictObject({ kind: z.literal('open'), ...common }),
]);

export const campaignSchema = z.strictObject({
  id,
  name: text,
  language: z.string().regex(/^[a-z]{2,3}$/u, 'an ISO 639 code'),
  reviewed: yesNo,
  human: z
    .strictObject({
      number: z
        .string('a telephone number in quotation marks')
        .trim()
        .regex(/^\+?(?:\d ?){2,14}\d$/u, 'a telephone number of 3 to 15 digits with single spaces'),
    })
    .optional(),
  variables: z.array(z.string().regex(/^[\p{L}\p{N}_-]+$/u, 'letters, figures, _ and -')).default([]),
  optOut: z.enum(['all', 'campaign']).default('all'),
  identity: text.optional(),
  opening: text,
  consent: text,
  questions: z.array(question).min(1),
  closing: text,
  /** Said behind the beep; without it an answering machine is hung up on. */
  machineMessage: text.optional(),
  phrases: phrases.default([]),
});

export type InterviewFile = z.infer<typeof interviewSchema>;
export type CampaignFile = z.infer<typeof campaignSchema>;
