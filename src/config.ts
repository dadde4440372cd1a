/** The environment, read once: every variable the service knows, checked, frozen, and printable without its secrets. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { InzwaError } from '#kernel/errors.ts';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const whole = (min: number, max: number): z.ZodType<number, string> =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().min(min).max(max));

const publicUrl = z.string().refine(isOrigin, 'must be an http(s) URL without query, like https://voice.example.org');

const schema = z.object({
  INZWA_HOST: z.string().default('127.0.0.1'),
  /** 0: any free port. */
  INZWA_PORT: whole(0, 65_535).prefault('8080'),
  INZWA_PUBLIC_URL: publicUrl.optional(),
  TWILIO_ACCOUNT_SID: z.string().optional(),
  TWILIO_AUTH_TOKEN: z.string().min(8, 'is too short to be a Twilio auth token').optional(),
  /** Twilio's REST at another address: a region of theirs, or a carrier that speaks the same. */
  INZWA_TWILIO_API_BASE: publicUrl.optional(),
  /** `async`: Twilio listens for answering machines beside the call and tells of them. Our own ears decide either way. */
  INZWA_TWILIO_MACHINE_DETECTION: z.enum(['off', 'async']).default('off'),
  /** What Asterisk's websocket_client.conf says to prove itself; both or neither. */
  INZWA_ASTERISK_USER: z
    .string()
    .regex(/^[^:\s]+$/, 'must have no colon and no space')
    .optional(),
  INZWA_ASTERISK_PASSWORD: z
    .string()
    .regex(/^[A-Za-z0-9_.+-]{8,}$/, 'must have at least 8 of the characters A-Z a-z 0-9 _ . + -')
    .optional(),
  /** Where Asterisk's ARI answers, without /ari. All three or none. */
  INZWA_ARI_URL: publicUrl.refine((url) => !/\/ari\/*$/.test(url), 'must be without /ari at its end').optional(),
  INZWA_ARI_USER: z.string().optional(),
  INZWA_ARI_PASSWORD: z.string().optional(),
  /** For an Asterisk without chan_websocket; 0: any free port. Unset: AudioSocket is off. */
  INZWA_AUDIOSOCKET_PORT: whole(0, 65_535).optional(),
  /** AudioSocket has neither password nor encryption, so it does not follow INZWA_HOST. */
  INZWA_AUDIOSOCKET_HOST: z.string().default('127.0.0.1'),
  /** What a caller over Asterisk hears while nobody speaks. `off` sends nothing then, and some carriers cut such calls. */
  INZWA_LINE_NOISE: z.enum(['comfort', 'silence', 'off']).default('comfort'),
  /** The PJSIP endpoint of the trunk that calls go out by. */
  INZWA_TRUNK_ENDPOINT: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,60}$/, 'must be the name of a PJSIP endpoint')
    .default('carrier'),
  /** Shown to who is called; what the carrier allows. */
  INZWA_CALLER_NUMBER: z.string().optional(),
  /** Calls that campaigns begin per second, strictly below what the carrier takes: it queues the rest, for hours. */
  INZWA_TRUNK_CPS: z
    .string()
    .regex(/^\d{1,3}(?:\.\d{1,3})?$/, 'must be a number like 0.9')
    .transform(Number)
    .pipe(z.number().min(0.1).max(100))
    .optional(),
  /** Lines of the trunk, and those of them that campaigns never take. */
  INZWA_TRUNK_MAX_CALLS: whole(1, 10_000).prefault('20'),
  INZWA_TRUNK_INBOUND_RESERVE: whole(0, 9_999).optional(),
  INZWA_NUMBER_FORMAT: z.enum(['e164', 'e164-without-plus', 'national']).default('e164'),
  /** Prefixes, separated by commas, of numbers that may be called or transferred to; premium and satellite numbers never. */
  INZWA_DIAL_PREFIXES: z.string().default('+263'),
  INZWA_PROFILE: z.string().default('default'),
  /** Who listens: see docs/recognisers.md. */
  INZWA_RECOGNIZER: z.enum(['whisper', 'whisper-cpp', 'openai', 'ctc']).default('whisper'),
  /** With openai: the server, up to /v1. */
  INZWA_RECOGNIZER_URL: publicUrl
    .refine((url) => !/\/audio\/transcriptions\/*$/.test(url), 'must be without /audio/transcriptions at its end')
    .refine((url) => !/\/\/[^/]*@/.test(url), 'must hold no password: see INZWA_RECOGNIZER_API_KEY')
    .optional(),
  /** With openai: the model's name there. With ctc: the id of a model on this machine. */
  INZWA_RECOGNIZER_MODEL: z.string().optional(),
  INZWA_RECOGNIZER_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional(),
  INZWA_HOTLINE: z
    .string()
    .regex(/^(?:[a-z]{2,3}\/)?[a-z0-9][a-z0-9-]*$/, 'must name a hotline below prompts/, like kiriniki or sw/zahanati')
    .default('kiriniki'),
  /** Records in PostgreSQL; unset: a file of SQLite's in INZWA_DATA_DIR. */
  INZWA_DATABASE_URL: z
    .string()
    .regex(/^postgres(?:ql)?:\/\/\S+$/, 'must be a URL like postgres://user:password@host/database')
    .optional(),
  INZWA_DATA_DIR: z.string().optional(),
  /** The secret that telephone numbers are hashed and recordings are encrypted with. */
  INZWA_KEY_FILE: z.string().optional(),
  /** `consent`: a call is recorded from the moment in which the caller has agreed. */
  INZWA_RECORDING: z.enum(['off', 'consent']).default('off'),
  /** `none`: what is said in a call is in no record, only that it was and how it went. */
  INZWA_TRANSCRIPTS: z.enum(['keep', 'none']).default('keep'),
  INZWA_MODELS_DIR: z.string().optional(),
  INZWA_MODEL_MIRROR: z.string().optional(),
  /** Read by the demo, the benchmark and the tests: where an Asterisk of their own is kept. */
  INZWA_ASTERISK_DIR: z.string().optional(),
  INZWA_LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  /** Calls at once, however well they are served; before that the load decides (src/admission.ts). */
  INZWA_MAX_CALLS: whole(1, 10_000).prefault('200'),
});

