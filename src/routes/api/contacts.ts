/** A file of contacts over HTTP, by the same steps as `inzwa campaign import`: verdicts as lines of JSON while it is stored. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import { receiveUpload } from '#src/api/upload.ts';
import { isoEpoch, type Consent } from '#src/campaigns/import/check-row.ts';
import { DELIMITERS } from '#src/campaigns/import/dialect.ts';
import { importContacts, type ImportPlan } from '#src/campaigns/import/import.ts';
import { ENCODINGS } from '#src/campaigns/import/text.ts';
import { toldPlan, toldReport, toldRow } from '#src/campaigns/import/told.ts';
import type { RowVerdict } from '#src/campaigns/import/verdict.ts';
import type { CampaignScripts } from '#src/campaigns/scripts.ts';
import type { AllowList, CountryCode } from '#telephony/numbers.ts';
import { checked, idOf, type Visit } from './door.ts';

export interface ContactsApiDeps {
  readonly clock: Clock;
  readonly allowList: AllowList;
  readonly scripts: CampaignScripts;
  /** Where uploads are kept until they are read. */
  readonly uploads: string;
  readonly maxUploadBytes: number;
  /** The service closes down. */
  readonly closing: AbortSignal;
}

/** What a file of contacts may come as; what it really is is seen from its bytes. */
export const UPLOAD_TYPES = [
  ...['text/csv', 'text/plain', 'text/tab-separated-values', 'application/csv', 'application/octet-stream'],
];
/** 100,000 rows are 10 MB. */
export const MAX_UPLOAD_BYTES = 100_000_000;

/** At once in this process: each takes memory for its numbers, and the processor from calls. */
const MAX_IMPORTS = 2;
/** A batch keeps the event loop, on which calls are carried, for some 3 ms. */
const BATCH_ROWS = 20;
/** A reader who takes nothing for so long has gone; the import goes on. */
const STUCK_MS = 30_000;

const flag = z.enum(['', 'true', 'false', '1', '0']).transform((word) => !['false', '0'].includes(word));
const several = z.union([z.string(), z.array(z.string())]).transform((one) => (Array.isArray(one) ? one : [one]));

const pair = z.string().transform((text, context): [string, string] => {
  const [, what, header] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (what !== undefined && header !== undefined) return [what.trim(), header];
  context.addIssue({ code: 'custom', message: 'must be WHAT=HEADER' });
  return z.NEVER;
});
const day = z.string().transform((text, context): number => {
  const at = isoEpoch(text);
  if (at !== undefined) return at;
  context.addIssue({ code: 'custom', message: 'must be a date like 2026-03-31' });
  return z.NEVER;
});

const query = z
  .strictObject({
    preview: flag.default(false),
    rows: z.enum(['marked', 'all', 'none']).default('marked'),
    file: z.string().max(200).default('upload.csv'),
    map: several.pipe(z.array(pair)).default([]),
    ignore: several.default([]),
    header: z.string().optional(),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be a code of a country like ZW')
      .default('ZW'),
    consentBasis: z.string().trim().min(1).optional(),
    consentAt: day.optional(),
    consentRef: z.string().optional(),
    encoding: z.enum(ENCODINGS).optional(),
    delimiter: z.enum([...DELIMITERS, 'tab']).optional(),
  })
  .refine(
    ({ consentBasis, consentAt, consentRef }) => consentBasis !== undefined || (consentAt ?? consentRef) === undefined,
    {
      path: ['consentBasis'],
      message: 'is needed with consentAt and consentRef',
    },
  );

type Query = z.infer<typeof query>;

export class ContactsApi {
  readonly #deps: ContactsApiDeps;
  #imports = 0;

  constructor(deps: ContactsApiDeps) {
    this.#deps = deps;
  }

