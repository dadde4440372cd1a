/** `inzwa campaign preflight | start | pause | resume | stop`. */
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import { duration } from '../terminal.ts';
import { isLed } from '#src/campaigns/dialler/lease.ts';
import { pause, preflight, resume, start, stop, type ControlRoom, type Order } from '#src/campaigns/dialler/control.ts';
import type { Preflight } from '#src/campaigns/dialler/preflight.ts';
import type { CampaignState } from '#src/records/schema.ts';
import { openOffice, parseCommand, usage, type Office } from './office.ts';

type Change = (room: ControlRoom, order: Order) => Promise<CampaignState>;

const SAYINGS: Readonly<Record<string, string>> = {
  running: 'the service calls; follow it with campaign status NAME --watch',
  pausing: 'no new call is placed; calls under way go on to their end',
  paused: 'no call is placed',
  stopped: 'for good; calls that nobody has answered are taken back',
};

/** Said where calls are expected and no process leads the campaign's trunk. */
export const NOBODY_CALLS =
  'no service leads its trunk at this moment: calls begin by themselves as soon as one does (npm start, with this data folder)';

const command = (what: string, change: Change) => async (args: readonly string[]) => {
  const help = `Usage: npm run inzwa -- campaign ${what} NAME`;
  const { values, positionals } = parseCommand(args, {}, help);
  if (values.help) {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  const name = oneName(positionals, help);
  await using office = await openOffice();
  const { terminal, actor } = office;
  const campaignId = await office.idOf(name);
  const state = await change(office, { campaignId, actor }).catch((error: unknown) => {
    throw named(error, campaignId, name);
  });
  terminal.line(`${terminal.style('green', '✓')} ${name} is ${state}: ${SAYINGS[state] ?? ''}`);
  if (state === 'running' && !(await isLed(office.records, campaignId, office.clock.wallMs())))
    terminal.line(`${terminal.style('yellow', '!')} ${NOBODY_CALLS}`);
  return 0;
};

/** By the name that the operator gave it, and each fault on a line of its own. */
function named(error: unknown, campaignId: string, name: string): unknown {
  if (!isInzwaError(error, 'INZWA_CAMPAIGN_STATE')) return error;
  const { faults } = error.details;
  const list = Array.isArray(faults) ? faults.map(String) : [];
  const said = error.message.replaceAll(`campaign ${campaignId}`, name);
  const message = list.length === 0 ? said : `${said.slice(0, said.indexOf(':'))}:\n  ${list.join('\n  ')}`;
  return new InzwaError('INZWA_CAMPAIGN_STATE', message, { cause: error });
}

export const commands = {
  start: command('start', start),
  pause: command('pause', pause),
  resume: command('resume', resume),
  stop: command('stop', stop),
  preflight: runPreflight,
} as const;

/** The name that a command is given. Throws INZWA_CONFIG_INVALID. */
export function oneName(positionals: readonly string[], help: string): string {
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0) throw usage('one NAME of a campaign is needed', help);
  return name;
}

const PREFLIGHT_HELP = `Usage: npm run inzwa -- campaign preflight NAME [--json]

Changes nothing. Exit code 1 when the campaign cannot start.`;

async function runPreflight(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, { json: { type: 'boolean', default: false } }, PREFLIGHT_HELP);
  if (values.help) {
    process.stdout.write(`${PREFLIGHT_HELP}\n`);
    return 0;
  }
  const name = oneName(positionals, PREFLIGHT_HELP);
  await using office = await openOffice();
  const found = await preflight(office, await office.idOf(name));
  if (values.json) office.terminal.line(JSON.stringify({ ...found, settings: undefined }));
  else show(name, found, office);
  return found.faults.length === 0 ? 0 : 1;
}

function show(name: string, found: Preflight, { terminal }: Office): void {
  const row = (label: string, value: string | number): void => terminal.line(`  ${label.padEnd(26)} ${value}`);
  terminal.line(`${terminal.style('bold', name)} is ${found.state}`);
  row('contacts', found.contacts);
  row('can be called', found.callable);
  row('on a do-not-call list', found.optedOut);
  row('without consent', found.withoutConsent);
  row('settled already', found.settled);
  row('first call', found.opensAt === undefined ? 'never' : localTime(found.opensAt, found.settings?.tz));
  row('takes at least', duration(found.minHours * 3_600));
  if (found.maxCostMicros !== undefined) row('one call to each costs', `at most ${amount(found.maxCostMicros)}`);
  for (const warning of found.warnings) terminal.line(`${terminal.style('yellow', '!')} ${warning}`);
  for (const fault of found.faults) terminal.line(`${terminal.style('red', '✗')} ${fault}`);
  if (found.faults.length === 0) terminal.line(`${terminal.style('green', '✓')} nothing is in the way`);
}

/** `2026-11-27 08:00 Africa/Harare` */
export function localTime(at: number, tz = 'Africa/Harare'): string {
  const written = new Intl.DateTimeFormat('sv-SE', { timeZone: tz, dateStyle: 'short', timeStyle: 'short' }).format(at);
  return `${written} ${tz}`;
}

/** Of millionths: `12.50`. */
export function amount(micros: number): string {
  return (micros / 1e6).toFixed(2);
}
