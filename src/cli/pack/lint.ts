/** `inzwa pack lint`: what keeps a pack from being used, and what nobody has reviewed. */
import { lintPack, type PackLint } from '#prompts/pack-lint.ts';
import { readPack, type Entry } from './entries.ts';
import { packArguments } from './pack-arguments.ts';

const HELP = `Usage: npm run inzwa -- pack lint [options]

Reads a pack, all its hotlines, its interviews and the scripts of campaigns, and names every fault as folder/file.yaml:line.
Then, as warnings, what may be heard wrongly, keys that callers are not told of, and what no native speaker has reviewed and
is said in an emergency or to somebody in distress, or is marked C; the rest is counted.
Exit code 1 when there is a fault, else 0.

  --language CODE   default: sn
  --prompts FOLDER  other packs than those that come with the program
  --help            shows this`;

/** What is wrong or doubtful with the pack, and behind that what nobody has reviewed. */
export function lint(code: string, promptsDir: string): PackLint {
  const { faults, warnings } = lintPack(code, promptsDir);
  const unreviewed = unreviewedIn(readPack(code, promptsDir).entries, code);
  return { faults, warnings: [...warnings.map((doubt) => `warning: ${doubt}`), ...unreviewed] };
}

/** One line for each entry that must not be overlooked, one that counts the others. */
export function unreviewedIn(entries: readonly Entry[], code: string): readonly string[] {
  const open = entries.filter(({ isReviewed }) => !isReviewed);
  const named = open.filter(isNamed);
  const lines = named.map(({ at, kind, id, isUrgent, confidence }) => {
    const why = [
      ...(isUrgent ? ['for an emergency or somebody in distress'] : []),
      ...(confidence === 'C' ? ['of confidence C'] : []),
    ];
    return `${at}: warning: ${kind} "${id}", ${why.join(' and ')}, is not reviewed`;
  });
  const rest = open.length - named.length;
  if (rest === 0) return lines;
  const more = named.length > 0 ? ' more' : '';
  return [...lines, `${code}: warning: ${rest}${more} sentences, word classes and cards are not reviewed`];
}

/** The rest is too much to name one by one. */
function isNamed({ isUrgent, confidence }: Entry): boolean {
  return isUrgent || confidence === 'C';
}

export function run(args: readonly string[]): Promise<number> {
  const { language, promptsDir, isHelp } = packArguments(args, HELP);
  if (isHelp) {
    process.stdout.write(`${HELP}\n`);
    return Promise.resolve(0);
  }
  const { faults, warnings } = lint(language, promptsDir);
  const count = `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}, ${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}`;
  process.stdout.write([...faults, ...warnings, `pack ${language}: ${count}`].join('\n') + '\n');
  return Promise.resolve(faults.length > 0 ? 1 : 0);
}
