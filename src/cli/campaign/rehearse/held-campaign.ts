/** A whole campaign held against telephones in software: database, import, preflight, the service, and the export at its end. */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { LocalModels } from '#models/catalogue.ts';
import type { Interview } from '#pipeline/interview/script.ts';
import { createCampaign } from '#src/campaigns/create.ts';
import { preflight, start } from '#src/campaigns/dialler/control.ts';
import { progress, type Progress } from '#src/campaigns/dialler/progress.ts';
import type { CampaignSettingsInput } from '#src/campaigns/dialler/settings.ts';
import { putTrunk } from '#src/campaigns/dialler/trunks.ts';
import { EXPORT_FORMATS, EXPORT_KINDS, exportCampaign, type ExportKind } from '#src/campaigns/export/export.ts';
import { importContacts } from '#src/campaigns/import/import.ts';
import { trunkLimits } from '#src/carriers.ts';
import { compose, type ComposeOptions } from '#src/compose.ts';
import { readConfig } from '#src/config.ts';
import { createLogger } from '#src/observability/logger.ts';
import { openInstallationKeys } from '#src/records/keys.ts';
import { openRecords, type OpenRecords } from '#src/records/open-records.ts';
import { Phones } from '#src/records/phones.ts';
import { AllowList } from '#telephony/numbers.ts';
import { placeOf } from '../../db.ts';
import { freePort } from '../../demo/child-service.ts';
import { fileAt } from '../contacts-file.ts';
import { Ears } from './ears.ts';
import { Household } from './household.ts';
import { contactsCsv, type InventedPerson } from './people.ts';
import type { VoiceOf } from './telephone.ts';
import { openWire, type WireName } from './wire.ts';

export interface HoldOptions {
  readonly script: { readonly id: string; readonly text: string };
  readonly interview: Interview;
  readonly people: readonly InventedPerson[];
  readonly over: WireName;
  /** Calls that are open at once. */
  readonly atOnce: number;
  /** Empty; everything is written there, and nothing is taken away again. */
  readonly folder: string;
  /** Further settings of the service; its own folders, ports and carriers are of the rehearsal. */
  readonly env: Readonly<Record<string, string>>;
  readonly rules: RehearsalRules;
  readonly voiceOf: VoiceOf;
  readonly models: LocalModels;
  /** @defaultValue the real engines */
  readonly startEngines?: ComposeOptions['startEngines'];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What is being done, in a few words. */
  readonly onStep?: (what: string) => void;
  readonly onProgress?: (now: Progress) => void;
  readonly onCall?: ConstructorParameters<typeof Household>[0]['onChange'];
}

/** What the operator gets: every row of the three files, as `results --format jsonl` writes them. */
export type Exported = Readonly<Record<ExportKind, readonly ExportedRow[]>>;
export type ExportedRow = Readonly<Record<string, unknown>>;

export interface HeldCampaign {
  readonly household: Household;
  readonly exported: Exported;
  readonly state: Progress;
}

/** What is retried, and how often; the waits are the shortest that campaigns have. */
export interface RehearsalRules {
  readonly maxTries: number;
  readonly maxReached: number;
  readonly busy: number;
  readonly noAnswer: number;
  readonly machine: number;
  readonly partial: number;
}

/** Each kind of retry happens once. */
export const RULES: RehearsalRules = { maxTries: 3, maxReached: 2, busy: 2, noAnswer: 2, machine: 1, partial: 2 };

const NAME = 'rehearsal';
const ACTOR = 'rehearsal';
const CONSENT = { basis: 'invented for a rehearsal', at: undefined, ref: undefined };
const POLL_MS = 500;
const WAIT_MINUTES = 1;
/** Longer than this nobody waits for an appointment: it is looked at as it stands. */
const PATIENCE_MS = 6 * 60_000;
/** When nothing has changed for so long, something hangs. */
const STUCK_MS = 10 * 60_000;
const SHOWN_NUMBER = '+263770000001';

