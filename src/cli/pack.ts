/** `inzwa pack lint | score | checklist`: whether a language pack can be used, how good it is, what a speaker should check. */
import { InzwaError } from '#kernel/errors.ts';

const COMMANDS: Readonly<
  Record<string, () => Promise<{ readonly run: (args: readonly string[]) => Promise<number> }>>
> = {
  lint: () => import('./pack/lint.ts'),
  score: () => import('./pack/score.ts'),
  checklist: () => import('./pack/checklist.ts'),
};

const HELP = `Usage: npm run inzwa -- pack <what> [--language CODE] [options]

  lint        every fault of the pack and its hotlines with file and line; warnings for what nobody has reviewed
  score       a card: coverage, review, round trips of the text front end, the voice's sounds, cards found by speech
  checklist   what a native speaker should check, the most doubtful first, to print and fill in

  --language CODE   default: sn
  --prompts FOLDER  other packs than those that come with the program

Each explains its options: npm run inzwa -- pack score --help
`;

/** The first argument names what is done with the pack. */
export async function run(args: readonly string[]): Promise<number> {
  const [what, ...rest] = args;
  if (what === undefined || what === '--help' || what === '-h') {
    process.stdout.write(HELP);
    return what === undefined ? 2 : 0;
  }
  const load = COMMANDS[what];
  if (load === undefined) throw new InzwaError('INZWA_CONFIG_INVALID', `there is no "pack ${what}"\n\n${HELP}`);
  const command = await load();
  return command.run(rest);
}
