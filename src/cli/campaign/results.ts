/** `inzwa campaign results`: what became of a campaign, as a file. */
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import { loadInterview } from '#prompts/campaign.ts';
import { EXPORT_FORMATS, EXPORT_KINDS, exportCampaign } from '#src/campaigns/export/export.ts';
import { appendAudit } from '#src/records/audit.ts';
import { oneName } from './control.ts';
import { openOffice, parseCommand, usage } from './office.ts';

const HELP = `Usage: npm run inzwa -- campaign results NAME [options]

  --per KIND        contacts (default), attempts or answers: what a row is
  --format FORMAT   csv (default) or jsonl: one JSON object a line, values with their types
  --out FILE        where to; default: standard output
  --no-mark         CSV: without the byte order mark that spreadsheets recognise UTF-8 by
  --help            shows this

The CSV opens in a spreadsheet without a formula being worked out or a number losing digits: cells for which that would be
so begin with an apostrophe. The file of contacts can be imported again. Each export is a line in the audit.`;

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommand(
    args,
    {
      per: { type: 'string', default: 'contacts' },
      format: { type: 'string', default: 'csv' },
      out: { type: 'string' },
      'no-mark': { type: 'boolean', default: false },
    },
    HELP,
  );
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const name = oneName(positionals, HELP);
  const kind = EXPORT_KINDS.find((each) => each === values.per || each === `${values.per}s`);
  const format = EXPORT_FORMATS.find((each) => each === values.format);
  if (kind === undefined) throw usage(`--per ${values.per} is none of ${EXPORT_KINDS.join(', ')}`, HELP);
  if (format === undefined) throw usage(`--format ${values.format} is none of ${EXPORT_FORMATS.join(', ')}`, HELP);
  await using office = await openOffice();
  const { records, actor, clock } = office;
  const campaignId = await office.idOf(name);
  const { script, script_text } = await records.db
    .selectFrom('campaigns')
    .select(['script', 'script_text'])
    .where('id', '=', campaignId)
    .executeTakeFirstOrThrow();
  await records.transaction((tx) =>
    appendAudit(tx, {
      at: clock.wallMs(),
      actor,
      action: 'campaign.export',
      object: campaignId,
      detail: { kind, format },
    }),
  );
  const pieces = exportCampaign(records.db, {
    ...{ campaignId, kind, format },
    hasMark: !values['no-mark'],
    questions: questionsOf(script, script_text),
  });
  const rows = await writeOut(pieces, values.out);
  if (values.out === undefined) return 0;
  const nothing = rows > (format === 'csv' ? 1 : 0) ? '' : `: there are no ${kind} yet`;
  office.terminal.line(`${office.terminal.style('green', '✓')} ${values.out}${nothing}`);
  return 0;
}

/**
 * To a file that only its owner reads, or to standard output; resolves to how many lines it has at least. A file is there when
 * all of it is: what was there before stays until then. Rejects with INZWA_CONFIG_INVALID when it cannot be written.
 */
export async function writeOut(pieces: AsyncIterable<string>, path: string | undefined): Promise<number> {
  let lines = 0;
  async function* counted(): AsyncGenerator<string> {
    for await (const piece of pieces) {
      lines += piece.split('\n').length - 1;
      yield piece;
    }
  }
  const isFile = path !== undefined && (await stat(path).catch(() => undefined))?.isFile() !== false;
  const target = isFile ? `${path}.part` : path;
  try {
    const sink = target === undefined ? process.stdout : createWriteStream(target, { mode: 0o600 });
    await pipeline(Readable.from(counted(), { objectMode: false }), sink, { end: target !== undefined });
    if (isFile) await rename(`${path}.part`, path);
  } catch (error) {
    // Whoever reads standard output has seen enough.
    if (target === undefined && error instanceof Error && 'code' in error && error.code === 'EPIPE') return lines;
    if (isFile) await rm(`${path}.part`, { force: true });
    if (isInzwaError(error) || path === undefined) throw error;
    const why = `${path} cannot be written (${messageOf(error)}): choose another --out`;
    throw new InzwaError('INZWA_CONFIG_INVALID', why, { cause: error });
  }
  return lines;
}

/** A script that this version can no longer read still has its answers. */
function questionsOf(script: string, text: string): readonly string[] {
  try {
    return loadInterview(script, text).questions.map(({ id }) => id);
  } catch {
    return [];
  }
}
