/** `inzwa campaign new`: a draft. */
import { readFile } from 'node:fs/promises';
import { InzwaError } from '#kernel/errors.ts';
import { loadInterview, readScript } from '#prompts/campaign.ts';
import { createCampaign } from '#src/campaigns/create.ts';
import { readSettingsText } from '#src/campaigns/dialler/settings-text.ts';
import type { Config } from '#src/config.ts';
import { fileTrouble } from './contacts-file.ts';
import { openOffice, parseCommand, usage } from './office.ts';

const HELP = `Usage: npm run inzwa -- campaign new NAME --script SCRIPT [options]

  --script SCRIPT   prompts/<language>/campaigns/<script>.yaml, as hutano or sn/hutano; the campaign keeps the text it has now
  --settings FILE   the rules as YAML or JSON: window, retries, limits, consent, prices (docs/campaigns.md);
                    default: Monday to Saturday 08:00 to 20:00 in Harare, not on public holidays, consent required
  --trunk NAME      twilio or asterisk; default: the one that the environment configures
  --budget AMOUNT   what it may cost at most, in the currency of the price list (which the settings must have), like 25 or 12.50
  --help            shows this`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommand(
    args,
    {
      script: { type: 'string' },
      settings: { type: 'string' },
      trunk: { type: 'string' },
      budget: { type: 'string' },
    },
    HELP,
  );
  const [name, ...rest] = positionals;
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (name === undefined || rest.length > 0)
    throw usage('campaign new needs one NAME (in quotation marks if it has blanks)', HELP);
  if (values.script === undefined) throw usage('campaign new needs --script', HELP);
  const script = readScript(values.script);
  const { variables } = loadInterview(script.id, script.text);
  const settings = values.settings === undefined ? {} : await readSettingsFile(values.settings);
  const budgetMicros = values.budget === undefined ? undefined : microsOf(values.budget);
  await using office = await openOffice();
  const trunk = trunkOf(values.trunk) ?? onlyTrunk(office.config);
  await createCampaign(office, { name, script, settings, trunk, budgetMicros, actor: office.actor });
  const { terminal } = office;
  terminal.line(`${terminal.style('green', '✓')} ${name}: a draft, script ${script.id}, trunk ${trunk}`);
  terminal.line(`Its contacts need the columns: ${['phone', ...variables].join(', ')}`);
  terminal.line(`Next: npm run inzwa -- campaign import ${shown(name)} contacts.csv --preview --consent-basis "…"`);
  return 0;
}

async function readSettingsFile(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new InzwaError('INZWA_CAMPAIGN_SETTINGS', `${path} cannot be read: ${fileTrouble(error)}`, { cause: error });
  });
  return readSettingsText(text, path);
}

const TRUNKS: readonly string[] = ['twilio', 'asterisk'];

/** A campaign keeps its trunk: a slip would be seen only when it cannot be started. */
function trunkOf(name: string | undefined): string | undefined {
  if (name === undefined || TRUNKS.includes(name)) return name;
  throw usage(`--trunk ${name} is none of ${TRUNKS.join(', ')}`, HELP);
}

/** As a name is typed. */
function shown(name: string): string {
  return /\s/.test(name) ? `"${name}"` : name;
}

function microsOf(amount: string): number {
  if (!/^\d{1,9}(?:\.\d{1,6})?$/.test(amount)) throw usage(`--budget ${amount} is no amount like 25 or 12.50`, HELP);
  return Math.round(Number(amount) * 1e6);
}

function onlyTrunk({ ari, twilioAccountSid }: Pick<Config, 'ari' | 'twilioAccountSid'>): string {
  if (ari !== undefined && twilioAccountSid === undefined) return 'asterisk';
  if (ari === undefined && twilioAccountSid !== undefined) return 'twilio';
  throw usage(
    ari === undefined
      ? 'neither Twilio nor Asterisk is configured in this environment: name the trunk with --trunk'
      : 'Twilio and Asterisk are both configured: choose with --trunk',
    HELP,
  );
}