const SECRETS: ReadonlySet<string> = new Set([
  'TWILIO_AUTH_TOKEN',
  'INZWA_DATABASE_URL',
  'INZWA_ASTERISK_PASSWORD',
  'INZWA_ARI_PASSWORD',
  'INZWA_RECOGNIZER_API_KEY',
]);

/** Settings that mean nothing without each other. */
const TOGETHER: readonly (readonly string[])[] = [
  ['INZWA_ASTERISK_USER', 'INZWA_ASTERISK_PASSWORD'],
  ['INZWA_ARI_URL', 'INZWA_ARI_USER', 'INZWA_ARI_PASSWORD'],
];

/** What each recogniser must have besides the models, and may have. */
const RECOGNIZER_SETTINGS: Readonly<
  Record<string, { readonly needs: readonly string[]; readonly may: readonly string[] }>
> = {
  openai: { needs: ['INZWA_RECOGNIZER_URL'], may: ['INZWA_RECOGNIZER_MODEL', 'INZWA_RECOGNIZER_API_KEY'] },
  ctc: { needs: ['INZWA_RECOGNIZER_MODEL'], may: [] },
};

export interface Config {
  readonly host: string;
  readonly port: number;
  /** No slash at its end. */
  readonly publicUrl: string;
  readonly twilioAccountSid: string | undefined;
  /** Undefined: the Twilio routes are off. */
  readonly twilioAuthToken: string | undefined;
  /** No slash at its end; undefined: Twilio's own. */
  readonly twilioApiBase: string | undefined;
  readonly hasTwilioMachineDetection: boolean;
  /** Undefined: the Asterisk routes are off. */
  readonly asterisk: { readonly user: string; readonly password: string } | undefined;
  /** Undefined: no transfers, no calls out, and a call whose process died begins again instead of going on. */
  readonly ari: { readonly url: string; readonly user: string; readonly password: string } | undefined;
  readonly audioSocket: { readonly host: string; readonly port: number } | undefined;
  readonly lineNoise: 'comfort' | 'silence' | 'off';
  readonly trunk: {
    readonly endpoint: string;
    readonly numberFormat: 'e164' | 'e164-without-plus' | 'national';
    readonly prefixes: string;
    readonly callerNumber: string | undefined;
    /** Undefined: below what a carrier of the kind takes when nothing else is agreed. */
    readonly cps: number | undefined;
    readonly maxCalls: number;
    readonly inboundReserve: number;
  };
  readonly records: {
    /** Undefined: the file. */
    readonly url: string | undefined;
    readonly file: string;
    readonly keyFile: string;
    /** Recordings are below it. */
    readonly dataDir: string;
    readonly recording: 'off' | 'consent';
    readonly keepsWords: boolean;
  };
  readonly profile: string;
  readonly recognizer:
    | { readonly kind: 'whisper' | 'whisper-cpp' }
    | { readonly kind: 'ctc'; readonly model: string }
    | {
        readonly kind: 'openai';
        /** No slash at its end. */
        readonly url: string;
        readonly model: string;
        readonly apiKey: string | undefined;
      };
  readonly hotline: string;
  /** Undefined: the user's cache folder. */
  readonly modelsDir: string | undefined;
  readonly modelMirror: string | undefined;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly maxCalls: number;
  /** Every setting under its variable's name, secrets replaced: for the log line at start and for `doctor`. */
  readonly redacted: Readonly<Record<string, string>>;
}

