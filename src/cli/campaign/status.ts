/** `inzwa campaign status | list`: how far campaigns have come, counted in the database. */
import { isLed } from '#src/campaigns/dialler/lease.ts';
import { progress, type Progress } from '#src/campaigns/dialler/progress.ts';
import { isInzwaError } from '#kernel/errors.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { createTerminal, duration, type Terminal } from '../terminal.ts';
import { amount, localTime, NOBODY_CALLS, oneName } from './control.ts';
import { openOffice, parseCommand } from './office.ts';

const HELP = `Usage: npm run inzwa -- campaign status NAME [--watch] [--json]

  --watch   again every second, until the campaign is over or Ctrl-C
  --json    everything that is counted, one JSON object a line`;

const LIST_HELP = 'Usage: npm run inzwa -- campaign list [--json]';

const WATCH_MS = 1_000;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommand(
    args,
    { watch: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
    HELP,
  );
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const name = oneName(positionals, HELP);
  await using office = await openOffice();
  const id = await office.idOf(name);
  using interrupt = listenForInterrupt();
  for (;;) {
    const now = await progress(office.records, id, office.clock.wallMs());
    const isOver = ['stopped', 'completed'].includes(now.state) && now.open === 0;
    if (values.json) office.terminal.line(JSON.stringify(now));
    else if (values.watch && !isOver) office.terminal.status(lineOf(now));
    else {
      show(now, office.terminal);
      const mustCall = now.state === 'running' || now.open > 0;
      if (mustCall && !(await isLed(office.records, id, now.at)))
        office.terminal.line(`${office.terminal.style('yellow', '!')} ${NOBODY_CALLS}`);
    }
    if (!values.watch || isOver) return 0;
    try {
      await office.clock.sleep(WATCH_MS, { signal: interrupt.signal });
    } catch (error) {
      if (!isInzwaError(error, 'INZWA_CANCELLED')) throw error;
      office.terminal.status();
      return interrupt.exitCode ?? 1;
    }
  }
}

/** `inzwa campaign list` */
export async function runList(args: readonly string[]): Promise<number> {
  const { values } = parseCommand(args, { json: { type: 'boolean', default: false } }, LIST_HELP);
  const terminal = createTerminal();
  if (values.help) {
    terminal.line(LIST_HELP);
    return 0;
  }
  await using office = await openOffice();
  const campaigns = await office.records.db
    .selectFrom('campaigns')
    .select(['id', 'name', 'state', 'state_reason', 'script', 'trunk', 'created_at'])
    .orderBy('created_at')
    .execute();
  for (const campaign of campaigns) {
    const { name, state, state_reason, script, trunk, created_at } = campaign;
    const why = state_reason === null ? '' : ` (${state_reason})`;
    terminal.line(
      values.json
        ? JSON.stringify(campaign)
        : `${name.padEnd(24)} ${`${state}${why}`.padEnd(24)} ${script.padEnd(16)} ${trunk.padEnd(10)} ${localTime(created_at)}`,
    );
  }
  if (campaigns.length === 0 && !values.json) terminal.line('There are no campaigns.');
  return 0;
}

function lineOf({ name, state, contacts, byState, open, attempts, remainingMs }: Progress): string {
  const settled = byState.done + byState.skipped;
  const left = remainingMs === undefined ? '' : `, ${duration(remainingMs / 1_000)} of open window left`;
  return `${name} ${state}: ${settled} of ${contacts} settled, ${open - attempts.intent} on the line, ${attempts.done} calls made${left}`;
}

function show(now: Progress, terminal: Terminal): void {
  const row = (label: string, value: string | number): void => terminal.line(`  ${label.padEnd(22)} ${value}`);
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const why = now.stateReason === null ? '' : ` (${now.stateReason})`;
  terminal.line(`${terminal.style('bold', now.name)} is ${now.state}${why}`);
  row('contacts', `${now.contacts}: ${counts(now.byState)}`);
  row('what became of them', counts(now.byDisposition) || 'nothing yet');
  row('attempts', counts(now.attempts) || 'none');
  row('how calls ended', counts(now.byOutcome) || 'none has');
  row('on the line', now.open - now.attempts.intent);
  if (now.attempts.intent > 0)
    row('asked of the carrier', `${now.attempts.intent}, not confirmed yet: looked up, and not ordered again`);
  if (now.answeredShareLastHour !== undefined)
    row('answered, last hour', `${Math.round(now.answeredShareLastHour * 100)} %`);
  const { spentMicros, reservedMicros, budgetMicros } = now;
  if (spentMicros > 0 || budgetMicros !== null) {
    const of = budgetMicros === null ? '' : ` of ${amount(budgetMicros)}`;
    row('spent', `${amount(spentMicros)}${of}, ${amount(reservedMicros)} set aside for calls under way`);
  }
  // One that does not run calls nobody, whatever the hour.
  if (now.nextAt !== undefined && now.state === 'running') row('next call', localTime(now.nextAt));
  if (now.remainingMs !== undefined) row('left, at this pace', `${duration(now.remainingMs / 1_000)} of open window`);
}
