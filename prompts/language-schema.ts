/** The shape of a pack's language.yaml; what each entry means stands at `LanguageDefinition`. */
import { z } from 'zod';
import type { LanguageDefinition } from '#pipeline/language/definition.ts';
import type { ShonaReading } from '#pipeline/language/shona/reading.ts';

const text = z.string().trim().min(1, 'must not be empty');
const words = z.array(text);
const table = z.record(text, z.string());
const template = (...gaps: readonly string[]) =>
  text.refine(
    (value) => gaps.every((gap) => value.includes(`{${gap}}`)),
    `must hold ${gaps.map((gap) => `{${gap}}`).join(' and ')}`,
  );
const cost = z.number().min(0).max(1);
const byClass = <T extends z.ZodType>(value: T) =>
  z.strictObject({
    none: value.optional(),
    2: value.optional(),
    4: value.optional(),
    6: value.optional(),
    8: value.optional(),
    10: value.optional(),
  });
const countClass = z.union([z.literal('none'), z.literal([2, 4, 6, 8, 10])]);
const common = {
  code: z.string().regex(/^[a-z]{2,3}$/u, 'an ISO 639 code'),
  recognisers: z.strictObject({ whisper: text, openai: text.optional(), ctc: text.optional() }),
  voices: z.array(z.strictObject({ name: text, note: text })),
};

/** See `ShonaReading`. */
const said = z.string().trim();
const numerals = z.enum(['shona', 'english']);
const shonaReading = z
  .strictObject({
    digits: numerals,
    hours: numerals,
    years: numerals,
    clockLead: z.string(),
    half: said,
    minutes: said,
    point: said,
    percent: said,
    percentHalf: said,
    upTo: said,
    score: said,
    over: said,
    under: said,
    about: said,
    times: said,
    dividedBy: said,
    plus: said,
    minus: said,
    equals: said,
    belowZero: said,
    andMore: said,
    zig: said,
    usDollar: z.tuple([said, said]),
    doctor: said,
    at: said,
    dot: said,
    slash: said,
    hash: said,
    star: said,
    underscore: said,
    dash: said,
    alwaysOpen: said,
    repeatsAmbiguous: z.enum(['yes', 'no']).transform((word) => word === 'yes'),
    unreadable: said,
    said: z.record(z.string(), said),
  } satisfies Record<keyof ShonaReading, z.ZodType>)
  .partial();

const builtIn = z.strictObject({ ...common, grammar: z.literal('shona'), reading: shonaReading.optional() });

const rules = z.strictObject({
  ...common,
  grammar: z.literal('rules'),
  sample: text,
  joiningWords: words,
  orthography: z.strictObject({
    letters: z.string(),
    vowels: text,
    onsets: words.min(1),
    syllabic: words,
    codas: words,
  }),
  sounds: z.strictObject({
    stress: z.enum(['penultimate', 'none']),
    graphemes: table,
    accents: z.record(z.string(), table),
  }),
  fold: z.strictObject({
    classes: table,
    near: z.record(z.string().length(2, 'two sound classes'), cost),
    gaps: z.record(z.string().length(1, 'one sound class'), cost),
  }),
  numbers: z.strictObject({
    rules: text,
    cardinal: text,
    year: text,
    ordinals: words,
    classes: byClass(text),
    heard: words,
    synonyms: table,
    largest: z.number().int().positive().max(Number.MAX_SAFE_INTEGER),
    nouns: byClass(words),
    digitNouns: words,
    leads: words.default([]),
    borrowedDigits: z.array(words.length(10, 'ten words, for 0 to 9')),
    double: words,
  }),
  reading: z.strictObject({
    percent: template('n'),
    range: template('from', 'to'),
    rangeWords: words.default([]),
    signs: table,
    letters: table,
    said: table,
    unreadable: text,
    and: text,
    half: text,
  }),
  calendar: z.strictObject({
    months: z.array(words.min(1)).length(12, 'twelve months'),
    days: z.array(words.min(1)).length(7, 'seven days, from Monday'),
    date: template('day', 'month', 'year'),
    dayAndMonth: template('day', 'month'),
    dayWords: table,
    fillers: words,
    relative: z.record(text, z.number().int()),
  }),
  clock: z.strictObject({
    offsetHours: z.number().int().min(0).max(11),
    hour: template('hour'),
    half: text,
    quarter: text,
    quarterTo: text.optional(),
    minutes: template('n'),
    fillers: words,
    parts: z.array(z.strictObject({ untilHour: z.number().int().min(1).max(24), text, heard: words })).min(1),
  }),
  money: z.array(z.strictObject({ code: text, signs: words, unit: template('n'), minor: template('n'), heard: words })),
  units: z.array(
    z.strictObject({
      signs: words,
      text: template('n'),
      class: countClass,
      duration: z.enum(['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds']).optional(),
      heard: words,
    }),
  ),
  abbreviations: z.strictObject({ titles: words, beforeFigures: words, inside: words }),
  claims: z.strictObject({ money: words, time: words, dose: words, impolite: words, notNumbers: words }),
});

export const languageSchema: z.ZodType<LanguageDefinition> = z.discriminatedUnion('grammar', [builtIn, rules]);
