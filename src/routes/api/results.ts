/** Files that leave the service over HTTP: results of a campaign and the do-not-call lists, piece by piece as they are read. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { isInzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import { exportDoNotCall } from '#src/campaigns/do-not-call/list.ts';
import { EXPORT_FORMATS, EXPORT_KINDS, exportCampaign } from '#src/campaigns/export/export.ts';
import type { CampaignScripts } from '#src/campaigns/scripts.ts';
import { appendAudit } from '#src/records/audit.ts';
import { outlineOf } from './contacts.ts';
import { checked, idOf, type Visit } from './door.ts';

export interface ResultsApiDeps {
  readonly clock: Clock;
  readonly scripts: CampaignScripts;
}

/** A reader who takes nothing for so long has gone. */
const STUCK_MS = 60_000;
const TYPES = { csv: 'text/csv; charset=utf-8', jsonl: 'application/x-ndjson' } as const;

const query = z.strictObject({
  per: z.enum(EXPORT_KINDS).default('contacts'),
  format: z.enum(EXPORT_FORMATS).default('csv'),
  /** A byte order mark, which programs do not want and some spreadsheets need. */
  mark: z.enum(['true', 'false']).default('false'),
});

/** As `inzwa campaign results`, with its line in the audit. */
export async function sendResults(
  { records, actor, request, reply }: Visit,
  { clock, scripts }: ResultsApiDeps,
): Promise<FastifyReply> {
  const { per: kind, format, mark } = checked(query, request.query, 'query');
  const campaignId = idOf(request);
  const questions = await questionsOf(scripts, records, campaignId);
  const detail = { kind, format };
  await records.transaction((tx) =>
    appendAudit(tx, { at: clock.wallMs(), actor, action: 'campaign.export', object: campaignId, detail }),
  );
  const pieces = exportCampaign(records.db, { campaignId, kind, format, hasMark: mark === 'true', questions });
  return sendFile(reply, pieces, { clock, type: TYPES[format], name: `${kind}.${format}` });
}

/** As `inzwa campaign dnc export`. */
export async function sendDoNotCall({ records, actor, reply }: Visit, clock: Clock): Promise<FastifyReply> {
  await records.transaction((tx) =>
    appendAudit(tx, { at: clock.wallMs(), actor, action: 'do-not-call.export', object: '*' }),
  );
  return sendFile(reply, exportDoNotCall({ records }), { clock, type: TYPES.csv, name: 'do-not-call.csv' });
}

/** What fails before the first piece is refused as ever; what fails later breaks the answer off, so nobody takes a part for all. */
async function sendFile(
  reply: FastifyReply,
  pieces: AsyncGenerator<string>,
  { clock, type, name }: { readonly clock: Clock; readonly type: string; readonly name: string },
): Promise<FastifyReply> {
  const first = await pieces.next();
  async function* all(): AsyncGenerator<string> {
    for (let next = first; next.done !== true; next = await pieces.next()) {
      // Time runs while a piece waits to be taken.
      const cancel = clock.after(STUCK_MS, () => reply.raw.destroy());
      try {
        yield next.value;
      } finally {
        cancel();
      }
    }
  }
  void reply.header('content-type', type).header('content-disposition', `attachment; filename="${name}"`);
  return reply.send(Readable.from(all(), { objectMode: false }));
}

/** A script that this version can no longer read still has its answers. */
async function questionsOf(
  scripts: CampaignScripts,
  records: Visit['records'],
  campaignId: string,
): Promise<readonly string[]> {
  try {
    return (await outlineOf(scripts, records, campaignId)).questions;
  } catch (error) {
    if (isInzwaError(error, 'INZWA_PROMPTS_INVALID')) return [];
    throw error;
  }
}
