/** The `inzwa` command: finds the subcommand's file, runs it, turns what it throws into one sentence and an exit code. */
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import { createTerminal } from './terminal.ts';

interface Command {
  readonly summary: string;
  readonly load: () => Promise<{ readonly run: (args: readonly string[]) => Promise<number> }>;
}

/** Loaded on demand: `inzwa models` must not wait for an inference engine, and `--help` for nothing at all. */
const COMMANDS: Readonly<Record<string, Command>> = {
  demo: { summary: 'start the service and place one telephone call to it, in Shona', load: () => import('./demo.ts') },
  serve: { summary: 'answer telephone calls (settings: see README)', load: () => import('./serve.ts') },
  call: { summary: 'dial one number through the trunk, for the running service', load: () => import('./call.ts') },
  text: {
    summary: 'the language’s rules on lines of text: text speak | value | phonemes | fold',
    load: () => import('./text.ts'),
  },
  match: { summary: 'which card a transcript asks for: match --hotline NAME', load: () => import('./match.ts') },
  pack: { summary: 'a language pack: pack lint | score | checklist', load: () => import('./pack.ts') },
  eval: { summary: 'error rates of recognisers on your own recordings: eval asr', load: () => import('./eval.ts') },
  models: { summary: 'list, pull, verify or import models', load: () => import('./models.ts') },
  asterisk: { summary: 'write an Asterisk’s configuration and sounds', load: () => import('./asterisk.ts') },
  doctor: {
    summary: 'what keeps an Asterisk from answering calls: doctor asterisk',
    load: () => import('./doctor.ts'),
  },
  campaign: {
    summary: 'call people from a list: campaign new | import | start …',
    load: () => import('./campaign.ts'),
  },
  db: { summary: 'the database of records: db migrate | backup | restore | copy', load: () => import('./db.ts') },
  privacy: {
    summary: 'what is kept of one person: privacy export | erase | check',
    load: () => import('./privacy.ts'),
  },
  keys: { summary: 'keys of the interface for programs: keys add | list | revoke', load: () => import('./keys.ts') },
  bench: { summary: 'measure: bench call, bench asterisk, bench shona', load: () => import('./bench.ts') },
  test: { summary: 'run every test, the ones with real models included', load: () => import('./test.ts') },
  'test:fast': { summary: 'run the tests that need no weights and no network', load: () => import('./test-fast.ts') },
  check: {
    summary: 'format, lint, types, fast tests, unused code: what CI asks for',
    load: () => import('./check.ts'),
  },
};

const HELP = [
  'inzwa: a voice agent for the telephone that listens and answers in Shona',
  '',
  'Usage: npm run inzwa -- <command> [options]',
  '',
  ...Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`),
  '',
  'A command explains itself: npm run inzwa -- models --help',
].join('\n');

/** Resolves to the exit code; never rejects. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const errors = createTerminal({ sink: process.stderr });
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(`${HELP}\n`);
    return name === undefined ? 2 : 0;
  }
  try {
    const command = COMMANDS[name];
    if (command === undefined) {
      throw new InzwaError(
        'INZWA_CONFIG_INVALID',
        `there is no command "${name}". Known: ${Object.keys(COMMANDS).join(', ')}.`,
      );
    }
    const { run } = await command.load();
    return await run(rest);
  } catch (error) {
    // A failure we know needs its sentence, any other its stack: it is a defect of ours.
    const text =
      error instanceof InzwaError || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message);
    const code = error instanceof InzwaError ? ` ${errors.style('dim', `(${error.code})`)}` : '';
    // Behind the sentence, not behind the help that may follow it.
    const [, sentence = '', help = ''] = /^(.*?)(\n\n[^]*)?$/s.exec(text) ?? [];
    errors.line(`${errors.style('red', 'inzwa:')} ${sentence}${code}${help}`);
    return isInzwaError(error, 'INZWA_CONFIG_INVALID') ? 2 : 1;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
