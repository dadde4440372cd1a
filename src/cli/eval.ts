/** `inzwa eval <what>`: measurements on somebody's own data, where `inzwa bench` measures what comes with the program. */
import { InzwaError } from '#kernel/errors.ts';

const EVALUATIONS: Readonly<
  Record<string, () => Promise<{ readonly run: (args: readonly string[]) => Promise<number> }>>
> = {
  asr: () => import('./eval/asr.ts'),
};

const HELP = `Usage: npm run inzwa -- eval asr --manifest FILE [options]

  asr   word and character error rates of recognisers on recordings with transcripts, over a telephone line if you like

  npm run inzwa -- eval asr --help explains the options.
`;

/** The first argument names what is evaluated. */
export async function run(args: readonly string[]): Promise<number> {
  const [what, ...rest] = args;
  if (what === undefined || what === '--help' || what === '-h') {
    process.stdout.write(HELP);
    return what === undefined ? 2 : 0;
  }
  const load = EVALUATIONS[what];
  if (load === undefined) {
    throw new InzwaError(
      'INZWA_CONFIG_INVALID',
      `there is no evaluation "${what}". Known: ${Object.keys(EVALUATIONS).join(', ')}.`,
    );
  }
  const evaluation = await load();
  return evaluation.run(rest);
}