/**
 * Throws INZWA_CONFIG_INVALID that lists every fault at once. An unknown INZWA_* variable is a fault: a misspelt setting
 * that is silently ignored is found out by a caller. An empty variable counts as not set.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
  const isGiven = (key: string): boolean => given.some(([name]) => name === key);
  const unknown = given.map(([key]) => key).filter((key) => key.startsWith('INZWA_') && !(key in schema.shape));
  const parsed = schema.safeParse(Object.fromEntries(given));
  const faults = [
    ...unknown.map((key) => `${key} is not known; did you mean ${nearestKey(key)}?`),
    ...TOGETHER.flatMap((keys) => {
      const missing = keys.filter((key) => !isGiven(key));
      return missing.length === 0 || missing.length === keys.length
        ? []
        : [`${missing.join(' and ')} must be set too: ${keys.join(', ')} go together`];
    }),
    ...(isGiven('INZWA_AUDIOSOCKET_PORT') && !isGiven('INZWA_ASTERISK_USER')
      ? [
          'INZWA_AUDIOSOCKET_PORT needs INZWA_ASTERISK_USER and INZWA_ASTERISK_PASSWORD: ids are given out only to who has them',
        ]
      : []),
    ...(parsed.success && (parsed.data.INZWA_TRUNK_INBOUND_RESERVE ?? 0) >= parsed.data.INZWA_TRUNK_MAX_CALLS
      ? ['INZWA_TRUNK_INBOUND_RESERVE must be less than INZWA_TRUNK_MAX_CALLS: campaigns would have no line']
      : []),
    ...recognizerFaults(given.find(([name]) => name === 'INZWA_RECOGNIZER')?.[1] ?? 'whisper', isGiven),
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${lowerFirst(message)}`),
  ];
  if (!parsed.success || faults.length > 0) {
    throw new InzwaError('INZWA_CONFIG_INVALID', `the environment cannot be used: ${faults.join('; ')}`, {
      details: { faults },
    });
  }
  return freeze(parsed.data, env);
}

function freeze(values: z.infer<typeof schema>, env: Readonly<Record<string, string | undefined>>): Config {
  const shown = Object.entries(values).map(
    ([key, value]) => [key, SECRETS.has(key) ? '(set)' : String(value)] as const,
  );
  return Object.freeze({
    host: values.INZWA_HOST,
    port: values.INZWA_PORT,
    publicUrl: (values.INZWA_PUBLIC_URL ?? `http://${values.INZWA_HOST}:${values.INZWA_PORT}`).replace(/\/+$/, ''),
    twilioAccountSid: values.TWILIO_ACCOUNT_SID,
    twilioAuthToken: values.TWILIO_AUTH_TOKEN,
    twilioApiBase: values.INZWA_TWILIO_API_BASE?.replace(/\/+$/, ''),
    hasTwilioMachineDetection: values.INZWA_TWILIO_MACHINE_DETECTION === 'async',
    asterisk: together(values.INZWA_ASTERISK_USER, values.INZWA_ASTERISK_PASSWORD),
    ari: ariOf(values.INZWA_ARI_URL, together(values.INZWA_ARI_USER, values.INZWA_ARI_PASSWORD)),
    audioSocket:
      values.INZWA_AUDIOSOCKET_PORT === undefined
        ? undefined
        : Object.freeze({ host: values.INZWA_AUDIOSOCKET_HOST, port: values.INZWA_AUDIOSOCKET_PORT }),
    lineNoise: values.INZWA_LINE_NOISE,
    trunk: Object.freeze({
      endpoint: values.INZWA_TRUNK_ENDPOINT,
      numberFormat: values.INZWA_NUMBER_FORMAT,
      prefixes: values.INZWA_DIAL_PREFIXES,
      callerNumber: values.INZWA_CALLER_NUMBER,
      cps: values.INZWA_TRUNK_CPS,
      maxCalls: values.INZWA_TRUNK_MAX_CALLS,
      inboundReserve: values.INZWA_TRUNK_INBOUND_RESERVE ?? defaultReserve(values.INZWA_TRUNK_MAX_CALLS),
    }),
    records: Object.freeze(recordsOf(values, env)),
    profile: values.INZWA_PROFILE,
    recognizer: Object.freeze(recognizerOf(values)),
    hotline: values.INZWA_HOTLINE,
    modelsDir: values.INZWA_MODELS_DIR,
    modelMirror: values.INZWA_MODEL_MIRROR,
    logLevel: values.INZWA_LOG_LEVEL,
    maxCalls: values.INZWA_MAX_CALLS,
    redacted: Object.freeze(Object.fromEntries(shown)),
  });
}

function recognizerFaults(kind: string, isGiven: (key: string) => boolean): readonly string[] {
  const { needs = [], may = [] } = RECOGNIZER_SETTINGS[kind] ?? {};
  const known = ['INZWA_RECOGNIZER_URL', 'INZWA_RECOGNIZER_MODEL', 'INZWA_RECOGNIZER_API_KEY'];
  return [
    ...needs.filter((key) => !isGiven(key)).map((key) => `INZWA_RECOGNIZER=${kind} needs ${key}`),
    ...known
      .filter((key) => isGiven(key) && !needs.includes(key) && !may.includes(key))
      .map((key) => `${key} means nothing to INZWA_RECOGNIZER=${kind}`),
  ];
}

function recognizerOf(values: z.infer<typeof schema>): Config['recognizer'] {
  const { INZWA_RECOGNIZER: kind, INZWA_RECOGNIZER_URL: url = '', INZWA_RECOGNIZER_MODEL: model } = values;
  switch (kind) {
    case 'whisper':
    case 'whisper-cpp':
      return { kind };
    case 'ctc':
      return { kind, model: model ?? '' };
    case 'openai':
      // The name that OpenAI's own service has, and that most servers take for whatever they have.
      return {
        kind,
        url: url.replace(/\/+$/, ''),
        model: model ?? 'whisper-1',
        apiKey: values.INZWA_RECOGNIZER_API_KEY,
      };
  }
}

/** Three lines of ten, as services that call out and are called keep them. */
function defaultReserve(maxCalls: number): number {
  return Math.floor(maxCalls * 0.3);
}

