/** What `inzwa eval asr` is told on the command line. */
import { parseArgs } from 'node:util';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { LINES, parseDegradation, type Degradation } from './degradation.ts';
import { ENGINES, type EngineChoice } from './recognizers.ts';

export interface AsrOptions {
  readonly manifest: string;
  readonly audioFolder: string | undefined;
  readonly engines: readonly EngineChoice[];
  readonly language: string;
  readonly degradation: Degradation;
  readonly promptHotline: string | undefined;
  readonly lexiconFile: string | undefined;
  readonly sample: number | undefined;
  readonly seed: number;
  readonly resampleBy: 'speaker' | 'utterance' | undefined;
  readonly ffmpeg: string;
  readonly jsonPath: string | undefined;
  readonly tsvPath: string | undefined;
}

export const ASR_HELP = `Usage: npm run inzwa -- eval asr --manifest FILE [options]

Word and character error rates of recognisers on your own recordings, over a telephone line if you like. The manifest is a
table of recordings and transcripts: FLEURS (TSV without a header), Common Voice, WAXAL, or any TSV, CSV or JSON Lines with
an audio column (audio, path, file …) and a text column (text, sentence, transcription …). See docs/evaluation.md.

  --manifest FILE        the table
  --audio FOLDER         where the recordings are (default: where the layout has them, beside the table)
  --engine NAME[=MODEL]  ${ENGINES.join(', ')}; several side by side, with commas
                         (default: whisper=whisper-base). openai asks the server of INZWA_RECOGNIZER_URL
  --language CODE        forced on the engines (default: sn)

  --line NAME            ${Object.keys(LINES).join(', ')} (default: clean)
  --degrade STEPS        instead of --line: noise=DB, band, amr=KBITS, gsm, mulaw, loss=PERCENT[/BURST], with commas; done
                         in that order, at 8 kHz. amr and gsm need ffmpeg with that encoder

  --prompt-hotline NAME  primes the engines with the questions of a hotline's cards
  --lexicon FILE         primes the engines with words and phrases, one a line

  --sample N             only N rows, drawn by the seed
  --seed N               of sample, noise, losses and intervals (default: 1)
  --resample BY          speaker or utterance: what the intervals draw (default: speaker from 8 speakers on)
  --ffmpeg PATH          for what is no WAV file (default: ffmpeg)
  --json FILE            every figure, no words
  --tsv FILE             every utterance: holds what people said, so it is written only when asked for
  --help                 shows this

Exit code: 0 when every row was evaluated, 1 when some were left out, 2 for a wrong option. Ctrl-C ends with the figures of
what was heard so far.`;

/** Throws INZWA_CONFIG_INVALID; undefined when help was asked for. */
export function parseAsrOptions(args: readonly string[]): AsrOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  if (values.manifest === undefined) throw usage('eval asr needs --manifest FILE');
  if (values.line !== undefined && values.degrade !== undefined) throw usage('--line and --degrade exclude each other');
  const { line = 'clean', resample } = values;
  const named = Object.hasOwn(LINES, line) ? LINES[line] : undefined;
  if (named === undefined) throw usage(`--line is one of ${Object.keys(LINES).join(', ')}, not "${line}"`);
  if (resample !== undefined && resample !== 'speaker' && resample !== 'utterance') {
    throw usage(`--resample is speaker or utterance, not "${resample}"`);
  }
  return {
    manifest: values.manifest,
    audioFolder: values.audio,
    engines: values.engine.flatMap((list) => list.split(',')).map(engineChoice),
    language: values.language,
    degradation: parseDegradation(values.degrade ?? named),
    promptHotline: values['prompt-hotline'],
    lexiconFile: values.lexicon,
    sample: values.sample === undefined ? undefined : whole(values.sample, 1, '--sample'),
    seed: whole(values.seed, 0, '--seed'),
    resampleBy: resample,
    ffmpeg: values.ffmpeg,
    jsonPath: values.json,
    tsvPath: values.tsv,
  };
}

function engineChoice(written: string): EngineChoice {
  const [engine = '', model] = written.trim().split('=', 2);
  if (ENGINES.includes(engine) && model !== '') return { engine, model };
  throw usage(`--engine is one of ${ENGINES.join(', ')}, and =MODEL behind it, not "${written}"`);
}

function whole(text: string, least: number, name: string): number {
  const value = Number(text);
  if (/^\d{1,9}$/u.test(text) && value >= least) return value;
  throw usage(`${name} needs a whole number from ${least} on, not "${text}"`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        manifest: { type: 'string' },
        audio: { type: 'string' },
        engine: { type: 'string', multiple: true, default: ['whisper'] },
        language: { type: 'string', default: 'sn' },
        line: { type: 'string' },
        degrade: { type: 'string' },
        'prompt-hotline': { type: 'string' },
        lexicon: { type: 'string' },
        sample: { type: 'string' },
        seed: { type: 'string', default: '1' },
        resample: { type: 'string' },
        ffmpeg: { type: 'string', default: 'ffmpeg' },
        json: { type: 'string' },
        tsv: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw usage(messageOf(error));
  }
}

function usage(problem: string): InzwaError {
  return new InzwaError('INZWA_CONFIG_INVALID', `${problem}\n\n${ASR_HELP}`);
}
