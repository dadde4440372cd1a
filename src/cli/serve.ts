/** `inzwa serve`: pulls what is missing, then answers calls until it is told to stop. */
import { createWriteStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import type { CallEventSink } from '#pipeline/events.ts';
import { readConfig } from '../config.ts';
import { serve } from '../main.ts';
import { listenForInterrupt } from './interrupt.ts';
import { ensureModels } from './models.ts';

const HELP = `Usage: npm start [-- --events-fd N] [--no-records]

Answers telephone calls: POST /twilio/voice, the WebSockets /twilio/media and /asterisk/media, with GET /healthz,
/readyz and /metrics. Keeps records of calls, calls for campaigns that run, and answers /api/v1 (docs/api.md).

  INZWA_HOST, INZWA_PORT     where to listen (127.0.0.1:8080)
  INZWA_PUBLIC_URL           how Twilio reaches it: https://voice.example.org
  TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN   without a token the Twilio routes are off
  INZWA_ASTERISK_USER, INZWA_ASTERISK_PASSWORD   what Asterisk proves itself with; without them its routes are off
  INZWA_ARI_URL, INZWA_ARI_USER, INZWA_ARI_PASSWORD   transfers, and calls that go on where they were
  INZWA_TRUNK_ENDPOINT, INZWA_NUMBER_FORMAT, INZWA_DIAL_PREFIXES   the trunk that calls go out by, and what may be dialled
  INZWA_CALLER_NUMBER        shown to who is called; INZWA_TRUNK_CPS, INZWA_TRUNK_MAX_CALLS, INZWA_TRUNK_INBOUND_RESERVE
                             what campaigns may take of the trunk (0.9 with Twilio, 5 with Asterisk; 20 lines; 6 of them)
  INZWA_TWILIO_API_BASE, INZWA_TWILIO_MACHINE_DETECTION   Twilio's REST elsewhere; machines by Twilio's ear too (off, async)
  INZWA_DATABASE_URL         records in PostgreSQL, else in records.sqlite in INZWA_DATA_DIR (~/.local/share/inzwa)
  INZWA_KEY_FILE, INZWA_RECORDING   the secret of the records (key, beside them), and recordings: off, consent
  INZWA_LINE_NOISE           what a caller hears while nobody speaks: comfort, silence, off
  INZWA_AUDIOSOCKET_PORT     AudioSocket, for an Asterisk without chan_websocket
  INZWA_PROFILE              models (default); INZWA_HOTLINE  prompts (kiriniki)
  INZWA_RECOGNIZER           who listens: whisper, whisper-cpp, openai (with INZWA_RECOGNIZER_URL, _MODEL, _API_KEY), ctc
                             (with INZWA_RECOGNIZER_MODEL)
  INZWA_MODELS_DIR, INZWA_MODEL_MIRROR    where models are kept, and a folder to take them from
  INZWA_MAX_CALLS            calls at once
  INZWA_LOG_LEVEL            info

  --no-records               no database is opened: calls leave no record, and nobody is called
  --events-fd N              write every event of every call, callers' words included, as lines of JSON to file
                             descriptor N: for the demo and for tests`;

function parse(args: readonly string[]): {
  readonly help?: boolean;
  readonly 'no-records'?: boolean;
  readonly 'events-fd'?: string;
} {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        'no-records': { type: 'boolean' },
        'events-fd': { type: 'string' },
      },
    }).values;
  } catch (error) {
    const settings = 'Settings such as the port are variables of the environment';
    throw new InzwaError('INZWA_CONFIG_INVALID', `${messageOf(error)}. ${settings}: npm start -- --help`);
  }
}

export async function run(args: readonly string[]): Promise<number> {
  const values = parse(args);
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const config = readConfig(process.env);
  using interrupt = listenForInterrupt();
  try {
    const { catalogue } = await ensureModels(config.profile, { signal: interrupt.signal });
    const onCallEvent = values['events-fd'] === undefined ? undefined : eventWriter(Number(values['events-fd']));
    const records = { keepsRecords: values['no-records'] !== true, ...(onCallEvent && { onCallEvent }) };
    await serve({ config, models: catalogue, signal: interrupt.signal, ...records });
    return 0;
  } catch (error) {
    if (isInzwaError(error, 'INZWA_CANCELLED')) return interrupt.exitCode ?? 130;
    throw error;
  }
}

function eventWriter(fd: number): CallEventSink {
  const stream = createWriteStream('', { fd, autoClose: false });
  // Whoever reads has gone: the calls go on.
  stream.on('error', () => undefined);
  return (event) => {
    stream.write(`${JSON.stringify(event)}\n`);
  };
}