function recordsOf(
  values: z.infer<typeof schema>,
  { XDG_DATA_HOME }: Readonly<Record<string, string | undefined>>,
): Config['records'] {
  const isAbsoluteHome = XDG_DATA_HOME !== undefined && isAbsolute(XDG_DATA_HOME);
  const userData = isAbsoluteHome ? XDG_DATA_HOME : join(homedir(), '.local', 'share');
  const dataDir = values.INZWA_DATA_DIR ?? join(userData, 'inzwa');
  return {
    url: values.INZWA_DATABASE_URL,
    file: join(dataDir, 'records.sqlite'),
    keyFile: values.INZWA_KEY_FILE ?? join(dataDir, 'key'),
    dataDir,
    recording: values.INZWA_RECORDING,
    keepsWords: values.INZWA_TRANSCRIPTS === 'keep',
  };
}

function together(user: string | undefined, password: string | undefined): Config['asterisk'] {
  return user === undefined || password === undefined ? undefined : Object.freeze({ user, password });
}

function ariOf(url: string | undefined, credentials: Config['asterisk']): Config['ari'] {
  return url === undefined || !credentials
    ? undefined
    : Object.freeze({ url: url.replace(/\/+$/, ''), ...credentials });
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && search === '' && hash === '';
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function nearestKey(key: string): string {
  const known = Object.keys(schema.shape);
  return known.reduce((best, candidate) => (distance(key, candidate) < distance(key, best) ? candidate : best));
}

/** Levenshtein, one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
