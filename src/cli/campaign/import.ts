/** `inzwa campaign import`: contacts from a CSV, looked at first if that is wanted. */
import { setFlagsFromString } from 'node:v8';
import { InzwaError } from '#kernel/errors.ts';
import { loadInterview } from '#prompts/campaign.ts';
import { parseSettings } from '#src/campaigns/dialler/settings.ts';
import { isoEpoch, type Consent } from '#src/campaigns/import/check-row.ts';
import { DELIMITERS } from '#src/campaigns/import/dialect.ts';
import { importContacts } from '#src/campaigns/import/import.ts';
import { ENCODINGS } from '#src/campaigns/import/text.ts';
import { refusedName } from '#src/campaigns/import/verdict-file.ts';
import { AllowList, type CountryCode } from '#telephony/numbers.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { fileAt } from './contacts-file.ts';
import { ImportPaper } from './import-paper.ts';
import { openOffice, parseCommand, usage, type Office } from './office.ts';

const HELP = `Usage: npm run inzwa -- campaign import NAME FILE [options]

A CSV with a header: UTF-8, UTF-16 or Windows-1252, separated by commas, semicolons, tabs or |. One column holds telephone
numbers; language, tz, consent_basis, consent_at and consent_ref are known by their names; every other column is a value
that the script may speak. The same file twice changes nothing.

  --preview              tells what would become of every row, and stores nothing
  --map WHAT=HEADER      the column that is phone, consent_basis … or a variable of the script; may be repeated, and is
                         remembered for the campaign's next file
  --ignore HEADER        a column that is not stored; may be repeated
  --header A,B,C         names of the columns, for a file without a header
  --country CODE         whose numbers are written without a country code; default: ZW
  --consent-basis TEXT   why these people may be called, for rows that do not say: "registered at the clinic, form 7"
  --consent-at DATE      since when, like 2026-03-31
  --consent-ref TEXT     where the proof is kept
  --refused FILE         where the refused rows go, each with what is wrong; default: FILE with .refused.csv at its end, and
                         none with --preview. A file that is there with other content stays: the rows go to one with -2
  --verdicts FILE        a CSV with the verdict on every row; rows are counted as a spreadsheet does, the header is row 1
  --all                  every refused row on the screen, not the first 50
  --json                 one JSON object a line: the plan, each row, the report
  --encoding, --delimiter  where they are not seen rightly: ${ENCODINGS.join(', ')}; , ; | or tab
  --help                 shows this`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommand(
    args,
    {
      preview: { type: 'boolean', default: false },
      map: { type: 'string', multiple: true, default: [] },
      ignore: { type: 'string', multiple: true, default: [] },
      header: { type: 'string' },
      country: { type: 'string', default: 'ZW' },
      'consent-basis': { type: 'string' },
      'consent-at': { type: 'string' },
      'consent-ref': { type: 'string' },
      refused: { type: 'string' },
      verdicts: { type: 'string' },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      encoding: { type: 'string' },
      delimiter: { type: 'string' },
    },
    HELP,
  );
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const [name, path, ...rest] = positionals;
  if (name === undefined || path === undefined || rest.length > 0)
    throw usage('campaign import needs NAME and FILE', HELP);
  // Rows pass through and are forgotten; V8 would set 100 MB aside for them (100,000 rows: 336 MB of memory instead of 276).
  setFlagsFromString('--semi-space-growth-factor=1');
  const isPreview = values.preview;
  const consent = consentOf(values);
  const how = {
    map: Object.fromEntries(values.map.map(pairOf)),
    ignore: values.ignore,
    header: values.header?.split(',').map((cell) => cell.trim()),
    country: countryOf(values.country),
    encoding: oneOf('--encoding', values.encoding, ENCODINGS),
    delimiter: oneOf('--delimiter', values.delimiter === 'tab' ? '\t' : values.delimiter, DELIMITERS),
  };
  await using office = await openOffice();
  using interrupt = listenForInterrupt();
  const campaignId = await office.idOf(name);
  const { variables, needsConsent } = await campaignOf(office, campaignId);
  const paper = new ImportPaper(office.terminal, {
    ...{ isPreview, isJson: values.json, isEverything: values.all, verdicts: values.verdicts },
    refused: values.refused ?? (isPreview ? undefined : refusedName(path)),
    consent: consent !== undefined ? 'given' : needsConsent ? 'missing' : 'not needed',
  });
  try {
    const report = await importContacts(
      { ...office, allowList: AllowList.parse(office.config.trunk.prefixes) },
      {
        ...how,
        ...{ campaignId, isPreview, consent, actor: office.actor, file: fileAt(path) },
        variables,
      },
      {
        signal: interrupt.signal,
        onPlan: (plan) => paper.plan(plan),
        onRow: (verdict, record) => paper.row(verdict, record),
      },
    );
    paper.report(report);
    return report.rows > 0 && report.refused === report.rows ? 1 : 0;
  } finally {
    paper.close();
  }
}

async function campaignOf(
  { records }: Office,
  campaignId: string,
): Promise<{ readonly variables: readonly string[]; readonly needsConsent: boolean }> {
  const { script, script_text, settings_json } = await records.db
    .selectFrom('campaigns')
    .select(['script', 'script_text', 'settings_json'])
    .where('id', '=', campaignId)
    .executeTakeFirstOrThrow();
  const { variables } = loadInterview(script, script_text);
  return { variables, needsConsent: parseSettings(settings_json).consent.isRequired };
}

function pairOf(text: string): [string, string] {
  const [, what, header] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (what === undefined || header === undefined) throw usage(`--map ${text} is not WHAT=HEADER`, HELP);
  return [what.trim(), header];
}

function countryOf(code: string): CountryCode {
  if (!/^[A-Z]{2}$/.test(code)) throw usage(`--country ${code} is no code of a country like ZW`, HELP);
  return code as CountryCode;
}

function oneOf<Value extends string>(
  option: string,
  value: string | undefined,
  known: readonly Value[],
): Value | undefined {
  const found = known.find((each) => each === value);
  if (value !== undefined && found === undefined) throw usage(`${option} ${value} is not known`, HELP);
  return found;
}

function consentOf(values: {
  readonly 'consent-basis'?: string | undefined;
  readonly 'consent-at'?: string | undefined;
  readonly 'consent-ref'?: string | undefined;
}): Consent | undefined {
  const { 'consent-basis': basis, 'consent-at': date, 'consent-ref': ref } = values;
  const at = date === undefined ? undefined : isoEpoch(date);
  if (date !== undefined && at === undefined) throw usage(`--consent-at ${date} is no date like 2026-03-31`, HELP);
  if (basis === undefined) {
    if (date !== undefined || ref !== undefined)
      throw usage('--consent-at and --consent-ref need --consent-basis', HELP);
    return undefined;
  }
  if (basis.trim() === '') throw new InzwaError('INZWA_CONFIG_INVALID', '--consent-basis is empty');
  return { basis: basis.trim(), at, ref };
}