/** Rejects as the parts do: INZWA_CAMPAIGN_SETTINGS, INZWA_CONTACTS_INVALID, or as the signal aborts. Nothing is left running. */
export async function holdCampaign(options: HoldOptions): Promise<HeldCampaign> {
  const { people, interview, folder, clock, voiceOf, signal, onStep = () => undefined } = options;
  await using parts = new AsyncDisposableStack();
  const ears = new Ears();
  const servicePort = await freePort();
  const household = new Household({
    ...{ people, interview, clock, voiceOf, signal },
    ...(options.onCall && { onChange: options.onCall }),
  });
  onStep(options.over === 'twilio' ? 'A carrier in software is opened.' : 'A private Asterisk is started.');
  const wire = parts.use(await openWire(options.over, { clock, household, ears, servicePort, signal }));
  const config = readConfig({
    ...options.env,
    ...wire.env,
    INZWA_PORT: String(servicePort),
    INZWA_DATA_DIR: folder,
    INZWA_CALLER_NUMBER: SHOWN_NUMBER,
    INZWA_TRUNK_MAX_CALLS: String(options.atOnce),
    INZWA_TRUNK_INBOUND_RESERVE: '0',
  });
  const records = parts.use(await openRecords(placeOf(config)));
  const phones = new Phones(await openInstallationKeys(config.records.keyFile));
  for (const limits of trunkLimits(config)) await putTrunk(records, limits);
  const { script, rules, atOnce } = options;
  const settings = settingsOf(rules, atOnce);
  const campaign = { name: NAME, script, settings, trunk: options.over, actor: ACTOR };
  const campaignId = await createCampaign({ records, clock }, campaign);
  await importPeople({ records, phones, clock, campaignId, allowed: config.trunk.prefixes }, options);
  const found = await preflight({ records, clock }, campaignId);
  if (found.faults.length > 0 || found.callable !== people.length) {
    const why = found.faults.join('; ') || `${found.callable} of ${people.length} can be called`;
    throw new InzwaError('INZWA_CAMPAIGN_STATE', `the rehearsal's campaign cannot start: ${why}`);
  }
  onStep(`${people.length} people imported, and nothing is in the way of calling them.`);

  onStep('The service loads its models.');
  const log = createWriteStream(join(folder, 'service.log'));
  parts.defer(() => void log.end());
  const service = parts.use(
    await compose({
      ...{ config, models: options.models, clock, keepsRecords: true, onCallEvent: ears.observe },
      logger: createLogger('info', { write: (line: string) => void log.write(line) }),
      ...(options.startEngines && { startEngines: options.startEngines }),
    }),
  );
  await service.listen();
  await unlessAborted(service.ready, signal);
  onStep('Calls begin.');
  await start({ records, clock }, { campaignId, actor: ACTOR });
  const state = await untilOver(records, campaignId, options);
  await wire.quiet();
  await service.drain({ patienceMs: 0 });
  return { household, state, exported: await exportTo(folder, records, campaignId, interview) };
}

/** All day and every day: no telephone rings that anybody has. */
function settingsOf(rules: RehearsalRules, atOnce: number): CampaignSettingsInput {
  const allDay = ['00:00-24:00'];
  const days = { mon: allDay, tue: allDay, wed: allDay, thu: allDay, fri: allDay, sat: allDay, sun: allDay };
  const retry = (max: number) => ({ afterMinutes: WAIT_MINUTES, max });
  const { maxTries, maxReached, busy, noAnswer, machine, partial } = rules;
  return {
    window: { days, holidays: 'none' },
    ...{ maxCalls: atOnce, ringSeconds: 20, guardSeconds: 45 },
    perPhone: { minGapMinutes: WAIT_MINUTES, perDay: 8 },
    retries: {
      ...{ maxTries, maxReached },
      ...{ busy: retry(busy), noAnswer: retry(noAnswer), machine: retry(machine), partial: retry(partial) },
    },
  };
}

interface ImportPlace {
  readonly records: OpenRecords;
  readonly phones: Phones;
  readonly clock: Clock;
  readonly campaignId: string;
  /** Prefixes of numbers that may be called. */
  readonly allowed: string;
}

async function importPeople(
  { records, phones, clock, campaignId, allowed }: ImportPlace,
  { people, interview, folder, signal }: HoldOptions,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'people.csv');
  await writeFile(path, contactsCsv(people, interview));
  const order = { campaignId, file: fileAt(path), actor: ACTOR, isPreview: false, consent: CONSENT };
  const mapping = { map: {}, ignore: [], variables: interview.variables };
  const room = { records, phones, clock, allowList: AllowList.parse(allowed) };
  const report = await importContacts(room, { ...order, ...mapping }, { signal });
  if (report.accepted !== people.length) {
    const why = Object.entries(report.byCode).map(([code, rows]) => `${code} ${rows}`);
    const what = `${report.accepted} of ${people.length} invented people were accepted: ${why.join(', ')}`;
    throw new InzwaError('INZWA_CONTACTS_INVALID', what);
  }
}

async function untilOver(
  records: OpenRecords,
  campaignId: string,
  { clock, signal, onProgress }: HoldOptions,
): Promise<Progress> {
  let seen = '';
  let changedAtMs = clock.nowMs();
  for (;;) {
    const now = await progress(records, campaignId, clock.wallMs());
    onProgress?.(now);
    const looks = JSON.stringify([now.state, now.byState, now.attempts]);
    if (looks !== seen) changedAtMs = clock.nowMs();
    seen = looks;
    const isQuiet = now.open === 0;
    const isFar = now.nextAt !== undefined && now.nextAt - now.at > PATIENCE_MS;
    const isOver = now.state !== 'running' || (isFar && now.byState.dialing === 0);
    if ((isQuiet && isOver) || clock.nowMs() - changedAtMs > STUCK_MS) return now;
    await clock.sleep(POLL_MS, { signal });
  }
}

/** All six files, as an operator would take them; the rows are read from the JSON lines. */
async function exportTo(
  folder: string,
  records: OpenRecords,
  campaignId: string,
  { questions }: Interview,
): Promise<Exported> {
  const rows: Record<ExportKind, ExportedRow[]> = { contacts: [], attempts: [], answers: [] };
  for (const kind of EXPORT_KINDS) {
    for (const format of EXPORT_FORMATS) {
      const ids = questions.map(({ id }) => id);
      let text = '';
      for await (const piece of exportCampaign(records.db, { campaignId, kind, format, questions: ids })) text += piece;
      await writeFile(join(folder, `${kind}.${format}`), text);
      if (format === 'jsonl')
        rows[kind] = text
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as ExportedRow);
    }
  }
  return rows;
}

async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
