/** `inzwa models list | pull | verify | import`, and ensureModels for every command that needs a profile. */
import { parseArgs } from 'node:util';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import { openLocalModels, type LocalModels } from '#models/catalogue.ts';
import { importModel } from '#models/import-model.ts';
import type { PullEvent } from '#models/pull-context.ts';
import { idsOf, type Profile } from '#models/schema.ts';
import { listenForInterrupt } from './interrupt.ts';
import { modelTable } from './model-table.ts';
import { pullReport } from './pull-report.ts';
import { createTerminal, duration, size, type Terminal } from './terminal.ts';

const DEFAULT_PROFILE = 'default';

const HELP = `Usage: npm run inzwa -- models <what>

  list                         what the catalogue has, and what of it is on this machine
  pull [--profile NAME | ID…]  fetch what is missing, resume what was interrupted (default: --profile default)
  verify [--profile NAME | ID…]  read every byte and compare (default: everything that is here)
  import --from PATH --format ctranslate2|safetensors|ctc --id NAME [--language TAG]
                               turn Whisper weights into the graphs that run here, or take a CTC model (model.onnx and
                               vocab.json) over; PATH is a folder or a file

Models are kept in INZWA_MODELS_DIR (default: the user's cache folder). INZWA_MODEL_MIRROR names a folder that is
tried before the network.`;

/** The models of a profile, all on this machine and verified. */
export interface EnsuredModels {
  readonly catalogue: LocalModels;
  readonly profile: Profile;
}

export interface EnsureOptions {
  readonly signal: AbortSignal;
  /** @defaultValue a progress bar on standard output */
  readonly report?: (event: PullEvent) => void;
}

/** Pulls and builds what the profile lacks; says nothing and takes milliseconds when nothing is missing. */
export async function ensureModels(profileName: string, { signal, report }: EnsureOptions): Promise<EnsuredModels> {
  const catalogue = await openLocalModels();
  const profile = catalogue.profile(profileName);
  const missing: string[] = [];
  for (const id of idsOf(profile)) {
    try {
      await catalogue.open(id);
    } catch (error) {
      if (!isInzwaError(error, 'INZWA_MODEL_MISSING') && !isInzwaError(error, 'INZWA_MODEL_HASH')) throw error;
      missing.push(id);
    }
  }
  if (missing.length > 0) {
    if (report === undefined) await pullWithReport(catalogue, missing, signal, createTerminal());
    else await catalogue.pull(missing, { signal, report });
  }
  return { catalogue, profile };
}

export async function run(args: readonly string[]): Promise<number> {
  const [what, ...rest] = args;
  const terminal = createTerminal();
  if (what === undefined || what === '--help' || what === '-h' || rest.includes('--help')) {
    terminal.line(HELP);
    return what === undefined ? 2 : 0;
  }
  using interrupt = listenForInterrupt();
  try {
    switch (what) {
      case 'list':
        return await list(terminal);
      case 'pull':
        return await pull(rest, interrupt.signal, terminal);
      case 'verify':
        return await verify(rest, interrupt.signal, terminal);
      case 'import':
        return await importWeights(rest, interrupt.signal, terminal);
      default:
        throw usage(`there is no "models ${what}"`);
    }
  } catch (error) {
    if (interrupt.exitCode === undefined) throw error;
    terminal.line('Stopped. What has arrived in full is kept; the same command continues from there.');
    return interrupt.exitCode;
  }
}

async function list(terminal: Terminal): Promise<number> {
  const models = await openLocalModels();
  for (const row of modelTable(await models.list(), terminal)) terminal.line(row);
  terminal.line();
  terminal.line(terminal.style('dim', `Folder: ${models.folder}`));
  return 0;
}

async function pull(args: readonly string[], signal: AbortSignal, terminal: Terminal): Promise<number> {
  const models = await openLocalModels();
  const ids = chosen(args, models) ?? idsOf(models.profile(DEFAULT_PROFILE));
  await pullWithReport(models, ids, signal, terminal);
  return 0;
}

