/** `inzwa text speak | value | phonemes | fold`: what the language's rules make of text, line by line. */
import { parseArgs } from 'node:util';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type { CountClass, Language } from '#pipeline/language/language.ts';
import { loadLanguage } from '#prompts/language.ts';
import { filterLines } from './line-filter.ts';
import { createTerminal } from './terminal.ts';

const HELP = `Usage: npm run inzwa -- text <what> [options] < lines

One line in, one line out, in order, as they come; an empty line stays one.

  speak      written text as words that a voice can say: figures, money, times, abbreviations
  value      spoken words as the value they mean, or none:
             224  3.5  60%  3.  USD 2.30  18:30  2019-08-27  --08-27  0771234567  PT2H30M
  phonemes   the sounds as IPA: a space between phonemes, two between words
  fold       sound classes in which what a recogniser confuses is equal

  --class none|2|4|6|8|10   speak: the noun class that a figure agrees with where no noun of the text says it
  --voice                   phonemes: as a voice gets them, words joined, with stress, length and pauses
  --language CODE           a folder below prompts/; default: sn
  --help                    shows this`;

const CLASSES = new Map<string, CountClass>([
  ['none', 'none'],
  ['2', 2],
  ['4', 4],
  ['6', 6],
  ['8', 8],
  ['10', 10],
]);

interface Options {
  readonly nounClass: CountClass | undefined;
  readonly isForVoice: boolean;
}

type Reading = (line: string, language: Language, options: Options) => string;

const READINGS: Readonly<Record<string, Reading>> = {
  speak: (line, language, { nounClass }) => language.speakable(line, nounClass === undefined ? {} : { nounClass }),
  value: (line, language) => {
    const value = language.valueOf(line);
    return value === undefined ? 'none' : language.writeValue(value);
  },
  phonemes: (line, language, { isForVoice }) =>
    language.phonemes(language.speakable(line), isForVoice ? 'voice' : 'separate'),
  // Figures have no letters to fold, but they are said all the same.
  fold: (line, language) => language.fold(/\p{N}/u.test(line) ? language.speakable(line) : line),
};

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const [what, ...rest] = positionals;
  if (values.help || what === undefined) {
    createTerminal().line(HELP);
    return values.help ? 0 : 2;
  }
  const reading = READINGS[what];
  if (reading === undefined || rest.length > 0) throw usage(`there is no "text ${positionals.join(' ')}"`);
  const nounClass = values.class === undefined ? undefined : CLASSES.get(values.class);
  if (values.class !== undefined && nounClass === undefined) {
    throw usage(`--class is ${[...CLASSES.keys()].join(', ')}, not "${values.class}"`);
  }
  const language = loadLanguage(values.language);
  const options = { nounClass, isForVoice: values.voice };
  return filterLines((line) => reading(line, language, options));
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        class: { type: 'string' },
        voice: { type: 'boolean', default: false },
        language: { type: 'string', default: 'sn' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw usage(messageOf(error));
  }
}

function usage(problem: string): InzwaError {
  return new InzwaError('INZWA_CONFIG_INVALID', `${problem}\n\n${HELP}`);
}
