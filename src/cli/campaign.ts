/** `inzwa campaign …`: from a CSV of contacts to a file of results. */
import { InzwaError } from '#kernel/errors.ts';

type Run = (args: readonly string[]) => Promise<number>;

const COMMANDS: Readonly<Record<string, () => Promise<{ readonly run: Run }>>> = {
  try: () => import('./campaign/try.ts'),
  rehearse: () => import('./campaign/rehearse.ts'),
  new: () => import('./campaign/new.ts'),
  import: () => import('./campaign/import.ts'),
  preflight: () => control('preflight'),
  start: () => control('start'),
  pause: () => control('pause'),
  resume: () => control('resume'),
  stop: () => control('stop'),
  status: () => import('./campaign/status.ts'),
  list: async () => ({ run: (await import('./campaign/status.ts')).runList }),
  results: () => import('./campaign/results.ts'),
  dnc: () => import('./campaign/dnc.ts'),
};

const HELP = `Usage: npm run inzwa -- campaign <what> [options]

  try SCRIPT        the interview with a telephone in software; nobody is called
  rehearse SCRIPT   a whole campaign against telephones in software, its results compared; nobody is called
  new NAME          a draft: which script, which rules, which trunk
  import NAME FILE  contacts from a CSV; --preview tells what would become of every row and stores nothing
  preflight NAME    who would be called, what it costs and takes, and what is in the way
  start NAME        the running service begins to call
  pause NAME        no new call from now on; those under way go on
  resume NAME       goes on after a pause
  stop NAME         for good; calls that nobody has answered are taken back
  status NAME       how far it has come; --watch follows it
  list              all campaigns
  results NAME      a file of contacts, attempts or answers: CSV or JSON lines
  dnc …             numbers that are never called: dnc add | import | export | check | remove

The campaigns are those of INZWA_DATABASE_URL, else of INZWA_DATA_DIR; the calls are made by the service (npm start).
Each explains its options: npm run inzwa -- campaign import --help`;

/** The first argument names what is done. */
export async function run(args: readonly string[]): Promise<number> {
  const [what, ...rest] = args;
  if (what === undefined || what === '--help' || what === '-h') {
    process.stdout.write(`${HELP}\n`);
    return what === undefined ? 2 : 0;
  }
  const load = Object.hasOwn(COMMANDS, what) ? COMMANDS[what] : undefined;
  if (load === undefined) throw new InzwaError('INZWA_CONFIG_INVALID', `there is no "campaign ${what}"\n\n${HELP}`);
  const command = await load();
  return command.run(rest);
}

async function control(what: 'preflight' | 'start' | 'pause' | 'resume' | 'stop'): Promise<{ readonly run: Run }> {
  const { commands } = await import('./campaign/control.ts');
  return { run: commands[what] };
}
