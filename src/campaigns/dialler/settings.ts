/**
 * The rules of one campaign, as they stand in `campaigns.settings_json`. Everything is checked here and nowhere else; what
 * is not understood is a fault, because a window that is silently ignored is a call in the night.
 */
import { z } from 'zod';
import { InzwaError } from '#kernel/errors.ts';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Minutes since local midnight: [from, to). */
export interface Slot {
  readonly fromMinute: number;
  readonly toMinute: number;
}

const SLOT = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;

const slot = z
  .string()
  .regex(SLOT, 'must be a time of day from and to, like 08:00-20:00')
  .transform((text): Slot => {
    const [, fromHour, fromMinute, toHour, toMinute] = SLOT.exec(text) ?? [];
    const to = toHour === undefined ? 24 * 60 : Number(toHour) * 60 + Number(toMinute);
    return { fromMinute: Number(fromHour) * 60 + Number(fromMinute), toMinute: to };
  })
  .refine(({ fromMinute, toMinute }) => fromMinute < toMinute, 'must end later on the same day than it begins');

const slots = z.array(slot).max(8);

/** Monday to Saturday from eight to eight, never on Sundays: no statute says so; manners do. */
const DEFAULT_DAYS = {
  mon: ['08:00-20:00'],
  tue: ['08:00-20:00'],
  wed: ['08:00-20:00'],
  thu: ['08:00-20:00'],
  fri: ['08:00-20:00'],
  sat: ['08:00-20:00'],
  sun: [],
};

const localDate = z.string().refine(isCalendarDate, 'must be a date like 2026-12-31');

const zone = z.string().refine(isZone, 'must be an IANA time zone like Africa/Harare');

/** With its offset, so that nobody has to guess whose nine o'clock it is; epoch ms once read. */
const instant = z.iso
  .datetime({ offset: true, message: 'must be a time with its offset, like 2026-12-01T08:00:00+02:00' })
  .transform((text) => Date.parse(text));

const window = z.strictObject({
  /** A day that is not named is a day without calls. */
  days: z
    .strictObject({
      mon: slots.prefault([]),
      tue: slots.prefault([]),
      wed: slots.prefault([]),
      thu: slots.prefault([]),
      fri: slots.prefault([]),
      sat: slots.prefault([]),
      sun: slots.prefault([]),
    })
    .prefault(DEFAULT_DAYS)
    .refine((days) => WEEKDAYS.some((day) => days[day].length > 0), 'must have a slot on some day'),
  /** Public holidays without calls. */
  holidays: z.enum(['zimbabwe', 'none']).default('zimbabwe'),
  /** More days without calls, by the local calendar. */
  daysOff: z.array(localDate).max(400).default([]),
});

/** After how long, and how many calls may end so before nobody tries again. */
const retry = (afterMinutes: number, max: number) =>
  z
    .strictObject({
      afterMinutes: z.number().min(1).max(43_200).default(afterMinutes),
      max: z.int().min(1).max(20).default(max),
    })
    .prefault({});

const retries = z
  .strictObject({
    /** Calls to a contact who was not reached. */
    maxTries: z.int().min(1).max(20).default(3),
    /** Calls to a contact who was reached and did not finish. */
    maxReached: z.int().min(1).max(10).default(2),
    /** Calls at all, callbacks that were asked for among them. */
    maxCalls: z.int().min(1).max(40).default(8),
    busy: retry(10, 3),
    noAnswer: retry(150, 3),
    rejected: retry(240, 1),
    failed: retry(60, 2),
    machine: retry(240, 2),
    /** The line broke or they hung up in the middle: the next call goes on where it was. */
    partial: retry(30, 2),
    /** Not an attempt: the network was full. */
    congestion: retry(10, 6),
  })
  .prefault({});

const perPhone = z
  .strictObject({
    /** Between two calls to one number, whichever campaign made them. */
    minGapMinutes: z.number().min(1).max(43_200).default(60),
    /** Calls to one number in a local day, whichever campaign made them. */
    perDay: z.int().min(1).max(20).default(3),
  })
  .prefault({});

/** `signedBy` answers for calling people of whom no consent is on record; starting writes it into the audit. */
const consent = z.discriminatedUnion('isRequired', [
  z.strictObject({ isRequired: z.literal(true) }),
  z.strictObject({
    isRequired: z.literal(false),
    signedBy: z.string().min(2).max(200),
    why: z.string().min(10).max(2000),
  }),
]);

/** What a call to numbers under `prefix` costs; the longest prefix counts. */
const price = z.strictObject({
  prefix: z.string().regex(/^\+[1-9]\d{0,14}$/, 'must be + and digits'),
  perMinuteMicros: z.int().min(0),
  /** A begun increment is paid in full. */
  incrementSeconds: z.int().min(1).max(600).default(60),
  connectMicros: z.int().min(0).default(0),
});

