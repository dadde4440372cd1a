/**
 * Every error that a person or another part of the program may have to recognise has a stable code from this table.
 * Recognise errors by code, never by message. A message says what happened, to which call or file, and what to do.
 */
export const ERROR_CODES = {
  INZWA_CONFIG_INVALID: 'The environment or a configuration file does not say what it must.',
  INZWA_CANCELLED: 'The work was given up because nobody waits for it any more.',
  INZWA_ENGINE_DIED: 'A worker thread with models in it stopped; it is started again.',
  INZWA_ENGINE_TIMEOUT: 'An engine was not done in time; a worker that does not answer at all is replaced.',
  INZWA_ENGINE_FAILED: 'An engine could not do one piece of work.',
  INZWA_PROMPTS_INVALID: 'A hotline or a language pack under prompts/ is wrong; the message names file and line.',
  INZWA_SERVICE_START: 'The service that a command started did not become ready.',
  INZWA_SERVICE_DIED: 'The service that a command started stopped while it was needed.',
  INZWA_FRAME_LENGTH: 'A leg was given a frame that is not exactly one ptime long.',
  INZWA_START_LATE: 'A media socket did not send a valid start before its deadline.',
  INZWA_START_REFUSED: 'A media socket sent a start, or something before it, that this service does not take.',
  INZWA_WIRE_CLOSED: 'The other side closed the connection before the call began.',
  INZWA_TOKEN_REFUSED: 'The token of a call is unknown, used up, expired, or was made for another call.',
  INZWA_SIGNATURE_REFUSED: 'A request claims to come from Twilio but its signature does not say so.',
  INZWA_ASTERISK_REFUSED: 'A media socket claims to come from Asterisk but its user or password is wrong.',
  INZWA_NUMBER_REFUSED: 'A telephone number is none, or none that may be dialled: see INZWA_DIAL_PREFIXES.',
  INZWA_CALL_REFUSED: 'There is no room for another call, or the service is closing down.',
  INZWA_ANSWER_TOO_LONG: 'The answer to a request over HTTP is longer than is read.',
  INZWA_TRUNK_FAILED: 'The carrier did not do what it was asked for a call.',
  INZWA_STANDSTILL:
    'The event loop of the service stood still for seconds; the process ended itself so that calls go on elsewhere.',
  INZWA_TELEPHONY_OFF:
    'Routes of a carrier are switched off because the secret that it would prove itself with is not set.',
  INZWA_ASTERISK_CONFIG: 'A setting or a template of Asterisk’s configuration cannot be used; the message names it.',
  INZWA_ASTERISK_INSTALL: 'No Asterisk that has chan_websocket is on this machine, and none could be fetched.',
  INZWA_ASTERISK_START: 'A private Asterisk did not boot, or lacks a module that it was told to load.',
  INZWA_ASTERISK_COMMAND: 'A running Asterisk did not answer a command.',
  INZWA_AUDIOSOCKET_LISTEN: 'The AudioSocket server cannot listen on its address or port.',
  INZWA_PHONE_TIMEOUT: 'The telephone in software waited for something to be heard, and it did not come.',
  INZWA_PHONE_CALL_OVER: 'Something was asked of the telephone in software after its call had ended.',
  INZWA_PHONE_REFUSED: 'The service did not take the call of the telephone in software.',
  INZWA_SAMPLE_RATE: 'A sample rate that cannot be converted.',
  INZWA_WAV_INVALID: 'A file is not a WAV file this program can read.',
  INZWA_VOICE_CONFIG: 'A voice’s configuration or vocabulary file is not what its kind of voice has.',
  INZWA_VOICE_MODEL: 'A voice model cannot be opened or is not a VITS graph this program knows.',
  INZWA_MODEL_CATALOGUE: 'The model catalogue does not say what it must; the message names the file and the JSON path.',
  INZWA_MODEL_UNKNOWN: 'No model or profile of that name is in the catalogue.',
  INZWA_MODEL_MISSING: 'A model is not on this machine, or not all of it.',
  INZWA_MODEL_HASH: 'A model file is not the one that the catalogue or the lock file names.',
  INZWA_MODEL_PART: 'One part of a model file that comes in several parts is missing or wrong.',
  INZWA_MODEL_ARCHIVE: 'A wheel or tarball cannot be read, or lacks the file that the catalogue expects in it.',
  INZWA_MODEL_SOURCE: 'No source of a model file could deliver it.',
  INZWA_MODEL_NETWORK: 'A source of models could not be reached.',
  INZWA_MODEL_TOOL: 'A program that a source needs (pip, npm) is not installed.',
  INZWA_MODEL_DISK: 'There is not enough room for a model, or its folder cannot be written.',
  INZWA_IMPORT_UNREADABLE: 'A weights file to be imported cannot be opened.',
  INZWA_IMPORT_FORMAT: 'A weights file to be imported is not of the format it was said to be, or is damaged.',
  INZWA_IMPORT_ARCHITECTURE: 'The weights to be imported belong to a model that is not Whisper.',
  INZWA_IMPORT_TRUNCATED: 'A weights file to be imported ends too early.',
  INZWA_IMPORT_MISSING_TENSOR: 'The weights to be imported lack a tensor.',
  INZWA_IMPORT_SHAPE: 'A tensor of the weights to be imported has another shape than the architecture asks for.',
  INZWA_IMPORT_TOO_LARGE: 'An imported graph would exceed the 2 GiB that one ONNX file can hold.',
  INZWA_RECOGNISER_MODEL: 'A graph of the recogniser cannot be opened or is not one that the import wrote.',
  INZWA_TOKENIZER_INVALID: 'A tokenizer file does not fit the Whisper model beside it.',
  INZWA_RECOGNISER_MISSING: 'The chosen recogniser needs a package or a setting that is not there.',
  INZWA_RECOGNISER_UNREACHABLE: 'A recognition server could not be reached, or did not answer in time.',
  INZWA_RECOGNISER_REFUSED: 'A recognition server did not take the audio, or answered with no transcript.',
  INZWA_CANNOT_SCORE: 'This recogniser cannot say how likely a phrase is under the audio.',
  INZWA_UTTERANCE_FORGOTTEN: 'The encoded audio of an utterance is no longer kept.',
  INZWA_EVAL_MANIFEST: 'A table of recordings and transcripts cannot be read, or is of no layout this program knows.',
  INZWA_EVAL_AUDIO: 'A recording of an evaluation cannot be decoded; the message names the file and why.',
  INZWA_EVAL_FAILED: 'A recogniser failed again and again while it was evaluated.',
  INZWA_FFMPEG_MISSING: 'The program ffmpeg, or an encoder that it must have for this, is not on this machine.',
  INZWA_DIALOGUE_MODEL: 'The language model could not be loaded, or its fixed prompt does not fit its context.',
  INZWA_DIALOGUE_BUSY: 'Every slot of the dialogue engine is generating, or the engine has been disposed of.',
  INZWA_CONTACTS_INVALID:
    'A file of contacts or of numbers cannot be read as a table, or lacks a column that is needed.',
  INZWA_POSTGRES_START: 'A private PostgreSQL server for tests or measurements could not be started.',
  INZWA_RECORDS_UNAVAILABLE: 'The database of records is locked, full, damaged, or cannot be reached.',
  INZWA_RECORDS_CONFLICT: 'The database of records has a row of that key already.',
  INZWA_RECORDS_MOVED: 'The records in this SQLite file were copied to PostgreSQL, and go on there.',
  INZWA_RECORDS_COPY: 'Records could not be copied from one database to another; nothing has changed.',
  INZWA_RECORDS_KEY:
    'The installation’s secret key cannot be read, or is not the one that the records were written with.',
  INZWA_RECORDING_UNREADABLE: 'The file of a recording was changed, or is not the one that its key belongs to.',
  INZWA_ERASURE_WAITS: 'Somebody whose records are to be erased is on the telephone, or is being called.',
  INZWA_RECORDS_FAILED: 'A statement on the database of records was refused: a defect, or a schema of another version.',
  INZWA_CAMPAIGN_SETTINGS: 'The settings of a campaign do not say what they must; the message names every fault.',
  INZWA_CAMPAIGN_STATE: 'A campaign is not in a state in which that can be done, or is not ready to start.',
  INZWA_API_KEY_REFUSED: 'A key of the interface for programs is none, has been revoked, or may not do that.',
  INZWA_REQUEST_INVALID: 'A request to the interface for programs does not say what it must.',
  INZWA_CAMPAIGN_UNKNOWN: 'There is no such campaign, contact or attempt.',
  INZWA_CAMPAIGN_EXISTS: 'There is a campaign of that name already, and it is another one.',
  INZWA_API_BUSY: 'The interface for programs has as many uploads or readers as it takes; ask again later.',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface InzwaErrorOptions {
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
  /** Machine-readable facts (ids, counts, expected and actual); never a caller's words or number. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export class InzwaError extends Error {
  override readonly name = 'InzwaError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: InzwaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/** True for an InzwaError, of the given code if one is named. */
export function isInzwaError(error: unknown, code?: ErrorCode): error is InzwaError {
  return error instanceof InzwaError && (code === undefined || error.code === code);
}

/** The sentence of any thrown value, for a log line or the terminal. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