async function pullWithReport(
  models: LocalModels,
  ids: readonly string[],
  signal: AbortSignal,
  terminal: Terminal,
): Promise<void> {
  for (const id of ids) models.entry(id); // a mistyped id is said before anything else
  terminal.line(`Models for ${terminal.style('bold', ids.join(', '))} → ${models.folder}`);
  using reporter = pullReport(terminal);
  await models.pull(ids, { signal, report: reporter.report });
}

async function verify(args: readonly string[], signal: AbortSignal, terminal: Terminal): Promise<number> {
  const models = await openLocalModels();
  const ids = chosen(args, models) ?? (await models.list()).filter((model) => model.isHere).map((model) => model.id);
  if (ids.length === 0) {
    terminal.line(`No model is on this machine (looked in ${models.folder}). Run: npm run inzwa -- models pull`);
    return 1;
  }
  let wrong = 0;
  for (const id of ids) {
    const totalBytes = await models.bytesOf(id);
    const bar = terminal.progress(`  ${id.padEnd(14)} reading `, { isQuick: true });
    let doneBytes = 0;
    try {
      await models.verify(id, {
        signal,
        onBytes: (bytes) => {
          doneBytes += bytes;
          bar.update({ doneBytes, totalBytes });
        },
      });
      bar.end();
      terminal.line(`${terminal.style('green', '✓')} ${id}  ${size(totalBytes)} as expected`);
    } catch (error) {
      bar.end();
      signal.throwIfAborted();
      if (!isInzwaError(error)) throw error;
      wrong += 1;
      terminal.line(`${terminal.style('red', '✗')} ${messageOf(error)} ${terminal.style('dim', `(${error.code})`)}`);
    }
  }
  return wrong === 0 ? 0 : 1;
}

async function importWeights(args: readonly string[], signal: AbortSignal, terminal: Terminal): Promise<number> {
  const { values } = parse(() =>
    parseArgs({
      args: [...args],
      options: {
        from: { type: 'string' },
        format: { type: 'string' },
        id: { type: 'string' },
        language: { type: 'string', default: 'sn' },
      },
    }),
  );
  const { from, format, id, language } = values;
  if (from === undefined || id === undefined) throw usage('models import needs --from PATH and --id NAME');
  if (format !== 'ctranslate2' && format !== 'safetensors' && format !== 'ctc') {
    throw usage('models import needs --format ctranslate2, safetensors or ctc');
  }
  const models = await openLocalModels();
  const bar = terminal.progress(`${id}  building`);
  const startedMs = systemClock.nowMs();
  try {
    const imported = await importModel(models, {
      from,
      format,
      id,
      language,
      signal,
      onProgress: (doneBytes, totalBytes) => bar.update({ doneBytes, totalBytes }),
    });
    bar.end();
    const bytes = Object.values(imported.files).reduce((sum, file) => sum + file.bytes, 0);
    const took = duration((systemClock.nowMs() - startedMs) / 1_000);
    terminal.line(`${terminal.style('green', '✓')} ${id}  ${size(bytes)} built and verified in ${took}`);
    return 0;
  } finally {
    bar.end();
  }
}

/** Undefined when the arguments name nothing. */
function chosen(args: readonly string[], models: LocalModels): readonly string[] | undefined {
  const { values, positionals } = parse(() =>
    parseArgs({ args: [...args], options: { profile: { type: 'string' } }, allowPositionals: true }),
  );
  if (values.profile !== undefined && positionals.length > 0) throw usage('name a profile or models, not both');
  if (values.profile !== undefined) return idsOf(models.profile(values.profile));
  return positionals.length > 0 ? positionals : undefined;
}

function parse<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw usage(messageOf(error));
  }
}

function usage(problem: string): InzwaError {
  return new InzwaError('INZWA_CONFIG_INVALID', `${problem}\n\n${HELP}`);
}