const breaker = z
  .strictObject({
    windowSeconds: z.int().min(10).max(3600).default(120),
    /** Calls that must have ended within the window before it is judged. */
    minCalls: z.int().min(2).max(10_000).default(10),
    failureShare: z.number().gt(0).max(1).default(0.5),
    /** Somebody who hangs up sooner after answering was annoyed, or heard nothing. */
    hangUpSeconds: z.number().min(1).max(60).default(5),
    hangUpShare: z.number().gt(0).max(1).default(0.7),
  })
  .prefault({});

/** How long a call that nobody has answered may stand at the carrier beyond its ringing, before it is taken back. */
export const OVERDUE_MS = 20_000;

/** Never passes an unknown key; every field has a default. `CampaignSettingsInput` is what is stored, this what is read. */
export const campaignSettings = z
  .strictObject({
    /** Whose hours the window is in, for contacts without a zone of their own. */
    tz: zone.default('Africa/Harare'),
    window: window.prefault({}),
    startsAt: instant.optional(),
    endsAt: instant.optional(),
    ringSeconds: z.int().min(5).max(120).default(30),
    /** No call is begun in the last part of a slot: by the time it closes no telephone may still ring. */
    guardSeconds: z.int().min(5).max(3600).default(60),
    /** A call is ended then, and costs no more than this long. */
    maxCallSeconds: z.int().min(30).max(3600).default(600),
    /** Open at once. */
    maxCalls: z.int().min(1).max(1000).default(10),
    /** Calls begun per second; undefined: what the trunk bears. */
    cps: z.number().min(0.01).max(100).optional(),
    /** Numbers that are shown, in E.164; empty: the trunk's own. A contact sees the same one again. */
    callers: z
      .array(z.string().regex(/^\+\d{8,15}$/, 'must be a number in E.164'))
      .max(100)
      .default([]),
    /** Calls from one of `callers` in a local day. */
    callerDayCap: z.int().min(1).optional(),
    perPhone,
    retries,
    /** Of somebody of whom nobody can say whether their telephone rang. */
    onUnknown: z.enum(['skip', 'retry_next_day']).default('skip'),
    consent: consent.default({ isRequired: true }),
    prices: z.array(price).max(1000).default([]),
    /** Spent in a local day at most, besides the campaign's own budget. */
    dayBudgetMicros: z.int().min(1).optional(),
    breaker,
  })
  .superRefine((settings, context) => {
    const fault = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    const { guardSeconds, ringSeconds, startsAt, endsAt } = settings;
    if (guardSeconds * 1000 < ringSeconds * 1000 + OVERDUE_MS) {
      fault('guardSeconds', `must be at least ringSeconds and ${OVERDUE_MS / 1000} more`);
    }
    const longest = Math.max(
      ...WEEKDAYS.flatMap((day) => settings.window.days[day].map(({ fromMinute, toMinute }) => toMinute - fromMinute)),
    );
    if (longest * 60 <= guardSeconds) fault('guardSeconds', 'must be shorter than the longest slot');
    if (startsAt !== undefined && endsAt !== undefined && startsAt >= endsAt) fault('endsAt', 'must be after startsAt');
    if (settings.dayBudgetMicros !== undefined && settings.prices.length === 0)
      fault('prices', 'must not be empty with a budget');
  });

export type CampaignSettings = Readonly<z.output<typeof campaignSettings>>;
export type CampaignSettingsInput = z.input<typeof campaignSettings>;

/** Throws INZWA_CAMPAIGN_SETTINGS that lists every fault (`details.faults`), also for what is not JSON at all. */
export function parseSettings(json: string): CampaignSettings {
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch (error) {
    throw refused(['is not JSON'], error);
  }
  return checkSettings(given);
}

/** As `parseSettings`, of what has been read already. */
export function checkSettings(given: unknown): CampaignSettings {
  const parsed = campaignSettings.safeParse(given);
  if (parsed.success) return parsed.data;
  throw refused(parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'settings'}: ${message}`));
}

function refused(faults: readonly string[], cause?: unknown): InzwaError {
  return new InzwaError('INZWA_CAMPAIGN_SETTINGS', `the campaign's settings cannot be used: ${faults.join('; ')}`, {
    details: { faults },
    cause,
  });
}

/** Whether Intl knows the zone; what it does not know has no hours. */
export function isZone(name: string): boolean {
  // Offsets such as +02:00 are accepted by Intl but are nobody's legal time.
  if (!/^[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.valueOf()) && date.toISOString().startsWith(text);
}
