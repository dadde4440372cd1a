/** `inzwa campaign dnc add | import | export | check | remove`: numbers that are never called. */
import { basename } from 'node:path';
import {
  addToDoNotCall,
  checkDoNotCall,
  exportDoNotCall,
  removeFromDoNotCall,
  type Addition,
} from '#src/campaigns/do-not-call/list.ts';
import { readNumberList } from '#src/campaigns/do-not-call/read-list.ts';
import { FAULTS } from '#src/campaigns/import/verdict.ts';
import { appendAudit } from '#src/records/audit.ts';
import { fileAt } from './contacts-file.ts';
import { localTime } from './control.ts';
import { counted, openOffice, parseCommand, typedNumber, usage, type Office } from './office.ts';
import { writeOut } from './results.ts';

const HELP = `Usage: npm run inzwa -- campaign dnc <what> [options]

  add NUMBER …      from now on no campaign calls these; a call that rings is taken back
  import FILE       the same for a file: one number a row, with or without a header
  export            all lists as CSV
  check NUMBER      on which lists it is; exit code 1 when it is on one
  remove NUMBER     takes it off again; needs --because

  --campaign NAME   a list of that campaign alone; default: of all, those to come as well
  --evidence TEXT   add, import: what shows that they asked, like "letter of 2026-11-03"; never a number or a name
  --column HEADER   import: the column of the numbers, where its name does not show it
  --out FILE        export: default: standard output
  --because TEXT    remove: why, for the audit
  --help            shows this`;

type Command = (office: Office, given: Given) => Promise<number>;

interface Given {
  readonly names: readonly string[];
  readonly scope: string;
  readonly evidence: string | undefined;
  readonly column: string | undefined;
  readonly out: string | undefined;
  readonly because: string | undefined;
}

const COMMANDS: Readonly<Record<string, Command>> = { add, import: importFile, export: exportAll, check, remove };

/** Besides --campaign. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  add: ['evidence'],
  import: ['evidence', 'column'],
  export: ['out'],
  remove: ['because'],
};

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommand(
    args,
    {
      campaign: { type: 'string' },
      evidence: { type: 'string' },
      column: { type: 'string' },
      out: { type: 'string' },
      because: { type: 'string' },
    },
    HELP,
  );
  const [what, ...names] = positionals;
  if (values.help || what === undefined) {
    process.stdout.write(`${HELP}\n`);
    return values.help ? 0 : 2;
  }
  const command = Object.hasOwn(COMMANDS, what) ? COMMANDS[what] : undefined;
  if (command === undefined) throw usage(`there is no "campaign dnc ${what}"`, HELP);
  const { campaign, ...given } = values;
  const own = OPTIONS[what] ?? [];
  const odd = Object.keys(given).find((name) => name !== 'help' && !own.includes(name));
  if (odd !== undefined) throw usage(`--${odd} does not belong to dnc ${what}`, HELP);
  if (campaign !== undefined && ['export', 'check'].includes(what)) {
    throw usage(`dnc ${what} looks at all lists: leave out --campaign`, HELP);
  }
  await using office = await openOffice({ needsRecords: true });
  const scope = campaign === undefined ? '*' : await office.idOf(campaign);
  const { evidence, column, out, because } = values;
  return await command(office, { names, scope, evidence, column, out, because });
}

async function add(office: Office, { names, scope, evidence }: Given): Promise<number> {
  if (names.length === 0) throw usage('dnc add needs a NUMBER', HELP);
  const numbers = names.map((text) => typedNumber(text, HELP));
  const added = await addToDoNotCall(office, [...new Set(numbers)], additionOf(office, 'operator', scope, evidence));
  office.terminal.line(
    `${office.terminal.style('green', '✓')} ${added} added, ${numbers.length - added} were there already`,
  );
  return 0;
}

async function importFile(office: Office, { names, scope, evidence, column }: Given): Promise<number> {
  const [path] = names;
  if (path === undefined || names.length > 1) throw usage('dnc import needs one FILE', HELP);
  const { numbers, refused } = await readNumberList(fileAt(path), { column });
  const { terminal } = office;
  const addition = additionOf(office, 'import', scope, evidence ?? basename(path));
  const added = await addToDoNotCall(office, numbers, addition);
  terminal.line(`${terminal.style('green', '✓')} ${added} added, ${numbers.length - added} were there already`);
  for (const { line, code } of refused) terminal.line(`${terminal.style('red', '✗')} line ${line}: ${FAULTS[code]}`);
  if (refused.length > 0)
    terminal.line(`${counted(refused.length, 'row')} could not be read: these people may still be called`);
  return refused.length === 0 ? 0 : 1;
}

async function exportAll(office: Office, { names, out }: Given): Promise<number> {
  if (names.length > 0) throw usage('dnc export takes no name: write --out FILE', HELP);
  const { records, clock, actor, terminal } = office;
  await records.transaction((tx) =>
    appendAudit(tx, { at: clock.wallMs(), actor, action: 'do-not-call.export', object: '*' }),
  );
  const lines = await writeOut(exportDoNotCall(office), out);
  if (out !== undefined) terminal.line(`${terminal.style('green', '✓')} ${out}: ${counted(lines - 1, 'number')}`);
  return 0;
}

async function check(office: Office, { names }: Given): Promise<number> {
  const [text] = names;
  if (text === undefined || names.length > 1) throw usage('dnc check needs one NUMBER', HELP);
  const entries = await checkDoNotCall(office, typedNumber(text, HELP));
  for (const { scope, source, at, evidence } of entries) {
    const where = scope === '*' ? 'all campaigns' : scope;
    office.terminal.line(
      `not called by ${where}: ${source}, ${localTime(at)}${evidence === null ? '' : `, ${evidence}`}`,
    );
  }
  if (entries.length === 0) office.terminal.line('It is on no list.');
  return entries.length === 0 ? 0 : 1;
}

async function remove(office: Office, { names, scope, because }: Given): Promise<number> {
  const [text] = names;
  if (text === undefined || names.length > 1) throw usage('dnc remove needs one NUMBER', HELP);
  if (because === undefined || because.trim().length < 3) throw usage('dnc remove needs --because and a reason', HELP);
  const isGone = await removeFromDoNotCall(office, typedNumber(text, HELP), {
    scope,
    actor: office.actor,
    why: because,
  });
  office.terminal.line(
    isGone ? `${office.terminal.style('green', '✓')} taken off the list` : 'It was not on that list.',
  );
  return isGone ? 0 : 1;
}

function additionOf(
  { actor }: Office,
  source: Addition['source'],
  scope: string,
  evidence: string | undefined,
): Addition {
  return { scope, source, evidence, actor };
}