  /**
   * Takes the whole file before a row of it is stored, so that one that breaks off changes nothing. From then on the import
   * goes to its end, whether its sender is still there or not.
   */
  readonly take = async ({ records, phones, actor, request, reply }: Visit): Promise<FastifyReply> => {
    const { clock, closing, allowList, scripts } = this.#deps;
    const asked = checked(query, request.query, 'query');
    const campaignId = idOf(request);
    const body = this.#bodyOf(request);
    const { variables } = await outlineOf(scripts, records, campaignId);
    if (this.#imports >= MAX_IMPORTS) {
      throw new InzwaError('INZWA_API_BUSY', `${MAX_IMPORTS} files are being imported already; send this one later`);
    }
    this.#imports += 1;
    const told = new ToldLines(clock);
    const imported = this.#import(body, asked, async (file, onPlan) => {
      const report = await importContacts(
        { records, phones, allowList, clock },
        {
          ...{ campaignId, file, actor, variables, ...howOf(asked) },
          isPreview: asked.preview,
        },
        {
          signal: closing,
          batchRows: BATCH_ROWS,
          onPlan: (plan) => {
            onPlan();
            told.begin(plan);
          },
          onRow: (verdict) => (isTold(verdict, asked) ? told.say(toldRow(verdict)) : undefined),
        },
      );
      await told.say(toldReport(report, asked.preview));
    });
    void imported.done.finally(() => (this.#imports -= 1)).catch(() => undefined);
    // Until here a refusal has a status of its own.
    await imported.begun;
    void imported.done.catch((error: unknown) => told.break(error)).then(() => told.end());
    return reply.header('content-type', 'application/x-ndjson').send(told.stream);
  };

  /** `begun` rejects as `done` does where that comes first. */
  #import(
    body: AsyncIterable<Buffer>,
    { file: name }: Query,
    work: (file: Awaited<ReturnType<typeof receiveUpload>>, onPlan: () => void) => Promise<void>,
  ): { readonly begun: Promise<void>; readonly done: Promise<void> } {
    const { clock, uploads: folder, maxUploadBytes: maxBytes, closing: signal } = this.#deps;
    const planned = Promise.withResolvers<undefined>();
    const done = (async () => {
      await using file = await receiveUpload(body, { folder, name: nameOf(name), maxBytes, clock, signal });
      await work(file, () => planned.resolve(undefined));
    })();
    return { begun: Promise.race([planned.promise, done]), done };
  }

  #bodyOf({ body, headers }: FastifyRequest): AsyncIterable<Buffer> {
    const { maxUploadBytes } = this.#deps;
    if (body === undefined || body === null) {
      const message = `send the file as the body, with one of the content-types ${UPLOAD_TYPES.join(', ')}`;
      throw new InzwaError('INZWA_REQUEST_INVALID', message);
    }
    if (Number(headers['content-length'] ?? 0) > maxUploadBytes) {
      const message = `the file is larger than ${maxUploadBytes} bytes: send it in parts`;
      throw new InzwaError('INZWA_REQUEST_INVALID', message, { details: { status: 413 } });
    }
    return body as AsyncIterable<Buffer>;
  }
}

/** Of a campaign's script, as it was when the campaign was made. Rejects with INZWA_CAMPAIGN_UNKNOWN. */
export async function outlineOf(
  scripts: CampaignScripts,
  { db }: Visit['records'],
  campaignId: string,
): Promise<ReturnType<CampaignScripts['outline']>> {
  const found = await db
    .selectFrom('campaigns')
    .select(['script', 'script_text'])
    .where('id', '=', campaignId)
    .executeTakeFirst();
  if (!found) throw new InzwaError('INZWA_CAMPAIGN_UNKNOWN', `there is no campaign ${campaignId}`);
  return scripts.outline(found.script, found.script_text);
}

/** Every import of a campaign, the last one last; `doneAt` is null while it runs or when it was interrupted. */
export async function listImports({ db }: Visit['records'], campaignId: string): Promise<readonly object[]> {
  const rows = await db
    .selectFrom('imports')
    .select(['id', 'sha256', 'rows', 'accepted', 'refused', 'at', 'done_at'])
    .where('campaign_id', '=', campaignId)
    .orderBy('at')
    .orderBy('id')
    .execute();
  return rows.map(({ done_at, ...row }) => ({ ...row, doneAt: done_at }));
}

/** Lines of the answer. Whoever reads slowly holds the import up for a while; whoever does not read is let go. */
class ToldLines {
  readonly stream = new PassThrough();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.stream.on('error', () => undefined);
  }

  begin(plan: ImportPlan): void {
    this.stream.write(line(toldPlan(plan)));
  }

  async say(told: object): Promise<void> {
    const { stream } = this;
    if (stream.destroyed || stream.write(line(told))) return;
    const settled = new AbortController();
    const cancel = this.#clock.after(STUCK_MS, () => stream.destroy());
    const { signal } = settled;
    await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })]).catch(() => undefined);
    cancel();
    settled.abort();
  }

  /** What was stored before stays: the last line says that it was not all. */
  break(error: unknown): void {
    const { code, message } = isInzwaError(error)
      ? error
      : { code: 'INZWA_CANCELLED', message: 'the import was interrupted; the same file goes on where it was' };
    this.stream.write(line({ type: 'error', code, message }));
  }

  end(): void {
    this.stream.end();
  }
}

function line(told: object): string {
  return `${JSON.stringify(told)}\n`;
}

function isTold({ kind, warnings }: RowVerdict, { rows }: Query): boolean {
  return rows === 'all' || (rows === 'marked' && (kind === 'refused' || warnings.length > 0));
}

function howOf({ map, ignore, header, country, encoding, delimiter, ...asked }: Query) {
  const { consentBasis: basis, consentAt: at, consentRef: ref } = asked;
  const consent: Consent | undefined = basis === undefined ? undefined : { basis, at, ref };
  return {
    map: Object.fromEntries(map),
    ignore,
    header: header?.split(',').map((cell) => cell.trim()),
    country: country as CountryCode,
    encoding,
    delimiter: delimiter === 'tab' ? ('\t' as const) : delimiter,
    consent,
  };
}

/** The last part of a path; it stands in the audit. */
function nameOf(file: string): string {
  return file.replaceAll(/^.*[/\\]|\p{C}/gsu, '') || 'upload.csv';
}
